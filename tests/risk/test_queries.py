"""Findings over records: each holds exactly at its boundary, for one firm as for all."""

import random
from dataclasses import replace
from io import StringIO

import pytest
from sqlalchemy import select
from sqlalchemy.exc import NoResultFound

from portal.core import clock
from portal.core.acting import Acting, Level, Right
from portal.core.keys import new_id
from portal.demo import town
from portal.demo.services import build
from portal.demo.stories import account_of
from portal.filing.services import derive_all
from portal.risk.queries import CODES, findings, scan
from portal.risk.queries.evidence import EVIDENCE
from portal.risk.queries.predicates import PREDICATES
from portal.risk.rules import CATALOGUE, FINDINGS, Audience
from portal.risk.rules.facts import FactKind
from portal.taxpayers import queries
from portal.taxpayers.models import Firm
from portal.taxpayers.rules import IdKind, IdNumber
from tests.risk.obstacles import (
    NEAR,
    OBSTACLES,
    Ground,
    clean_firm,
    fact,
    ground,
    put_up,
    spare_branch,
    take_away,
)

MOST_STATEMENTS = 6


@pytest.fixture
def firm(given):
    """A firm in whose way nothing stands, in a town with a spare branch."""
    spare_branch(given)
    return clean_firm(given)


def codes_of(database, firm, on=None):
    with database.reading() as session:
        return {hit.finding.code for hit in findings(session, firm[0].taxpayer_id, on or clock.today())}


def with_obstacle(database, firm, put):
    with database.transaction() as session:
        put(ground(session, *firm, clock.today()))


def scanned(database):
    with database.reading() as session:
        return {whose: set(codes) for whose, codes in scan(session, clock.today())}


def test_every_finding_has_its_predicate_its_evidence_and_an_obstacle_to_try_it_with():
    assert set(CATALOGUE) == set(PREDICATES) == set(EVIDENCE) == set(OBSTACLES)
    assert len(CATALOGUE) == len(FINDINGS) >= 20


def test_nothing_stands_open_of_a_clean_firm(database, firm):
    assert codes_of(database, firm) == set()


@pytest.mark.parametrize("code", CODES)
def test_an_obstacle_makes_its_finding_and_its_cure_makes_exactly_that_vanish(database, firm, code):
    with_obstacle(database, firm, OBSTACLES[code])
    assert codes_of(database, firm) == {code}
    with_obstacle(database, firm, lambda g: take_away(g, code))
    assert codes_of(database, firm) == set()


@pytest.mark.parametrize(("put", "expected"), [case[1:] for case in NEAR], ids=[case[0] for case in NEAR])
def test_what_lies_on_either_side_of_a_boundary(database, firm, put, expected):
    with_obstacle(database, firm, put)
    assert codes_of(database, firm) == expected
    assert scanned(database).get(firm[0].taxpayer_id, set()) == expected


@pytest.mark.parametrize("code", CODES)
def test_the_evidence_has_exactly_the_fields_that_the_finding_names(database, firm, code):
    with_obstacle(database, firm, OBSTACLES[code])
    with database.reading() as session:
        [hit] = findings(session, firm[0].taxpayer_id, clock.today())
    assert hit.rows
    assert {tuple(row) for row in hit.rows} == {tuple(column.name for column in hit.finding.evidence)}


@pytest.mark.parametrize("seed", [3, 14, 159])
def test_one_firm_is_told_what_the_scan_of_all_finds(database, given, seed):
    """A random town: every firm with other obstacles, and some with none."""
    chance = random.Random(seed)
    town, expected = [], {}
    for _ in range(8):
        spare_branch(given)
        firm = clean_firm(given)
        town.append(firm)
        expected[firm[0].taxpayer_id] = set(chance.sample(CODES, chance.choice([0, 1, 2, 5, len(CODES)])))
    for firm in town:
        with_obstacle(database, firm, lambda g: put_up(g, expected[g.whose]))
    assert {firm[0].taxpayer_id: codes_of(database, firm) for firm in town} == expected
    found = scanned(database)
    assert {key: found.get(key, set()) for key in expected} == expected
    assert all(found.values())


OF_ITSELF = {"unfiled", "branch", "representative-unproven"}
"""What the demo's firms have by themselves: by their taxes, branches, representatives without account."""


def test_each_firm_of_the_demo_town_is_told_what_the_scan_of_all_finds(database, settings):
    """Three hundred people and their firms, with something put in the way of most."""
    chance, today, keys = random.Random(20261123), clock.today(), settings.keyring
    for _ in build(database, settings, 300, clock.now(), progress=StringIO()):
        pass
    with database.transaction() as session:
        firms = session.scalars(select(Firm).order_by(Firm.code)).all()
        first = IdNumber(IdKind.RESIDENT, next(town.people(1, today)).number)
        who = queries.by_number(session, keys, first)
        account = account_of(session, who.id)
        acting = Acting(account.id, who.id, who.name, who.id, "", Level.PROVEN, frozenset(Right), new_id())
        given, open_to_chance = {}, sorted(set(CODES) - OF_ITSELF)
        for firm in firms:
            codes = set(chance.sample(open_to_chance, chance.choice([0, 1, 4])))
            given[firm.taxpayer_id] = codes
            put_up(Ground(session, firm, replace(acting, taxpayer_id=firm.taxpayer_id), today), codes)
    derive_all(database, None, None, None)
    with database.reading() as session:
        one_by_one = {key: {hit.finding.code for hit in findings(session, key, today)} for key in given}
    found = scanned(database)
    assert one_by_one == {key: found.get(key, set()) for key in given}
    assert all(codes - {"abnormal", "cit-liquidation"} <= one_by_one[key] for key, codes in given.items())
    assert len(given) > 9


def test_everything_at_once_costs_six_statements(database, firm, statements):
    with_obstacle(database, firm, lambda g: put_up(g, set(CODES)))
    statements.clear()
    assert codes_of(database, firm) == set(CODES)
    assert len(statements) <= MOST_STATEMENTS


def test_all_firms_are_one_statement(database, firm, statements):
    with_obstacle(database, firm, OBSTACLES["unfiled"])
    statements.clear()
    assert scanned(database)
    assert len(statements) == 1


def test_a_person_is_no_firm_and_is_not_called_clean(database, given):
    with database.reading() as session, pytest.raises(NoResultFound):
        findings(session, given.person().taxpayer_id, clock.today())


@pytest.mark.parametrize("kind", list(FactKind))
def test_what_is_secret_is_named_to_the_counter_and_not_to_the_firm(database, firm, kind):
    secret = fact(kind, secret=True, grade="D")
    with_obstacle(database, firm, secret)
    with database.reading() as session:
        whose = firm[0].taxpayer_id
        [told] = findings(session, whose, clock.today(), Audience.FIRM)
        [known] = findings(session, whose, clock.today(), Audience.STAFF)
    assert (told.finding.code, told.rows) == ("ask-office", ())
    assert told.finding.severity is known.finding.severity
    assert known.finding.code == kind
    assert known.rows


def test_however_much_is_secret_the_firm_is_told_once(database, firm):
    for kind in ("inspection", "risk-task", "inspection"):
        with_obstacle(database, firm, fact(kind, secret=True))
    with_obstacle(database, firm, fact("risk-task", secret=False))
    with database.reading() as session:
        told = findings(session, firm[0].taxpayer_id, clock.today(), Audience.FIRM)
    assert [(hit.finding.code, len(hit.rows)) for hit in told] == [("risk-task", 1), ("ask-office", 0)]
