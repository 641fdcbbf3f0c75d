"""Writing the trail, in the transaction of the act it records."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.models import AuditEntry, AuditHead
from portal.audit.rules import ACTS, CHAINED, START, chained
from portal.core.acting import Acting, Channel
from portal.core.db import upsert
from portal.core.keys import new_id


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
