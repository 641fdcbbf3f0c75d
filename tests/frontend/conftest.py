"""The sample pages and the frame around them, without the rooms above; served for the browser."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.serving import make_server

from portal.core import access, gallery, pages, request
from portal.core.db import Database
from portal.settings import Settings

ROOMS = (
    *("home.index", "filing.index", "billing.index", "certificates.index", "certificates.verify"),
    *(
        "accounts.acting_for",
        "accounts.act_for",
        "accounts.profile",
        "accounts.sessions",
        "accounts.sign_in",
        "accounts.sign_out",
    ),
    *("audit.trail", "notices.inbox", "matters.search", "home.accessibility", "home.privacy"),
)
"""What the frame of a page links to when everything stands: the frame at its fullest."""


@pytest.fixture(scope="session")
def gallery_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application of nothing but the sample pages."""
    folder: Path = tmp_path_factory.mktemp("gallery")
    settings = Settings.from_environment(
        {"PORTAL_ENV": "test", "PORTAL_HOME": str(folder), "PORTAL_BASE_URL": "http://localhost"}
    )
    app = Flask(
        "portal", static_folder=str(pages.STATIC), template_folder=str(pages.STATIC.parent / "templates")
    )
    app.config["SECRET_KEY"] = settings.secret_key
    database = Database(settings.database_url)
    request.install(app, settings, database, None)
    access.install(app, database, lambda _database, _session, _token: None, secure=False)
    pages.install(app)
    app.view_functions["static"] = access.allow("public")(app.view_functions["static"])
    app.register_blueprint(gallery.bp)
    for endpoint in ROOMS:
        app.add_url_rule(f"/{endpoint.replace('.', '/')}", endpoint, access.allow("public")(lambda: ""))
    return app


@pytest.fixture(scope="session")
def gallery_url(gallery_app: Flask) -> Iterator[str]:
    """Where the sample pages are served."""
    server = make_server("127.0.0.1", 0, gallery_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
