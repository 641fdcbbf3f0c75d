"""A file that two have to open: agreed on by two, opened by two each time, with both names on the trail."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from portal.audit.models import AuditEntry
from portal.core import clock
from portal.core.pages import masked_name
from portal.counter import services
from portal.counter.models import FileOpening, FileRelease, GuardChange
from portal.counter.queries import READ
from portal.counter.services import Purpose
from tests.counter.test_routes_finding import find, masked, rows
from tests.visitor import Visitor

CALLED = Purpose("called", "来电询问退税")


@pytest.fixture
def clerk(given):
    return given.staff("counter")


@pytest.fixture
def colleague(given):
    return given.staff("counter")


@pytest.fixture
def at(app):
    return lambda who: Visitor(app).carry(who.token)


@pytest.fixture
def guarded(given):
    person = given.person()
    given.guarded(person)
    return person


def ask(at, clerk, person):
    page = at(clerk).open(f"/staff/files/{person.taxpayer_id}/open")
    return page.answer("为了什么打开", "纳税人来电询问").answer("具体说明", "来电询问退税").press("打开")


def post(page, action, data, status):
    """A button that this page does not show, pressed all the same, with what its forms carry."""
    form = page.soup.select_one("form:has(input[name=acting_for])")
    carried = {one["name"]: one.get("value", "") for one in form.select("input[type=hidden]")}
    return page.visitor.send("POST", action, status, data=carried | data)


def test_a_supervisor_wants_it_and_a_second_person_agrees(given, at, clerk, database):
    person, boss = given.person(), given.staff("supervisor")
    page = at(boss).open("/staff/guards").answer("证件号码或统一社会信用代码", person.number)
    page.answer("怎样打开", "须由两人共同打开").answer("为什么", "公众人物").press("提出").says("已提出")
    assert ask(at, clerk, person).heading == person.name, "nothing changes before somebody agrees"
    at(boss).open("/staff/releases").says("由您提出，等待同事")
    at(clerk).open("/staff/releases").press(f"同意：{masked_name(person.name)}").says("已记下您的决定")
    at(boss).open("/staff/guards").says("公众人物")
    [agreed] = [one for one in given.trail_of(person.taxpayer_id) if one.act == "file-guarded"]
    assert (agreed.actor_name, agreed.facts["asked_by"]) == (clerk.name, boss.name)


def test_a_matter_of_a_guarded_file_opens_for_two_only(given, at):
    clerk, colleague = given.staff("refund-review"), given.staff("counter")
    person = given.person()
    matter = given.refund(person)
    given.guarded(person)
    page = at(clerk).open(f"/staff/matters/{matter}").answer("为什么打开", "来窗口询问").press("打开")
    page.says("已请同事共同打开")
    assert person.name not in page.text
    assert not [one for one in given.trail_of(person.taxpayer_id) if one.act == READ]
    at(colleague).open("/staff/releases").press(f"同意打开：{clerk.name}")
    at(clerk).open(f"/staff/matters/{matter}").press("打开").says(person.name)
    assert READ in [one.act for one in given.trail_of(person.taxpayer_id)]


def test_what_nobody_agrees_to_changes_nothing(given, at, clerk):
    person = given.person()
    given.wants_guarded(given.staff("supervisor"), person)
    at(clerk).open("/staff/releases").press(f"不同意：{masked_name(person.name)}")
    assert ask(at, clerk, person).heading == person.name


def test_a_number_of_nobody_is_said_to_be(given, at):
    page = (
        at(given.staff("supervisor"))
        .open("/staff/guards")
        .answer("证件号码或统一社会信用代码", "440399198001010011")
    )
    page.answer("怎样打开", "须由两人共同打开").answer("为什么", "x").press("提出", 422).says(
        "没有找到这个号码"
    )


def test_nothing_is_shown_until_a_colleague_lets_in(given, at, clerk, colleague, guarded, database):
    page = ask(at, clerk, guarded)
    assert page.heading == "打开档案"
    page.says("已请同事共同打开")
    assert guarded.name not in page.text
    assert rows(database, FileOpening) == []
    at(colleague).open("/staff/releases").says(clerk.name).says("来电询问退税").press(
        f"同意打开：{clerk.name}"
    ).says("已同意")
    assert at(clerk).open(f"/staff/files/{guarded.taxpayer_id}").heading == guarded.name
    assert at(colleague).open(f"/staff/files/{guarded.taxpayer_id}").heading == "打开档案"
    trail = {entry.act: entry for entry in given.trail_of(guarded.taxpayer_id)}
    assert (trail[READ].actor_name, trail[READ].facts["released_by"]) == (clerk.name, colleague.name)
    released = trail["file-released"]
    assert (released.actor_name, released.facts["asked_by"]) == (colleague.name, clerk.name)
    at(guarded).open("/account/trail").says(f"经 {colleague.name} 同意").says(f"由 {clerk.name} 提出")


def test_nobody_lets_in_themselves_nor_agrees_with_themselves(given, at, database, guarded):
    both = given.staff("counter", "supervisor")
    asked = given.asks_in(both, guarded)
    wanted = given.wants_guarded(both, given.person())
    page = at(both).open("/staff/releases").says("由您提出，等待同事").visitor.open("/staff/password")
    for action in (f"/staff/releases/{asked}", f"/staff/guards/{wanted}"):
        post(page, action, {"agreed": "yes"}, 409)
    assert rows(database, FileOpening) == []
    with database.reading() as session:
        assert session.get_one(GuardChange, wanted).agreed is None


@pytest.mark.parametrize("table", [FileRelease, GuardChange, FileOpening])
def test_the_database_itself_wants_two_people(given, database, guarded, clerk, table):
    asked = given.asks_in(clerk, guarded)
    with database.reading() as session:
        row = session.get_one(FileRelease, asked)
    now = clock.now()
    who = {"account_id": clerk.account_id, "released_by": clerk.account_id, "released_name": "x"}
    opened = {
        "taxpayer_id": row.taxpayer_id,
        "reason": "called",
        "purpose": "x",
        "at": now,
        "until": now,
        "place": {},
    }
    alone = {
        FileRelease: update(table).values(released_by=clerk.account_id, released_at=now),
        GuardChange: update(table).values(decided_by=GuardChange.asked_by),
        FileOpening: insert(table).values(**who, **opened),
    }[table]
    with pytest.raises(IntegrityError, match="two_people"), database.transaction() as session:
        session.execute(alone)


def test_a_request_lapses_after_ten_minutes_and_is_let_in_once(
    given, at, clerk, colleague, guarded, database
):
    late = given.asks_in(clerk, guarded, at=clock.now() - timedelta(minutes=11))
    page = at(colleague).open("/staff/releases").says("没有人在等")
    asked = given.asks_in(clerk, guarded)
    page = page.visitor.open("/staff/releases")
    post(page, f"/staff/releases/{late}", {}, 409)
    page.press(f"同意打开：{clerk.name}")
    post(page, f"/staff/releases/{asked}", {}, 409)
    assert len(rows(database, FileOpening)) == 1


def test_the_same_request_is_made_once_while_it_waits(given, at, clerk, guarded, database):
    ask(at, clerk, guarded)
    ask(at, clerk, guarded)
    assert len(rows(database, FileRelease)) == 1


def test_no_other_door_opens_a_guarded_file(given, clerk, guarded, database):
    with pytest.raises(services.finding.Refusal), database.transaction() as session:
        services.open_for(session, given.acting(clerk), guarded.taxpayer_id, CALLED, at=clock.now())


def test_a_search_shows_no_debt_of_a_guarded_file_and_the_number_masked(given, at, clerk, guarded):
    page = find(at(clerk), guarded.number)
    page.says(masked(guarded)).says("打开后可见")
    assert "¥" not in page.text
    assert guarded.number not in page.text


def test_one_opens_it_alone_again_once_two_agreed(given, at, clerk, guarded):
    given.agreed_on(given.wants_guarded(given.staff("supervisor"), guarded, guarded=False))
    assert ask(at, clerk, guarded).heading == guarded.name
    at(given.staff("supervisor")).open("/staff/guards").says("没有。")


def test_colleagues_without_these_roles_see_no_requests(given, at, clerk, guarded, database):
    asked = given.asks_in(clerk, guarded)
    other = given.staff("refund-review")
    page = at(other).open("/staff/password")
    page.visitor.open("/staff/releases").says("没有人在等")
    post(page, f"/staff/releases/{asked}", {}, 404)
    with database.reading() as session:
        reads = select(AuditEntry).where(AuditEntry.act == "file-released")
        assert session.scalars(reads).all() == []
