"""The demo can be built on any day, and those it tells of can be tried."""

import io
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from portal.demo import registers, services, stories, town
from portal.gateways import Gateways
from portal.gateways.identity import Match
from portal.home.queries import glance
from portal.home.rules import per_month
from portal.taxpayers.models import Taxpayer
from portal.taxpayers.rules import IdKind, fault

TODAY = date(2026, 11, 23)


def build(database, settings, at):
    return list(services.build(database, settings, 5, at, progress=io.StringIO()))


@pytest.mark.parametrize("day", ["2026-11-23", "2027-01-15", "2027-03-01", "2028-06-01"])
def test_it_is_built_on_any_day(database, settings, day):
    said = build(database, settings, datetime.fromisoformat(f"{day}T04:00:00+00:00"))
    assert any("王建国" in line for line in said)


def test_who_paid_late_sees_it_in_the_chart_of_the_first_page(database, settings):
    at = datetime(2026, 11, 23, 4, tzinfo=UTC)
    build(database, settings, at)
    with database.reading() as session:
        who = session.scalars(select(Taxpayer.id).where(Taxpayer.name == "王建国")).one()
        seen = glance(session, who, date(2025, 12, 1), at - timedelta(days=30), at)
    months = per_month(seen.paid, TODAY)
    assert [month.words for month in months if month.amount] == ["2026-03"]
    assert stories.settled_years(TODAY) == (2024, 2025)


def test_the_newcomers_are_known_to_the_register_by_their_documents(settings, sandbox, tmp_path):
    registers.write(tmp_path, town.newcomers(), [], [])
    lines = (tmp_path / "people.jsonl").read_text("utf-8")
    with sandbox.people.open("a", encoding="utf-8") as file:
        file.write(lines)
    sandbox.identity.forget("faults")
    register = Gateways.connect(settings).identity
    kinds = []
    for line in map(json.loads, lines.splitlines()):
        kinds.append(line["id_kind"])
        asked = (line["name"], line["id_kind"], line["id_number"], line["mobile"])
        assert register.match(*asked) == Match(person=True, mobile=True)
        assert fault(IdKind(line["id_kind"]), line["id_number"].removeprefix("GB-"), TODAY) is None
    assert kinds == [IdKind.HMT_RESIDENCE, IdKind.PASSPORT]
