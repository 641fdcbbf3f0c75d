"""Whoever used up their tries and stands at the counter signs in again, once a day; others stay limited."""

import pytest
from sqlalchemy import select

from portal.accounts.models import Account, AccountSession, Tries
from portal.accounts.services import contacts, limits
from portal.core import clock
from portal.counter.services import Purpose, open_for
from portal.notices.models import Notice
from tests.visitor import Visitor


@pytest.fixture
def clerk(given):
    return given.staff("counter")


@pytest.fixture
def at(app):
    return lambda who: Visitor(app).carry(who.token)


@pytest.fixture
def tried(given, database):
    """How often somebody may still try, told by how many tries are counted at once."""
    keys = given.settings.keyring

    def until_limited(step, subject):
        for count in range(100):
            with database.transaction() as session:
                asked = {"address": f"192.0.2.{count}", "subject": subject, "at": clock.now()}
                if limits.take(session, keys, step, **asked):
                    return count
        raise AssertionError("never limited")

    return until_limited


def release(at, clerk, person, status=200):
    page = at(clerk).open(f"/staff/files/{person.taxpayer_id}/limits")
    page = page.answer("本人在窗口，已经核对证件原件", True).answer("为什么解除", "输错多次，本人带证件前来")
    return page.press("解除限制", status)


def names_of(database, person):
    with database.reading() as session:
        mine = select(AccountSession.origin).where(AccountSession.account_id == person.account_id)
        origins = session.scalars(mine).all()
    names = (person.number, person.mobile)
    return [*names, *(f"{name}|{origin}" for name in names for origin in origins)]


def test_each_name_of_the_person_is_counted_anew_and_nobody_elses(given, at, clerk, database, tried):
    person, other, keys = given.person(), given.person(), given.settings.keyring
    with database.transaction() as session:
        account = session.get_one(Account, person.account_id)
        contacts.set_mobile(session, keys, account, person.mobile, at=clock.now())
    names = names_of(database, person)
    assert len(names) >= 4
    for name in (*names, other.number):
        assert tried("sign-in", name) == 10
    with database.reading() as session:
        everyone = "sign-in/everyone/300"
        before = session.scalar(select(Tries.count).where(Tries.step == everyone))
    given.looked_up(clerk, person)
    release(at, clerk, person).says("登录限制已解除")
    with database.reading() as session:
        assert session.scalar(select(Tries.count).where(Tries.step == everyone)) == before
    for name in names:
        assert tried("sign-in", name) == 10
    assert tried("sign-in", other.number) == 0


def test_it_is_on_the_trail_with_its_reason_and_told_to_the_taxpayer(given, at, clerk, database):
    person = given.person()
    given.looked_up(clerk, person)
    release(at, clerk, person)
    [entry] = [entry for entry in given.trail_of(person.taxpayer_id) if entry.act == "limits-released"]
    assert (entry.actor_name, entry.reason, entry.channel) == (
        clerk.name,
        "输错多次，本人带证件前来",
        "counter",
    )
    with database.reading() as session:
        [told] = session.scalars(select(Notice).where(Notice.taxpayer_id == person.taxpayer_id))
    assert told.kind == "limits-released"
    at(person).open("/messages").says("登录限制已解除")


def test_it_is_done_once_a_day(given, at, clerk):
    person = given.person()
    given.looked_up(clerk, person)
    release(at, clerk, person)
    release(at, clerk, person, 409).says("今天已经为这位纳税人解除过一次")


def test_not_without_a_purpose_nor_while_the_person_is_not_there(given, at, clerk, database):
    person = given.person()
    assert at(clerk).open(f"/staff/files/{person.taxpayer_id}/limits").heading == "打开档案"
    with database.transaction() as session:
        called = Purpose("called", "来电说不能登录")
        open_for(session, given.acting(clerk), person.taxpayer_id, called, at=clock.now())
    release(at, clerk, person, 409).says("须本人在窗口")
    assert [entry for entry in given.trail_of(person.taxpayer_id) if entry.act == "limits-released"] == []
