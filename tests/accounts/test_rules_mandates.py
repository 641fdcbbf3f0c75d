"""Who may be offered what, by whom, for how long; and how a mandate stands on a day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import combinations
from uuid import UUID

import pytest

from portal.accounts.rules import mandates as rules
from portal.accounts.rules.mandates import Giver, Proposal, Role, Side, Standing
from portal.core.acting import Acting, Level, Right
from portal.core.refusal import Refusal

TODAY = date(2026, 3, 9)
NOW = datetime(2026, 3, 9, 2, tzinfo=UTC)
ME, FIRM, HANDLER, AGENT = (UUID(int=n) for n in range(1, 5))
DAY = timedelta(days=1)


def someone(role=Role.REPRESENTATIVE, rights=None, **changed):
    known = {
        "account_id": ME,
        "person_id": ME,
        "person_name": "李静怡",
        "taxpayer_id": FIRM,
        "taxpayer_name": "海潮软件有限公司",
        "level": Level.PROVEN,
        "rights": rules.MOST_RIGHTS[role] if rights is None else frozenset(rights),
        "session_id": ME,
        "mandate_id": ME,
        "office": role,
    }
    return Acting(**known | changed)


def offer(role=Role.TAX_HANDLER, rights=(Right.FILE,), from_on=TODAY, to_on=None):
    return Proposal(role, frozenset(rights), from_on, to_on)


def check(proposal, by=None, holder=HANDLER, until=None, firm=False):
    rules.check_proposal(proposal, Giver(by or someone(), until), holder, holder_is_firm=firm, on=TODAY)


def refused(*asked, **facts):
    with pytest.raises(Refusal) as said:
        check(*asked, **facts)
    return said.value.reason


def test_a_representative_may_offer_every_role_what_it_may_hold():
    for role in (Role.FINANCE_HEAD, Role.TAX_HANDLER, Role.AGENT):
        check(offer(role, rules.MOST_RIGHTS[role]), holder=AGENT, firm=role is Role.AGENT)


def test_whatever_is_offered_includes_to_look():
    assert offer(rights=[Right.FILE]).granted == {Right.VIEW, Right.FILE}
    assert offer(rights=[]).granted == {Right.VIEW}


def test_nobody_offers_anything_for_oneself():
    assert refused(offer(), holder=ME) is rules.FOR_ONESELF
    assert refused(offer(Role.AGENT), holder=FIRM, firm=True) is rules.FOR_ONESELF


def test_who_acts_for_nobody_else_offers_nothing():
    assert refused(offer(), someone().for_oneself()) is rules.NOT_FOR_A_FIRM


@pytest.mark.parametrize("role", [Role.TAX_HANDLER, Role.FINANCE_HEAD])
def test_who_may_not_manage_offers_nothing(role):
    by = someone(role, frozenset(Right) - {Right.MANAGE})
    assert refused(offer(rights=[Right.VIEW]), by) is rules.MAY_NOT_MANAGE


def test_the_representative_is_nobody_s_to_appoint():
    assert refused(offer(Role.REPRESENTATIVE)) is rules.THE_REGISTERS_ROLE


@pytest.mark.parametrize(
    ("role", "firm"), [(Role.AGENT, False), (Role.TAX_HANDLER, True), (Role.FINANCE_HEAD, True)]
)
def test_an_agent_is_a_firm_and_everybody_else_a_person(role, firm):
    assert refused(offer(role), firm=firm) is rules.WRONG_HOLDER


@pytest.mark.parametrize("role", [Role.TAX_HANDLER, Role.AGENT])
def test_only_a_finance_head_is_ever_given_to_manage(role):
    why = refused(offer(role, [Right.MANAGE]), firm=role is Role.AGENT)
    assert why is rules.BEYOND_THE_ROLE


def test_only_the_representative_gives_to_manage():
    proposal = offer(Role.FINANCE_HEAD, [Right.MANAGE])
    check(proposal)
    assert refused(proposal, someone(Role.FINANCE_HEAD)) is rules.MANAGE_BY_REPRESENTATIVE


def test_nobody_gives_what_they_do_not_hold():
    """Every set of rights with which one manages, against every set that is offered."""
    working = sorted(frozenset(Right) - {Right.MANAGE, Right.VIEW})
    subsets = [frozenset(some) for n in range(len(working) + 1) for some in combinations(working, n)]
    for held in subsets:
        by = someone(Role.FINANCE_HEAD, held | {Right.VIEW, Right.MANAGE})
        for offered in subsets:
            if offered <= held:
                check(offer(rights=offered), by)
            else:
                assert refused(offer(rights=offered), by) is rules.BEYOND_OWN_RIGHTS


def test_nobody_gives_for_longer_than_they_hold():
    until = TODAY + 30 * DAY
    check(offer(to_on=until), until=until)
    for longer in (None, until + DAY):
        assert refused(offer(to_on=longer), until=until) is rules.BEYOND_OWN_TERM


@pytest.mark.parametrize(
    ("from_on", "to_on", "sane"),
    [
        (TODAY, None, True),
        (TODAY, TODAY, True),
        (TODAY - DAY, None, False),
        (TODAY + 365 * DAY, None, True),
        (TODAY + 366 * DAY, None, False),
        (TODAY + 2 * DAY, TODAY + DAY, False),
        (TODAY, TODAY + rules.LONGEST, True),
        (TODAY, TODAY + rules.LONGEST + DAY, False),
    ],
)
def test_the_days_of_a_mandate_are_sane(from_on, to_on, sane):
    proposal = offer(from_on=from_on, to_on=to_on)
    if sane:
        check(proposal)
    else:
        assert refused(proposal) is rules.DATES_NOT_SANE


def test_what_is_offered_on_the_page_is_what_may_be_given():
    for role in (Role.FINANCE_HEAD, Role.TAX_HANDLER, Role.AGENT):
        for by in (
            someone(),
            someone(Role.FINANCE_HEAD),
            someone(Role.FINANCE_HEAD, {Right.VIEW, Right.MANAGE}),
        ):
            for right in Right:
                proposal = offer(role, [right])
                if right in rules.rights_to_offer(role, by):
                    check(proposal, by, firm=role is Role.AGENT)
                else:
                    refused(proposal, by, firm=role is Role.AGENT)


@dataclass
class Row:
    from_on: date = TODAY
    to_on: date | None = None
    accepted_at: datetime | None = NOW
    ended_at: datetime | None = None
    ended_by: str = ""


@pytest.mark.parametrize(
    ("row", "stands"),
    [
        (Row(), Standing.IN_FORCE),
        (Row(to_on=TODAY), Standing.IN_FORCE),
        (Row(to_on=TODAY - DAY), Standing.OVER),
        (Row(from_on=TODAY + DAY), Standing.COMING),
        (Row(accepted_at=None), Standing.PROPOSED),
        (Row(accepted_at=None, to_on=TODAY - DAY), Standing.OVER),
        (Row(ended_at=NOW, ended_by=Side.FIRM), Standing.ENDED),
        (Row(ended_at=NOW, ended_by=Side.HOLDER), Standing.ENDED),
        (Row(ended_at=NOW, ended_by=Side.REGISTER), Standing.ENDED),
        (Row(ended_at=NOW, ended_by=Side.TERM), Standing.OVER),
        (Row(accepted_at=None, ended_at=NOW, ended_by=Side.HOLDER), Standing.DECLINED),
        (Row(accepted_at=None, ended_at=NOW, ended_by=Side.FIRM), Standing.WITHDRAWN),
    ],
)
def test_how_a_mandate_stands(row, stands):
    assert rules.standing(row, TODAY) is stands


def test_every_role_right_and_standing_has_a_name():
    assert set(rules.ROLE_NAMES) == set(rules.MOST_RIGHTS) == set(Role)
    assert set(rules.RIGHT_NAMES) == set(Right)
    assert set(rules.STANDING_NAMES) == set(Standing)


@dataclass(frozen=True)
class Held:
    """A mandate as it stands."""

    from_on: date = TODAY - DAY
    to_on: date | None = None
    accepted_at: datetime | None = NOW
    ended_at: datetime | None = None
    ended_by: str = ""


def test_a_mandate_is_lost_with_its_end_or_with_ones_own_in_the_agent_firm():
    assert rules.lost_since(Held(), None, TODAY) is None
    assert rules.lost_since(Held(), Held(), TODAY) is None
    assert rules.lost_since(Held(ended_at=NOW, ended_by=Side.FIRM), None, TODAY) == NOW
    assert rules.lost_since(Held(to_on=TODAY - DAY), None, TODAY) == TODAY - DAY
    assert rules.lost_since(Held(), Held(ended_at=NOW, ended_by=Side.HOLDER), TODAY) == NOW
    assert rules.lost_since(Held(), Held(accepted_at=None), TODAY) == TODAY
