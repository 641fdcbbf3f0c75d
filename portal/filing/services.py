"""The acts of filing: starting, saving, trying out, submitting, correcting, replaying."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from portal.audit.services import record
from portal.billing.services import adjust, credit_refund_due, raise_bill
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.keys import new_id, number_is_sound, public_number
from portal.core.money import ZERO
from portal.core.refusal import Refusal
from portal.filing import queries
from portal.filing.models import FiledReturn, ReturnDraft
from portal.filing.rules.answers import Clash, Entries, Held, Kept, Trace, counted
from portal.filing.rules.path import known, path
from portal.filing.rules.prefill import holdings
from portal.filing.rules.replay import Mismatch, mismatches
from portal.filing.rules.season import may_file, window
from portal.filing.rules.submission import (
    ALREADY_FILED,
    CHANGED_SINCE_CHECK,
    NOT_A_PERSON,
    REPLACED,
    REPORTS_CHANGED,
    may_submit,
)
from portal.income.queries import lines_of_year
from portal.matters.queries import matter_about
from portal.matters.services import advance, open_matter
from portal.notices.services import tell
from portal.taxes.difference import Difference, difference
from portal.taxes.sheets import sheet_named
from portal.taxes.working import Working
from portal.taxpayers.queries import taxpayer

RETURN = "annual-return"
REFUND = "refund"
"""Kinds of matter that a return opens."""
FILED_ACTS = ("return-submitted", "return-corrected")
"""What the trail calls filing a return, and filing one that replaces another."""


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


@dataclass(frozen=True)
class Trial:
    """What changing some answers would come to. Nothing of it is kept."""

    before: Working
    after: Working
    difference: Difference


# Starting


def start_or_resume(session: Session, acting: Acting, sheet: str, year: int, *, at: datetime) -> ReturnDraft:
    """The open draft for a sheet and year, begun if there is none, with what payers have reported by now.

    Raises `Refusal` for a year that is not open, for whom the tax is not, and where a return stands filed.
    """
    may_file(year, day_of(at))
    who = taxpayer(session, acting.taxpayer_id)
    if who is None or who.kind != "person":
        raise Refusal(NOT_A_PERSON)
    draft = queries.draft_of_year(session, acting.taxpayer_id, sheet, year, lock=True)
    if draft is None:
        filed = queries.standing_return(session, acting.taxpayer_id, sheet, year)
        if filed is not None:
            raise Refusal(ALREADY_FILED, year=year, number=filed.number)
        draft = _begin(session, acting, sheet, year, at=at)
    return _refresh(session, draft, at)


def _begin(
    session: Session,
    acting: Acting,
    sheet: str,
    year: int,
    *,
    at: datetime,
    corrects: FiledReturn | None = None,
) -> ReturnDraft:
    """A new draft; where another request began one at the same moment, that one."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    key = new_id()
    kept = kept_of(corrects).anew() if corrects else Kept({}, {})
    row = {
        "id": key,
        "taxpayer_id": acting.taxpayer_id,
        "sheet": sheet,
        "year": year,
        "answers": dict(kept.answers),
        "provenance": _traces(kept),
        "unfinished": {},
        "confirmed": [],
        "version": 1,
        "corrects": corrects.id if corrects else None,
        "started_at": at,
        "updated_at": at,
    }
    session.execute(insert(ReturnDraft).values(**row).on_conflict_do_nothing())
    draft = queries.draft_of_year(session, acting.taxpayer_id, sheet, year, lock=True)
    assert draft is not None, "a draft was just begun"
    if draft.id == key:
        record(session, acting, "return-started", at=at, facts={"year": year})
    return draft


def _refresh(session: Session, draft: ReturnDraft, at: datetime) -> ReturnDraft:
    """Learn what payers reported since; what was typed stays."""
    kept = kept_of(draft)
    held = _holdings(session, draft)
    if kept.stale(held):
        _keep(draft, kept.learn(held, draft.version + 1), at)
        session.flush()
    return draft


def _holdings(session: Session, draft: ReturnDraft) -> dict[str, Held]:
    lines = lines_of_year(session, draft.taxpayer_id, draft.year)
    last = queries.standing_return(session, draft.taxpayer_id, draft.sheet, draft.year - 1)
    return holdings(sheet_named(draft.sheet), lines, last)


# Keeping answers


def kept_of(record: ReturnDraft | FiledReturn) -> Kept:
    """The entries of a draft or a filed return with their traces."""
    return Kept(record.answers, {name: Trace.of(plain) for name, plain in record.provenance.items()})


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


