"""Card terminals of the counter: where they stand, and their own lists."""

import sys
from typing import TextIO

import click
from flask.cli import AppGroup

from portal.core import clock
from portal.core.request import database

pos = AppGroup("pos", help="Card terminals of the counter.")


@pos.command("add")
@click.argument("number")
@click.argument("hall")
@click.option(
    "--desk", type=int, help="Number of the desk it stands at; without it, the hall's desks share it."
)
def pos_add(number: str, hall: str, desk: int | None) -> None:
    """Say that terminal NUMBER (8 digits or letters) stands in HALL; a known one is moved there."""
    from portal.billing.rules.terminals import TERMINAL
    from portal.billing.services import add_terminal
    from portal.halls.queries import desks_of, hall_with_code

    number = number.strip().upper()
    if not TERMINAL.fullmatch(number):
        raise click.ClickException("a terminal's number has 8 digits or letters")
    with database().transaction() as session:
        place = hall_with_code(session, hall)
        if place is None:
            raise click.ClickException(f"no hall {hall}")
        at = next((one.id for one in desks_of(session, place.id) if one.number == desk), None)
        if desk is not None and at is None:
            raise click.ClickException(f"no desk {desk} in {hall}")
        add_terminal(session, number, place.id, at)
    click.echo(f"{number} stands in {hall}" + (f", desk {desk}" if desk is not None else ""))


@pos.command("load")
@click.argument("file", type=click.File(encoding="utf-8-sig", errors="strict", lazy=False))
def pos_load(file: TextIO) -> None:
    """Take in a terminal's list (CSV; columns in docs/terminals.md) and compare it with the slips here.

    Exit 1 for a file that is no list, 3 where rows were refused or differences wait for a supervisor.
    """
    from portal.billing.services import NotAList, load_terminal_file

    try:
        loaded = load_terminal_file(database(), file, at=clock.now())
    except NotAList as refused:
        raise click.ClickException(str(refused)) from None
    for line in loaded.lines():
        click.echo(line)
    sys.exit(3 if loaded.refused or loaded.differences else 0)
