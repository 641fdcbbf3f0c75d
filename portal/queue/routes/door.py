"""The blueprint of the room, and the role behind its doors."""

from flask import Blueprint

bp = Blueprint("queue", __name__)

ROLE = "hall-desk"
"""Of staff: who receives and serves people in a hall."""
