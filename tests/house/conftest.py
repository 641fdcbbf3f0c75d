"""What the shape tests look at: the application as it is put together, over no database in particular."""

from pathlib import Path

import pytest
from flask import Flask

from portal.app import create_app
from portal.settings import Settings


@pytest.fixture(scope="session")
def bare_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The application with an empty database: for looking at its shape, not for using it."""
    folder: Path = tmp_path_factory.mktemp("bare")
    return create_app(
        Settings.from_environment(
            {"PORTAL_ENV": "test", "PORTAL_HOME": str(folder), "PORTAL_BASE_URL": "http://localhost"}
        )
    )
