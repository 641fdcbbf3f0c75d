"""Certificates that were issued, and what others report."""

import sys
from pathlib import Path
from typing import TextIO

import click
from flask.cli import AppGroup

from portal.core import clock
from portal.core.request import database, gateways, settings

papers = AppGroup("certificates", help="Certificates that were issued.")
incoming = AppGroup("import", help="Take in what others report.")


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
