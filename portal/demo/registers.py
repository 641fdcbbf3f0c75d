"""The files from which the sandbox's registers answer: everybody of the town, and its firms."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from portal.demo.town import Fact, Firm, Person
from portal.gateways.market import Change, read_change
from portal.taxpayers.rules import IdKind


def write(directory: Path, people: Iterable[Person], firms: Iterable[Firm], facts: Iterable[Fact]) -> None:
    """Write people.jsonl and firms.jsonl, whole or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    _write(directory / "people.jsonl", (_person(one) for one in people))
    _write(directory / "firms.jsonl", (change["line"] for change in _lines(firms, facts)))


def changes(firms: Iterable[Firm], facts: Iterable[Fact]) -> Iterator[Change]:
    """What the market register will say of the town from its beginning, as its feed sends it."""
    for seq, change in enumerate(_lines(firms, facts), 1):
        kind, line = change["kind"], change["line"]
        body = line["fact"] if kind == "fact" else line
        yield read_change({"seq": seq, "kind": kind, "uscc": line["uscc"], kind: body})


def _lines(firms: Iterable[Firm], facts: Iterable[Fact]) -> Iterator[dict[str, Any]]:
    yield from ({"kind": "firm", "line": _firm(one)} for one in firms)
    yield from ({"kind": "fact", "line": _fact(one)} for one in facts)


def _write(file: Path, rows: Iterable[Mapping[str, object]]) -> None:
    unfinished = file.with_suffix(".unfinished")
    with unfinished.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    unfinished.replace(file)


def _person(one: Person) -> dict[str, object]:
    return {
        "name": one.name,
        "id_kind": one.kind,
        "id_number": one.number,
        "mobile": one.mobile,
        "status": "valid",
    }


def _firm(one: Firm) -> dict[str, object]:
    who = one.representative
    return {
        "uscc": one.code,
        "name": one.name,
        "kind": one.kind,
        "status": one.status,
        "legal_representative": {"name": who.name, "id_kind": IdKind.RESIDENT, "id_number": who.number},
        "vat_payer": "general" if one.general else "small-scale",
        "established_on": one.established_on.isoformat(),
        "changed_on": one.established_on.isoformat(),
        "taxes": [
            {"tax": tax, "period_kind": period, "from": max(one.taxes_from, one.established_on).isoformat()}
            for tax, period in one.taxes
        ],
        "parent_uscc": one.parent_code,
        "agent": one.agent,
    }


def _fact(one: Fact) -> dict[str, object]:
    return {
        "uscc": one.code,
        "fact": {
            "kind": one.kind,
            "reference": one.reference,
            "source": one.source,
            "since": one.since.isoformat(),
            "secret": one.secret,
            "facts": one.facts,
        },
    }
