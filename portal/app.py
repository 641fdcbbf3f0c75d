"""Where the parts meet: settings, database, gateways, access, pages and the rooms become one application."""

from importlib import import_module

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix
from whitenoise import WhiteNoise

from portal import jobs
from portal.assisting.queries import acting_by_token
from portal.assisting.routes.watching import watch
from portal.core import access, clock, limits, logs, pages, probe, request
from portal.core.db import Database
from portal.gateways import Gateways
from portal.settings import Settings

ROOMS = (
    "home",
    "accounts",
    "taxpayers",
    "income",
    "matters",
    "audit",
    "notices",
    "filing",
    "billing",
    "certificates",
    "appointments",
    "deregistration",
    "queue",
    "assisting",
    "counter",
)
LARGEST_BODY = 3 * 1024 * 1024
"""Bytes: a certificate of at most 2 MB with its form; webhooks have a smaller limit of their own."""


def create_app(
    settings: Settings, database: Database | None = None, gateways: Gateways | None = None
) -> Flask:
    """The portal, ready to serve."""
    app = request.Portal("portal", static_folder=None, template_folder=str(pages.STATIC.parent / "templates"))
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-form" if settings.secure else "form",
        SESSION_COOKIE_SECURE=settings.secure,
        SESSION_COOKIE_SAMESITE="Lax",
        MAX_CONTENT_LENGTH=LARGEST_BODY,
        MAX_FORM_MEMORY_SIZE=LARGEST_BODY,
        MAX_FORM_PARTS=400,
        TRUSTED_HOSTS=settings.trusted_hosts,
    )
    logs.install()
    clock.run_from(settings.clock)
    database = database or Database(settings.database_url)
    request.install(app, settings, database, gateways or Gateways.connect(settings))
    access.install(app, database, acting_by_token, watch, secure=settings.secure)
    pages.install(app)
    limits.install(app, settings.rate, settings.redis_url)
    probe.install(app, jobs.standings)
    for room in ROOMS:
        app.register_blueprint(import_module(f"portal.{room}.routes").bp)
    if not settings.production:
        app.register_blueprint(import_module("portal.core.gallery").bp)
    app.wsgi_app = WhiteNoise(  # type: ignore[method-assign]
        app.wsgi_app,
        root=str(pages.STATIC),
        prefix="static/",
        max_age=0,
        immutable_file_test=lambda _path, _url: True,
        add_headers_function=pages.static_headers,
    )
    if settings.proxies:
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    return app
