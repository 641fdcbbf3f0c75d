"""Staff come in with number, password and one-time code; nobody else comes in by their door."""

from datetime import timedelta

import pytest

from portal.accounts.models import Account, AccountSession
from portal.accounts.queries.staff import member
from portal.accounts.services import staff
from portal.accounts.services.staff import NewMember
from portal.core import clock
from portal.core.refusal import Refusal
from portal.taxpayers.rules import IdKind, IdNumber
from tests.given import STAFF_PASSWORD
from tests.visitor import Visitor

DOOR = "/staff/sign-in"
WRONG = "工号、密码或动态验证码不正确"
LATER = timedelta(seconds=60)


@pytest.fixture
def later():
    """The clock a minute on: an enrolled member's next code has come."""
    clock.run_from(clock.now() + LATER)


def come(visitor, clerk, *, password=STAFF_PASSWORD, code=None, status=200, number=None):
    page = visitor.open(DOOR).answer("工号", number or clerk.staff_number).answer("密码", password)
    return page.answer("动态验证码", code or clerk.code(clock.now())).press("登录", status)


def test_a_member_comes_in_and_lands_on_the_work_list(given, visitor, later):
    page = come(visitor, given.staff("refund-review", at=clock.now() - LATER))
    assert page.heading == "工作清单"


def test_a_member_who_was_on_the_way_somewhere_gets_there(given, visitor, later):
    clerk = given.staff("refund-review", at=clock.now() - LATER)
    page = visitor.open("/staff/password")
    assert page.heading == "工作人员登录"
    page = page.answer("工号", clerk.staff_number).answer("密码", STAFF_PASSWORD)
    assert page.answer("动态验证码", clerk.code(clock.now())).press("登录").heading == "更改密码"


def test_a_code_opens_once(given, app, later):
    clerk = given.staff("refund-review", at=clock.now() - LATER)
    code = clerk.code(clock.now())
    assert come(Visitor(app), clerk, code=code).heading == "工作清单"
    come(Visitor(app), clerk, code=code, status=422).says(WRONG, "用过的验证码不能再用")


def test_an_earlier_code_opens_nothing_after_a_later_one(given, app, later):
    clerk = given.staff("refund-review", at=clock.now() - 2 * LATER)
    earlier = clerk.code(clock.now() - timedelta(seconds=30))
    come(Visitor(app), clerk)
    come(Visitor(app), clerk, code=earlier, status=422).says(WRONG)


def test_a_code_half_a_minute_old_is_no_mistake(given, visitor, later):
    clerk = given.staff("refund-review", at=clock.now() - 2 * LATER)
    come(visitor, clerk, code=clerk.code(clock.now() - timedelta(seconds=30)))


@pytest.mark.parametrize(
    "wrong",
    [{"password": "something else entirely"}, {"code": "000000"}, {"number": "777"}],
    ids=["password", "code", "number"],
)
def test_one_thing_wrong_opens_nothing_and_is_not_told_apart(given, visitor, later, wrong):
    page = come(visitor, given.staff("refund-review", at=clock.now() - LATER), status=422, **wrong)
    assert page.text.count(WRONG) == 1
    assert page.errors == {}


def test_a_right_code_with_a_wrong_password_is_not_used_up(given, visitor, later):
    clerk = given.staff("refund-review", at=clock.now() - LATER)
    come(visitor, clerk, password="not this one at all", status=422)
    come(visitor, clerk)


def test_five_wrong_tries_close_the_door_for_a_while(given, visitor, later):
    clerk = given.staff("refund-review", at=clock.now() - LATER)
    for _ in range(5):
        come(visitor, clerk, code="000000", status=422)
    page = come(visitor, clerk, status=429)
    assert int(page.response.headers["Retry-After"]) > 0


def test_a_taxpayer_is_no_member_of_staff(given, visitor):
    visitor.carry(given.person().token).open("/staff/", status=404)


def test_a_member_without_a_role_finds_every_door_closed(given, visitor):
    visitor.carry(given.staff().token).open("/staff/", status=403)


def test_a_role_that_is_over_opens_nothing(given, database, visitor):
    clerk = given.staff("refund-review")
    visitor.carry(clerk.token).open("/staff/")
    with database.transaction() as session:
        staff.set_roles(session, clerk.account_id, (), at=clock.now())
    visitor.open("/staff/", status=403)


def test_who_leaves_is_out_at_once(given, database, visitor):
    clerk = given.staff("refund-review")
    visitor.carry(clerk.token).open("/staff/")
    with database.transaction() as session:
        left = member(session, clerk.staff_number)
        assert left is not None
        staff.leave(session, left, at=clock.now())
    assert visitor.open("/staff/").heading == "工作人员登录"


