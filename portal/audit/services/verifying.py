"""Checking that the trail is what was written: every entry, every chain's end, every day's anchor."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from portal.audit.models import AuditEntry, AuditHead
from portal.audit.rules import CHAINED, START, chained
from portal.audit.services.anchoring import broken_anchors
from portal.audit.services.as_stored import Stored, rows


def verify(session: Session) -> list[str]:
    """Every broken place of the trail, in words for the operator; empty when it is whole.

    An altered entry is named by its number and id, and the entries around it are not. Where an entry is
    gone, or its number was altered, the gap is named and the entry after it, which nothing vouches for.
    """
    wrong: list[str] = []
    heads = {head["taxpayer_id"]: head for head in rows(session, AuditHead, lambda query: query)}
    chains = rows(session, AuditEntry, lambda query: query.order_by(AuditEntry.taxpayer_id, AuditEntry.n))
    for whose, entries in groupby(chains, key=lambda entry: entry["taxpayer_id"]):
        wrong += _chain(whose, entries, heads.pop(whose, None))
    wrong += [
        f"the chain of taxpayer {whose} is gone; its head names {head['n']} entries"
        for whose, head in heads.items()
    ]
    return wrong + broken_anchors(session)


def _chain(whose: object, entries: Iterable[Stored], head: Stored | None) -> list[str]:
    wrong: list[str] = []
    last, before = 0, [START]
    for entry in entries:
        n = entry["n"]
        if isinstance(n, int) and n > last + 1:
            wrong.append(f"{_missing(last + 1, n - 1)} of taxpayer {whose} is gone before {_named(entry)}")
            last, before = n, [entry["digest"]]
            continue
        # Where only the digest of the entry before was altered, this one follows what it should have been.
        right = [chained(one, _contents(entry)) for one in before]
        if not entry.sound or n != last + 1 or entry["digest"] not in right:
            wrong.append(f"{_named(entry)} of taxpayer {whose} is not what was written")
            before = [entry["digest"], *right]
        else:
            before = [entry["digest"]]
        last = n if isinstance(n, int) else last + 1
    return wrong + _end(whose, last, before, head)


def _end(whose: object, last: int, digests: list[str], head: Stored | None) -> list[str]:
    if head is None:
        return [f"taxpayer {whose} has entries and no head"]
    if head["n"] != last:
        return [f"the chain of taxpayer {whose} ends at entry {last}; its head names entry {head['n']}"]
    if head["digest"] not in digests or not head.sound:
        return [f"the head of taxpayer {whose} is not that of entry {last}"]
    return []


def _contents(entry: Stored) -> dict[str, Any]:
    return {name: entry[name] for name in CHAINED}


def _named(entry: Stored) -> str:
    return f"entry {entry['n']} ({entry['id']})"


def _missing(first: int, last: int) -> str:
    return f"entry {first}" if first == last else f"each of entries {first} to {last}"
