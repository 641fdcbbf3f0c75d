"""What the counter does beside the rooms below it: opens files, and decides as each kind of matter wants."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.audit import services as audit
from portal.core.acting import Acting
from portal.counter.queries import READ
from portal.matters.models import Matter


def open_file(session: Session, acting: Acting, matter: Matter, purpose: str, *, at: datetime) -> None:
    """Note that this person looks at the taxpayer's file for this matter; the taxpayer reads it.

    The row is written before anything is shown, so a page that fails to be drawn was looked at all the same.
    """
    audit.record(
        session,
        acting,
        READ,
        at=at,
        taxpayer_id=matter.taxpayer_id,
        matter_id=matter.id,
        reason=f"{matter.number} {purpose}".strip(),
    )
