"""Who works at the office."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from flask.cli import AppGroup

from portal.core import clock
from portal.core.refusal import Refusal
from portal.core.request import database, settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.models import StaffMember

staff = AppGroup("staff", help="Who works at the office, and in which roles.")


@staff.command("add")
@click.option("--name", required=True, help="As on the identity document.")
@click.option("--id-number", required=True, help="Resident identity number of the person.")
@click.option("--number", required=True, help="Staff number; never given twice.")
@click.option("--roles", required=True, help="Roles, by commas; `staff roles` lists them.")
def staff_add(name: str, id_number: str, number: str, roles: str) -> None:
    """Take a member of staff in and print, once, what they enrol with."""
    import segno

    from portal.accounts.rules.staff import number_fault, number_of
    from portal.accounts.services import staff as services
    from portal.taxpayers.rules import IdKind, IdNumber, fault, normalise

    identity = IdNumber(IdKind.RESIDENT, normalise(id_number))
    wrong = fault(IdKind.RESIDENT, identity.number, clock.today()) or number_fault(number_of(number))
    if wrong:
        raise click.ClickException(wrong)
    who = services.NewMember(name.strip(), identity, number_of(number), _roles(roles))
    office = settings().office.name_en
    with _said_plainly(), database().transaction() as session:
        handed = services.add(session, settings().keyring, who, office, at=clock.now())
    segno.make(handed.uri, error="m").terminal(compact=True)
    click.echo(handed.uri)
    click.echo(f"enrolment code {handed.code}, good until {handed.until:%Y-%m-%d %H:%M} UTC")
    click.echo(f"to be used once at {settings().base_url}/staff/enrol; it cannot be shown again", err=True)


@staff.command("roles")
@click.option("--number", default="", help="Staff number; without it, every role and its meaning.")
@click.option("--roles", default="", help="Exactly these from today, by commas; nothing takes all away.")
def staff_roles(number: str, roles: str) -> None:
    """Name the roles, or set those of one member."""
    from portal.accounts.rules.staff import ROLES
    from portal.accounts.services import staff as services

    if not number:
        for role, words in ROLES.items():
            click.echo(f"{role}\t{words}")
        return
    with database().transaction() as session:
        services.set_roles(session, _member(session, number).account_id, _roles(roles), at=clock.now())


@staff.command("leave")
@click.option("--number", required=True, help="Staff number.")
def staff_leave(number: str) -> None:
    """Close a member's account; whatever they have open ends at once."""
    from portal.accounts.services import staff as services

    with database().transaction() as session:
        services.leave(session, _member(session, number), at=clock.now())


@staff.command("list")
def staff_list() -> None:
    """Everyone who works or worked here, with the roles of today."""
    from portal.accounts.queries.staff import everyone

    with database().reading() as session:
        for one in everyone(session, clock.today()):
            standing = "left" if one.closed else "enrolled" if one.enrolled else "not enrolled yet"
            click.echo(f"{one.number}\t{one.name}\t{standing}\t{','.join(one.roles)}")


@staff.command("demo-code")
def staff_demo_code() -> None:
    """Print the one-time code of the demo's staff; there is no demo in production."""
    from portal.accounts.services.staff import code_of
    from portal.demo.office import SECRET

    if settings().production:
        raise click.ClickException("no member of staff in production has the demo's secret")
    click.echo(code_of(SECRET, clock.now()))


def _member(session: "Session", number: str) -> "StaffMember":
    from portal.accounts.queries.staff import member
    from portal.accounts.rules.staff import number_of

    found = member(session, number_of(number), lock=True)
    if found is None:
        raise click.ClickException(f"no member of staff {number}")
    return found


def _roles(text: str) -> tuple[str, ...]:
    from portal.accounts.rules.staff import unknown_roles

    roles = [role.strip() for role in text.split(",") if role.strip()]
    if unknown := unknown_roles(roles):
        raise click.ClickException(f"no such role: {', '.join(unknown)}")
    return tuple(roles)


@contextmanager
def _said_plainly() -> Iterator[None]:
    """A refusal as one line, not as a traceback."""
    try:
        yield
    except Refusal as refusal:
        raise click.ClickException(refusal.reason.text.format(**refusal.facts)) from None
