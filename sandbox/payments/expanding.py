"""`expand`: ids in an answer replaced by the objects they name, and the lists an answer leaves out."""

import json
from typing import Any

from sandbox.payments.account import Account
from sandbox.payments.errors import invalid
from sandbox.payments.listing import plain_page
from sandbox.payments.sessions import line_items

DEEPEST = 4
# Fields the API leaves out until they are expanded.
LEFT_OUT = {"checkout.session": ("line_items",), "charge": ("refunds",)}
POINTERS = {
    "payment_intent": "payment_intent",
    "latest_charge": "charge",
    "charge": "charge",
    "balance_transaction": "balance_transaction",
    "failure_balance_transaction": "balance_transaction",
}


def answer(account: Account, body: dict[str, Any], expand: list[str]) -> dict[str, Any]:
    """A copy of an object or list as the API shows it, with the paths in `expand` filled in."""
    shown = _trimmed(json.loads(json.dumps(body)))
    for path in expand:
        steps = path.split(".")
        if len(steps) > DEEPEST:
            raise invalid(
                f"You cannot expand more than {DEEPEST} levels of a property. Property: {path}", "expand"
            )
        _fill(account, shown, steps, path)
    return shown


def _trimmed(body: dict[str, Any]) -> dict[str, Any]:
    for one in body["data"] if body.get("object") == "list" else [body]:
        for name in LEFT_OUT.get(one.get("object", ""), ()):
            one.pop(name, None)
    return body


def _fill(account: Account, body: dict[str, Any], steps: list[str], path: str) -> None:
    name, rest = steps[0], steps[1:]
    if name == "data" and body.get("object") == "list":
        for one in body["data"]:
            _fill(account, one, rest, path)
        return
    if name in LEFT_OUT.get(body.get("object", ""), ()):
        body[name] = _left_out(account, body, name)
    elif name in POINTERS and name in body:
        if isinstance(body[name], str):
            body[name] = _trimmed(account.get(POINTERS[name], body[name]))
    elif name not in body:
        raise invalid(f"This property cannot be expanded ({path}).", "expand")
    if rest and isinstance(body[name], dict):
        _fill(account, body[name], rest, path)


def _left_out(account: Account, body: dict[str, Any], name: str) -> dict[str, Any]:
    if name == "line_items":
        return plain_page(
            line_items(account, body["id"]), f"/v1/checkout/sessions/{body['id']}/line_items", {}
        )
    refunds = account.store.all("refund", charge=body["id"])
    return plain_page(refunds[::-1], f"/v1/charges/{body['id']}/refunds", {})
