"""Health checks: they keep what they saw, and touch nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.core import clock
from portal.core.db import Model
from portal.core.refusal import Refusal
from portal.deregistration import services
from portal.deregistration.models import HealthCheck
from portal.deregistration.rules import compare, read
from portal.risk.queries import CODES, findings
from portal.risk.rules import Audience
from tests.risk.obstacles import (
    OBSTACLES,
    clean_firm,
    fact,
    ground,
    last_period,
    put_up,
    registered,
    spare_branch,
    take_away,
)

OWN_RECORDS = {"health_checks", "audit_entries", "audit_heads"}


@pytest.fixture
def firm(given):
    spare_branch(given)
    return clean_firm(given)


def change(database, firm, act):
    with database.transaction() as session:
        act(ground(session, *firm, clock.today()))


def run(database, firm, later=0):
    with database.transaction() as session:
        return services.run(session, firm[1], at=clock.now() + timedelta(seconds=later))


def contents(database):
    with database.reading() as session:
        tables = Model.metadata.tables.values()
        return {t.name: session.scalar(select(func.count()).select_from(t)) for t in tables}


def test_a_check_keeps_everything_it_saw_with_its_evidence(database, firm):
    change(database, firm, lambda g: put_up(g, set(CODES)))
    made = run(database, firm)
    with database.reading() as session:
        kept = session.scalars(select(HealthCheck)).one()
        hits = findings(session, firm[0].taxpayer_id, clock.today(), Audience.FIRM)
    assert kept.number == made.number
    assert [(one.code, one.rows) for one in read(kept.findings)] == [
        (hit.finding.code, hit.rows) for hit in hits
    ]
    assert {one.code for one in read(kept.findings)} == set(CODES)


def test_a_check_changes_nothing_but_its_own_record(database, firm):
    change(database, firm, lambda g: put_up(g, {"unfiled", "arrears", "inspection"}))
    before = contents(database)
    run(database, firm)
    after = contents(database)
    assert {name for name in after if after[name] != before[name]} <= OWN_RECORDS
    assert after["health_checks"] == before["health_checks"] + 1


def test_the_next_check_names_the_last_and_tells_the_difference(database, firm):
    change(database, firm, lambda g: put_up(g, {"unfiled", "fine", "abnormal"}))
    first = run(database, firm)
    change(database, firm, lambda g: [take_away(g, "unfiled"), take_away(g, "fine")])
    change(database, firm, OBSTACLES["inspection"])
    second = run(database, firm, later=1)
    assert (first.previous_id, second.previous_id) == (None, first.id)
    changes = compare(read(first.findings), read(second.findings))
    assert {one.code for one in changes.cured} == {"unfiled", "fine", "abnormal"}
    assert {one.code for one in changes.fresh} == {"inspection"}


def test_a_check_looks_at_periods_that_ended_and_that_nobody_had_noted_yet(database, firm):
    quarter = last_period("vat-small-scale", clock.today())
    since = (quarter.first - clock.today()).days
    change(database, firm, registered("vat-small-scale", since=since))
    [found] = run(database, firm).findings
    assert (found["code"], [row["period"] for row in found["rows"]]) == ("unfiled", [str(quarter)])


def test_what_is_secret_is_not_even_kept(database, firm):
    change(database, firm, fact("inspection", secret=True, note="举报"))
    made = run(database, firm)
    assert [one["code"] for one in made.findings] == ["ask-office"]
    assert "检查" not in str(made.findings)


def test_a_person_has_no_health_check(database, given):
    person = given.person()
    with pytest.raises(Refusal), database.transaction() as session:
        services.run(session, given.acting(person), at=clock.now())
