"""Dues, payments, receipt and statement as pages, and the gateway's door."""

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from stripe import WebhookSignature

from portal.billing import services
from portal.billing.models import InboxEvent
from portal.core import clock
from portal.core.db import Database
from portal.core.keys import new_id
from portal.gateways import Gateways
from portal.matters.models import Matter
from portal.settings import Settings
from tests.billing.conftest import Till, acting_for
from tests.given import Given, Person
from tests.live import WEBHOOK_SECRET, Outside
from tests.visitor import Left, Visitor

D = Decimal
DOOR = "/payments/webhook/stripe"
WHAT = {
    "更正减少应缴税款": ["", "¥150.00", "−¥150.00"],
    "多缴的税款转入待处理款项": ["", "", "¥0.00"],
    "更正减少应缴滞纳金": ["", "¥0.75", "−¥150.75"],
    "多缴的滞纳金转入待处理款项": ["", "", "−¥150.00"],
    "用待处理款项抵缴税款": ["", "", "−¥120.75"],
}
"""Rows of a statement → what was charged, what was paid or let off, and the balance after it."""


def yuan(shown: str) -> Decimal:
    """An amount as a page shows it; nothing is nothing."""
    return D(shown.replace("¥", "").replace(",", "").replace("−", "-") or "0.00")


@pytest.fixture
def payer(given: Given) -> Person:
    return given.person()


@pytest.fixture
def counter(payer: Person, database: Database, settings: Settings, sandbox: Outside) -> Iterator[Till]:
    """The payer's till: two bills, one of them ten days late."""
    sandbox.forget_payments()
    till = Till(
        database, Gateways.connect(settings), settings, sandbox.payments, acting_for(payer.taxpayer_id)
    )
    till.bill("1000.00")
    till.bill("200.00", clock.today() - timedelta(days=10))
    yield till
    sandbox.forget_payments()


@pytest.fixture
def signed_in(visitor: Visitor, payer: Person) -> Visitor:
    return visitor.carry(payer.token)


def to_the_gateway(visitor: Visitor) -> str:
    """Press the button; the key of the session at the gateway."""
    away = visitor.open("/billing/").press_and_leave("缴款")
    assert isinstance(away, Left)
    return away.url.rpartition("/")[2]


def test_dues_show_the_sum_and_how_it_came_about(signed_in: Visitor, counter: Till) -> None:
    page = signed_in.open("/billing/")
    assert page.heading == "现在可缴 ¥1,201.00"
    page.says("¥200.00 × 10 天 × 0.05%", "已逾期 10 天")
    assert "form-action 'self' http://127.0.0.1" in page.response.headers["Content-Security-Policy"]


def test_a_payment_from_the_dues_to_the_receipt(signed_in: Visitor, counter: Till) -> None:
    counter.pay(to_the_gateway(signed_in), method="wechat_pay")
    [order] = counter.orders()
    page = signed_in.open(f"/billing/orders/{order.id}/return?session_id=whatever")
    assert page.heading == "缴款成功"
    page.follow("查看凭证").says("壹仟贰佰零壹元整", "滞纳金")
    signed_in.open("/billing/statement").says("应征", "缴纳税款", "期末余额¥0.00")
    assert signed_in.open("/billing/").heading == "没有需要缴纳的款项"


def test_other_ticks_than_the_sum_was_for_are_summed_first(signed_in: Visitor, counter: Till) -> None:
    page = signed_in.open("/billing/")
    page = page.answer("要缴的款项", ["个人所得税综合所得年度汇算（2025） ¥1,000.00缴款期限 2099年6月30日"])
    page = page.press("缴款").says("金额已按您勾选的项目重新计算")
    assert (page.heading, counter.orders()) == ("现在可缴 ¥1,000.00", [])
    assert isinstance(page.press_and_leave("缴款"), Left)
    assert [order.amount for order in counter.orders()] == [D("1000.00")]


def test_working_the_sum_out_again_opens_nothing(signed_in: Visitor, counter: Till) -> None:
    page = signed_in.open("/billing/").press("按所选项目重新计算")
    assert (page.heading, counter.orders()) == ("现在可缴 ¥1,201.00", [])


def test_nothing_ticked_is_a_mistake(signed_in: Visitor, counter: Till) -> None:
    page = signed_in.open("/billing/").answer("要缴的款项", []).press("缴款", 422)
    assert page.errors == {"要缴的款项": "错误：请至少选择一项"}


def test_a_second_tab_goes_to_the_same_session(signed_in: Visitor, counter: Till) -> None:
    assert to_the_gateway(signed_in) == to_the_gateway(signed_in)


def test_choosing_otherwise_closes_what_stood_open(signed_in: Visitor, counter: Till) -> None:
    first = to_the_gateway(signed_in)
    page = signed_in.open(f"/billing/?bill={counter.bills[0].id}")
    assert isinstance(page.press_and_leave("缴款"), Left)
    assert [order.state for order in counter.orders()] == ["cancelled", "open"]
    with pytest.raises(RuntimeError, match="no longer open"):
        counter.pay(first)


