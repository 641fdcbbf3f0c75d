"""The tax law the portal computes with, for whoever checks it."""

from typing import TextIO

import click
from flask.cli import AppGroup

from portal.cli.printing import print_json

law = AppGroup("law", help="The tax law the portal computes with.")


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
        print_json(show.describe(sheet))
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
        print_json(show.work_out_json(sheet, show.read_on(on), answers.read()))
    except ValueError as error:
        raise click.ClickException(str(error)) from error
