"""The WSGI application."""

from collections.abc import Mapping
from os import environ
from pathlib import Path

from portal import cli
from portal.app import create_app
from portal.settings import Settings


def known() -> Mapping[str, str]:
    """The environment; where it says nothing of the portal's keys, those that `make run` made in its home.

    Commands typed beside a running `make run` would otherwise read and write its books with other keys.
    """
    file = Path(environ.get("PORTAL_HOME", "var")) / "development.env"
    if {"PORTAL_ENV", "PORTAL_FIELD_KEYS", "PORTAL_FIELD_KEYS_FILE"} & environ.keys() or not file.is_file():
        return environ
    made = (line.split("=", 1) for line in file.read_text("utf-8").splitlines() if "=" in line)
    return dict(made) | dict(environ)


app = create_app(Settings.from_environment(known()))
cli.install(app)
