"""Mandates on a database: proposed, answered, ended, following the register; the session that acts by one."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from portal.accounts.models import AccountSession, Mandate
from portal.accounts.queries.mandates import contexts as contexts_of
from portal.accounts.queries.mandates import known_context
from portal.accounts.rules import mandates as rules
from portal.accounts.rules.mandates import Proposal, Role, Side, Standing
from portal.accounts.services import contexts, follow_representative, mandates
from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.acting import Right
from portal.core.refusal import Refusal
from portal.notices.models import Notice
from portal.taxpayers import services as taxpayers
from portal.taxpayers.models import Firm, Taxpayer
from portal.taxpayers.queries import by_code
from tests.given import ENDED_BY
from tests.market import firm_line, record
from tests.reliability.in_step import at_once

DAY = timedelta(days=1)


@pytest.fixture
def firm(given):
    return given.firm()


@pytest.fixture
def boss(given, firm):
    """The legal representative, acting for the firm."""
    person = given.person()
    return given.acting_for(person, given.mandate(firm, person, role=Role.REPRESENTATIVE))


def offer(role=Role.TAX_HANDLER, rights=(Right.VIEW, Right.FILE), to_on=None):
    return Proposal(role, frozenset(rights), clock.today(), to_on)


def proposed(given, boss, holder, proposal=None):
    with given.database.transaction() as session:
        who = session.get_one(Taxpayer, holder.taxpayer_id)
        return mandates.propose(session, given.acting(boss), proposal or offer(), who, at=clock.now()).id


def do(given, act, person, mandate_id):
    with given.database.transaction() as session:
        return act(session, given.acting(person), mandate_id, at=clock.now())


def refused(act, *asked):
    with pytest.raises(Refusal) as said:
        act(*asked)
    return said.value.reason


def trail(given, taxpayer_id):
    with given.database.reading() as session:
        rows = select(AuditEntry).where(AuditEntry.taxpayer_id == taxpayer_id).order_by(AuditEntry.n)
        return session.scalars(rows).all()


def told(given, taxpayer_id):
    with given.database.reading() as session:
        rows = select(Notice.kind).where(Notice.taxpayer_id == taxpayer_id).order_by(Notice.id)
        return session.scalars(rows).all()


def test_what_is_proposed_counts_when_it_is_accepted(given, firm, boss):
    handler = given.person()
    made = proposed(given, boss, handler)
    with given.database.reading() as session:
        assert contexts_of(session, handler.taxpayer_id, clock.today()) == []
    do(given, mandates.accept, handler, made)
    with given.database.reading() as session:
        [context] = contexts_of(session, handler.taxpayer_id, clock.today())
    assert (context.name, context.role, context.rights) == (
        firm.name,
        Role.TAX_HANDLER,
        {Right.VIEW, Right.FILE},
    )


def test_every_act_stands_on_the_firm_s_trail_with_both_names_and_is_told_to_the_other(given, firm, boss):
    handler = given.person()
    made = proposed(given, boss, handler)
    do(given, mandates.accept, handler, made)
    do(given, mandates.end, boss, made)
    again = proposed(given, boss, handler)
    do(given, mandates.decline, handler, again)
    written = [entry for entry in trail(given, firm.taxpayer_id) if entry.act.startswith("mandate-")]
    assert [(entry.act, entry.actor_name) for entry in written] == [
        ("mandate-proposed", boss.name),
        ("mandate-accepted", handler.name),
        ("mandate-ended", boss.name),
        ("mandate-proposed", boss.name),
        ("mandate-declined", handler.name),
    ]
    assert all(
        entry.facts["firm"] == firm.name and entry.facts["holder"] == handler.name for entry in written
    )
    assert [kind for kind in told(given, handler.taxpayer_id) if kind.startswith("mandate-")] == [
        "mandate-proposed",
        "mandate-ended-by-firm",
        "mandate-proposed",
    ]
    assert told(given, firm.taxpayer_id) == ["mandate-accepted", "mandate-declined"]


def test_the_holder_too_ends_it_at_once(given, firm, boss):
    handler = given.person()
    made = given.mandate(firm, handler)
    do(given, mandates.end, handler, made)
    with given.database.reading() as session:
        assert session.get_one(Mandate, made).ended_by == Side.HOLDER
        assert contexts_of(session, handler.taxpayer_id, clock.today()) == []
    assert told(given, firm.taxpayer_id)[-1] == "mandate-ended-by-holder"


def test_the_register_s_mandate_is_ended_by_nobody(given, firm, boss):
    with given.database.reading() as session:
        own = session.scalars(select(Mandate.id).where(Mandate.taxpayer_id == firm.taxpayer_id)).one()
    assert refused(do, given, mandates.end, boss, own) is rules.THE_REGISTERS_ROLE
    assert refused(do, given, mandates.end, given.acting_for(boss, own), own) is rules.THE_REGISTERS_ROLE


def test_a_handler_ends_nobody_else_s(given, firm):
    handler, other = given.person(), given.person()
    made = given.mandate(firm, other)
    acting = given.acting_for(handler, given.mandate(firm, handler))
    assert refused(do, given, mandates.end, acting, made) is rules.MAY_NOT_MANAGE


def test_what_concerns_others_is_not_there(given, firm, boss):
    handler, stranger = given.person(), given.person()
    made = proposed(given, boss, handler)
    for act in (mandates.accept, mandates.decline, mandates.end):
        assert do(given, act, stranger, made) is None
    for act in (mandates.accept, mandates.decline):  # the firm does not answer for the holder
        assert do(given, act, boss, made) is None


def test_of_the_same_role_one_is_open_at_a_time(given, firm, boss):
    handler = given.person()
    made = proposed(given, boss, handler)
    assert refused(proposed, given, boss, handler) is rules.ALREADY_OPEN
    proposed(given, boss, handler, offer(Role.FINANCE_HEAD))
    do(given, mandates.end, boss, made)
    proposed(given, boss, handler)


def test_one_that_is_over_makes_room(given, firm, boss):
    handler = given.person()
    old = given.mandate(firm, handler, stands=Standing.OVER)
    proposed(given, boss, handler)
    with given.database.reading() as session:
        assert session.get_one(Mandate, old).ended_by == Side.TERM


@pytest.mark.parametrize("stands", [one for one in Standing if one is not Standing.PROPOSED])
def test_only_what_waits_for_an_answer_is_answered(given, firm, stands):
    handler = given.person()
    made = given.mandate(firm, handler, stands=stands)
    for act in (mandates.accept, mandates.decline):
        assert refused(do, given, act, handler, made) is rules.ALREADY_ANSWERED
    if stands not in rules.OPEN:
        assert refused(do, given, mandates.end, handler, made) is rules.ALREADY_ANSWERED


def test_a_proposal_needs_a_giver_whose_own_mandate_still_holds(given, firm):
    head, handler = given.person(), given.person()
    own = given.mandate(firm, head, role=Role.FINANCE_HEAD)
    acting = given.acting(given.acting_for(head, own))
    ended_by_hand(given, own)
    with given.database.transaction() as session:
        who = session.get_one(Taxpayer, handler.taxpayer_id)
        assert (
            refused(lambda: mandates.propose(session, acting, offer(), who, at=clock.now()))
            is rules.NOT_IN_FORCE
        )


def test_only_a_registered_agent_becomes_one(given, boss):
    plain, agent = given.firm(), given.firm(agent=True)
    assert refused(proposed, given, boss, plain, offer(Role.AGENT)) is rules.NOT_AN_AGENT
    assert proposed(given, boss, agent, offer(Role.AGENT))


def test_an_agent_firm_answers_by_whoever_manages_it(given, firm, boss):
    agent = given.firm(agent=True)
    head, clerk = given.person(), given.person()
    manages = given.acting_for(head, given.mandate(agent, head, role=Role.REPRESENTATIVE))
    files = given.acting_for(clerk, given.mandate(agent, clerk))
    made = proposed(given, boss, agent, offer(Role.AGENT))
    assert refused(do, given, mandates.accept, files, made) is rules.MAY_NOT_MANAGE
    assert do(given, mandates.accept, manages, made).accepted_by == head.account_id


# Two at once


@pytest.mark.parametrize("second", [mandates.accept, mandates.decline, mandates.end])
@pytest.mark.parametrize("first", [mandates.accept, mandates.decline, mandates.end])
def test_two_answers_at_once_are_one(given, firm, first, second):
    handler = given.person()
    made = given.mandate(firm, handler, stands=Standing.PROPOSED)

    def answer(act):
        try:
            return do(given, act, handler, made) is not None
        except Refusal:
            return False

    done = at_once(given.database.engine, lambda: answer(first), lambda: answer(second))
    acts = [entry.act for entry in trail(given, firm.taxpayer_id) if entry.act.startswith("mandate-")]
    assert len(acts) == sum(done)
    if {first, second} == {mandates.accept, mandates.end}:
        assert acts in (["mandate-accepted", "mandate-ended"], ["mandate-ended"])
    else:
        assert len(acts) == 1


def test_two_proposals_at_once_are_one(given, firm, boss):
    handler = given.person()

    def propose():
        try:
            return proposed(given, boss, handler)
        except Refusal as said:
            return said.reason

    assert rules.ALREADY_OPEN in at_once(given.database.engine, propose, propose)
    with given.database.reading() as session:
        mine = select(func.count(Mandate.id)).where(Mandate.holder_id == handler.taxpayer_id)
        assert session.scalar(mine) == 1


# The legal representative


def changed(given, firm, by, seq):
    """The register says that somebody represents the firm."""
    with given.database.transaction() as session:
        found = record(firm_line(firm.code, firm.name, by), seq)
        known = taxpayers.register_firm(session, given.settings.keyring, found, at=clock.now())
        follow_representative(session, known, at=clock.now())


def may_act(given, person, firm):
    with given.database.reading() as session:
        return [
            one.role
            for one in contexts_of(session, person.taxpayer_id, clock.today(), taxpayer_id=firm.taxpayer_id)
        ]


def test_the_representative_follows_the_register(given):
    old, new = given.person(), given.person()
    firm = given.firm()
    changed(given, firm, old, 10)
    assert (may_act(given, old, firm), may_act(given, new, firm)) == ([Role.REPRESENTATIVE], [])
    changed(given, firm, new, 11)
    assert (may_act(given, old, firm), may_act(given, new, firm)) == ([], [Role.REPRESENTATIVE])
    assert told(given, old.taxpayer_id) == ["representative-now", "representative-left"]


def test_a_change_of_nothing_changes_nothing(given):
    person, firm = given.person(), given.firm()
    changed(given, firm, person, 10)
    before = len(trail(given, firm.taxpayer_id))
    changed(given, firm, person, 11)
    assert (len(trail(given, firm.taxpayer_id)), may_act(given, person, firm)) == (
        before,
        [Role.REPRESENTATIVE],
    )


def test_who_leaves_keeps_what_the_firm_gave_them(given):
    old, new = given.person(), given.person()
    firm = given.firm()
    changed(given, firm, old, 10)
    given.mandate(firm, old, role=Role.TAX_HANDLER)
    changed(given, firm, new, 11)
    assert may_act(given, old, firm) == [Role.TAX_HANDLER]


def test_a_representative_unknown_here_takes_the_right_from_the_one_before(given):
    old, firm = given.person(), given.firm()
    changed(given, firm, old, 10)
    changed(given, firm, next(given.people), 11)
    assert may_act(given, old, firm) == []


def test_two_changes_at_once_leave_one_representative(given):
    person, firm = given.person(), given.firm()
    with given.database.reading() as session:
        index = session.get_one(Taxpayer, person.taxpayer_id).number_index

    def follow():
        with given.database.transaction() as session:
            known = session.get_one(Firm, firm.taxpayer_id)
            known.representative_index = index
            follow_representative(session, known, at=clock.now())

    at_once(given.database.engine, follow, follow)
    assert may_act(given, person, firm) == [Role.REPRESENTATIVE]


def test_whoever_the_register_names_joins_the_firm(given):
    person = given.person()
    found = record(firm_line(by=person), 1)
    with given.database.transaction() as session:
        contexts.join(session, given.settings.keyring, given.acting(person), found, at=clock.now())
    with given.database.reading() as session:
        [context] = contexts_of(session, person.taxpayer_id, clock.today())
    assert (context.name, context.role, context.rights) == (found.name, Role.REPRESENTATIVE, frozenset(Right))


def test_nobody_else_joins_it_and_the_portal_learns_nothing_of_it(given):
    found = record(firm_line(by=given.person()), 1)
    acting = given.acting(given.person())
    with given.database.transaction() as session:
        keys = given.settings.keyring
        why = refused(lambda: contexts.join(session, keys, acting, found, at=clock.now()))
        assert (why, by_code(session, found.code)) == (rules.NOT_THE_REPRESENTATIVE, None)


def test_who_represented_it_until_a_later_change_does_not_join(given):
    """The register was asked before a change that arrived by the feed meanwhile."""
    old, new, firm = given.person(), given.person(), given.firm()
    changed(given, firm, new, 11)
    stale = record(firm_line(firm.code, firm.name, old), 10)
    with given.database.transaction() as session:
        keys, acting = given.settings.keyring, given.acting(old)
        why = refused(lambda: contexts.join(session, keys, acting, stale, at=clock.now()))
    assert why is rules.NOT_THE_REPRESENTATIVE


# The session


def test_a_switch_changes_for_whom_one_acts_and_the_token(given, firm):
    person = given.person()
    made = given.mandate(firm, person, rights={Right.VIEW, Right.PAY})
    there = given.acting_for(person, made)
    acting = given.acting(there)
    assert (acting.taxpayer_id, acting.person_id, acting.mandate_id) == (
        firm.taxpayer_id,
        person.taxpayer_id,
        made,
    )
    assert (acting.rights, acting.office) == ({Right.VIEW, Right.PAY}, Role.TAX_HANDLER)
    with pytest.raises(AssertionError):
        given.acting(person)  # the token from before opens nothing
    assert [entry.act for entry in trail(given, firm.taxpayer_id)][-1] == "acting-began"


@pytest.mark.parametrize("stands", [one for one in Standing if one is not Standing.IN_FORCE])
def test_nobody_switches_to_what_is_not_in_force(given, firm, stands):
    person = given.person()
    made = given.mandate(firm, person, stands=stands)
    assert refused(given.acting_for, person, made) is rules.NOT_IN_FORCE


def test_nobody_switches_to_what_is_another_s(given, firm):
    made = given.mandate(firm, given.person())
    assert refused(given.acting_for, given.person(), made) is rules.NOT_IN_FORCE


def ended_by_hand(given, mandate_id):
    with given.database.transaction() as session:
        row = session.get_one(Mandate, mandate_id)
        row.ended_at, row.ended_by = clock.now(), Side.FIRM


def ran_out(given, mandate_id):
    with given.database.transaction() as session:
        session.get_one(Mandate, mandate_id).to_on = clock.today() - DAY


def not_yet(given, mandate_id):
    with given.database.transaction() as session:
        session.get_one(Mandate, mandate_id).from_on = clock.today() + DAY


@pytest.mark.parametrize("change", [ended_by_hand, ran_out, not_yet])
def test_with_the_mandate_every_right_is_lost_at_the_next_request(given, firm, change):
    person = given.person()
    made = given.mandate(firm, person)
    there = given.acting_for(person, made)
    change(given, made)
    acting = given.acting(there)
    assert (acting.taxpayer_id, acting.lost, acting.rights) == (person.taxpayer_id, made, frozenset())


def test_the_last_day_still_counts(given, firm):
    person = given.person()
    there = given.acting_for(person, given.mandate(firm, person, to_on=clock.today()))
    assert given.acting(there).taxpayer_id == firm.taxpayer_id


def test_a_session_falls_back_once_and_for_good(given, firm):
    person = given.person()
    made = given.mandate(firm, person)
    there = given.acting_for(person, made)
    ended_by_hand(given, made)
    acting = given.acting(there)
    for _ in range(2):
        with given.database.transaction() as session:
            contexts.fall_back(session, acting, at=clock.now())
    after = given.acting(there)
    assert (after.lost, after.taxpayer_id, after.rights) == (None, person.taxpayer_id, frozenset(Right))
    assert [entry.act for entry in trail(given, firm.taxpayer_id)].count("acting-ended") == 1


def test_a_session_that_went_on_to_another_firm_does_not_fall_back(given, firm):
    person, other = given.person(), given.firm()
    made, second = given.mandate(firm, person), given.mandate(other, person)
    there = given.acting_for(person, made)
    ended_by_hand(given, made)
    late = given.acting(there)
    elsewhere = given.acting_for(there, second)
    with given.database.transaction() as session:
        contexts.fall_back(session, late, at=clock.now())
    assert given.acting(elsewhere).taxpayer_id == other.taxpayer_id


# Agent firms


@pytest.fixture
def agent(given):
    return given.firm(agent=True)


def test_through_an_agent_firm_one_has_what_both_mandates_give(given, firm, agent):
    person = given.person()
    client = given.mandate(firm, agent, role=Role.AGENT, rights={Right.VIEW, Right.FILE, Right.PAY})
    given.mandate(agent, person, rights={Right.VIEW, Right.FILE, Right.CERTIFY})
    with given.database.reading() as session:
        found = {one.name: one for one in contexts_of(session, person.taxpayer_id, clock.today())}
    assert found[firm.name].rights == {Right.VIEW, Right.FILE}
    assert (found[firm.name].through, found[agent.name].through) == (agent.name, "")
    acting = given.acting(given.acting_for(person, client))
    assert (acting.taxpayer_id, acting.rights, acting.office) == (
        firm.taxpayer_id,
        {Right.VIEW, Right.FILE},
        Role.AGENT,
    )


def test_two_mandates_in_the_agent_firm_add_up(given, firm, agent):
    person = given.person()
    client = given.mandate(firm, agent, role=Role.AGENT)
    given.mandate(agent, person, rights={Right.VIEW})
    given.mandate(agent, person, role=Role.FINANCE_HEAD, rights={Right.PAY})
    assert given.acting(given.acting_for(person, client)).rights == {Right.VIEW, Right.PAY}


@pytest.mark.parametrize("stands", [one for one in Standing if one is not Standing.IN_FORCE])
def test_both_mandates_must_hold(given, firm, agent, stands):
    person, other = given.person(), given.person()
    client = given.mandate(firm, agent, role=Role.AGENT)
    given.mandate(agent, person, stands=stands)
    assert refused(given.acting_for, person, client) is rules.NOT_IN_FORCE
    second = given.firm()
    given.mandate(agent, other)
    lapsed = given.mandate(second, agent, role=Role.AGENT, stands=stands)
    assert refused(given.acting_for, other, lapsed) is rules.NOT_IN_FORCE


def test_who_leaves_the_agent_firm_loses_its_clients(given, firm, agent):
    person = given.person()
    client, inside = given.mandate(firm, agent, role=Role.AGENT), given.mandate(agent, person)
    there = given.acting_for(person, client)
    ended_by_hand(given, inside)
    assert given.acting(there).lost == client


def test_an_agent_s_agent_is_nobody(given, firm, agent):
    person, middle = given.person(), given.firm(agent=True)
    client = given.mandate(firm, middle, role=Role.AGENT)
    given.mandate(middle, agent, role=Role.AGENT)
    given.mandate(agent, person)
    assert refused(given.acting_for, person, client) is rules.NOT_IN_FORCE


# What is told of the past


def test_a_past_context_is_known_to_whoever_had_it_alone(given, firm):
    person, stranger = given.person(), given.person()
    given.mandate(firm, person, stands=Standing.ENDED)
    with given.database.reading() as session:
        assert known_context(session, person.taxpayer_id, taxpayer_id=firm.taxpayer_id).name == firm.name
        assert known_context(session, stranger.taxpayer_id, taxpayer_id=firm.taxpayer_id) is None


def test_sessions_outlive_no_mandate_they_name(given, firm):
    """Every session that names an ended mandate acts for nobody but its person."""
    people = [given.person() for _ in ENDED_BY]
    there = [given.acting_for(one, given.mandate(firm, one)) for one in people]
    with given.database.transaction() as session:
        for row in session.scalars(select(Mandate)):
            row.ended_at, row.ended_by = clock.now(), Side.FIRM
    assert [given.acting(one).taxpayer_id for one in there] == [one.taxpayer_id for one in people]
    with given.database.reading() as session:
        named = select(func.count(AccountSession.id)).where(AccountSession.mandate_id.is_not(None))
        assert session.scalar(named) == len(people)
