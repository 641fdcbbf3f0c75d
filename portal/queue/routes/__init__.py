"""The pages of a hall: at the desk, at the entrance, on the phone, on the wall; and what was measured."""

from portal.queue.routes import absences, capacity, desk, entrance, public
from portal.queue.routes.door import bp

__all__ = ["absences", "bp", "capacity", "desk", "entrance", "public"]
