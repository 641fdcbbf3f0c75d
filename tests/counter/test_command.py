"""Taking staff in by command, and the demo's three."""

import re

import pytest

from portal.accounts.queries.staff import everyone
from portal.accounts.services import staff
from portal.cli import install
from portal.core import clock
from portal.demo import office
from tests.given import staff_password_hash
from tests.visitor import Visitor


@pytest.fixture
def command(app):
    install(app)
    return lambda *words: app.test_cli_runner().invoke(args=["staff", *words])


def test_what_the_command_prints_is_what_a_member_enrols_with(given, app, command):
    person = next(given.people)
    who = ("--name", person.name, "--id-number", person.number, "--number", "0500")
    said = command("add", *who, "--roles", "clearance-review,clearance-approve")
    assert said.exit_code == 0, said.output
    secret = re.search(r"secret=(\w+)", said.output)[1]
    code = re.search(r"enrolment code (\w+)", said.output)[1]
    page = Visitor(app).open("/staff/enrol").answer("工号", "0500").answer("启用码", code)
    page.answer("动态验证码", staff.code_of(secret, clock.now())).answer(
        "新密码", "九号窗口的灯总是最后一个熄灭的那盏"
    ).press("启用账户").says("账户已经启用")
    assert "0500" in command("list").output
    command("leave", "--number", "0500")
    assert "left" in command("list").output


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"--number": "x"}, "3 to 20"),
        ({"--roles": "emperor"}, "no such role"),
        ({"--id-number": "440399198001010000"}, "校验码"),
    ],
    ids=["number", "role", "identity number"],
)
def test_the_command_says_what_is_wrong_and_adds_nobody(given, database, command, changed, why):
    person = next(given.people)
    words = {"--name": person.name, "--id-number": person.number, "--number": "0500", "--roles": ""} | changed
    said = command("add", *(part for pair in words.items() for part in pair))
    assert said.exit_code == 1
    assert why in said.output
    with database.reading() as session:
        assert everyone(session, clock.today()) == []


def test_the_demo_has_two_who_review_and_one_who_approves(database, settings):
    office.open_office(database, settings.keyring, staff_password_hash(), clock.now())
    with database.reading() as session:
        roles = [one.roles for one in everyone(session, clock.today())]
    assert sorted(roles)[::-1] == [
        ("clearance-approve", "hall-admin", "refund-approve", "supervisor"),
        *[("cashier", "clearance-review", "counter", "hall-desk", "identity-proof", "refund-review")] * 2,
    ]
    assert all(clerk.number in " ".join(office.sign_ins()) for clerk in office.CLERKS)
