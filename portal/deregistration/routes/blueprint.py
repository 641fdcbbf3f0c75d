"""The blueprint of the room."""

from flask import Blueprint

bp = Blueprint("deregistration", __name__, url_prefix="/deregistration")
