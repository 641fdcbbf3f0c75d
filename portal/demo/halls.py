"""The halls of the demo town, staffed and with their slots open."""

from datetime import datetime
from pathlib import Path

from portal.appointments.services import open_slots
from portal.core.clock import day_of
from portal.core.db import Database
from portal.halls.services import load

FILE = Path(__file__).with_name("halls.toml")


def open_halls(database: Database, at: datetime) -> None:
    """Take in the halls, and open what can be booked; the office's staff is known by then."""
    with database.transaction() as session:
        for hall in load(session, FILE.read_text("utf-8"), day_of(at)):
            open_slots(session, hall.id, at)
