"""Noting how well a person is known."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.models import Account, IdentityProof
from portal.audit import services as audit
from portal.core.acting import Acting, Level


def prove(session: Session, whose: Account, level: Level, method: str, *, at: datetime) -> None:
    """Note that from now on the person is known at `level`, by `method`. Unchanged levels are noted once.

    Methods: register-mobile (name, number and mobile matched with the register), mobile-code (only the code
    came back), in-person.
    """
    known = queries.proofs(session, whose.id)
    if known and (known[0].level, known[0].method) == (level, method):
        return
    by = "register" if method == "register-mobile" else "portal"
    session.add(IdentityProof(account_id=whose.id, level=int(level), method=method, at=at, by=by))
    session.flush()
    if level >= Level.PROVEN:
        audit.record(session, None, "identity-proven", taxpayer_id=whose.person_id, at=at)


def prove_in_person(
    session: Session, whose: Account, seen_by: Mapping[UUID, str], acting: Acting, *, at: datetime
) -> None:
    """Note that two members of staff, person and name, saw the person and the document.

    Raises ValueError for fewer than two: who may look is for the matter to say.
    """
    if len(seen_by) < TWO:
        raise ValueError("an identity is proven in person by two people")
    by, level = "、".join(seen_by.values()), int(Level.IN_PERSON)
    session.add(IdentityProof(account_id=whose.id, level=level, method="in-person", at=at, by=by))
    session.flush()
    audit.record(session, acting, "identity-proven", taxpayer_id=whose.person_id, at=at, facts={"by": by})


TWO = 2
