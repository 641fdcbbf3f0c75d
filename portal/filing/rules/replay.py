"""Whether a filed return still comes out as it was filed, and by name what does not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.taxes.working import Working


@dataclass(frozen=True)
class Mismatch:
    """One thing that is no longer as filed. `what` is a line, a figure of the law, or `digest`."""

    what: str
    filed: Any
    now: Any


def mismatches(
    lines: Mapping[str, Any], law: Sequence[Mapping[str, Any]], digest: str, working: Working
) -> list[Mismatch]:
    """Every difference between what a return was filed with and the same answers worked out again."""
    now = {entry.figure: entry.as_json() for entry in working.law_used}
    filed = {entry["figure"]: dict(entry) for entry in law}
    found = [*_differences(lines, working.lines_as_json()), *_differences(filed, now)]
    if not found and digest != working.digest():
        found.append(Mismatch("digest", digest, working.digest()))
    return found


def _differences(filed: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[Mismatch]:
    for name in sorted(filed.keys() | now.keys()):
        if filed.get(name) != now.get(name):
            yield Mismatch(name, filed.get(name), now.get(name))
