"""Printing what was issued to a taxpayer, for them, at the counter."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from portal.audit import services as audit
from portal.core.acting import Acting, Channel
from portal.counter.queries import Opened
from portal.counter.services.finding import at_the, stated
from portal.settings import Office


def note_printing(
    session: Session, acting: Acting, opened: Opened, number: str, *, office: Office, at: datetime
) -> None:
    """Put on the taxpayer's trail that a certificate of theirs is printed, and for what purpose."""
    because, words = stated(opened.opening)
    audit.record(
        session,
        replace(acting, channel=Channel.COUNTER),
        "certificate-printed",
        at=at,
        taxpayer_id=opened.who.id,
        matter_id=opened.opening.matter_id,
        reason=opened.opening.purpose,
        facts={
            "number": number,
            "opening": str(opened.opening.id),
            "because": because,
            "words": words,
            **(opened.opening.place or at_the(office)),
        },
    )