def test_back_from_the_gateway_nothing_is_promised(signed_in: Visitor, counter: Till) -> None:
    to_the_gateway(signed_in)
    [order] = counter.orders()
    page = signed_in.open(f"/billing/orders/{order.id}/return").says("请勿重复缴款")
    assert page.heading == "确认中"
    assert page.soup.find("noscript").find("meta")["http-equiv"] == "refresh"
    status = signed_in.client.get(f"/billing/orders/{order.id}/status")
    assert status.get_json() == {"state": "open", "final": False}


def test_a_payment_given_up(signed_in: Visitor, counter: Till) -> None:
    to_the_gateway(signed_in)
    [order] = counter.orders()
    page = signed_in.open(f"/billing/orders/{order.id}")
    assert (page.heading, page.press("取消这笔缴款").heading) == ("等待缴款", "已取消")


def test_cancelling_what_was_paid_meanwhile_finds_it_paid(signed_in: Visitor, counter: Till) -> None:
    session = to_the_gateway(signed_in)
    [order] = counter.orders()
    page = signed_in.open(f"/billing/orders/{order.id}")
    counter.pay(session)
    assert page.press("取消这笔缴款").heading == "缴款成功"


def test_the_gateway_is_down(signed_in: Visitor, counter: Till) -> None:
    counter.sandbox.tell("faults", kind="outage")
    page = signed_in.open("/billing/").press("缴款")
    assert page.heading == "暂时无法线上缴款"
    page.says("可以到办税服务厅或银行缴款")


def test_money_that_rests_is_shown_and_offset(signed_in: Visitor, counter: Till) -> None:
    order = counter.order()
    counter.pay(counter.session_of(order), amount=50000)
    counter.reconcile()
    page = signed_in.open("/billing/").says("待处理款项", "¥500.00", "付款金额与缴款单不一致")
    page.press("用待处理款项抵缴").says("抵缴")
    assert counter.owed() == D("701.00")


def test_an_offset_sent_twice_is_one(signed_in: Visitor, counter: Till) -> None:
    order = counter.order()
    counter.pay(counter.session_of(order), amount=50000)
    counter.reconcile()
    page = signed_in.open("/billing/")
    for _ in range(2):
        page.press("用待处理款项抵缴")
    assert (counter.owed(), counter.wrong()) == (D("701.00"), [])


def rested(counter: Till, fen: int = 50000) -> None:
    """Money came that fits no bill, and rests."""
    counter.pay(counter.session_of(counter.order()), amount=fen)
    counter.reconcile()


def test_money_that_rests_is_asked_back_by_a_button_and_named_with_its_matter(
    signed_in: Visitor, counter: Till
) -> None:
    rested(counter)
    matter = signed_in.open("/billing/").says("¥500.00 还没有申请退还").press("申请退还")
    matter.says("退税", "金额", "¥500.00")
    page = signed_in.open("/billing/").says("其中 ¥500.00 正在办理退税，最晚")
    [link] = [link for link in page.links() if link.startswith("退税事项 M-")]
    assert page.follow(link).path == matter.path
    assert "申请退还" not in page.buttons()


def test_asking_twice_opens_one_refund(signed_in: Visitor, counter: Till) -> None:
    rested(counter)
    page = signed_in.open("/billing/")
    assert page.press("申请退还").path == page.press("申请退还").path


def test_asking_from_another_window_is_refused_in_words(signed_in: Visitor, counter: Till) -> None:
    rested(counter)
    one, other = signed_in.open("/billing/"), signed_in.open("/billing/")
    one.press("申请退还")
    other.press("申请退还", 409).says("都已经在办理退税")


def test_what_is_used_for_bills_is_asked_back_no_more(signed_in: Visitor, counter: Till) -> None:
    rested(counter, 150000)
    matter = signed_in.open("/billing/").press("申请退还")
    signed_in.open("/billing/").press("用待处理款项抵缴")
    signed_in.open(matter.path).says("已受理 ¥299.00")
    assert counter.resting().balance == D("299.00")
    assert (counter.owed(), counter.wrong()) == (D("0.00"), [])


def test_an_approved_refund_is_not_used_for_bills(
    signed_in: Visitor, counter: Till, database: Database
) -> None:
    rested(counter)
    signed_in.open("/billing/").press("申请退还")
    with database.transaction() as session:
        session.scalars(select(Matter)).one().state = "approved"
    signed_in.open("/billing/").press("用待处理款项抵缴", 409).says("没有可用于抵缴")
    assert counter.resting().balance == D("500.00")


