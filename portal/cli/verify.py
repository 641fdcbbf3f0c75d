"""Checks: of the books, of filings, of certificates, of the register and of the trail."""

import json
import sys
from pathlib import Path
from typing import TextIO

import click
from flask.cli import AppGroup

from portal.cli.printing import print_json
from portal.core import clock
from portal.core.request import database, gateways, settings

verify = AppGroup("verify", help="Check what was issued and what was booked.")
audit_commands = AppGroup("audit", help="The trail of acts and reads.")


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
    print_json(verdict.to_json())
    sys.exit(verdict.answer is not Answer.VALID)


@audit_commands.command("verify")
@click.option(
    "--anchors", type=click.File(encoding="utf-8"), help="Anchors exported before; also says what differs."
)
def audit_verify(anchors: TextIO | None) -> None:
    """Name every place where the trail is not what was written; exit 1 if there is one."""
    from portal.audit import services

    try:
        kept = [dict(json.loads(line)) for line in anchors or () if line.strip()]
    except (TypeError, ValueError) as error:
        raise click.ClickException(f"not a file of anchors: {error}") from error
    with database().snapshot() as session:
        wrong = services.verify(session) + services.differs_from(session, kept)
    for line in wrong:
        click.echo(line)
    click.echo(f"{len(wrong)} broken" if wrong else "the trail is whole", err=True)
    sys.exit(bool(wrong))


@audit_commands.command("anchors")
def audit_anchors() -> None:
    """Print every day's anchor, one line of JSON each, to be kept where the database's owner cannot write."""
    from portal.audit import services

    with database().snapshot() as session:
        for one in services.exported(session):
            click.echo(json.dumps(one))
