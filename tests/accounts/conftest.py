"""The register that knows people, the phone that receives texts, and the way in through the pages."""

import json
import re
from dataclasses import dataclass
from functools import partial
from itertools import count

import pytest

from portal.accounts import services
from portal.core import clock
from portal.core.jobs import run_due
from portal.gateways import Gateways
from portal.taxpayers.rules import check_digit

PASSWORD = "小雨打湿了三月的旧巷口和石板路"
NUMBERS = count(1)


@dataclass(frozen=True)
class Somebody:
    """A person the identity register knows."""

    name: str
    number: str
    mobile: str
    other_mobile: str
    """A mobile that is not in their name."""


class Register:
    """The sandbox's identity register, which reads its file again when it changes."""

    def __init__(self, sandbox):
        self.sandbox = sandbox

    def somebody(self, born: str = "19900307") -> Somebody:
        n = next(NUMBERS)
        body = f"440399{born}{n:03d}"
        made = Somebody("李静怡", body + check_digit(body), f"1990100{n:04d}", f"1990200{n:04d}")
        with self.sandbox.people.open("a", encoding="utf-8") as file:
            line = {
                "name": made.name,
                "id_kind": "resident-id",
                "id_number": made.number,
                "mobile": made.mobile,
            }
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
        return made

    def fail(self, kind: str) -> None:
        self.sandbox.identity.tell("faults", kind=kind, path="/match")


@pytest.fixture
def register(sandbox):
    assert sandbox.identity.process.poll() is None
    sandbox.identity.forget("faults")
    return Register(sandbox)


class Phone:
    """Whatever arrives on mobiles and by mail once the background work is done."""

    def __init__(self, sandbox, database, settings):
        self.sandbox, self.database = sandbox, database
        parts = (database, Gateways.connect(settings), settings)
        self.handlers = {
            "send-message": partial(services.send_message, *parts),
            "deliver-notice": partial(services.deliver_notice, *parts),
        }

    def texts(self, mobile: str) -> list[str]:
        """Texts to a mobile, newest first."""
        while run_due(self.database, self.handlers, clock.now):
            pass
        return [message["text"] for message in self.sandbox.sms.ask(f"messages?to={mobile}")]

    def letters(self, address: str) -> list[dict]:
        while run_due(self.database, self.handlers, clock.now):
            pass
        return self.sandbox.mail.ask(f"messages?to={address}")

    def code(self, mobile: str) -> str:
        return re.search(r"\b\d{6}\b", self.texts(mobile)[0]).group()


@pytest.fixture
def phone(sandbox, database, settings):
    sandbox.sms.tell("reset")
    sandbox.mail.tell("reset")
    return Phone(sandbox, database, settings)


def state(page, who: Somebody, **changed):
    """Answer the questions of the opening page as this person would."""
    answers = {
        "姓名": who.name,
        "证件类型": "居民身份证",
        "证件号码": who.number,
        "手机号码": who.mobile,
        "设置密码": PASSWORD,
        "我已阅读并同意个人信息处理告知书": True,
    } | changed
    for question, answer in answers.items():
        page.answer(question, answer)
    return page


@pytest.fixture
def opened(visitor, register, phone):
    """Open an account through the pages; the person, signed in."""

    def open_one(who: Somebody | None = None, **changed) -> Somebody:
        who = who or register.somebody()
        page = state(visitor.open("/accounts/open"), who, **changed).press("提交并获取验证码")
        page.answer("验证码", phone.code(changed.get("手机号码", who.mobile))).press("开通账户")
        return who

    return open_one


def sign_in(visitor, name, password=PASSWORD, status=200, path="/accounts/sign-in"):
    page = visitor.open(path).answer("证件号码或手机号码", name).answer("密码", password)
    return page.press("登录", status)