def test_ten_idle_minutes_end_a_session_of_staff(given, visitor):
    clerk = given.staff("refund-review", at=clock.now() - timedelta(minutes=11))
    assert visitor.carry(clerk.token).open("/staff/").heading == "工作人员登录"


@pytest.mark.parametrize(
    "door", ["/accounts/profile", "/accounts/mobile", "/home", "/matters/", "/account/trail"]
)
def test_the_doors_of_taxpayers_are_not_there_for_staff(given, app, visitor, door):
    visitor.carry(given.staff("refund-review").token).open(door, status=404)


def test_staff_see_and_end_their_own_sessions(given, visitor):
    page = visitor.carry(given.staff("refund-review").token).open("/accounts/sessions")
    page.says("登录满8小时").press("退出")


def test_nobody_registers_themselves(visitor):
    assert "开通办税账户" not in visitor.open(DOOR).links()


@pytest.fixture
def handed(given, database, settings):
    """A member taken in and not yet enrolled: number, what was handed out, the secret."""
    person = next(given.people)
    who = NewMember(person.name, IdNumber(IdKind.RESIDENT, person.number), "8001", ("refund-review",))
    with database.transaction() as session:
        made = staff.add(session, settings.keyring, who, "Test", at=clock.now())
    return "8001", made, made.uri.partition("secret=")[2].partition("&")[0]


def enrol(visitor, number, enrol_code, code, status=200):
    page = visitor.open("/staff/enrol").answer("工号", number).answer("启用码", enrol_code)
    return page.answer("动态验证码", code).answer("新密码", STAFF_PASSWORD).press("启用账户", status)


def test_a_new_member_enrols_once_with_a_password_of_their_own(handed, visitor):
    number, made, secret = handed
    code = staff.code_of(secret, clock.now())
    spaced = " ".join(made.code[n : n + 4] for n in range(0, len(made.code), 4)).lower()
    assert enrol(visitor, number, spaced, code).says("账户已经启用").heading == "工作人员登录"
    clock.run_from(clock.now() + LATER)
    enrol(visitor, number, made.code, staff.code_of(secret, clock.now()), status=422).says("用过")


def test_before_enrolling_nobody_comes_in(handed, visitor, database):
    number, _made, secret = handed
    page = visitor.open(DOOR).answer("工号", number).answer("密码", "not enrolled")
    page.answer("动态验证码", staff.code_of(secret, clock.now())).press("登录", 422).says(WRONG)


def test_an_enrolment_code_is_good_for_a_day(handed, visitor):
    number, made, secret = handed
    clock.run_from(clock.now() + timedelta(hours=24))
    enrol(visitor, number, made.code, staff.code_of(secret, clock.now()), status=422).says("24小时")


def test_five_tries_at_an_enrolment_are_all(handed, visitor):
    number, made, secret = handed
    for _ in range(5):
        enrol(visitor, number, "A" * 24, staff.code_of(secret, clock.now()), status=422)
    enrol(visitor, number, made.code, staff.code_of(secret, clock.now()), status=429)


def test_a_number_is_never_given_twice(given, database, settings):

    clerk, other = given.staff("refund-review"), next(given.people)
    with database.transaction() as session:
        left = member(session, clerk.staff_number)
        assert left is not None
        staff.leave(session, left, at=clock.now())
    who = NewMember(other.name, IdNumber(IdKind.RESIDENT, other.number), clerk.staff_number, ())
    with pytest.raises(Refusal, match="staff-number-taken"), database.transaction() as session:
        staff.add(session, settings.keyring, who, "Test", at=clock.now())


def test_the_secret_is_not_readable_in_the_database(given, database):
    clerk = given.staff("refund-review")
    with database.reading() as session:
        kept = member(session, clerk.staff_number)
        assert kept is not None
        assert clerk.secret.encode() not in kept.secret_sealed


def test_a_changed_password_ends_the_other_sessions(given, visitor, database):
    clerk = given.staff("refund-review")
    other = given.session(clerk.account_id, clerk.taxpayer_id, at=clock.now())
    page = visitor.carry(clerk.token).open("/staff/password").answer("当前密码", STAFF_PASSWORD)
    page.answer("新密码", "八号窗口外面的两棵桂花到现在还没有开").press("更改密码").says("密码已更改")
    with database.reading() as session:
        live = session.query(AccountSession).filter_by(account_id=clerk.account_id, ended_at=None).count()
        assert live == 1
        assert session.get_one(Account, clerk.account_id).role == "staff"
    assert visitor.carry(other).open("/staff/").heading == "工作人员登录"
