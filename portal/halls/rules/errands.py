"""Errands: what people come to a hall for, at which kind of desk, with which papers; read from data."""

import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from portal.core.refusal import Refusal, reason
from portal.core.wording import N_, Phrase

FILE = Path(__file__).parents[1] / "errands.toml"
MOST = 3
"""Errands of one visit: more would hold up whoever comes next."""

NO_ERRAND = reason(
    "no-errand-chosen",
    "还没有选择要办的事项。",
    "请选择一项或几项，再选时段。",
)
NO_SUCH_ERRAND = reason(
    "no-such-errand",
    "没有这样的办税事项。",
    "请从事项列表中重新选择。",
)
SEVERAL_DESKS = reason(
    "errands-of-several-desks",
    "所选事项在不同的窗口办理，不能合在一次预约里。",
    "请按窗口分别预约。",
)
TOO_MANY_ERRANDS = reason(
    "too-many-errands",
    "一次预约最多办 {most} 件事项。",
    "请减少事项，其余的另行预约。",
)


@dataclass(frozen=True)
class Online:
    """Where the portal does the same, and the minutes that usually takes."""

    endpoint: str
    minutes: int


@dataclass(frozen=True)
class Errand:
    """One thing people come for. `minutes` is planned, not measured."""

    code: str
    title: Phrase
    skill: str
    minutes: int
    papers: tuple[Phrase, ...]
    online: Online | None = None
    cures: tuple[str, ...] = ()
    """Codes of findings (portal/risk/rules) that a visit for this settles."""


@cache
def skills() -> dict[str, Phrase]:
    """The kinds of desk, by code, in the order people are shown them."""
    return {code: N_(words) for code, words in _data()["skills"].items()}


@cache
def errands() -> dict[str, Errand]:
    """Every errand by code. Raises ValueError where the file names a skill that it does not declare."""
    made = {
        code: Errand(
            code=code,
            title=N_(plain["title"]),
            skill=plain["skill"],
            minutes=plain["minutes"],
            papers=tuple(map(N_, plain["papers"])),
            online=Online(**plain["online"]) if "online" in plain else None,
            cures=tuple(plain.get("cures", ())),
        )
        for code, plain in _data()["errands"].items()
    }
    return sound(made.values(), skills())


def sound(found: Collection[Errand], known: Collection[str]) -> dict[str, Errand]:
    """These errands by code. Raises ValueError for an unknown skill and for a visit of no minutes."""
    wrong = [one.code for one in found if one.skill not in known or one.minutes <= 0]
    if wrong:
        raise ValueError(f"errands without a known skill or without minutes: {wrong}")
    return {one.code: one for one in found}


def chosen(codes: Sequence[str]) -> tuple[Errand, ...]:
    """The errands of one visit, each once, in the order of the file.

    Raises `Refusal` for none, too many, unknown ones, and for errands of different desks.
    """
    if not codes:
        raise Refusal(NO_ERRAND)
    if set(codes) - set(errands()):
        raise Refusal(NO_SUCH_ERRAND)
    found = tuple(one for code, one in errands().items() if code in codes)
    if len({one.skill for one in found}) > 1:
        raise Refusal(SEVERAL_DESKS)
    if len(found) > MOST:
        raise Refusal(TOO_MANY_ERRANDS, most=MOST)
    return found


def skill_of(codes: Sequence[str]) -> str:
    """The skill that all of these errands need. Raises `Refusal` as `chosen`."""
    return chosen(codes)[0].skill


def papers_of(codes: Sequence[str]) -> tuple[Phrase, ...]:
    """Everything to bring for a visit, each paper once. Raises `Refusal` as `chosen`."""
    return tuple(dict.fromkeys(paper for one in chosen(codes) for paper in one.papers))


def visit_minutes(skill: str) -> int:
    """The minutes a visit to this kind of desk is planned with: the mean of its errands, rounded up."""
    minutes = [one.minutes for one in errands().values() if one.skill == skill]
    return -(-sum(minutes) // len(minutes))


def cure_for(finding: str) -> Errand | None:
    """The errand that settles a finding of a health check, or None where no hall of ours does."""
    return next((one for one in errands().values() if finding in one.cures), None)


@cache
def _data() -> dict[str, dict[str, Any]]:
    return tomllib.loads(FILE.read_text("utf-8"))
