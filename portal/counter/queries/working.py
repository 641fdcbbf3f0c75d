"""The file behind a matter, and whether it was opened lately."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from portal.audit.models import AuditEntry
from portal.audit.rules import FILE_READ
from portal.core.acting import Acting
from portal.filing.models import FiledReturn
from portal.filing.queries import own_return
from portal.matters.models import Matter
from portal.taxpayers.models import Taxpayer

READ = FILE_READ


@dataclass(frozen=True)
class File:
    """A matter and whose it is; `opened`: the person who asks opened it since the instant asked for."""

    matter: Matter
    who: Taxpayer
    opened: bool


def file(
    session: Session, acting: Acting, kinds: Collection[str], matter_id: UUID, since: datetime
) -> File | None:
    """The file behind a matter of one of these kinds. One statement."""
    read = exists().where(
        AuditEntry.taxpayer_id == Matter.taxpayer_id,
        AuditEntry.at > since,
        AuditEntry.act == READ,
        AuditEntry.actor_id == acting.account_id,
        AuditEntry.matter_id == Matter.id,
    )
    found = session.execute(
        select(Matter, Taxpayer, read.label("opened"))
        .join(Taxpayer, Taxpayer.id == Matter.taxpayer_id)
        .where(Matter.id == matter_id, Matter.kind.in_(kinds))
    ).one_or_none()
    return File(found[0], found[1], found[2]) if found else None


def return_behind(session: Session, matter: Matter) -> FiledReturn | None:
    """The return a matter is about, if it is about one."""
    return own_return(session, matter.taxpayer_id, matter.subject_id)
