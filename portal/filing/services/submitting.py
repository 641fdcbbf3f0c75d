"""Submitting: one transaction from a checked draft to a filed return, money owed or due, and matters."""

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.services import record
from portal.billing import services as billing
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.keys import new_id, public_number
from portal.core.money import ZERO
from portal.core.refusal import Refusal
from portal.filing import queries
from portal.filing.models import FiledReturn, ReturnDraft
from portal.filing.rules.answers import counted
from portal.filing.rules.path import path
from portal.filing.rules.season import ANNUAL, season
from portal.filing.rules.submission import (
    CHANGED_SINCE_CHECK,
    REPORTS_CHANGED,
    may_submit,
)
from portal.filing.services import obligations
from portal.filing.services.drafts import holdings_of
from portal.filing.services.working import kept_of, levied, work
from portal.matters.queries import matter_about
from portal.matters.services import advance, open_matter
from portal.notices.services import tell
from portal.taxes.sheets import sheet_named
from portal.taxes.working import Working

RETURNS = {ANNUAL: "annual-return", "vat-small-scale": "vat-return"}
"""The kind of matter that a return opens, by sheet."""
FILED_ACTS = ("return-submitted", "return-corrected")
"""What the trail calls filing a return, and filing one that replaces another."""


def submit(
    session: Session, acting: Acting, draft_id: UUID, *, seen: int, at: datetime
) -> FiledReturn | None:
    """File a draft as signed by the acting person; the same draft again gives the same return.

    `seen` is the version that was checked. Settles the result: a bill, a refund due, or for a correction the
    difference. None where there is no such draft; raises `Refusal` where it cannot be filed as it stands.
    """
    acting.require_own_word()
    draft = queries.own_draft(session, acting.taxpayer_id, draft_id, lock=True)
    if draft is None:
        return queries.return_of_draft(session, acting.taxpayer_id, draft_id)
    working = _ready(session, draft, seen, at)
    replaced = session.get(FiledReturn, draft.corrects) if draft.corrects else None
    filed = _file(session, acting, draft, working, at)
    session.delete(draft)
    session.flush()
    obligations.discharge(session, filed, day_of(at))
    _open_matter(session, acting, filed, replaced, at)
    _settle_and_refund(session, acting, filed, replaced, at)
    billing.close_paid(session, filed.taxpayer_id, filed.sheet, filed.period, by=acting, at=at)
    act = FILED_ACTS[replaced is not None]
    record(
        session,
        acting,
        act,
        at=at,
        facts={"sheet": filed.sheet, "period": filed.period, "number": filed.number},
    )
    tell(
        session,
        filed.taxpayer_id,
        "return-submitted",
        {
            "title": working.sheet.title,
            "period": filed.period,
            "number": filed.number,
            "return_id": str(filed.id),
        },
        at=at,
    )
    return filed


def _ready(session: Session, draft: ReturnDraft, seen: int, at: datetime) -> Working:
    if seen != draft.version:
        raise Refusal(CHANGED_SINCE_CHECK)
    obligations.may_file(session, draft.taxpayer_id, draft.sheet, draft.on, day_of(at))
    if kept_of(draft).stale(holdings_of(session, draft)):
        raise Refusal(REPORTS_CHANGED)
    working = work(draft)
    way = path(working.sheet, draft.on, draft.answers)
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
        period=draft.period,
        answers=answers,
        provenance={name: draft.provenance[name] for name in answers},
        law=[entry.as_json() for entry in working.law_used],
        lines=working.lines_as_json(),
        outcome=working.result,
        digest=working.digest(),
        signed_by=acting.person_id,
        signer_name=acting.person_name,
        assisted_by=acting.clerk.name if acting.clerk else "",
        channel=acting.channel,
        submitted_at=at,
    )
    session.add(filed)
    session.flush()
    return filed


def _settle_and_refund(
    session: Session, acting: Acting, filed: FiledReturn, replaced: FiledReturn | None, at: datetime
) -> None:
    """Settle the result, and begin to give back what it sets free (征管法第五十一条).

    That is a refund of the return, and whatever was paid of a tax that a correction lowers, with the
    surcharge on it. A correction upwards first uses what earlier returns of the period set free and nobody
    has decided on: so much of their refunds is asked for no more.
    """
    subjects = queries.ids_of_period(session, filed)
    rested = billing.at_rest(session, filed.taxpayer_id)
    earlier = billing.undecided(session, filed.taxpayer_id, subjects)
    _settle(session, acting, filed, replaced, billing.asked_back(earlier), at)
    change = billing.at_rest(session, filed.taxpayer_id) - rested
    if change > ZERO:
        billing.open_refund(session, acting, filed.id, change, at=at, about=filed.period)
    else:
        billing.lower_refunds(session, earlier, -change, by=acting, at=at)


def _settle(
    session: Session,
    acting: Acting,
    filed: FiledReturn,
    replaced: FiledReturn | None,
    returnable: Decimal,
    at: datetime,
) -> None:
    """Turn the result into money owed or due, levy by levy: each has a bill or a refund of its own.

    A further bill of a correction keeps the first due date.
    """
    facts: dict[str, Any] = {
        "taxpayer_id": filed.taxpayer_id,
        "tax": filed.sheet,
        "period": filed.period,
        "source": (queries.SOURCE, filed.id),
        "at": at,
        "actor_id": acting.account_id,
    }
    levies, now = sheet_named(filed.sheet).levies, levied(filed)
    due_on = season(filed.sheet, filed.on).on_time_until
    if replaced is not None:
        before = levied(replaced)
        changes = [billing.Change(one.code, one.title, before[one.code], now[one.code]) for one in levies]
        billing.adjust(session, billing.Correction(**facts, due_on=due_on), changes, returnable=returnable)
        return
    for one in levies:
        facts |= {"levy": one.code, "amount": abs(now[one.code])}
        if now[one.code] > ZERO:
            billing.raise_bill(session, **facts, title=one.title, due_on=due_on)
        elif now[one.code] < ZERO:
            billing.credit_refund_due(session, **facts)


def _open_matter(
    session: Session, acting: Acting, filed: FiledReturn, replaced: FiledReturn | None, at: datetime
) -> None:
    """The matter of this return; the matter of the one it replaces ends.

    Where nothing is owed for the period the matter is done at once, else with the last payment (billing).
    """
    kind, whose = RETURNS[filed.sheet], filed.taxpayer_id
    open_matter(session, acting, kind, whose, filed.id, at=at, about=filed.period)
    if replaced is None:
        return
    matter = matter_about(session, whose, kind, replaced.id, lock=True)
    if matter is not None:
        advance(session, matter, "corrected", by=acting, at=at, note=filed.number)
