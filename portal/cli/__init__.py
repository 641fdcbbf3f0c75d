"""The operator's way in: `flask --app wsgi COMMAND`. Each command is thin; the work stands in the rooms."""

from flask import Flask

from portal.cli.halls import halls
from portal.cli.law import law
from portal.cli.records import incoming, papers
from portal.cli.register import register
from portal.cli.running import demo, demo_authority, migrate, worker
from portal.cli.staff import staff
from portal.cli.terminals import pos
from portal.cli.verify import audit_commands, verify


def install(app: Flask) -> None:
    """Give `app` its commands."""
    groups = (law, verify, papers, incoming, register, audit_commands, halls, staff, pos)
    for one in (migrate, worker, demo, demo_authority, *groups):
        app.cli.add_command(one)
