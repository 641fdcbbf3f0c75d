"""A digest of the trail covers everything of an entry and of the one before it."""

from datetime import UTC, datetime
from uuid import UUID

from portal.audit.rules import ACTS, START, chained

ENTRY = {
    "n": 1,
    "at": datetime(2026, 3, 9, 12, tzinfo=UTC),
    "id": UUID(int=7),
    "act": "signed-in",
    "facts": {},
}


def test_the_same_entry_after_the_same_one_has_the_same_digest() -> None:
    assert chained(START, ENTRY) == chained(START, dict(reversed(ENTRY.items())))


def test_any_change_of_an_entry_or_of_the_one_before_changes_the_digest() -> None:
    changed = [ENTRY | {name: "x"} for name in ENTRY]
    assert len({chained(START, one) for one in [ENTRY, *changed]} | {chained("1" * 64, ENTRY)}) == 7


def test_every_act_has_words() -> None:
    assert all(ACTS.values())
