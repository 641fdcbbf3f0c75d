"""The day's anchor: which chain ended where, fixed in a digest that is carried out of the house."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import and_, func, insert, or_, select
from sqlalchemy.orm import Session

from portal.audit.models import AnchoredHead, AuditAnchor, AuditEntry, AuditHead
from portal.audit.rules import START
from portal.audit.services.as_stored import Stored, rows


def anchor(session: Session, day: date, at: datetime) -> AuditAnchor:
    """Fix for `day`, once, the end of every chain that grew since the last anchor; the row is to be exported.

    The heads themselves are kept, since none can be found again by time: an entry bears the instant of its
    act and may be committed after an anchor that is later. Each digest covers the one before it.
    """
    made = session.get(AuditAnchor, day)
    if made is not None:
        return made
    grown = _grown(session)
    fresh = [{"day": day, "taxpayer_id": one.taxpayer_id, "n": one.n, "digest": one.digest} for one in grown]
    if fresh:
        session.execute(insert(AnchoredHead), fresh)
    count = session.scalars(select(func.count()).select_from(AuditHead)).one()
    latest = select(AuditAnchor.digest).order_by(AuditAnchor.day.desc()).limit(1)
    made = AuditAnchor(day=day, taxpayers=count, at=at)
    made.digest = _digest(session.scalar(latest) or START, {"day": day, "taxpayers": count, "at": at}, fresh)
    session.add(made)
    session.flush()
    return made


def _grown(session: Session) -> Sequence[AuditHead]:
    one = AnchoredHead
    known = select(one.taxpayer_id, func.max(one.n).label("n")).group_by(one.taxpayer_id).subquery()
    query = select(AuditHead).outerjoin(known, known.c.taxpayer_id == AuditHead.taxpayer_id)
    query = query.where(or_(known.c.n.is_(None), AuditHead.n > known.c.n))
    return session.scalars(query.order_by(AuditHead.taxpayer_id)).all()


def _digest(
    previous: str, made: Stored | Mapping[str, Any], heads: Iterable[Stored | Mapping[str, Any]]
) -> str:
    at = made["at"].astimezone(UTC).isoformat() if isinstance(made["at"], datetime) else made["at"]
    total = hashlib.sha256(f"{previous}\n{made['day']} {made['taxpayers']} {at}\n".encode())
    for head in heads:
        total.update(f"{head['taxpayer_id']} {head['n']} {head['digest']}\n".encode())
    return total.hexdigest()


def broken_anchors(session: Session) -> list[str]:
    """Anchors that are not what was fixed, and entries that stood when one was made and do not any more."""
    return _altered(session) + _cut(session)


def _altered(session: Session) -> list[str]:
    of: dict[Any, list[Stored]] = {}
    one = AnchoredHead
    for head in rows(session, one, lambda query: query.order_by(one.day, one.taxpayer_id)):
        of.setdefault(head["day"], []).append(head)
    wrong, previous = [], START
    for made in rows(session, AuditAnchor, lambda query: query.order_by(AuditAnchor.day)):
        heads = of.pop(made["day"], [])
        sound = made.sound and all(head.sound for head in heads)
        if not sound or made["digest"] != _digest(previous, made, heads):
            wrong.append(f"the anchor of {made['day']} is not what was fixed")
        previous = made["digest"]
    return wrong + [f"the anchor of {day} is gone; its heads are there" for day in of]


def _cut(session: Session) -> list[str]:
    one = AnchoredHead
    same = and_(AuditEntry.taxpayer_id == one.taxpayer_id, AuditEntry.n == one.n)
    lost = or_(AuditEntry.id.is_(None), AuditEntry.digest != one.digest)
    found = rows(session, one, lambda query: query.outerjoin(AuditEntry, same).where(lost))
    return [
        f"entry {head['n']} of taxpayer {head['taxpayer_id']} is not what stood there at the anchor"
        f" of {head['day']}"
        for head in found
    ]


def exported(session: Session) -> list[dict[str, Any]]:
    """Every anchor, oldest first, in plain values to be kept where the owner of the database cannot write."""
    return [
        {
            name: str(value) if isinstance(value, datetime | date) else value
            for name, value in one.values.items()
        }
        for one in rows(session, AuditAnchor, lambda query: query.order_by(AuditAnchor.day))
    ]


def differs_from(session: Session, kept: Sequence[Mapping[str, Any]]) -> list[str]:
    """What of the anchors is not what was exported before; later ones may have come since."""
    here = {one["day"]: one for one in exported(session)}
    return [
        f"the anchor of {one.get('day')} is not what was exported"
        if one.get("day") in here
        else f"the anchor of {one.get('day')} was exported and is gone"
        for one in kept
        if here.get(str(one.get("day"))) != one
    ]
