"""Checkout Sessions: made, listed, expired."""

from typing import Any
from urllib.parse import quote, urlsplit

from stripe import Price

from sandbox.payments.account import Account, token
from sandbox.payments.errors import ApiError, invalid
from sandbox.payments.shapes import blank

HALF_HOUR = 30 * 60
DAY = 24 * 60 * 60
LARGEST = 99_999_999
METHODS = ("card", "alipay", "wechat_pay")
# Stripe's presentment currencies of each wallet; which of them an account gets depends on its country.
WALLET_CURRENCIES = {
    "alipay": {"aud", "cad", "cny", "eur", "gbp", "hkd", "jpy", "myr", "nzd", "sgd", "usd"},
    "wechat_pay": {"aud", "cad", "chf", "cny", "dkk", "eur", "gbp", "hkd", "jpy", "nok", "sek", "sgd", "usd"},
}
CURRENCIES = WALLET_CURRENCIES["alipay"] | WALLET_CURRENCIES["wechat_pay"]
# The API lets the two clocks differ a little: "30 minutes from now" computed by the merchant arrives later.
CLOCK_GRACE = 60


def create(account: Account, asked: dict[str, Any]) -> dict[str, Any]:
    """A new open session from checked parameters; ApiError where the API refuses."""
    _check_kind(asked)
    items = [_line_item(item, i) for i, item in enumerate(asked.get("line_items", []))]
    if not items:
        raise invalid("You must specify line_items in payment mode.", "line_items", "parameter_missing")
    currency = _one_currency(items)
    total = sum(item["amount_total"] for item in items)
    if not 0 < total <= LARGEST:
        code = "amount_too_large" if total > LARGEST else "amount_too_small"
        raise invalid(
            f"The Checkout Session's total amount must be between 1 and {LARGEST}", "line_items", code
        )
    methods = _methods(asked, currency)
    now = account.clock.second()
    session = account.new(
        "checkout.session",
        mode="payment",
        status="open",
        payment_status="unpaid",
        ui_mode="hosted_page",
        amount_subtotal=total,
        amount_total=total,
        currency=currency,
        expires_at=_expiry(asked.get("expires_at"), now),
        payment_method_types=methods,
        total_details={"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0, "breakdown": None},
        payment_method_options=asked.get("payment_method_options", {}),
        customer_creation="if_required",
        payment_method_collection="if_required",
        custom_text={
            "after_submit": None,
            "shipping_address": None,
            "submit": None,
            "terms_of_service_acceptance": None,
        },
        **{name: asked[name] for name in _KEPT if name in asked},
        **({} if "metadata" in asked else {"metadata": {}}),
    )
    for item in items:
        item["id"] = token("li_1", 23)
    account.store.set_aside(session["id"], items=items, intent=asked.get("payment_intent_data", {}))
    account.plan("expire", session["id"], session["expires_at"] - account.clock.now())
    return account.change(session, url=f"{account.base_url}/c/pay/{session['id']}")


_KEPT = (
    "success_url",
    "cancel_url",
    "client_reference_id",
    "metadata",
    "locale",
    "submit_type",
    "customer_email",
    "allowed_payment_method_types",
    "excluded_payment_method_types",
)


def _check_kind(asked: dict[str, Any]) -> None:
    if asked.get("mode", "payment") != "payment" or asked.get("ui_mode", "hosted_page") != "hosted_page":
        raise invalid("The sandbox plays hosted pages in payment mode only.", "mode")
    for name in ("success_url", "cancel_url"):
        url = asked.get(name)
        if name == "success_url" and not url:
            raise invalid("Missing required param: success_url.", name, "parameter_missing")
        if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
            raise invalid("Not a valid URL", name, "url_invalid")


def _line_item(item: dict[str, Any], i: int) -> dict[str, Any]:
    where = f"line_items[{i}][price_data]"
    price = item.get("price_data")
    if price is None:
        raise invalid(
            f"No such price: '{item.get('price', '')}'", f"line_items[{i}][price]", "resource_missing"
        )
    product = price.get("product_data")
    if product is None or "unit_amount" not in price:
        lacking = "product_data" if product is None else "unit_amount"
        raise invalid(
            f"Missing required param: {where}[{lacking}].", f"{where}[{lacking}]", "parameter_missing"
        )
    if price["unit_amount"] < 0:
        raise invalid("Invalid non-negative integer", f"{where}[unit_amount]", "parameter_invalid_integer")
    amount = price["unit_amount"] * item.get("quantity", 1)
    return {
        "object": "item",
        "amount_discount": 0,
        "amount_subtotal": amount,
        "amount_tax": 0,
        "amount_total": amount,
        "currency": price["currency"].lower(),
        "description": product["name"],
        "price": _price(price["currency"].lower(), price["unit_amount"]),
        "quantity": item.get("quantity", 1),
        "metadata": item.get("metadata", {}),
        "adjustable_quantity": None,
    }


def _price(currency: str, amount: int) -> dict[str, Any]:
    """The price that the API makes of inline `price_data`: used once, hence inactive."""
    made = {"id": token("price_1", 23), "object": "price", "product": token("prod_", 14), "type": "one_time"}
    figures = {"currency": currency, "unit_amount": amount, "unit_amount_decimal": str(amount)}
    return blank(Price) | made | figures | {"billing_scheme": "per_unit", "tax_behavior": "unspecified"}


def _one_currency(items: list[dict[str, Any]]) -> str:
    currencies = {item["currency"] for item in items}
    if len(currencies) > 1:
        raise invalid("All line items must have the same currency.", "line_items")
    currency = str(currencies.pop())
    if currency not in CURRENCIES:
        raise invalid(f"Invalid currency: {currency}.", "line_items[0][price_data][currency]")
    return currency


def _methods(asked: dict[str, Any], currency: str) -> list[str]:
    allowed = asked.get("allowed_payment_method_types") or METHODS
    excluded = asked.get("excluded_payment_method_types") or ()
    usable = [
        method
        for method in METHODS
        if method in allowed
        and method not in excluded
        and currency in WALLET_CURRENCIES.get(method, CURRENCIES)
    ]
    if not usable:
        raise invalid(
            "No valid payment method types for this Checkout Session.", "allowed_payment_method_types"
        )
    named = "wechat_pay" in (asked.get("allowed_payment_method_types") or ())
    client = asked.get("payment_method_options", {}).get("wechat_pay", {}).get("client")
    if named and "wechat_pay" in usable and client != "web":
        where = "payment_method_options[wechat_pay][client]"
        raise invalid(f"Missing required param: {where}.", where, "parameter_missing")
    return usable


def _expiry(asked: int | None, now: int) -> int:
    if asked is None:
        return now + DAY
    if not now + HALF_HOUR - CLOCK_GRACE <= asked <= now + DAY + CLOCK_GRACE:
        raise invalid(
            "The `expires_at` timestamp must be at least 30 minutes and at most 24 hours from Checkout "
            "Session creation.",
            "expires_at",
        )
    return asked


def line_items(account: Account, session_id: str) -> list[dict[str, Any]]:
    """What a session asks money for."""
    return list(account.store.aside(session_id)["items"])


def expire(account: Account, session_id: str) -> dict[str, Any]:
    """Close an open session at the merchant's request; ApiError if it is no longer open."""
    session = account.get("checkout.session", session_id)
    if session["status"] != "open":
        raise ApiError(
            400,
            f'Only Checkout Sessions with a status in ["open"] can be expired. '
            f"This Checkout Session has a status of `{session['status']}`.",
        )
    return close(account, session)


def expire_in_time(account: Account, session_id: str) -> None:
    """Close a session whose time has come, if it is still open."""
    session = account.store.get("checkout.session", session_id)
    if session and session["status"] == "open":
        close(account, session)


def close(account: Account, session: dict[str, Any]) -> dict[str, Any]:
    """Make a session expired, cancel the intent it may have, and announce both."""
    account.change(session, status="expired", url=None)
    if session["payment_intent"]:
        intent = account.get("payment_intent", session["payment_intent"])
        account.change(
            intent, status="canceled", canceled_at=account.clock.second(), cancellation_reason="automatic"
        )
        account.emit("payment_intent.canceled", intent)
    account.emit("checkout.session.expired", session)
    return session


def return_url(session: dict[str, Any]) -> str:
    """Where the payer goes after paying."""
    return str(session["success_url"]).replace("{CHECKOUT_SESSION_ID}", quote(session["id"]))
