"""The market register: what may go unread, and what it is told again."""

import click
from flask.cli import AppGroup

from portal.core import clock
from portal.core.request import database, settings

register = AppGroup("register", help="The market register: its feed, and what it is told.")


@register.command("skip")
@click.argument("number", type=int)
@click.option("--why", required=True, help="Who said that it will not come, or that it may go unread.")
def register_skip(number: int, why: str) -> None:
    """Wait no longer for a missing change, or for the first that cannot be read."""
    from portal.taxpayers import services as taxpayers

    with database().transaction() as session:
        done = taxpayers.skip(session, settings().keyring, number, why, at=clock.now())
    if not done:
        raise click.ClickException(f"nothing waits for change {number}: `verify register` says for which")
    click.echo(f"change {number} is waited for no longer")


@register.command("tell-again")
def register_tell_again() -> None:
    """Have the market register told again of every clearance and reopening that it has not confirmed."""
    from portal.deregistration import services as deregistration

    with database().transaction() as session:
        asked = deregistration.tell_again(session, at=clock.now())
    click.echo(f"{asked} to be told; the worker does it")
