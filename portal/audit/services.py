"""Writing the trail, in the transaction of the act it records; and checking that nobody altered it."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.audit.models import AuditAnchor, AuditEntry, AuditHead
from portal.audit.rules import ACTS, START, chained
from portal.core.acting import Acting, Channel
from portal.core.db import upsert
from portal.core.keys import new_id

CHAINED = (
    "id", "taxpayer_id", "n", "at", "act", "actor_id", "actor_name", "actor_role", "channel",
    "mandate_id", "matter_id", "reason", "facts",
)  # fmt: skip


def record(
    session: Session,
    acting: Acting | None,
    act: str,
    *,
    at: datetime,
    taxpayer_id: UUID | None = None,
    matter_id: UUID | None = None,
    reason: str = "",
    facts: Mapping[str, Any] | None = None,
) -> AuditEntry:
    """Append one entry to a taxpayer's chain, inside the caller's transaction.

    `acting` is None when the system itself acts. `taxpayer_id` defaults to the taxpayer acted for; `facts`
    are plain JSON values without personal data beyond what the taxpayer may read. Raises KeyError for an act
    without words in `ACTS`.
    """
    ACTS[act]
    whose = taxpayer_id or (acting.taxpayer_id if acting else None)
    if whose is None:
        raise ValueError("an entry belongs to a taxpayer")
    head = _locked_head(session, whose)
    clerk = acting.clerk if acting else None
    entry = AuditEntry(
        id=new_id(),
        taxpayer_id=whose,
        n=head.n + 1,
        at=at,
        act=act,
        **_actor(acting),
        mandate_id=acting.mandate_id if acting else None,
        matter_id=matter_id,
        reason=reason or (clerk.purpose if clerk else ""),
        facts=_with_both(acting, facts),
    )
    entry.digest = chained(head.digest, _contents(entry))
    head.n, head.digest = entry.n, entry.digest
    session.add(entry)
    session.flush()
    return entry


def _actor(acting: Acting | None) -> dict[str, Any]:
    """Whose hands did it: on a taxpayer's pages a clerk's; the taxpayer's name is then in the facts."""
    if acting is None:
        return {"actor_id": None, "actor_name": "", "actor_role": "system", "channel": Channel.SYSTEM}
    if acting.clerk is not None:
        who = {"actor_id": acting.clerk.account_id, "actor_name": acting.clerk.name}
        return {**who, "actor_role": "staff", "channel": Channel.COUNTER}
    who = {"actor_id": acting.account_id, "actor_name": acting.person_name}
    return {**who, "actor_role": acting.role, "channel": acting.channel}


def _with_both(acting: Acting | None, facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """The facts; of an act for somebody else also for whom, of a clerk's also who was present and agreed to
    it: the trail keeps both names as they were."""
    known: dict[str, Any] = {}
    if acting and acting.mandate_id:
        known["for"] = acting.taxpayer_name
    if acting and acting.clerk:
        clerk = acting.clerk
        known |= {"present": acting.person_name, "assistance": str(clerk.assistance_id), **clerk.desk}
        known |= {"assent": str(clerk.assent_id)} if clerk.assent_id else {}
    return known | dict(facts or {})


def _locked_head(session: Session, taxpayer_id: UUID) -> AuditHead:
    head = session.get(AuditHead, taxpayer_id, with_for_update=True)
    if head is None:
        # Another transaction may write the first entry of this chain at the same moment.
        fresh = {"taxpayer_id": taxpayer_id, "n": 0, "digest": START}
        session.execute(upsert(session, AuditHead).values(**fresh).on_conflict_do_nothing())
        head = session.get_one(AuditHead, taxpayer_id, with_for_update=True)
    return head


def _contents(entry: AuditEntry) -> dict[str, object]:
    return {name: getattr(entry, name) for name in CHAINED}


def anchor(session: Session, day: date, at: datetime) -> AuditAnchor:
    """Fix the heads of all chains in one digest for `day`, once; the row is meant to be exported."""
    made = session.get(AuditAnchor, day)
    if made is not None:
        return made
    total, count = hashlib.sha256(), 0
    for head in session.scalars(select(AuditHead).order_by(AuditHead.taxpayer_id)):
        total.update(f"{head.taxpayer_id} {head.n} {head.digest}\n".encode())
        count += 1
    made = AuditAnchor(day=day, taxpayers=count, digest=total.hexdigest(), at=at)
    session.add(made)
    session.flush()
    return made


def verify(session: Session) -> list[str]:
    """Every broken place in every chain, in words for the operator; empty when the trail is whole."""
    wrong: list[str] = []
    heads = {head.taxpayer_id: head for head in session.scalars(select(AuditHead))}
    whose: UUID | None = None
    n, digest, broken = 0, START, False
    rows = select(AuditEntry).order_by(AuditEntry.taxpayer_id, AuditEntry.n).execution_options(yield_per=1000)
    for entry in session.scalars(rows):
        if entry.taxpayer_id != whose:
            wrong += _tail(heads, whose, n, digest, broken=broken)
            whose, n, digest, broken = entry.taxpayer_id, 0, START, False
        if not broken and (entry.n != n + 1 or entry.digest != chained(digest, _contents(entry))):
            wrong.append(f"entry {entry.n} of taxpayer {whose} ({entry.id}) is not what was written")
            broken = True
        n, digest = entry.n, entry.digest
    wrong += _tail(heads, whose, n, digest, broken=broken)
    wrong += [
        f"the chain of taxpayer {key} is gone; {head.n} entries were written" for key, head in heads.items()
    ]
    return wrong


def _tail(
    heads: dict[UUID, AuditHead], whose: UUID | None, n: int, digest: str, *, broken: bool
) -> list[str]:
    if whose is None:
        return []
    head = heads.pop(whose, None)
    if head is None:
        return [f"taxpayer {whose} has entries and no head"]
    if not broken and (head.n, head.digest) != (n, digest):
        return [f"the chain of taxpayer {whose} ends at entry {n}; entry {head.n} was written"]
    return []
