"""Taxpayers without accounts, and a day to stand on."""

from collections.abc import Callable
from datetime import UTC, datetime
from uuid import UUID

import pytest

from portal.core.db import Database
from portal.core.keys import new_id
from portal.taxpayers.models import Taxpayer

NOON = datetime(2026, 7, 10, 4, tzinfo=UTC)
"""12:00 in Beijing on 10 July 2026."""


@pytest.fixture
def taxpayer(database: Database) -> Callable[[], UUID]:
    """Makes a taxpayer and gives its key."""

    def make() -> UUID:
        key = new_id()
        with database.transaction() as session:
            session.add(
                Taxpayer(
                    id=key,
                    name="许清和",
                    number_kind="resident",
                    number_sealed=b"sealed",
                    number_index=key.hex * 2,
                    opened_at=NOON,
                )
            )
        return key

    return make
