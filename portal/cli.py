"""The operator's way in: `flask --app wsgi COMMAND`. Each command is thin; the work stands in the rooms."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click
from flask import Flask
from flask.cli import AppGroup

from portal.core import clock
from portal.core.refusal import Refusal
from portal.core.request import database, gateways, settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from portal.accounts.models import StaffMember

MIGRATIONS = Path(__file__).parents[1] / "migrations"

law = AppGroup("law", help="The tax law the portal computes with.")
verify = AppGroup("verify", help="Check what was issued and what was booked.")
incoming = AppGroup("import", help="Take in what others report.")
papers = AppGroup("certificates", help="Certificates that were issued.")
register = AppGroup("register", help="The market register: its feed, and what it is told.")
trail = AppGroup("trail", help="The trail of acts and reads.")
halls = AppGroup("halls", help="Halls: where, when and by whom people are served.")
staff = AppGroup("staff", help="Who works at the office, and in which roles.")


def install(app: Flask) -> None:
    """Give `app` its commands."""
    groups = (law, verify, papers, incoming, register, trail, halls, staff)
    for one in (migrate, worker, demo, demo_authority, *groups):
        app.cli.add_command(one)


@click.command()
@click.option("--to", default="head", help="Revision to go to; `base` takes everything down.")
def migrate(to: str) -> None:
    """Bring the database to a revision; fail if its tables are not those of this code even so."""
    from alembic import command
    from alembic.config import Config

    from portal.core.schema import differences

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database().transaction() as session:
        config.attributes["connection"] = session.connection()
        (command.downgrade if to == "base" else command.upgrade)(config, to)
        wrong = differences(session.connection()) if to == "head" else []
    if wrong:
        raise click.ClickException(
            f"{len(wrong)} tables or columns are not what this code needs. {_remedy()}\n  "
            + "\n  ".join(wrong)
        )


def _remedy() -> str:
    """What to do about a database that another form of the initial migration made."""
    anew = "The demo was made before the tables changed, and can be made anew: end the portal,"
    if settings().production or not settings().demo:
        return (
            "Other code made this database under the same revision; nothing was changed. Serve it with that"
            " code, or move its contents into a database that this code has migrated."
        )
    if str(settings().home) in settings().database_url:
        return f"{anew} remove the folder {settings().home} and start again."
    return f"{anew} empty its database, remove the folder {settings().home} and start again."


@click.command()
def worker() -> None:
    """Do background work until told to stop."""
    from portal import jobs

    stopping: list[int] = []
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda number, _: stopping.append(number))
    jobs.work(database(), gateways(), settings(), lambda: bool(stopping))


@click.command()
@click.option("--taxpayers", default=200, show_default=True, help="How many people live in the town.")
def demo(taxpayers: int) -> None:
    """Fill an empty database with the demo town and print its sign-ins."""
    from portal.demo.services import build

    if settings().production:
        raise click.ClickException("the demo town is never built in production")
    for line in build(database(), settings(), taxpayers, clock.now(), progress=sys.stderr):
        click.echo(line)


@click.command("demo-authority")
def demo_authority() -> None:
    """Make signing keys for development, worth nothing in law; existing ones stay."""
    from portal.gateways.signing.authority import make_demo_authority

    directory = settings().signing_p12.parent
    if not settings().signing_p12.exists():
        make_demo_authority(directory, settings().office.name_en)
    click.echo(f"signing keys in {directory}", err=True)


@law.command("list")
def law_list() -> None:
    """Every sheet: code and title."""
    from portal.taxes import show

    for code, title in show.list_sheets():
        click.echo(f"{code}\t{title}")


@law.command("show")
@click.argument("sheet")
@click.option("--json", "as_json", is_flag=True, help="One JSON document (the only form for now).")
def law_show(sheet: str, as_json: bool) -> None:  # noqa: ARG001 - the flag names the form
    """A sheet's questions and lines: names, kinds, meanings, clauses."""
    from portal.taxes import show

    try:
        _print_json(show.describe(sheet))
    except ValueError as error:
        raise click.ClickException(str(error)) from error


