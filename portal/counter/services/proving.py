"""Seeing a person and their document: the matter of two members of staff, and what comes of it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts.queries import of_person
from portal.accounts.services.proving import prove_in_person
from portal.core.acting import Acting, Level
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.counter.rules import IDENTITY_PROOF, NO_ACCOUNT, SEEN_ALREADY
from portal.counter.services.finding import refuse_own
from portal.matters import services as work
from portal.matters.models import Matter
from portal.matters.queries import done_steps, running


def begin_proof(session: Session, acting: Acting, taxpayer_id: UUID, *, at: datetime) -> Matter:
    """Open the matter in which two members of staff see a person and the document; one at a time.

    Refuses one's own, a firm, whoever has no account, and whoever was seen before.
    """
    refuse_own(session, acting, taxpayer_id, at)
    found = of_person(session, taxpayer_id)
    if found is None:
        raise Refusal(NO_ACCOUNT)
    account, level = found
    session.refresh(account, with_for_update=True)
    if level >= Level.IN_PERSON:
        raise Refusal(SEEN_ALREADY)
    under_way = running(session, taxpayer_id, IDENTITY_PROOF)
    if under_way:
        return under_way[0]
    return work.open_matter(session, acting, IDENTITY_PROOF, taxpayer_id, new_id(), at=at)


def prove(session: Session, acting: Acting, matter: Matter, at: datetime) -> None:
    """Raise the level of the person whose identity two people found sound."""
    found = of_person(session, matter.taxpayer_id)
    if found is None:
        raise Refusal(NO_ACCOUNT)
    seen_by = {one.person_id: one.name for one in done_steps(session, matter)}
    prove_in_person(session, found[0], seen_by, acting, at=at)
