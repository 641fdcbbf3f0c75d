"""The files from which the sandbox's registers answer: everybody of the town, and its firms."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from portal.demo.town import Firm, Person
from portal.taxpayers.rules import IdKind


def write(directory: Path, people: Iterable[Person], firms: Iterable[Firm]) -> None:
    """Write people.jsonl and firms.jsonl, whole or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    _write(directory / "people.jsonl", (_person(one) for one in people))
    _write(directory / "firms.jsonl", (_firm(one) for one in firms))


def _write(file: Path, rows: Iterable[Mapping[str, object]]) -> None:
    unfinished = file.with_suffix(".unfinished")
    with unfinished.open("w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")
    unfinished.replace(file)


def _person(one: Person) -> dict[str, object]:
    return {
        "name": one.name,
        "id_kind": IdKind.RESIDENT,
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
    }
