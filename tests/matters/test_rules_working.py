"""Which step is whose, in which order, by how many people; and what a state waits for."""

from datetime import date
from uuid import UUID

import pytest

from portal.core.refusal import Refusal
from portal.matters.rules import Standard, read, standards
from portal.matters.rules.working import (
    Done,
    require_decision,
    require_return,
    require_step,
    why_not_decision,
    why_not_step,
)
from portal.taxes.calendar import holidays_known

ANNA, BERND, CARLA = (UUID(int=n) for n in (1, 2, 3))
BOTH = frozenset({"refund-review", "refund-approve"})
REFUND = standards()["refund"]

LICENCE = """
title = "x"
basis = "x"
limit_working_days = 5
states = { asked = ["granted", "refused"], granted = ["asked"], refused = [] }
opens_in = "asked"
closed_in = ["granted", "refused"]
needs = { granted = ["look", "weigh", "sign"], refused = ["look:any", "weigh:any", "sign:unmet"] }
"""
STEP = """
[[steps]]
code = "{0}"
what = "{0}"
how = "x"
done_when = "x"
who = "staff"
role = "refund-review"
mandatory = true
other_than = "{1}"
"""


@pytest.fixture
def licence(tmp_path) -> Standard:
    """A kind of matter that three people have to look at, one after the other, within five working days."""
    steps = (("look", ""), ("weigh", "look"), ("sign", "weigh"))
    text = LICENCE + "".join(STEP.format(*step) for step in steps)
    for state, known in (("asked", "requested"), ("granted", "approved")):
        text = text.replace(state, known)
    file = tmp_path / "licence.toml"
    file.write_text(text)
    return read(file)


def done(step: str, person: UUID, finding: str = "met") -> Done:
    return Done(step, finding, person, "someone")


def refused(reason: str):
    return pytest.raises(Refusal, match=reason)


def test_the_second_step_of_a_refund_needs_another_person():
    reviewed = [done("review", ANNA)]
    with refused("step-needs-another"):
        require_step(REFUND, "requested", "approve", BOTH, ANNA, reviewed)
    assert require_step(REFUND, "requested", "approve", BOTH, BERND, reviewed).code == "approve"


def test_three_steps_in_a_row_need_three_people(licence):
    both = [done("look", ANNA), done("weigh", BERND)]
    for person in (ANNA, BERND):
        with refused("step-needs-another"):
            require_step(licence, "requested", "sign", BOTH, person, both)
    assert require_step(licence, "requested", "sign", BOTH, CARLA, both).code == "sign"


def test_a_step_is_done_once_a_round():
    with refused("step-done"):
        require_step(REFUND, "requested", "review", BOTH, BERND, [done("review", ANNA)])


def test_a_step_waits_for_the_one_before():
    with refused("step-before"):
        require_step(REFUND, "requested", "approve", BOTH, ANNA, [])


def test_a_step_is_for_whom_holds_its_role():
    with refused("step-not-your-part"):
        require_step(REFUND, "requested", "review", {"refund-approve"}, ANNA, [])


@pytest.mark.parametrize("step", ["request", "pay", "no-such-step"])
def test_what_is_not_the_offices_to_do_is_refused(step):
    with refused("step-not-now"):
        require_step(REFUND, "requested", step, BOTH, ANNA, [])


def test_nothing_is_done_on_a_refund_that_is_decided():
    for state in set(REFUND.next_states) - {"requested"}:
        with refused("step-not-now"):
            require_step(REFUND, state, "review", BOTH, ANNA, [])


@pytest.mark.parametrize(
    ("found", "may_become"),
    [
        ({}, set()),
        ({"review": "met"}, set()),
        ({"approve": "met"}, set()),
        ({"review": "met", "approve": "met"}, {"approved"}),
        ({"review": "unmet", "approve": "met"}, set()),
        ({"review": "met", "approve": "unmet"}, {"refused"}),
        ({"review": "unmet", "approve": "unmet"}, {"refused"}),
    ],
)
def test_a_refund_is_decided_as_two_people_found(found, may_become):
    assert {to for to in REFUND.decisions("requested") if not REFUND.open_needs(to, found)} == may_become
    for to in may_become:
        REFUND.require("M-1", to, found)
    for to in {"approved", "refused"} - may_become:
        with refused("matter-step-open"):
            REFUND.require("M-1", to, found)


def test_what_the_taxpayer_does_waits_for_no_step():
    REFUND.require("M-1", "withdrawn", {})
    assert "withdrawn" not in REFUND.decisions("requested")


def test_a_refusal_says_why():
    with refused("decision-no-reason"):
        require_decision(REFUND, "refused", BOTH, " ")
    require_decision(REFUND, "refused", BOTH, "收款账户不是本人的")
    require_decision(REFUND, "approved", BOTH, "")


def test_who_reviews_does_not_decide():
    with refused("step-not-your-part"):
        require_decision(REFUND, "approved", {"refund-review"}, "")


def test_only_what_was_done_can_be_sent_back_and_by_whom_it_concerns():
    with refused("nothing-to-return"):
        require_return(REFUND, "requested", BOTH, [])
    with refused("step-not-your-part"):
        require_return(REFUND, "requested", {"clearance-review"}, [done("review", ANNA)])
    require_return(REFUND, "requested", {"refund-approve"}, [done("review", ANNA)])


def test_the_next_step_is_the_first_without_a_finding():
    steps = [REFUND.next_step("requested", found) for found in ({}, {"review": "met"})]
    assert [step.code for step in steps if step] == ["review", "approve"]
    assert REFUND.next_step("requested", {"review": "met", "approve": "met"}) is None


def test_working_days_leave_out_weekends_and_holidays(licence):
    assert licence.due_on(date(2026, 9, 28)) == date(2026, 10, 10)  # the seven days of the National Day rest
    assert licence.due_on(date(2026, 11, 2)) == date(2026, 11, 9)


def test_a_year_without_announced_holidays_is_known_to_be_so():
    assert holidays_known(2026)
    assert not holidays_known(2097)


@pytest.mark.parametrize(
    ("needs", "steps"),
    [
        ('{ approved = ["nothing"] }', ""),
        ('{ wished = ["look"] }', STEP.format("look", "")),
        ('{ approved = ["look:perhaps"] }', STEP.format("look", "")),
        ("{ approved = [] }", STEP.format("look", "")),
        ('{ approved = ["look"] }', STEP.format("look", "later") + STEP.format("later", "")),
    ],
    ids=["no such step", "no such state", "no such finding", "nothing needed", "another than a later step"],
)
def test_needs_that_nobody_can_meet_do_not_load(tmp_path, needs, steps):
    file = tmp_path / "wish.toml"
    states = '{ requested = ["approved"], approved = [] }'
    head = 'title="x"\nbasis="x"\nopens_in="requested"\nclosed_in=["approved"]\n'
    head += f"states={states}\nneeds={needs}\n"
    file.write_text(head + (steps or "steps = []\n"))
    with pytest.raises(ValueError, match="nobody can meet"):
        read(file)


def test_a_page_tells_beforehand_what_pressing_would_be_refused_for():
    assert why_not_step(REFUND, "requested", "review", BOTH, ANNA, []) is None
    wrong = why_not_step(REFUND, "requested", "approve", BOTH, ANNA, [])
    assert wrong is not None
    assert wrong.reason.code == "step-before"
    found = [done("review", ANNA), done("approve", BERND)]
    assert why_not_decision(REFUND, "M-1", "approved", BOTH, found) is None
    wrong = why_not_decision(REFUND, "M-1", "approved", BOTH, [])
    assert wrong is not None
    assert wrong.reason.code == "matter-step-open"
