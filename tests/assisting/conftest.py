"""A hall with a clerk who serves somebody's ticket, and the phone of whoever is at the desk."""

import json
import re

import pytest
from sqlalchemy import select

from portal.accounts.models import Account, DirectMessage
from portal.accounts.queries import MOBILE, mobile_index
from portal.accounts.services.messages import CONTENT
from portal.core import clock
from tests.given import LAST_YEAR
from tests.page_audit import words
from tests.queue.halls import At, hall
from tests.visitor import Visitor

CODE = "纳税人告诉您的验证码"
DECLARED = "我已核对以上内容，所填真实、完整，并承担相应法律责任。"


def rows(database, kind):
    with database.reading() as session:
        return session.scalars(select(kind)).all()


def acts(given, person):
    """What stands on a person's trail: the act and in which role it was done."""
    return {(entry.act, entry.actor_role) for entry in given.trail_of(person.taxpayer_id)}


def asked_to_sign(desk, person, phone, *, declared=True):
    """A return that a clerk made on the taxpayer's pages: the page that asks for the taxpayer's word, or, not
    declared yet, the one before it."""
    desk.assists(person, phone)
    page = desk.visitor.open("/file/").press(f"开始：{LAST_YEAR} 年度 个人所得税综合所得年度汇算")
    page = (
        desk.visitor.open(page.path.rsplit("/", 1)[0] + "/check")
        if not page.path.endswith("/check")
        else page
    )
    return page.answer(DECLARED, True).press("提交申报") if declared else page


class Phone:
    """A phone that is registered with an account: what it was told, the newest first."""

    def __init__(self, given, person):
        self.given, self.mobile = given, person.mobile
        keys = given.settings.keyring
        with given.database.transaction() as session:
            whose = session.get_one(Account, person.account_id)
            whose.mobile_sealed = keys.seal(self.mobile, MOBILE, whose.id)
            whose.mobile_index = mobile_index(keys, self.mobile)

    def messages(self):
        keys = self.given.settings.keyring
        with self.given.database.reading() as session:
            rows = session.scalars(select(DirectMessage).order_by(DirectMessage.id.desc())).all()
        told = [json.loads(keys.open(row.content_sealed, CONTENT, row.id)) for row in rows]
        return [one["text"] for one in told if one["to"] == self.mobile]

    def code(self):
        """The code of the latest message."""
        return re.search(r"\b([0-9]{6})\b", self.messages()[0])[1]


class Desk:
    """A clerk at a desk, with the ticket of whoever sits before it."""

    def __init__(self, given, app):
        self.given, self.app = given, app
        self.clerk = given.staff("counter", "hall-desk")
        _where, [desk] = hall(given, ("general",), code=f"hall-{self.clerk.staff_number}")
        now = clock.now()
        self.at = At(given, self.clerk, desk).opens(now)
        self.ticket = self.at.draws(now)
        self.at.calls(now)
        self.at.does("answer", self.ticket, now)
        self.visitor = Visitor(app).carry(self.clerk.token)
        self.visitor.assists = True

    def asks(self, taxpayer, number=None, status=200):
        """Ask a taxpayer's consent by a code; the page that waits for it."""
        page = self.visitor.open(f"/staff/assisting/new/{taxpayer.taxpayer_id}")
        return page.answer("票号、预约编号或事项编号", number or self.ticket).press("请求同意", status)

    @staticmethod
    def banner(page):
        """What stands under the header while somebody is assisted."""
        return words(page.soup.select_one(".assisted p"))

    def assists(self, taxpayer, phone):
        """Everything up to the taxpayer's own first page."""
        page = self.asks(taxpayer).answer("纳税人告诉您的验证码", phone.code()).press("开始协办")
        assert page.path == "/home"
        return page


@pytest.fixture
def phone_of(given):
    return lambda person: Phone(given, person)


@pytest.fixture
def desk(given, app):
    return Desk(given, app)
