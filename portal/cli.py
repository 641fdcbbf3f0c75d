"""The operator's way in: `flask --app wsgi COMMAND`. Each command is thin; the work stands in the rooms."""

import json
import signal
import sys
from pathlib import Path
from typing import TextIO

import click
from flask import Flask
from flask.cli import AppGroup

from portal.core import clock
from portal.core.request import database, gateways, settings

MIGRATIONS = Path(__file__).parents[1] / "migrations"

law = AppGroup("law", help="The tax law the portal computes with.")
verify = AppGroup("verify", help="Check what was issued and what was booked.")
incoming = AppGroup("import", help="Take in what others report.")
papers = AppGroup("certificates", help="Certificates that were issued.")
trail = AppGroup("trail", help="The trail of acts and reads.")


def install(app: Flask) -> None:
    """Give `app` its commands."""
    for one in (migrate, worker, demo, demo_authority, law, verify, papers, incoming, trail):
        app.cli.add_command(one)


@click.command()
@click.option("--to", default="head", help="Revision to go to; `base` takes everything down.")
def migrate(to: str) -> None:
    """Bring the database to a revision."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database().transaction() as session:
        config.attributes["connection"] = session.connection()
        (command.downgrade if to == "base" else command.upgrade)(config, to)


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
    """Check every invariant of ledger, filings, certificates and trail; exit 1 and name what is broken."""
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
            *audit.verify(session),
        ]
    for line in wrong:
        click.echo(line)
    click.echo(f"{len(wrong)} broken" if wrong else "the books are whole", err=True)
    sys.exit(bool(wrong))


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
    """Take in a monthly withholding report (CSV; columns in docs/income-report.md)."""
    from portal.income import services

    try:
        summary = services.take_in(
            database(), settings().keyring, file, source or Path(file.name).name, at=clock.now()
        )
    except services.NotAReport as refused:
        raise click.ClickException(str(refused)) from None
    for line in summary.lines():
        click.echo(line)


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
