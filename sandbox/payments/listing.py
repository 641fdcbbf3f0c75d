"""Lists as the API pages them: newest first, cursors by object id, `created` ranges."""

import json
from typing import Any

from sandbox.payments.account import KINDS, Account
from sandbox.payments.errors import invalid, missing

COMPARE = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
UNDELIVERED = (
    "EXISTS (SELECT 1 FROM delivery d WHERE d.event = object.id AND NOT EXISTS (SELECT 1 FROM delivery x "
    "WHERE x.event = d.event AND x.endpoint = d.endpoint AND x.state = 'delivered'))"
)


def page(
    account: Account,
    kind: str,
    url: str,
    asked: dict[str, Any],
    equal: tuple[str, ...],
    *more: tuple[str, object],
) -> dict[str, Any]:
    """One page of a kind's objects, filtered by `created`, the fields in `equal`, and `more` conditions."""
    limit = _limit(asked)
    where = [*_created(asked.get("created")), *_types(asked), *more]
    where += [(f"json_extract(body, '$.{name}') = ?", asked[name]) for name in equal if name in asked]
    if "payout" in asked:
        where.append(("json_extract(aside, '$.payout') = ?", asked["payout"]))
    if "delivery_success" in asked:
        where.append((f"({UNDELIVERED}) <> ?", int(asked["delivery_success"])))
    before = asked.get("ending_before")
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if cursor := asked.get(name):
            where.append((f"seq {sign} ?", _seq(account, kind, cursor, name)))
    found = account.store.select(kind, where, oldest_first=bool(before), limit=limit + 1)
    data = found[:limit]
    return {
        "object": "list",
        "data": data[::-1] if before else data,
        "has_more": len(found) > limit,
        "url": url,
    }


def plain_page(items: list[dict[str, Any]], url: str, asked: dict[str, Any]) -> dict[str, Any]:
    """One page of a short list that is not stored on its own."""
    ids = [item["id"] for item in items]
    start = ids.index(asked["starting_after"]) + 1 if asked.get("starting_after") in ids else 0
    end = start + _limit(asked)
    return {"object": "list", "data": items[start:end], "has_more": end < len(items), "url": url}


def _limit(asked: dict[str, Any]) -> int:
    limit = int(asked.get("limit", 10))
    if not 1 <= limit <= 100:
        raise invalid("Invalid limit: must be between 1 and 100", "limit", "parameter_invalid_integer")
    return limit


def _created(asked: dict[str, int] | int | None) -> list[tuple[str, object]]:
    if asked is None:
        return []
    if isinstance(asked, int):
        return [("created = ?", asked)]
    return [(f"created {COMPARE[name]} ?", value) for name, value in asked.items()]


def _types(asked: dict[str, Any]) -> list[tuple[str, object]]:
    if "types" in asked:
        wanted = json.dumps(asked["types"])
        return [("json_extract(body, '$.type') IN (SELECT value FROM json_each(?))", wanted)]
    if "type" in asked:
        return [("json_extract(body, '$.type') GLOB ?", asked["type"])]
    return []


def _seq(account: Account, kind: str, cursor: str, param: str) -> int:
    seq = account.store.seq(cursor)
    if seq is None:
        raise missing(KINDS[kind].noun, cursor, param)
    return seq
