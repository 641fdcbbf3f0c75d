"""The halls of the demo town, staffed, with their slots open and their card terminals."""

from datetime import datetime
from pathlib import Path

from portal.appointments.services import open_slots
from portal.billing.services import add_terminal
from portal.core.clock import day_of
from portal.core.db import Database
from portal.halls.queries import desks_of, hall_with_code
from portal.halls.services import load

FILE = Path(__file__).with_name("halls.toml")


def open_halls(database: Database, at: datetime) -> None:
    """Take in the halls, and open what can be booked; the office's staff is known by then."""
    with database.transaction() as session:
        for hall in load(session, FILE.read_text("utf-8"), day_of(at)):
            open_slots(session, hall.id, at)


def place_terminals(database: Database) -> None:
    """Two card terminals in the first hall: one at a desk, one that its desks share."""
    with database.transaction() as session:
        hall = hall_with_code(session, "binhai")
        assert hall is not None
        add_terminal(session, "BH000001", hall.id, desks_of(session, hall.id)[0].id)
        add_terminal(session, "BH000002", hall.id)
