"""Moving orders, attempts, repayments and events along their tables; each move leaves a row that says why."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.orm import Session

from portal.billing.models import Attempt, InboxEvent, PaymentOrder, Repayment, StateChange
from portal.billing.rules.states import ATTEMPT_EDGES, ORDER_EDGES, REPAYMENT_EDGES, InboxState, may
from portal.core.keys import new_id


def move_order(session: Session, order: PaymentOrder, to: str, cause: str, at: datetime) -> bool:
    """Whether the order went there; it stays where its table knows no way."""
    return _move(session, "order", order, ORDER_EDGES, to, cause, at)


def move_attempt(session: Session, attempt: Attempt, to: str, cause: str, at: datetime) -> bool:
    """Whether the attempt went there; it stays where its table knows no way."""
    return _move(session, "attempt", attempt, ATTEMPT_EDGES, to, cause, at)


def move_repayment(session: Session, repayment: Repayment, to: str, cause: str, at: datetime) -> bool:
    """Whether the repayment went there; it stays where its table knows no way."""
    return _move(session, "repayment", repayment, REPAYMENT_EDGES, to, cause, at)


def _move(
    session: Session,
    subject: str,
    what: PaymentOrder | Attempt | Repayment,
    edges: Mapping[str, frozenset[str]],
    to: str,
    cause: str,
    at: datetime,
) -> bool:
    if not may(edges, what.state, to):
        return False
    _note(session, subject, what, to, cause, at)
    return True


def close_event(session: Session, event: InboxEvent, to: InboxState, note: str, at: datetime) -> None:
    """Say what became of an event."""
    _note(session, "event", event, to, note, at)
    event.note = note
    event.applied_at = at


def _note(
    session: Session,
    subject: str,
    what: PaymentOrder | Attempt | Repayment | InboxEvent,
    to: str,
    cause: str,
    at: datetime,
) -> None:
    taxpayer_id = None if isinstance(what, InboxEvent) else what.taxpayer_id
    was = what.outcome if isinstance(what, InboxEvent) else what.state
    change = StateChange(
        id=new_id(),
        taxpayer_id=taxpayer_id,
        subject=subject,
        subject_id=what.id,
        was=was,
        became=str(to),
        cause=cause[:120],
        at=at,
    )
    session.add(change)
    if isinstance(what, InboxEvent):
        what.outcome = str(to)
    else:
        what.state = str(to)
    session.flush()
