"""What the first page shows besides open bills, in one statement: a taxpayer's page may ask four in all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    SQLColumnExpression,
    String,
    and_,
    bindparam,
    cast,
    literal,
    not_,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from portal.appointments.models import Booking
from portal.appointments.rules.states import State as Visiting
from portal.audit.models import AuditEntry
from portal.billing.models import Journal
from portal.billing.rules.chart import JournalKind
from portal.core.clock import day_of
from portal.core.db import Instant, Key, Yuan
from portal.core.money import ZERO
from portal.filing.models import FiledReturn, Obligation, ReturnDraft
from portal.filing.rules.season import ANNUAL
from portal.halls.models import Hall
from portal.income.models import IncomeLine
from portal.matters.models import Matter
from portal.matters.rules import standards

LOOKS = 5
RUNNING = 5
VISITS = 3
BEGUN = timedelta(hours=1)
"""How long a visit is still shown that has begun."""
WHOSE = bindparam("whose", type_=Key)


@dataclass(frozen=True)
class Look:
    """Somebody other than the taxpayer touched their file."""

    at: datetime
    act: str
    who: str
    role: str


@dataclass(frozen=True)
class Draft:
    """A return that was begun."""

    id: UUID
    sheet: str
    period: str
    saved_at: datetime


@dataclass(frozen=True)
class Due:
    """A period that must be filed."""

    tax: str
    period: str
    due_on: date


@dataclass(frozen=True)
class Running:
    """Something asked for that is not closed, and the day by which it is answered."""

    id: UUID
    kind: str
    about: str
    number: str
    state: str
    amount: Decimal | None
    answer_by: date | None


@dataclass(frozen=True)
class Visit:
    """A visit to a hall that is to come, or a seat that waits for its person's word."""

    id: UUID
    at: datetime
    state: str
    hall: str
    hall_en: str


@dataclass(frozen=True)
class Glance:
    """The rest of the first page."""

    paid: dict[date, Decimal]
    """First day of a month → what was paid in it."""
    looks: Sequence[Look]
    drafts: Sequence[Draft]
    filed: frozenset[str]
    """Years whose settlement is filed."""
    earned: frozenset[str]
    """Years for which income was reported."""
    due: Sequence[Due]
    """What a firm must file and can file now."""
    running: Sequence[Running]
    """Matters that wait for the office or the bank, not for the taxpayer; due first, a handful."""
    visits: Sequence[Visit]
    """To halls, the next first, a handful."""


def glance(session: Session, taxpayer_id: UUID, since: date, seen_since: datetime, at: datetime) -> Glance:
    """Payments from `since` on, acts of others from `seen_since` on, what can be filed and who is awaited."""
    asked = {
        "whose": taxpayer_id,
        "since": since,
        "seen_since": seen_since,
        "today": day_of(at),
        "now": at,
        "begun": at - BEGUN,
    }
    rows = session.execute(_everything(), asked).all()
    paid: dict[date, Decimal] = {}
    for row in rows:
        if row.kind == "paid":
            month = row.day.replace(day=1)
            paid[month] = paid.get(month, ZERO) + row.amount
    return Glance(
        paid=paid,
        looks=sorted(
            (Look(row.at, row.word, row.name, row.role) for row in rows if row.kind == "look"),
            key=lambda look: look.at,
            reverse=True,
        ),
        drafts=[Draft(row.id, row.word, row.period, row.at) for row in rows if row.kind == "draft"],
        filed=frozenset(row.period for row in rows if row.kind == "filed"),
        earned=frozenset(row.period for row in rows if row.kind == "earned"),
        due=[Due(row.word, row.period, row.day) for row in rows if row.kind == "due"],
        running=sorted(
            (
                Running(row.id, row.word, row.period, row.name, row.role, row.amount, row.day)
                for row in rows
                if row.kind == "running"
            ),
            key=lambda one: (one.answer_by or date.max, one.number),
        ),
        visits=sorted(
            (Visit(row.id, row.at, row.word, row.name, row.role) for row in rows if row.kind == "visit"),
            key=lambda visit: visit.at,
        ),
    )


