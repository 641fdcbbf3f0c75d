"""Submitting: one transaction from a checked draft to a filed return, money owed or due, and matters."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.services import record
from portal.billing.services import adjust, close_paid, credit_refund_due, raise_bill
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
    newly_refunded,
)
from portal.filing.services import obligations
from portal.filing.services.drafts import holdings_of
from portal.filing.services.working import kept_of, work
from portal.matters.queries import matter_about
from portal.matters.services import advance, open_matter
from portal.notices.services import tell
from portal.taxes.sheets import sheet_named
from portal.taxes.working import Working

RETURNS = {ANNUAL: "annual-return", "vat-small-scale": "vat-return"}
REFUND = "refund"
"""Kinds of matter that a return opens: one for each sheet, and one for what is to be given back."""
FILED_ACTS = ("return-submitted", "return-corrected")
"""What the trail calls filing a return, and filing one that replaces another."""


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
    obligations.discharge(session, filed, day_of(at))
    _settle(session, acting, filed, replaced, at)
    _open_matters(session, acting, filed, replaced, at)
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
        {"title": working.sheet.title, "number": filed.number},
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
        "period": filed.period,
        "source": (queries.SOURCE, filed.id),
        "at": at,
        "actor_id": acting.account_id,
    }
    title, due_on = sheet_named(filed.sheet).title, season(filed.sheet, filed.on).on_time_until
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
    """The matter of this return; the matter of the one it replaces ends; a refund due begins its own.

    Where nothing is owed for the period the matter is done at once, else with the last payment (billing).
    """
    about = filed.period
    open_matter(session, acting, RETURNS[filed.sheet], filed.taxpayer_id, filed.id, at=at, about=about)
    if replaced is not None:
        _close_replaced(session, acting, filed, replaced, at)
    close_paid(session, filed.taxpayer_id, filed.sheet, about, by=acting, at=at)
    if newly_refunded(filed.outcome, replaced.outcome if replaced else ZERO) > ZERO:
        open_matter(session, acting, REFUND, filed.taxpayer_id, filed.id, at=at, about=about)


def _close_replaced(
    session: Session, acting: Acting, filed: FiledReturn, replaced: FiledReturn, at: datetime
) -> None:
    matter = matter_about(session, filed.taxpayer_id, RETURNS[filed.sheet], replaced.id, lock=True)
    if matter is None:
        return
    advance(session, matter, "corrected", by=acting, at=at, note=filed.number)