def test_the_order_says_of_surcharge_how_it_came_about_as_the_dues_do(
    signed_in: Visitor, counter: Till
) -> None:
    formula = "¥200.00 × 10 天 × 0.05%"
    signed_in.open("/billing/").says(formula)
    order = counter.order()
    signed_in.open(f"/billing/orders/{order.id}").says(formula)


def test_the_statement_after_a_correction_says_what_happened(signed_in: Visitor, counter: Till) -> None:
    """Set free by a correction and used: each row in words, each amount in one column or none."""
    counter.pay(counter.session_of(counter.order()))
    counter.reconcile()
    facts = {"source": ("return", new_id()), "at": clock.now()}
    with counter.database.transaction() as session:
        services.reduce_bill(session, session.merge(counter.bills[1]), D("150.00"), **facts)
    counter.bill("30.00")
    signed_in.open("/billing/").press("用待处理款项抵缴")
    page = signed_in.open("/billing/statement")
    rows = {row[1]: row[2:] for row in page.rows()[1:-1]}
    told = {what: amounts for row, amounts in rows.items() for what in WHAT if row.startswith(what)}
    assert told == WHAT
    page.says("多缴的税款转入待处理款项", "¥150.00，余额不变")
    running_sum = D("0.00")
    for _, _, debit, credit, balance in reversed(page.rows()[1:-1]):
        running_sum += yuan(debit) - yuan(credit)
        assert yuan(balance) == running_sum


def test_pages_in_english(app: Flask, payer: Person, counter: Till) -> None:
    counter.pay(counter.session_of(counter.order()))
    counter.reconcile()
    reader = Visitor(app, "en").carry(payer.token)
    [order] = counter.orders()
    assert reader.open("/billing/statement").heading == "Statement of account"
    assert reader.open(f"/billing/orders/{order.id}").heading == "Payment received"


def test_a_long_statement_is_read_page_by_page(signed_in: Visitor, counter: Till) -> None:
    for _ in range(60):
        counter.bill("1.00")
    page = signed_in.open("/billing/statement")
    newest, older = page.rows(), page.follow("更早的记录 →").rows()
    assert (len(newest), len(older)) == (52, 14)
    balances = [D(row[4].replace("¥", "").replace(",", "")) for row in newest[1:-1] + older[1:-1]]
    assert balances[0] == D("1260.00")
    assert balances == sorted(balances, reverse=True)


# The gateway's door.


@pytest.fixture
def gateway(app: Flask) -> FlaskClient:
    return app.test_client()


def event(**changed: object) -> str:
    made = {
        "id": "evt_1",
        "object": "event",
        "type": "checkout.session.completed",
        "api_version": "2026-10-28.endive",
        "livemode": False,
        "data": {"object": {"id": "cs_1", "object": "checkout.session", "amount_total": 1}},
    }
    return json.dumps(made | changed)


def signed(body: str, secret: str = WEBHOOK_SECRET, at: float | None = None) -> dict[str, str]:
    header = WebhookSignature.generate_signature_header(body, secret, int(at or clock.now().timestamp()))
    return {"Stripe-Signature": header, "Content-Type": "application/json"}


def kept(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count(InboxEvent.id))) or 0


def test_a_genuine_event_is_kept_once(gateway: FlaskClient, database: Database) -> None:
    answers = [gateway.post(DOOR, data=event(), headers=signed(event())) for _ in range(3)]
    assert [(a.status_code, a.text) for a in answers] == [(200, "received")] * 3
    assert kept(database) == 1


def test_what_was_sent_is_sealed(gateway: FlaskClient, database: Database) -> None:
    body = event(customer="张三")
    gateway.post(DOOR, data=body, headers=signed(body))
    with database.reading() as session:
        row = session.scalars(select(InboxEvent)).one()
    assert "张三".encode() not in row.raw


def test_ten_megabytes_are_not_read(gateway: FlaskClient, database: Database) -> None:
    body = event(padding="x" * 10_000_000)
    assert gateway.post(DOOR, data=body, headers=signed(body)).status_code == 413
    assert kept(database) == 0


def test_no_session_and_no_cookie_at_the_gateways_door(
    gateway: FlaskClient, payer: Person, app: Flask
) -> None:
    gateway.set_cookie(app.extensions["session_cookie"], payer.token)
    answer = gateway.post(DOOR, data=event(), headers=signed(event()))
    assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (200, [])


def test_a_genuine_event_gets_in_after_any_number_of_forged_ones(
    gateway: FlaskClient, database: Database
) -> None:
    """Failed verifications are not limited: what a flood could shut out is the gateway."""
    forged = {
        gateway.post(DOOR, data=event(), headers=signed(event(), "whsec_forged")).status_code
        for _ in range(1500)
    }
    assert (forged, kept(database)) == ({400}, 0)
    assert gateway.post(DOOR, data=event(), headers=signed(event())).status_code == 200
    assert kept(database) == 1
