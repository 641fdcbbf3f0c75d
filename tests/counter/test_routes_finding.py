"""Finding a taxpayer at the counter: by what they show, opened for a purpose, and on their trail."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.accounts.models import Account
from portal.accounts.services import contacts
from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.acting import Level
from portal.core.db import Model
from portal.counter import services
from portal.counter.models import BrowsingDay, FileOpening, FileRefusal, FileSearch
from portal.counter.queries import READ
from portal.filing.services import derive
from portal.matters.models import Matter
from tests.queue.halls import At, booking, hall
from tests.visitor import Visitor

ASKED = "证件号码、统一社会信用代码、手机号码、票号、事项编号或姓名"


@pytest.fixture
def clerk(given):
    return given.staff("counter")


@pytest.fixture
def at(app):
    return lambda who: Visitor(app).carry(who.token)


def find(page, typed, ending="", status=200):
    asked = page.open("/staff/find").answer(ASKED, typed)
    return asked.answer("证件号码的后四位", ending).press("查找", status)


def rows(database, kind):
    with database.reading() as session:
        return session.scalars(select(kind)).all()


def reads(given, person):
    return [entry for entry in given.trail_of(person.taxpayer_id) if entry.act == READ]


def masked(person):
    return f"{person.number[:4]}**********{person.number[-4:]}"


def test_a_person_is_found_by_their_number_and_shown_masked(given, at, clerk, database):
    person = given.person()
    page = find(at(clerk), person.number)
    page.says(person.name).says(masked(person)).says("已核验").says("¥0.00")
    assert person.number not in page.text
    [kept] = rows(database, FileSearch)
    assert (kept.account_id, kept.key, kept.found) == (clerk.account_id, "number", 1)


def test_by_a_matter_of_theirs_and_a_firm_by_its_code(given, at, clerk, database):
    person, firm = given.person(level=Level.CONTACT), given.firm()
    matter = given.refund(person)
    with database.reading() as session:
        number = session.get_one(Matter, matter).number
    find(at(clerk), number.lower()).says(person.name).says("未核验")
    page = find(at(clerk), firm.code)
    page.says(firm.name).says(f"{firm.code[:8]}******{firm.code[-4:]}").says("企业")
    assert {row.key for row in rows(database, FileSearch)} == {"matter", "number"}


def test_by_the_mobile_they_sign_in_with(given, at, clerk, database):
    person = given.person()
    with database.transaction() as session:
        contacts.set_mobile(
            session,
            given.settings.keyring,
            session.get_one(Account, person.account_id),
            person.mobile,
            at=clock.now(),
        )
    find(at(clerk), person.mobile).says(masked(person))


def test_a_name_finds_only_with_the_end_of_the_number(given, at, clerk, database):
    person = given.person()
    find(at(clerk), person.name, status=422).says("只凭姓名不能查找")
    assert rows(database, FileSearch) == []
    find(at(clerk), person.name, person.number[-4:]).says(masked(person))
    find(at(clerk), person.name, "0000").says("没有找到")


def test_nothing_is_shown_without_a_purpose_and_that_is_kept(given, at, clerk, database):
    person = given.person()
    page = at(clerk).open(f"/staff/files/{person.taxpayer_id}")
    assert page.heading == "打开档案"
    assert person.name not in page.text
    page.answer("为了什么打开", "纳税人来电询问").press("打开", 422).says("请用一句话写明")
    page = at(clerk).open(f"/staff/files/{person.taxpayer_id}/open")
    page.answer("为了什么打开", "办理一件事项").answer("事项编号", "M-20260101-AAAAAAA-A").press("打开", 422)
    assert len(rows(database, FileRefusal)) == 3
    assert rows(database, FileOpening) == []
    assert reads(given, person) == []


def test_a_matter_of_somebody_else_is_no_purpose(given, at, clerk, database):
    person, other = given.person(), given.person()
    with database.reading() as session:
        number = session.get_one(Matter, given.refund(other)).number
    page = at(clerk).open(f"/staff/files/{person.taxpayer_id}/open")
    page = page.answer("为了什么打开", "办理一件事项").answer("事项编号", number).press("打开", 422)
    page.says("这位纳税人没有这个编号的事项")
    assert rows(database, FileOpening) == []


def test_each_page_read_under_a_matter_is_on_the_trail_with_who_and_why(given, app, at, clerk, database):
    person = given.person()
    matter = given.refund(person)
    with database.reading() as session:
        number = session.get_one(Matter, matter).number
    page = at(clerk).open(f"/staff/files/{person.taxpayer_id}/open")
    page = page.answer("为了什么打开", "办理一件事项").answer("事项编号", number).press("打开")
    page.says(person.name).says(number).says("退税")
    assert person.number not in page.text
    at(clerk).open(f"/staff/files/{person.taxpayer_id}")
    first, second = reads(given, person)
    assert (first.actor_id, first.matter_id, first.channel) == (clerk.account_id, matter, "counter")
    assert (first.reason, first.facts["hall"]) == (number, given.settings.office.name_zh)
    trail = Visitor(app).carry(person.token).open("/account/trail")
    trail.says(clerk.name).says("查看您的信息").says(second.reason)


def test_a_purpose_holds_for_a_quarter_of_an_hour(given, at, clerk):
    person, now = given.person(), clock.now()
    given.looked_up(clerk, person, at=now - timedelta(minutes=15))
    assert at(clerk).open(f"/staff/files/{person.taxpayer_id}").heading == "打开档案"
    given.looked_up(clerk, person, at=now - timedelta(minutes=14))
    assert at(clerk).open(f"/staff/files/{person.taxpayer_id}").heading == person.name
    colleague = given.staff("counter")
    assert at(colleague).open(f"/staff/files/{person.taxpayer_id}").heading == "打开档案"


def test_nobody_opens_their_own_file(given, at, clerk, database):
    page = at(clerk).open(f"/staff/files/{clerk.taxpayer_id}/open")
    page.answer("为了什么打开", "核对登记资料").answer("具体说明", "看看自己的").press("打开", 409)
    assert rows(database, FileOpening) == []


def test_what_a_firm_owes_must_file_and_who_stands_for_it(given, at, clerk, database):
    boss = given.person()
    firm = given.firm(representative=boss, taxes=["vat-small-scale"])
    with database.transaction() as session:
        derive(session, firm.taxpayer_id, on=clock.today())
    given.looked_up(clerk, firm)
    page = at(clerk).open(f"/staff/files/{firm.taxpayer_id}")
    page.says(firm.name).says(boss.name).says("申报期限").says("已实名")


def test_thirty_files_asked_for_with_no_case_are_thirty_refusals_and_one_alert(given, at, clerk, database):
    visitor = at(clerk)
    for _ in range(30):
        assert visitor.open(f"/staff/files/{given.person().taxpayer_id}").heading == "打开档案"
    assert len(rows(database, FileRefusal)) == 30
    with database.reading() as session:
        assert session.scalars(select(AuditEntry).where(AuditEntry.act == READ)).all() == []
    for _ in range(2):
        services.watch_browsing(database, clock.now() + timedelta(days=1))
    [day] = rows(database, BrowsingDay)
    assert (day.unusual, day.refused, day.opened) == (True, 30, 0)
    boss = given.staff("supervisor")
    page = at(boss).open("/staff/browsing")
    page.says(clerk.name).says("异常")
    assert page.text.count("异常") - page.text.count("异常的在前") == 1


def test_many_files_are_unusual_only_against_ones_own_usual(given, database, clerk):
    busy, now = given.staff("counter"), clock.now()
    people = [given.person() for _ in range(6)]
    for person in people:
        given.looked_up(busy, person, at=now - timedelta(days=3))
        given.looked_up(busy, person, at=now)
        given.looked_up(clerk, person, at=now)
    services.watch_browsing(database, now + timedelta(days=1))
    by = {day.account_id: day for day in rows(database, BrowsingDay)}
    assert (by[busy.account_id].usual, by[busy.account_id].unusual) == (6, False)
    assert (by[clerk.account_id].usual, by[clerk.account_id].unusual) == (None, True)
    assert by[clerk.account_id].without_matter == 6


def test_the_key_of_a_search_is_kept_nowhere(given, at, clerk, database):
    person = given.person()
    find(at(clerk), person.number)
    with database.reading() as session:
        for table in Model.metadata.sorted_tables:
            for row in session.execute(select(table)):
                assert person.number not in str(tuple(row)), table.name


def test_by_the_ticket_of_a_booked_visit_and_not_by_one_drawn_at_the_door(given, at, clerk):
    person, now = given.person(), clock.now()
    where, [desk] = hall(given, ("general",))
    served = At(given, clerk, desk).opens(now)
    booked = served.checks_in(booking(given, where, person, now), now)
    find(at(clerk), booked).says(person.name)
    drawn = served.draws(now)
    assert "不知道是谁的" in find(at(clerk), drawn, status=422).errors[ASKED]


def test_the_purpose_is_said_in_the_readers_language(given, app, clerk):
    person = given.person()
    reader = Visitor(app, "en").carry(clerk.token)
    page = reader.open(f"/staff/files/{person.taxpayer_id}/open")
    page = page.answer("What is it opened for", "The taxpayer asks by telephone")
    page.answer("What exactly", "来电询问退税").press("Open").says("来电询问退税")
    assert "纳税人来电询问" not in reader.open(f"/staff/files/{person.taxpayer_id}").text
