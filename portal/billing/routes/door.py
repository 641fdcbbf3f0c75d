"""The blueprint that the modules beside it hang their views on."""

from flask import Blueprint

bp = Blueprint("billing", __name__)
