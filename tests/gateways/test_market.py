"""The market register over the wire: clear answers are read, anything odd is `Unavailable`."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest

from portal.core.refusal import Unavailable
from portal.gateways import market
from portal.gateways.market import (
    Cleared,
    FactRecord,
    HttpMarketRegister,
    NotTaken,
    RegisteredTax,
    Reopened,
    Representative,
    Unread,
)
from portal.settings import Settings
from portal.taxes.periods import PeriodKind
from portal.taxpayers.rules import IdKind
from portal.taxpayers.rules.firms import FirmKind, Licence, VatPayer
from tests.live import environment
from tests.market import CODE, SOMEONE, fact_line, firm_line

NOBODY = "91440399MAD900019M"


def write(sandbox, *lines):
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    sandbox.firms.write_text(text, "utf-8")


@pytest.fixture
def register(sandbox, tmp_path):
    write(sandbox)
    sandbox.identity.forget("faults")
    sandbox.identity.forget("clearances")
    known = environment("sqlite://", sandbox, tmp_path, storage=tmp_path, base_url="http://localhost")
    yield HttpMarketRegister(Settings.from_environment(known))
    sandbox.identity.forget("faults")


def test_a_firm_is_found_as_it_was_registered_last(register, sandbox):
    taxes = [{"tax": "vat-small-scale", "period_kind": "quarter", "from": "2024-01-02", "to": "2026-06-30"}]
    write(sandbox, firm_line(), firm_line(name="滨海云帆贸易有限公司", taxes=taxes, changed_on="2026-02-01"))
    found = register.find(CODE)
    assert (found.seq, found.name, found.changed_on) == (2, "滨海云帆贸易有限公司", date(2026, 2, 1))
    assert found.representative == Representative(SOMEONE.name, "resident-id", SOMEONE.number)
    assert found.taxes == (RegisteredTax("vat-small-scale", "quarter", date(2024, 1, 2), date(2026, 6, 30)),)
    assert (found.parent_code, found.agent) == (None, False)


def test_a_branch_names_the_firm_it_belongs_to_and_an_agent_says_so(register, sandbox):
    write(sandbox, firm_line(kind="branch", parent_uscc=NOBODY, agent=True))
    found = register.find(CODE)
    assert (found.kind, found.parent_code, found.agent) == ("branch", NOBODY, True)


def test_a_code_nobody_has_is_a_clear_no(register):
    assert register.find(NOBODY) is None


def test_a_code_leads_to_no_other_path(register):
    with pytest.raises(Unavailable):
        register.find("../changes?after=0")


def test_changes_come_with_their_numbers_in_batches(register, sandbox):
    lines = [firm_line(name=f"第{n}号") for n in range(market.AT_ONCE)]
    write(sandbox, *lines, fact_line(until="2026-02-01", secret=True, facts={"sheets": 3}))
    first = register.changes(0)
    assert [change.seq for change in first.changes] == [*range(1, market.AT_ONCE + 1)]
    last = register.changes(first.next)
    [fact] = last.changes
    assert fact.about == FactRecord(
        seq=market.AT_ONCE + 1,
        code=CODE,
        kind="unused-invoices",
        reference="R-1",
        source="发票系统",
        since=date(2026, 1, 5),
        until=date(2026, 2, 1),
        secret=True,
        facts={"sheets": 3},
    )
    assert market.read_change(fact.wire) == fact
    assert register.changes(last.next).changes == ()


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": None},
        {"kind": "limited-company"},
        {"status": "valid"},
        {"vat_payer": None},
        {"established_on": "2024-02-30"},
        {"changed_on": None},
        {"taxes": None},
        {"taxes": [{"tax": "vat-small-scale", "period_kind": "week", "from": "2024-01-02"}]},
        {"legal_representative": {"name": "李四", "id_kind": "licence", "id_number": "1"}},
        {"legal_representative": None},
        {"agent": "yes"},
        {"parent_uscc": 7},
    ],
    ids=str,
)
def test_a_record_that_is_not_clear_is_not_half_believed(register, sandbox, wrong):
    write(sandbox, firm_line() | wrong)
    with pytest.raises(Unavailable):
        register.find(CODE)
    [change] = register.changes(0).changes
    assert change.about == Unread(1, CODE, "firm")


@pytest.mark.parametrize(
    "wrong", [{"secret": None}, {"since": "soon"}, {"facts": None}, {"kind": 7}], ids=str
)
def test_a_fact_that_is_not_clear_is_not_half_believed(register, sandbox, wrong):
    write(sandbox, firm_line(), fact_line(**wrong), firm_line(name="其后的名称"))
    _, change, later = register.changes(0).changes
    assert change.about == Unread(2, CODE, "fact")
    assert later.about.name == "其后的名称"


def test_a_change_of_a_kind_nobody_knows_keeps_its_number_and_its_words():
    wire = {"seq": 7, "kind": "pledge-of-equity", "uscc": CODE, "pledge-of-equity": {"shares": 3}}
    assert market.read_change(wire) == market.Change(Unread(7, CODE, "pledge-of-equity"), wire)
    nobody = {"seq": 8, "kind": "area-renamed", "area": "440399"}
    assert market.read_change(nobody).about == Unread(8, "", "area-renamed")


@pytest.mark.parametrize("wrong", [{"seq": None}, {"seq": "7"}, {"kind": 7}, {"kind": ""}], ids=str)
def test_a_change_without_a_number_or_a_kind_is_none(wrong):
    with pytest.raises(TypeError):
        market.read_change({"seq": 7, "kind": "firm", "uscc": CODE} | wrong)


@pytest.mark.parametrize(
    "fault", ["outage", "cut_before", "error_before", "rate_limit", "garbage", "cut_after"]
)
@pytest.mark.parametrize("ask", [lambda it: it.find(CODE), lambda it: it.changes(0)], ids=["find", "changes"])
def test_every_fault_is_unavailable(register, sandbox, fault, ask):
    write(sandbox, firm_line())
    sandbox.identity.tell("faults", kind=fault, path="/")
    with pytest.raises(Unavailable) as down:
        ask(register)
    assert down.value.system == "market"


def test_a_register_that_refuses_our_key_is_unavailable(sandbox, tmp_path):
    assert sandbox.identity.base_url
    known = environment("sqlite://", sandbox, tmp_path, storage=tmp_path, base_url="http://localhost")
    stranger = HttpMarketRegister(Settings.from_environment(known | {"PORTAL_MARKET_KEY": "wrong"}))
    with pytest.raises(Unavailable):
        stranger.find(CODE)


def cleared(**changes):
    return replace(Cleared(uuid4(), CODE, "M-20260309-AB12CD", date(2026, 3, 9)), **changes)


def applied(sandbox):
    """What the register has applied: message → how often it came."""
    return {one["id"]: one["times"] for one in sandbox.identity.ask("clearances")}


def test_a_clearance_reaches_the_register_as_it_was_told(register, sandbox):
    write(sandbox, firm_line())
    event = cleared()
    register.tell(event)
    assert sandbox.identity.ask("clearances") == [
        {
            "id": str(event.id),
            "uscc": CODE,
            "number": "M-20260309-AB12CD",
            "cleared_on": "2026-03-09",
            "times": 1,
        }
    ]


def test_a_clearance_told_again_is_applied_once(register, sandbox):
    write(sandbox, firm_line())
    event = cleared()
    for _ in range(3):
        register.tell(event)
    assert applied(sandbox) == {str(event.id): 3}


def test_a_clearance_told_from_many_sides_at_once_is_applied_once(register, sandbox):
    write(sandbox, firm_line())
    event = cleared()
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(register.tell, [event] * 8))
    assert applied(sandbox) == {str(event.id): 8}


@pytest.mark.parametrize("fault", ["cut_after", "error_after", "garbage"])
def test_a_lost_answer_is_unclear_and_telling_again_does_no_harm(register, sandbox, fault):
    write(sandbox, firm_line())
    event = cleared()
    sandbox.identity.tell("faults", kind=fault, path="/clearances", method="POST")
    with pytest.raises(Unavailable):
        register.tell(event)
    assert applied(sandbox) == {str(event.id): 1}, "it was applied, only the answer was lost"
    register.tell(event)
    assert applied(sandbox) == {str(event.id): 2}


@pytest.mark.parametrize("fault", ["outage", "cut_before", "error_before", "rate_limit"])
def test_a_message_that_did_not_arrive_is_unclear_too(register, sandbox, fault):
    write(sandbox, firm_line())
    sandbox.identity.tell("faults", kind=fault, path="/")
    with pytest.raises(Unavailable):
        register.tell(cleared())
    assert applied(sandbox) == {}


def test_a_clear_no_is_told_from_no_answer(register, sandbox):
    write(sandbox, firm_line())
    event = cleared()
    register.tell(event)
    with pytest.raises(NotTaken, match="no-such-firm"):
        register.tell(cleared(code=NOBODY))
    with pytest.raises(NotTaken, match="id-used-otherwise"):
        register.tell(replace(event, on=date(2026, 3, 10)))
    assert applied(sandbox) == {str(event.id): 1}


def test_a_cleared_firm_is_struck_off_and_the_feed_says_so(register, sandbox):
    write(sandbox, firm_line())
    register.tell(cleared())
    sandbox.identity.tell("deregistrations", uscc=CODE)
    assert register.find(CODE).licence == "cancelled"
    [change] = register.changes(1).changes
    assert (change.seq, change.about.licence) == (2, "cancelled")


def test_a_clearance_that_is_void_strikes_nobody_off_whichever_news_came_first(register, sandbox):
    write(sandbox, firm_line())
    for first_told in (True, False):
        sandbox.identity.forget("clearances")
        event = cleared()
        void = Reopened(uuid4(), CODE, "M-20260309-AB12CD", event.id, date(2026, 3, 10))
        for news in (event, void, void) if first_told else (void, event, void):
            register.tell(news)
        assert sandbox.identity.ask("reopenings") == [
            {
                "id": str(void.id),
                "uscc": CODE,
                "number": "M-20260309-AB12CD",
                "voids": str(event.id),
                "reopened_on": "2026-03-10",
                "times": 2,
            }
        ]
        with pytest.raises(RuntimeError, match="not-cleared"):
            sandbox.identity.tell("deregistrations", uscc=CODE)
        register.tell(cleared())
        assert sandbox.identity.tell("deregistrations", uscc=CODE)["status"] == "cancelled"
        write(sandbox, firm_line())


def test_a_firm_nobody_cleared_is_not_struck_off(register, sandbox):
    write(sandbox, firm_line())
    with pytest.raises(RuntimeError, match="not-cleared"):
        sandbox.identity.tell("deregistrations", uscc=CODE)
    assert register.find(CODE).licence == "active"


def test_the_words_of_the_protocol_are_those_the_rooms_know():
    assert set(IdKind) == market.ID_KINDS
    assert set(FirmKind) == market.FIRM_KINDS
    assert set(Licence) == market.LICENCES
    assert set(VatPayer) == market.VAT_PAYERS
    assert set(PeriodKind) == market.PERIOD_KINDS
