"""Named reads of matters."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from portal.matters.models import Matter, MatterEvent, MatterStep
from portal.matters.rules.searching import is_year
from portal.matters.rules.working import Done, findings_of
from portal.taxpayers.models import Taxpayer

PAGE = 20
STEPS_SINCE = timedelta(weeks=8)
"""How long ago a step may have been done to say what it usually takes."""
FEWEST_STEPS = 10
"""Done so often, what a step takes is said."""


def matters_of(session: Session, taxpayer_id: UUID, *, before: UUID | None = None) -> Sequence[Matter]:
    """A taxpayer's matters, newest first, `PAGE` and one more; keys are ordered by time."""
    query = select(Matter).where(Matter.taxpayer_id == taxpayer_id)
    if before is not None:
        query = query.where(Matter.id < before)
    return session.scalars(query.order_by(Matter.id.desc()).limit(PAGE + 1)).all()


def matters_found(
    session: Session, taxpayer_id: UUID, wanted: Iterable[tuple[str, Collection[str]]]
) -> Sequence[Matter]:
    """A taxpayer's matters that fit every word, newest first, `PAGE` and one more.

    Each word comes with the kinds it names; besides, it may be part of what a matter is about or, unless it
    is a year, of a number: numbers begin with the day on which they were given.
    """
    query = select(Matter).where(Matter.taxpayer_id == taxpayer_id)
    for word, kinds in wanted:
        fits = [Matter.about.icontains(word, autoescape=True), Matter.kind.in_(kinds)]
        if not is_year(word):
            fits.append(Matter.number.icontains(word, autoescape=True))
        query = query.where(or_(*fits))
    return session.scalars(query.order_by(Matter.id.desc()).limit(PAGE + 1)).all()


def own_matter(session: Session, taxpayer_id: UUID, matter_id: UUID) -> Matter | None:
    """One of the taxpayer's own matters with its events, or None."""
    query = select(Matter).where(Matter.taxpayer_id == taxpayer_id, Matter.id == matter_id)
    return session.scalars(query.options(selectinload(Matter.events))).one_or_none()


def matter_about(
    session: Session, taxpayer_id: UUID, kind: str, subject_id: UUID, *, lock: bool = False
) -> Matter | None:
    """The matter of a kind about one subject (a filed return, a certificate), or None.

    `lock` holds other writers off until the end.
    """
    query = select(Matter).where(
        Matter.taxpayer_id == taxpayer_id, Matter.kind == kind, Matter.subject_id == subject_id
    )
    return session.scalars(_held(query) if lock else query).one_or_none()


def held_in_state(session: Session, taxpayer_id: UUID, kind: str, about: str, state: str) -> Sequence[Matter]:
    """A taxpayer's matters of a kind about the same (a tax year) that stand in a state, held for writing."""
    query = select(Matter).where(
        Matter.taxpayer_id == taxpayer_id,
        Matter.kind == kind,
        Matter.about == about,
        Matter.state == state,
    )
    return session.scalars(_held(query.order_by(Matter.id))).all()


def running(
    session: Session, taxpayer_id: UUID, kind: str | None = None, *, lock: bool = False
) -> Sequence[Matter]:
    """A taxpayer's matters that are not closed, of one kind or all, newest first; `lock` as above."""
    query = select(Matter).where(Matter.taxpayer_id == taxpayer_id, Matter.closed_at.is_(None))
    if kind is not None:
        query = query.where(Matter.kind == kind)
    query = query.order_by(Matter.id.desc())
    return session.scalars(_held(query) if lock else query).all()


def findings(session: Session, matter: Matter) -> dict[str, str]:
    """Step → finding, as they stand in the present round of a matter."""
    return dict(findings_of(done_steps(session, matter)))


def done_steps(session: Session, matter: Matter) -> list[Done]:
    """The steps of the office that stand in the present round of a matter, in the order they were done."""
    return standing(matter, written(session, matter.id))


def written(session: Session, matter_id: UUID) -> Sequence[MatterStep]:
    """Everything the office wrote down about a matter, oldest first."""
    return session.scalars(
        select(MatterStep).where(MatterStep.matter_id == matter_id).order_by(MatterStep.n)
    ).all()


def standing(matter: Matter, rows: Iterable[MatterStep]) -> list[Done]:
    """Of what was written about matters, the steps of this one that stand in its present round."""
    return [
        Done(row.done, row.finding, row.by_person_id, row.by_name)
        for row in rows
        if row.matter_id == matter.id and row.round == matter.round and row.done is not None
    ]


@dataclass(frozen=True)
class Waiting:
    """A matter the office works on, whose it is, and the steps that stand."""

    matter: Matter
    name: str
    done: Sequence[Done]


def waiting(session: Session, kinds: Collection[str], *, page: int = 1) -> list[Waiting]:
    """Open matters of these kinds, due first; one page and one more. Two statements, however many."""
    query = (
        select(Matter, Taxpayer.name)
        .join(Taxpayer, Taxpayer.id == Matter.taxpayer_id)
        .where(Matter.kind.in_(kinds), Matter.closed_at.is_(None))
        .order_by(Matter.due_on.is_(None), Matter.due_on, Matter.id)
    )
    found = session.execute(query.limit(PAGE + 1).offset((page - 1) * PAGE)).all()
    keys = [matter.id for matter, _ in found]
    rows = session.scalars(select(MatterStep).where(MatterStep.matter_id.in_(keys)).order_by(MatterStep.n))
    all_rows = rows.all()
    return [Waiting(matter, name, standing(matter, all_rows)) for matter, name in found]


def at_work(
    session: Session, kinds: Collection[str], matter_id: UUID, *, lock: bool = False
) -> Matter | None:
    """A matter of one of these kinds, closed or not; `lock` holds other writers off until the end."""
    query = select(Matter).where(Matter.id == matter_id, Matter.kind.in_(kinds))
    return session.scalars(_held(query) if lock else query).one_or_none()


def events_of(session: Session, matter_id: UUID) -> Sequence[MatterEvent]:
    """What happened to a matter, oldest first."""
    query = select(MatterEvent).where(MatterEvent.matter_id == matter_id).order_by(MatterEvent.n)
    return session.scalars(query).all()


def _held(query: Select[Matter]) -> Select[Matter]:
    """Hold the rows against other writers, and read them as they stand now."""
    return query.with_for_update().execution_options(populate_existing=True)


@dataclass(frozen=True)
class Usual:
    """What a step usually takes: mean minutes, at least one, of how many times it was done."""

    minutes: int
    times: int


def usual_steps(session: Session, kind: str, at: datetime) -> dict[str, Usual]:
    """By step of a kind of matter: what it took of late, where it was done often enough. One statement."""
    rows = (
        select(MatterStep.done, func.avg(MatterStep.seconds), func.count())
        .join(Matter, Matter.id == MatterStep.matter_id)
        .where(Matter.kind == kind, MatterStep.done.is_not(None), MatterStep.seconds.is_not(None))
        .where(MatterStep.at > at - STEPS_SINCE)
        .group_by(MatterStep.done)
        .having(func.count() >= FEWEST_STEPS)
    )
    return {
        code: Usual(max(1, round(float(mean) / 60)), times) for code, mean, times in session.execute(rows)
    }