def discard(session: Session, acting: Acting, draft: ReturnDraft, *, at: datetime) -> None:
    """Give up an open draft. What was filed stands."""
    record(session, acting, "return-discarded", at=at, facts={"year": draft.year})
    session.delete(draft)
    session.flush()


# Working out


def work(record: ReturnDraft | FiledReturn) -> Working:
    """A draft or filed return worked out with the law of its year."""
    sheet = sheet_named(record.sheet)
    return sheet.work_out(known(sheet, record.answers), on=record.year)


def what_if(draft: ReturnDraft, changes: Entries) -> Trial:
    """What a draft would come to with some answers changed. Nothing is kept."""
    sheet = sheet_named(draft.sheet)
    before = work(draft)
    changed = kept_of(draft).accept(changes, draft.version, "")
    after = sheet.work_out(known(sheet, changed.answers), on=draft.year)
    return Trial(before, after, difference(before, after))


# Submitting


def submit(
    session: Session, acting: Acting, draft_id: UUID, *, seen: int, at: datetime
) -> FiledReturn | None:
    """File a draft as signed by the acting person; the same draft again gives the same return.

    `seen` is the version that was checked. Settles the result: a bill, a refund due, or for a correction the
    difference. None where there is no such draft; raises `Refusal` where it cannot be filed as it stands.
    """
    draft = queries.own_draft(session, acting.taxpayer_id, draft_id, lock=True)
    if draft is None:
        return queries.return_of_draft(session, acting.taxpayer_id, draft_id)
    working = _ready(session, draft, seen, at)
    replaced = session.get(FiledReturn, draft.corrects) if draft.corrects else None
    filed = _file(session, acting, draft, working, at)
    session.delete(draft)
    session.flush()
    _settle(session, acting, filed, replaced, at)
    _open_matters(session, acting, filed, replaced, at)
    act = FILED_ACTS[replaced is not None]
    record(session, acting, act, at=at, facts={"year": filed.year, "number": filed.number})
    tell(
        session,
        filed.taxpayer_id,
        "return-submitted",
        {"title": working.sheet.title, "number": filed.number},
        at=at,
    )
    return filed


def _ready(session: Session, draft: ReturnDraft, seen: int, at: datetime) -> Working:
    if seen != draft.version:
        raise Refusal(CHANGED_SINCE_CHECK)
    may_file(draft.year, day_of(at))
    if kept_of(draft).stale(_holdings(session, draft)):
        raise Refusal(REPORTS_CHANGED)
    working = work(draft)
    way = path(working.sheet, draft.year, draft.answers)
    may_submit(working, way.missing, way.scopes(draft.answers) & draft.unfinished.keys())
    return working


def _file(
    session: Session, acting: Acting, draft: ReturnDraft, working: Working, at: datetime
) -> FiledReturn:
    answers = counted(draft.answers, working.sheet.groups, working.answers.as_json())
    filed = FiledReturn(
        id=new_id(),
        taxpayer_id=draft.taxpayer_id,
        number=public_number("R", day_of(at)),
        draft_id=draft.id,
        replaces=draft.corrects,
        sheet=draft.sheet,
        year=draft.year,
        answers=answers,
        provenance={name: draft.provenance[name] for name in answers},
        law=[entry.as_json() for entry in working.law_used],
        lines=working.lines_as_json(),
        outcome=working.result,
        digest=working.digest(),
        signed_by=acting.person_id,
        signer_name=acting.person_name,
        channel=acting.channel,
        submitted_at=at,
    )
    session.add(filed)
    session.flush()
    return filed


def _settle(
    session: Session, acting: Acting, filed: FiledReturn, replaced: FiledReturn | None, at: datetime
) -> None:
    """Turn the result into money owed or due. A further bill of a correction keeps the first due date."""
    facts: dict[str, Any] = {
        "taxpayer_id": filed.taxpayer_id,
        "tax": filed.sheet,
        "period": str(filed.year),
        "source": (queries.SOURCE, filed.id),
        "at": at,
        "actor_id": acting.account_id,
    }
    title, due_on = sheet_named(filed.sheet).title, window(filed.year).closes
    if replaced is not None:
        old = replaced.outcome
        adjust(session, **facts, title=title, old=old, new=filed.outcome, due_on=due_on)
    elif filed.outcome > ZERO:
        raise_bill(session, **facts, title=title, amount=filed.outcome, due_on=due_on)
    elif filed.outcome < ZERO:
        credit_refund_due(session, **facts, amount=-filed.outcome)


