"""A world in which every door can be pressed with effect, once for the tests of a file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.accounts.models import Account
from portal.accounts.services import contacts, credentials
from portal.accounts.services.passwords import hash_password
from portal.core import clock
from tests.databases import Databases
from tests.given import LAST_YEAR
from tests.live import Outside
from tests.reliability.presses import (
    PASSWORD,
    Stage,
    acting_for_a_firm,
    assists,
    closing,
    desk,
    looked_at,
    number_of,
    visits,
)
from tests.world import furnished


@pytest.fixture(scope="module")
def stage(
    databases: Databases, sandbox: Outside, signing: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Stage]:
    with furnished(databases, sandbox, signing, tmp_path_factory.mktemp("storage")) as world:
        given = world.given
        assert sandbox.identity.process.poll() is None
        debtor, payer, saver, handler, leaver, returner = (given.person() for _ in range(6))
        for person in (debtor, payer, saver):
            given.income(person, LAST_YEAR, income="20000.00", tax_withheld="0.00")
            given.filed(person)
        given.income(debtor, LAST_YEAR - 1, income="20000.00")
        given.income(saver, LAST_YEAR - 1, income="9000.00", tax_withheld="900.00")
        given.filed(saver, LAST_YEAR - 1)
        given.resting(saver, "77.00")
        at = clock.now()
        with given.database.transaction() as session:
            mine = session.get_one(Account, world.owner.account_id)
            mine.password_hash = hash_password(PASSWORD)
            contacts.set_mobile(session, world.keys, mine, world.owner.mobile, at=at)
            asked = (session, world.keys, world.owner.number, world.owner.mobile, "zh")
            reset = credentials.begin_reset(*asked, at=at).id
        yield Stage(
            world,
            databases,
            debtor,
            payer,
            saver,
            given.ordered(payer),
            given.draft(debtor, LAST_YEAR - 1),
            reset,
            acting_for_a_firm(given, handler),
            *closing(given, leaver, reopened=False),
            *closing(given, returner, reopened=True),
            looked_at(given, world.delegate),
            desk(given, world),
            visits(world, payer, saver),
            assists(given, payer),
            number_of(given, world.refund),
        )