@cache
def _everything() -> CompoundSelect[Any]:
    """Built once: building costs more than asking."""
    return union_all(
        _payments(),
        _looks(),
        _drafts(),
        _periods("filed", FiledReturn.period, FiledReturn.taxpayer_id == WHOSE, FiledReturn.sheet == ANNUAL),
        _periods("earned", cast(IncomeLine.year, String()), IncomeLine.taxpayer_id == WHOSE),
        _due(),
        _running(),
        _visits(),
    )


def _columns(kind: str, **given: SQLColumnExpression[Any]) -> Select[*tuple[Any, ...]]:
    """The columns that every part of the union has, those not given being empty."""
    kinds: dict[str, Any] = {
        "id": Key,
        "day": Date(),
        "at": Instant(),
        "amount": Yuan(),
        "period": String(),
        "word": String(),
        "name": String(),
        "role": String(),
    }
    return select(
        literal(kind, String()).label("kind"),
        *(given.get(name, cast(null(), of)).label(name) for name, of in kinds.items()),
    )


def _payments() -> Select[*tuple[Any, ...]]:
    return _columns("paid", day=Journal.effective_on, amount=Journal.total).where(
        Journal.taxpayer_id == WHOSE,
        Journal.kind.in_((JournalKind.PAYMENT, JournalKind.POS)),
        Journal.effective_on >= bindparam("since", type_=Date()),
    )


def _looks() -> Select[*tuple[Any, ...]]:
    entry = AuditEntry
    newest = (
        select(entry.id)
        .where(entry.taxpayer_id == WHOSE, entry.at >= bindparam("seen_since", type_=Instant()))
        .where(or_(entry.actor_role != "taxpayer", entry.act == "signed-in-new-device"))
        .order_by(entry.at.desc())
        .limit(LOOKS)
    )
    return _columns("look", at=entry.at, word=entry.act, name=entry.actor_name, role=entry.actor_role).where(
        entry.id.in_(newest)
    )


def _drafts() -> Select[*tuple[Any, ...]]:
    draft = ReturnDraft
    return _columns("draft", id=draft.id, word=draft.sheet, period=draft.period, at=draft.updated_at).where(
        draft.taxpayer_id == WHOSE
    )


def _periods(
    kind: str, period: SQLColumnExpression[str], *which: ColumnElement[bool]
) -> Select[*tuple[Any, ...]]:
    return _columns(kind, period=period).where(*which).distinct()


def _due() -> Select[*tuple[Any, ...]]:
    one = Obligation
    return _columns("due", word=one.tax, period=one.period, day=one.due_on).where(
        one.taxpayer_id == WHOSE,
        one.filed_on.is_(None),
        one.opens_on <= bindparam("today", type_=Date()),
    )


def _running() -> Select[*tuple[Any, ...]]:
    """What waits for the taxpayer's money is a bill among the to-dos, and not said twice."""
    one = Matter
    unpaid = [
        and_(one.kind == kind, one.state == rule.when_paid.now)
        for kind, rule in standards().items()
        if rule.when_paid
    ]
    first = (
        select(one.id)
        .where(one.taxpayer_id == WHOSE, one.closed_at.is_(None), not_(or_(*unpaid)))
        .order_by(one.due_on.is_(None), one.due_on, one.id)
        .limit(RUNNING)
    )
    return _columns(
        "running",
        id=one.id,
        day=one.due_on,
        amount=one.amount,
        period=one.about,
        word=one.kind,
        name=one.number,
        role=one.state,
    ).where(one.id.in_(first))


def _visits() -> Select[*tuple[Any, ...]]:
    """What is confirmed and not long begun; a held seat while its time runs."""
    one = Booking
    awaited = and_(
        one.state.in_((Visiting.BOOKED, Visiting.ARRIVED)),
        one.starts_at >= bindparam("begun", type_=Instant()),
    )
    kept = and_(one.state == Visiting.HELD, one.held_until > bindparam("now", type_=Instant()))
    first = (
        select(one.id)
        .where(one.taxpayer_id == WHOSE, or_(awaited, kept))
        .order_by(one.starts_at, one.id)
        .limit(VISITS)
    )
    return _columns(
        "visit", id=one.id, at=one.starts_at, word=one.state, name=Hall.name, role=Hall.name_en
    ).where(one.id.in_(first), Hall.id == one.hall_id)


def alive(session: Session) -> None:
    """Ask the database for nothing; it answers or raises."""
    session.execute(select(literal(1)))
