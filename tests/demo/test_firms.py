"""The town's firms: sound codes, kinds of every sort, and one truth in the portal and in the register."""

import json
from datetime import date

from sqlalchemy import func, select

from portal import jobs
from portal.accounts.models import Mandate
from portal.core import clock
from portal.demo import registers, town
from portal.demo.loading import load_firms
from portal.gateways import Gateways
from portal.taxes.duties import duty_named
from portal.taxpayers import queries, services
from portal.taxpayers.models import Firm, FirmFact, TaxRegistration
from portal.taxpayers.rules import IdKind, IdNumber
from portal.taxpayers.rules.firms import FACTS, FirmKind, code_doubt, code_fault

TODAY = date(2026, 11, 23)
EMPLOYERS = town.firms(7, TODAY)
FIRMS = [*EMPLOYERS, *town.small_firms(EMPLOYERS, TODAY)]
FACTS_KNOWN = town.facts(EMPLOYERS, TODAY)


def test_every_code_is_sound_and_nobody_shares_one():
    assert [code_fault(one.code) or code_doubt(one.code) for one in FIRMS] == [None] * len(FIRMS)
    assert len({one.code for one in FIRMS}) == len(FIRMS)


def test_there_is_a_firm_of_nearly_every_kind_and_each_tax_has_its_sheet_of_duties():
    assert {one.kind for one in FIRMS} == set(FirmKind) - {FirmKind.PARTNERSHIP}
    for tax, period in {pair for one in FIRMS for pair in one.taxes}:
        assert period in duty_named(tax).kinds
    assert {one.kind for one in FACTS_KNOWN} <= set(FACTS)


def told():
    return registers.changes(FIRMS, FACTS_KNOWN)


def test_the_register_says_of_the_town_what_was_loaded(database, settings, sandbox, tmp_path):
    load_firms(database, settings.keyring, told(), clock.now())
    before = contents(database)
    assert before["firms"] == len(FIRMS)
    registers.write(tmp_path, town.people(10, TODAY), FIRMS, FACTS_KNOWN)
    sandbox.identity.forget("faults")
    sandbox.firms.write_text((tmp_path / "firms.jsonl").read_text("utf-8"), "utf-8")
    jobs.handlers(database, Gateways.connect(settings), settings)["follow-register"]({})
    assert contents(database) == before
    with database.reading() as session:
        assert queries.followed_to(session) == len(FIRMS) + len(FACTS_KNOWN)
    assert all(json.loads(line) for line in (tmp_path / "people.jsonl").read_text("utf-8").splitlines())


def contents(database):
    with database.reading() as session:
        firms = [(f.code, f.register_seq, f.parent_code, f.agent) for f in session.scalars(select(Firm))]
        facts = [(f.kind, f.reference, f.seq, f.secret) for f in session.scalars(select(FirmFact))]
        taxes = session.scalar(select(func.count(TaxRegistration.id)))
        return {"firms": len(firms), "rows": sorted(firms, key=str), "facts": sorted(facts), "taxes": taxes}


def test_who_is_known_to_the_portal_may_act_for_the_firm_they_represent(database, settings):
    keys, wang = settings.keyring, EMPLOYERS[1].representative
    with database.transaction() as session:
        number = IdNumber(IdKind.RESIDENT, wang.number)
        person = services.register_person(session, keys, wang.name, number, at=clock.now())
    load_firms(database, keys, told(), clock.now())
    with database.reading() as session:
        mine = {firm.taxpayer_id for firm in queries.represented_by(session, person)}
        held = session.scalars(select(Mandate.taxpayer_id).where(Mandate.holder_id == person.id))
        assert set(held) == mine
        assert len(mine) == 2
        parent = queries.by_code(session, EMPLOYERS[1].code)
        assert len(queries.branches_of(session, parent.code)) == 2