def _open_matters(
    session: Session, acting: Acting, filed: FiledReturn, replaced: FiledReturn | None, at: datetime
) -> None:
    """The matter of this return; the matter of the one it replaces ends; a refund due begins its own."""
    about = str(filed.year)
    matter = open_matter(session, acting, RETURN, filed.taxpayer_id, filed.id, at=at, about=about)
    if filed.outcome <= ZERO:
        advance(session, matter, "done", by=acting, at=at)
    if replaced is not None:
        _close_replaced(session, acting, filed, replaced, at)
    if _refund(filed, replaced) > ZERO:
        open_matter(session, acting, REFUND, filed.taxpayer_id, filed.id, at=at, about=about)


def _close_replaced(
    session: Session, acting: Acting, filed: FiledReturn, replaced: FiledReturn, at: datetime
) -> None:
    matter = matter_about(session, filed.taxpayer_id, RETURN, replaced.id)
    if matter is None:
        return
    if matter.state == "submitted":
        advance(session, matter, "done", by=acting, at=at)
    advance(session, matter, "corrected", by=acting, at=at, note=filed.number)


def _refund(filed: FiledReturn, replaced: FiledReturn | None) -> Decimal:
    """What this return newly leaves to be refunded, beyond what the one it replaces did."""
    already = max(-replaced.outcome, ZERO) if replaced else ZERO
    return max(-filed.outcome, ZERO) - already


# After filing


def correct(session: Session, acting: Acting, filed: FiledReturn, *, at: datetime) -> ReturnDraft:
    """A draft that starts from a filed return and would replace it; the open one if there is one."""
    if queries.replaced_by(session, filed) is not None:
        raise Refusal(REPLACED)
    draft = queries.draft_of_year(session, acting.taxpayer_id, filed.sheet, filed.year, lock=True)
    if draft is None:
        draft = _begin(session, acting, filed.sheet, filed.year, at=at, corrects=filed)
    return _refresh(session, draft, at)


def replay(filed: FiledReturn) -> list[Mismatch]:
    """Work a filed return out again with the law of its year; empty when it comes out equal to the fen."""
    return mismatches(filed.lines, filed.law, filed.digest, work(filed))


def replay_all(session: Session) -> Iterator[tuple[FiledReturn, list[Mismatch]]]:
    """Every filed return that no longer comes out as it was filed, with what differs."""
    for filed in queries.every_return(session):
        found = replay(filed)
        if found:
            yield filed, found


# Proving


def verify_filings(session: Session) -> list[str]:
    """Every filed return that is not wholly there, in words for the operator; empty when all are.

    Whole is: it works out as it was filed, what it changed is what the ledger levied because of it, and its
    matters and its place in the trail exist.
    """
    levied = dict(queries.levied_by_return(session))
    opened = queries.matters_by_return(session, (RETURN, REFUND))
    noted = queries.numbers_in_trail(session, FILED_ACTS)
    filed_so_far: dict[UUID, FiledReturn] = {}
    wrong: list[str] = []
    for filed in queries.every_return(session):
        filed_so_far[filed.id] = filed
        replaced = filed_so_far.get(filed.replaces) if filed.replaces else None
        faults = [
            *_told_otherwise(filed, levied.pop(filed.id, ZERO), replaced),
            *_missing(filed, opened.get(filed.id, frozenset()), replaced),
        ]
        if filed.number not in noted:
            faults.append("is not in the trail")
        wrong += [f"return {filed.number} {fault}" for fault in faults]
    return wrong + [f"the ledger levied for return {key}, which is not there" for key in levied]


def _told_otherwise(filed: FiledReturn, levied: Decimal, replaced: FiledReturn | None) -> Iterator[str]:
    working = work(filed)
    found = mismatches(filed.lines, filed.law, filed.digest, working)
    if found:
        yield f"no longer comes out as filed: {', '.join(one.what for one in found)}"
    if filed.outcome != working.result:
        yield f"says {filed.outcome}; its answers come to {working.result}"
    if not number_is_sound(filed.number):
        yield "has a wrong check character"
    change = filed.outcome - (replaced.outcome if replaced else ZERO)
    if levied != change:
        yield f"changes the tax by {change}; the ledger says {levied}"


def _missing(filed: FiledReturn, opened: Collection[str], replaced: FiledReturn | None) -> Iterator[str]:
    if RETURN not in opened:
        yield "has no matter"
    if (REFUND in opened) != (_refund(filed, replaced) > ZERO):
        yield "has no refund matter" if REFUND not in opened else "has a refund matter and nothing to refund"
