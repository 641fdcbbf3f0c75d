"""Halls: taken in, and shut for a day."""

from datetime import datetime
from typing import TextIO

import click
from flask.cli import AppGroup

from portal.core import clock
from portal.core.request import database

halls = AppGroup("halls", help="Halls: where, when and by whom people are served.")


@halls.command("load")
@click.argument("file", type=click.File(encoding="utf-8"))
def halls_load(file: TextIO) -> None:
    """Take in halls, desks and rosters from a TOML file (docs/appointments.md), and open their slots."""
    from portal.appointments.services import open_slots
    from portal.halls import services
    from portal.halls.rules.plan import NotAPlan

    now = clock.now()
    try:
        with database().transaction() as session:
            for hall in services.load(session, file.read(), clock.day_of(now)):
                open_slots(session, hall.id, now)
                click.echo(f"{hall.code}\t{hall.name}")
    except NotAPlan as refused:
        raise click.ClickException(str(refused)) from None


@halls.command("close")
@click.argument("code")
@click.argument("day", type=click.DateTime(["%Y-%m-%d"]))
@click.option("--why", required=True, help="What people with a booking read.")
def halls_close(code: str, day: datetime, why: str) -> None:
    """Keep a hall shut on a day: its bookings are called off and their people told; safe to repeat."""
    from portal.appointments.services import close_day
    from portal.halls.queries import hall_with_code

    with database().transaction() as session:
        hall = hall_with_code(session, code)
        if hall is None:
            raise click.ClickException(f"no hall {code}")
        count = close_day(session, None, hall.id, day.date(), why, at=clock.now())
    click.echo(f"{code} stays shut on {day:%Y-%m-%d}; bookings called off: {count}")
