"""The WSGI application."""

from os import environ

from portal import cli
from portal.app import create_app
from portal.settings import Settings

app = create_app(Settings.from_environment(environ))
cli.install(app)
