"""The blueprint of the room, and the role behind its doors."""

from flask import Blueprint

bp = Blueprint("queue", __name__)

ROLE = "hall-desk"
"""Of staff: who receives and serves people in a hall."""
ADMIN = "hall-admin"
"""Of staff: who sees why an hour holds what it holds, and may limit it."""
