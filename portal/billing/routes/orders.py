"""缴款: going to the gateway, coming back, how a payment stands, its receipt."""

from typing import Any
from uuid import UUID

from flask import abort, jsonify, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.billing import queries, services
from portal.billing.models import OrderItem, PaymentOrder
from portal.billing.routes.door import bp
from portal.billing.routes.wording import accrued, paid_line, total_line
from portal.billing.rules.allocation import Component
from portal.billing.rules.naming import period_of
from portal.billing.rules.states import OrderState
from portal.billing.rules.surcharge import DAY
from portal.billing.rules.wording import (
    ACCRUED_FOR,
    DUE,
    LINES,
    PRINTED,
    Said,
    said,
)
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.money import ZERO, in_capitals
from portal.core.pages import allow_form_to, database, gateways, lang, page, reading, settings, speaking
from portal.taxes.surcharge import Stretch, late_surcharge


@bp.get("/billing/orders/<uuid:order_id>")
@allow("taxpayer", right=Right.VIEW)
def order(order_id: UUID) -> Response:
    """How a payment stands. Whoever comes back from the gateway is promised nothing until it is known."""
    found = _own_order(order_id)
    allow_form_to(settings().payments_origin)
    return page(
        "billing/order.html",
        order=found,
        stands=_stands(found, returned="returned" in request.args),
        is_open=found.state == OrderState.OPEN,
        lines=_items(found),
        resting=queries.resting(reading(), acting().taxpayer_id),
    )


@bp.get("/billing/orders/<uuid:order_id>/status")
@allow("taxpayer", right=Right.VIEW)
def status(order_id: UUID) -> Response:
    """The same, for a page that waits."""
    found = _own_order(order_id)
    return jsonify(state=found.state, final=_stands(found, returned=True).final)


@bp.get("/billing/orders/<uuid:order_id>/return")
@allow("taxpayer", right=Right.VIEW)
def returned(order_id: UUID) -> Response:
    """Back from the gateway: ask it once how the payment stands; nothing in the address is believed."""
    _own_order(order_id)
    services.ask(database(), gateways().payments, order_id, at=clock.now())
    return redirect(url_for("billing.order", order_id=order_id, returned="yes"), 303)


@bp.post("/billing/orders/<uuid:order_id>/continue")
@allow("taxpayer", right=Right.PAY, by_clerk="prepares")
def resume(order_id: UUID) -> Response:
    """To the gateway's page again, or to a new one where that was closed."""
    _own_order(order_id)
    return to_gateway(order_id)


@bp.post("/billing/orders/<uuid:order_id>/cancel")
@allow("taxpayer", right=Right.PAY, by_clerk="prepares")
def cancel(order_id: UUID) -> Response:
    """Give a payment up; if it was paid meanwhile, it is paid."""
    _own_order(order_id)
    services.cancel(database(), gateways().payments, acting(), order_id, at=clock.now())
    return redirect(url_for("billing.order", order_id=order_id), 303)


@bp.get("/billing/orders/<uuid:order_id>/receipt")
@allow("taxpayer", right=Right.VIEW)
def receipt(order_id: UUID) -> Response:
    """缴款凭证: what a payment paid, as booked."""
    found = _own_order(order_id)
    if found.receipt_number is None:
        abort(404)
    lines = [paid_line(n, line) for n, line in enumerate(queries.paid_by(reading(), order_id), 1)]
    total = sum((line["amount"] for line in lines), ZERO)
    return page(
        "billing/receipt.html",
        order=found,
        lines=[*lines, total_line(total)],
        total=total,
        capitals=in_capitals(total),
        source=speaking().say(PRINTED, {"moment": clock.now()}),
    )


def to_gateway(order_id: UUID) -> Response:
    """Lead to the hosted page; where there is none to lead to, the order's own page says why."""
    door = services.Door(
        return_url=_address("billing.returned", order_id),
        cancel_url=_address("billing.order", order_id),
        language=lang(),
    )
    url = services.lead_to_gateway(database(), gateways().payments, order_id, door, at=clock.now())
    return redirect(url or url_for("billing.order", order_id=order_id), 303)


def _address(endpoint: str, order_id: UUID) -> str:
    """An address of this portal for others: never by the name a request happened to use."""
    return settings().base_url + url_for(endpoint, order_id=order_id)


def _own_order(order_id: UUID) -> PaymentOrder:
    return queries.own_order(reading(), acting().taxpayer_id, order_id) or abort(404)


def _items(found: PaymentOrder) -> list[dict[str, Any]]:
    """What an order is to pay, as a computed table."""
    say = speaking().say
    lines = [
        {
            "letter": item.n,
            "label": say(
                LINES[item.component], {"title": item.bill.title, "period": period_of(item.bill.period)}
            ),
            "why": _why(found, item),
            "amount": item.amount,
            "rule": "",
        }
        for item in found.items
    ]
    return [*lines, total_line(found.amount)]


def _why(found: PaymentOrder, item: OrderItem) -> str:
    """How an amount came about: the due date of a tax; of surcharge the formula, or the days it is for.

    The formula stands where the whole tax of the order was late from the first day, which its result shows;
    after payments in part the days alone are said.
    """
    due = item.bill.due_on
    if item.component != Component.SURCHARGE:
        return speaking().say(DUE, {"day": due})
    taxes = [one.amount for one in found.items if one.bill_id == item.bill_id and one is not item]
    late = Stretch(due + DAY, found.quote_day, sum(taxes, ZERO))
    if taxes and late_surcharge([late]).amount == item.amount:
        return accrued(late)
    return speaking().say(ACCRUED_FOR, {"first": late.first, "last": late.last})


def _stands(found: PaymentOrder, *, returned: bool) -> Said:
    latest = found.attempts[-1].state if found.attempts else None
    return said(found.state, latest, returned=returned)
