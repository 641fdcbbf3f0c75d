"""Drafts: begun with what is held, saved so that nothing is overwritten, taken up again, given up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from portal.audit.services import record
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.db import upsert
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.filing import queries
from portal.filing.models import FiledReturn, ReturnDraft
from portal.filing.rules.answers import Clash, Entries, Held, Kept
from portal.filing.rules.path import path
from portal.filing.rules.prefill import holdings
from portal.filing.rules.season import ANNUAL
from portal.filing.rules.submission import (
    ALREADY_FILED,
    NO_NIL_RETURN,
    REPLACED,
)
from portal.filing.services import obligations
from portal.filing.services.working import kept_of
from portal.income.queries import lines_of_year
from portal.taxes.periods import Period
from portal.taxes.sheets import sheet_named


@dataclass(frozen=True)
class Saving:
    """One save of one form: its page or row, what it accepts, and what was typed and cannot be accepted yet.

    `seen` is the version of the draft the form was shown for, `window` that showing of it. `confirms` says
    that the taxpayer went on from a page.
    """

    scope: str
    given: Entries
    seen: int
    window: str
    unfinished: Mapping[str, str] = field(default_factory=dict)
    confirms: bool = False


# Starting


def start_or_resume(
    session: Session, acting: Acting, sheet: str, period: Period, *, at: datetime
) -> ReturnDraft:
    """The open draft for a sheet and period, begun if there is none, with what payers have reported by now.

    Raises `Refusal` for a period that is not open, for whom the tax is not, and where a return stands filed.
    """
    obligations.may_file(session, acting.taxpayer_id, sheet, period, day_of(at))
    draft = queries.draft_for(session, acting.taxpayer_id, sheet, period, lock=True)
    if draft is None:
        filed = queries.standing_return(session, acting.taxpayer_id, sheet, period)
        if filed is not None:
            raise Refusal(ALREADY_FILED, period=period, number=filed.number, return_id=filed.id)
        draft = _begin(session, acting, sheet, period, at=at)
    return _refresh(session, draft, at)


def _begin(
    session: Session,
    acting: Acting,
    sheet: str,
    period: Period,
    *,
    at: datetime,
    corrects: FiledReturn | None = None,
) -> ReturnDraft:
    """A new draft; where another request began one at the same moment, that one."""
    key = new_id()
    kept = kept_of(corrects).anew() if corrects else Kept({}, {})
    row = {
        "id": key,
        "taxpayer_id": acting.taxpayer_id,
        "sheet": sheet,
        "period": str(period),
        "answers": dict(kept.answers),
        "provenance": _traces(kept),
        "unfinished": {},
        "confirmed": [],
        "version": 1,
        "corrects": corrects.id if corrects else None,
        "started_at": at,
        "updated_at": at,
    }
    session.execute(upsert(session, ReturnDraft).values(**row).on_conflict_do_nothing())
    draft = queries.draft_for(session, acting.taxpayer_id, sheet, period, lock=True)
    assert draft is not None, "a draft was just begun"
    if draft.id == key:
        record(session, acting, "return-started", at=at, facts={"sheet": sheet, "period": str(period)})
    return draft


def _refresh(session: Session, draft: ReturnDraft, at: datetime) -> ReturnDraft:
    """Learn what payers reported since; what was typed stays."""
    kept = kept_of(draft)
    held = holdings_of(session, draft)
    if kept.stale(held):
        _keep(draft, kept.learn(held, draft.version + 1), at)
        session.flush()
    return draft


def holdings_of(session: Session, draft: ReturnDraft) -> dict[str, Held]:
    """What the portal holds about a draft's period by now. Income is reported to people, by the year."""
    on = draft.on
    lines = lines_of_year(session, draft.taxpayer_id, on.year) if draft.sheet == ANNUAL else ()
    last = queries.standing_return(session, draft.taxpayer_id, draft.sheet, on.previous)
    return holdings(sheet_named(draft.sheet), lines, last)


def correct(session: Session, acting: Acting, filed: FiledReturn, *, at: datetime) -> ReturnDraft:
    """A draft that starts from a filed return and would replace it; the open one if there is one."""
    if queries.replaced_by(session, filed) is not None:
        raise Refusal(REPLACED)
    draft = queries.draft_for(session, acting.taxpayer_id, filed.sheet, filed.on, lock=True)
    if draft is None:
        draft = _begin(session, acting, filed.sheet, filed.on, at=at, corrects=filed)
    return _refresh(session, draft, at)


def _keep(draft: ReturnDraft, kept: Kept, at: datetime) -> None:
    draft.answers = dict(kept.answers)
    draft.provenance = _traces(kept)
    draft.version += 1
    draft.updated_at = at


def _traces(kept: Kept) -> dict[str, Any]:
    return {name: trace.as_json() for name, trace in kept.traces.items()}


def save(session: Session, draft: ReturnDraft, saving: Saving, *, at: datetime) -> list[Clash]:
    """Accept what one form brings, or nothing of it where another window saved something else meanwhile.

    The clashes come back with both values; the caller shows them. `draft` is held under lock.
    """
    kept = kept_of(draft)
    clashes = kept.clashes(saving.given, saving.seen, saving.window)
    if clashes:
        return clashes
    after = kept.accept(saving.given, draft.version + 1, saving.window)
    unfinished = {**draft.unfinished, saving.scope: dict(saving.unfinished)}
    unfinished = {scope: typed for scope, typed in unfinished.items() if typed}
    if after != kept or unfinished != draft.unfinished:
        draft.unfinished = unfinished
        _keep(draft, after, at)
    if saving.confirms and saving.scope not in draft.confirmed:
        draft.confirmed = [*draft.confirmed, saving.scope]
    session.flush()
    return []


def start_nil(session: Session, acting: Acting, sheet: str, period: Period, *, at: datetime) -> ReturnDraft:
    """A draft that says there is nothing to report, ready to be checked. What a draft already says stays.

    Raises `Refusal` as `start_or_resume`, and for a tax that knows no such return.
    """
    nil = sheet_named(sheet).nil
    if nil is None:
        raise Refusal(NO_NIL_RETURN)
    draft = start_or_resume(session, acting, sheet, period, at=at)
    if not draft.answers:
        way = path(sheet_named(sheet), period, draft.answers)
        for place in [place for place in way.places if place.names & nil.keys()]:
            given = {name: value for name, value in nil.items() if name in place.names}
            save(session, draft, Saving(place.page.code, given, draft.version, "", confirms=True), at=at)
    return draft


def discard(session: Session, acting: Acting, draft: ReturnDraft, *, at: datetime) -> None:
    """Give up an open draft. What was filed stands."""
    acting.require_own_word()
    record(session, acting, "return-discarded", at=at, facts={"sheet": draft.sheet, "period": draft.period})
    session.delete(draft)
    session.flush()
