"""The pages' vocabulary and the sample pages, without the rooms above them."""

from pathlib import Path

import pytest
from flask import Flask

from portal.core import access, gallery, pages, request
from portal.core.db import Database
from portal.settings import Settings


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
    return app
