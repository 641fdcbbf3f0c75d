"""应缴: what can be paid now, and opening a payment for what was ticked and seen."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from portal.billing import queries, services
from portal.billing.forms import DuesForm
from portal.billing.routes.door import bp
from portal.billing.routes.orders import to_gateway
from portal.billing.routes.wording import accrued
from portal.billing.rules.allocation import Component, Due
from portal.billing.rules.naming import period_of
from portal.billing.rules.quote import Quote, quote
from portal.billing.rules.wording import DUE, LESS_PAID, LINES, OPTION, OVERDUE, RESTS, TOTAL
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Deed, Right
from portal.core.forms import Option
from portal.core.keys import new_id
from portal.core.money import show
from portal.core.pages import (
    allow_form_to,
    database,
    gateways,
    invalid,
    page,
    reading,
    settings,
    speaking,
    transaction,
)
from portal.core.wording import N_


@bp.get("/billing/")
@allow("taxpayer", right=Right.VIEW)
def index() -> Response:
    """What can be paid now, and the sum of what is ticked: everything, unless the address says which."""
    chosen = request.args.getlist("bill", type=UUID)
    form, context = _dues(chosen)
    return page("billing/index.html", form=form, recounted=bool(chosen), **context)


def paying() -> Deed | None:
    """What is to be paid, in one sentence; None while the sum was not seen or nothing is ticked."""
    form, context = _dues([])
    if not form.validate_on_submit() or not _is_seen(form, context):
        return None
    total = _quote(context["open_bills"], form.chosen()).total
    return Deed(N_("发起缴款 {amount}，由您在自己的手机上付款"), {"amount": show(total)})


@bp.post("/billing/pay")
@allow("taxpayer", right=Right.PAY, by_clerk=paying)
def pay() -> Response:
    """Open an order for what was ticked and lead to the gateway; a sum not seen yet is shown first."""
    form, context = _dues([])
    if not form.validate_on_submit():
        return invalid("billing/index.html", form=form, recounted=False, **context)
    chosen, at = form.chosen(), clock.now()
    if not _is_seen(form, context):
        return redirect(url_for("billing.index", bill=chosen), 303)
    services.make_way(database(), gateways().payments, acting(), chosen, form.seen.data, at=at)
    with transaction() as session:
        order = services.open_order(session, acting(), chosen, form.seen.data, at=at)
    return to_gateway(order.id)


def _is_seen(form: DuesForm, context: dict[str, Any]) -> bool:
    """Whether the payer saw the sum of what is ticked, and does not ask for it to be counted again."""
    seen: bool = _quote(context["open_bills"], form.chosen()).digest == form.seen.data
    return seen and "recount" not in request.form


def _dues(chosen: Collection[UUID]) -> tuple[DuesForm, dict[str, Any]]:
    """The form of what is due and everything its page shows. Three statements."""
    whose, at = acting().taxpayer_id, clock.now()
    dues = queries.open_bills(reading(), whose, clock.day_of(at))
    own = [one.bill.id for one in dues]
    ticked = [key for key in own if key in chosen] or own
    asked = _quote(dues, ticked)
    form = DuesForm(bills=[str(key) for key in ticked], seen=asked.digest)
    form.bills.options = [_option(one) for one in dues]
    resting = queries.resting(reading(), whose)
    running = queries.under_way(reading(), whose, services.REFUND)
    allow_form_to(settings().payments_origin)
    return form, {
        "open_bills": dues,
        "quote": asked,
        "lines": _computed(asked, dues),
        "today": clock.day_of(at),
        "resting": resting,
        "free": resting.balance - running.asked_back,
        "refunds": running.refunds,
        "reasons": RESTS,
        "orders": running.orders,
        "decision": new_id(),
    }


def _quote(dues: Sequence[queries.OpenBill], chosen: Collection[UUID]) -> Quote:
    debts = [one.debt for one in dues if one.bill.id in chosen]
    return quote(acting().taxpayer_id, debts, clock.now())


def _option(one: queries.OpenBill) -> Option:
    """One bill to tick: its name and amount, below it its due date and what being late costs."""
    say, today = speaking().say, clock.today()
    late = (today - one.bill.due_on).days
    facts = {"title": one.bill.title, "period": period_of(one.bill.period), "amount": one.total}
    when = {"day": one.bill.due_on, "days": late, "surcharge": one.surcharge}
    return Option(str(one.bill.id), say(OPTION, facts), say(OVERDUE if late > 0 else DUE, when))


def _computed(asked: Quote, dues: Sequence[queries.OpenBill]) -> list[dict[str, Any]]:
    """The sum line by line, each with how it came about."""
    by_bill = {one.bill.id: one for one in dues}
    lines = [_line(n, item, by_bill[item.bill_id], asked) for n, item in enumerate(asked.items, 1)]
    total = {"letter": "", "label": speaking().say(TOTAL), "why": "", "amount": asked.total}
    return [*lines, {**total, "rule": "final"}]


def _line(n: int, item: Due, one: queries.OpenBill, asked: Quote) -> dict[str, Any]:
    say = speaking().say
    why = say(DUE, {"day": one.bill.due_on})
    if item.component is Component.SURCHARGE:
        parts = [accrued(stretch) for stretch in one.debt.arrears(asked.day)]
        paid = one.debt.surcharge_fixed - one.debt.surcharge_left
        why = " + ".join(parts) + (say(LESS_PAID, {"paid": paid}) if paid else "")
    label = say(LINES[item.component], {"title": one.bill.title, "period": period_of(one.bill.period)})
    return {"letter": n, "label": label, "why": why, "amount": item.amount, "rule": ""}