@law.command("work-out")
@click.argument("sheet")
@click.option("--on", required=True, help="The period: 2025, 2026Q1, 2026-03; or a day, 2025-12-31.")
@click.option(
    "--answers", required=True, type=click.File(encoding="utf-8"), help="JSON file, or - for input."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON document (the only form for now).")
def law_work_out(sheet: str, on: str, answers: TextIO, as_json: bool) -> None:  # noqa: ARG001
    """Every line of a sheet for these answers, with its value, clause and what it used."""
    from portal.taxes import show

    try:
        _print_json(show.work_out_json(sheet, show.read_on(on), answers.read()))
    except ValueError as error:
        raise click.ClickException(str(error)) from error


def _print_json(value: object) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


@verify.command("books")
def verify_books() -> None:
    """Check every invariant of money, filings, certificates, seats and trail; exit 1, name what is broken."""
    from portal.appointments import services as appointments
    from portal.audit import services as audit
    from portal.billing import services as billing
    from portal.certificates import services as certificates
    from portal.filing import services as filing

    with database().snapshot() as session:
        wrong = [
            *billing.verify_books(session),
            *billing.verify_payments(session),
            *filing.verify_filings(session),
            *certificates.verify_certificates(session, settings().keyring, gateways().storage),
            *appointments.verify_seats(session),
            *audit.verify(session),
        ]
    for line in wrong:
        click.echo(line)
    click.echo(f"{len(wrong)} broken" if wrong else "the books are whole", err=True)
    sys.exit(bool(wrong))


@verify.command("register")
def verify_register() -> None:
    """Name what the market register and the portal have not told each other; exit 1 if anything waits."""
    from portal.deregistration import services as deregistration
    from portal.taxpayers import services as taxpayers

    with database().snapshot() as session:
        wrong = [
            *taxpayers.feed_problems(session, settings().keyring, clock.now()),
            *deregistration.news_problems(session, clock.now()),
        ]
    for line in wrong:
        click.echo(line)
    click.echo(f"{len(wrong)} wait for somebody" if wrong else "nothing waits for anybody", err=True)
    sys.exit(bool(wrong))


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


@verify.command("filings")
def verify_filings() -> None:
    """Work every filed return out again with the law of its year; exit 1 and name what differs."""
    from portal.filing import services as filing

    broken = 0
    with database().snapshot() as session:
        for filed, found in filing.replay_all(session):
            broken += 1
            for one in found:
                click.echo(f"return {filed.number} {one.what}: filed {one.filed}, now {one.now}")
    click.echo(f"{broken} broken" if broken else "every return comes out as filed", err=True)
    sys.exit(bool(broken))


@verify.command("certificate")
@click.argument("what")
@click.option(
    "--trust", type=click.Path(path_type=Path), help="Directory with the published root and key list."
)
def verify_certificate(what: str, trust: Path | None) -> None:
    """Check a certificate FILE (PDF) or the text of its QR code, with neither database nor network."""
    from portal.certificates.rules.state import Answer
    from portal.certificates.services.checking import verify_offline
    from portal.gateways.signing.trust import BadTrust

    try:
        verdict = verify_offline(what, trust or settings().trust)
    except (BadTrust, OSError) as error:
        raise click.ClickException(str(error)) from error
    _print_json(verdict.to_json())
    sys.exit(verdict.answer is not Answer.VALID)


@papers.command("withdraw")
@click.argument("number")
@click.option("--why", required=True, help="What the holder reads.")
def withdraw_certificate(number: str, why: str) -> None:
    """Withdraw an issued certificate and publish the list that says so; safe to repeat."""
    from portal.certificates import services

    if not services.withdraw(database(), gateways(), number, why, at=clock.now()):
        raise click.ClickException(f"no certificate {number}")
    click.echo(f"{number} is withdrawn")


@papers.command("rehearse")
def rehearse_certificate() -> None:
    """Print, sign and check a specimen; exit 1 and say what keeps certificates from being issued."""
    from portal.certificates import services

    found = services.problems(gateways(), settings())
    for line in found:
        click.echo(line)
    click.echo(f"{len(found)} problems" if found else "certificates can be issued", err=True)
    sys.exit(bool(found))


@incoming.command("income")
@click.argument("file", type=click.File(encoding="utf-8-sig", errors="strict", lazy=False))
@click.option("--source", default="", help="Who sent it; the file's name unless given.")
def import_income(file: TextIO, source: str) -> None:
    """Take in a monthly withholding report (CSV; columns in docs/income-report.md).

    Exit 1 for a file that is no report, 3 where every row of it was set aside.
    """
    from portal.income import services

    try:
        summary = services.take_in(
            database(), settings().keyring, file, source or Path(file.name).name, at=clock.now()
        )
    except services.NotAReport as refused:
        raise click.ClickException(str(refused)) from None
    for line in summary.lines():
        click.echo(line)
    sys.exit(3 if summary.nothing_taken else 0)


@trail.command("verify")
def trail_verify() -> None:
    """Name every place where the trail is not what was written; exit 1 if there is one."""
    from portal.audit import services

    with database().snapshot() as session:
        wrong = services.verify(session)
    for line in wrong:
        click.echo(line)
    click.echo(f"{len(wrong)} broken" if wrong else "the trail is whole", err=True)
    sys.exit(bool(wrong))


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


@staff.command("demo-code")
def staff_demo_code() -> None:
    """Print the one-time code of the demo's staff; there is no demo in production."""
    from portal.accounts.services.staff import code_of
    from portal.demo.office import SECRET

    if settings().production:
        raise click.ClickException("no member of staff in production has the demo's secret")
    click.echo(code_of(SECRET, clock.now()))
