"""The blueprint of the room, which both of its halves hang their views on."""

from flask import Blueprint

bp = Blueprint("certificates", __name__)
