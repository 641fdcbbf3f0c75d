"""What is done with a matter: opened for a purpose, held, decided as its kind wants."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal import settings
from portal.audit import services as audit
from portal.billing import services as billing
from portal.core.acting import Acting
from portal.counter.queries import READ, guarded, opened
from portal.counter.rules import FOR_A_MATTER, IDENTITY_PROOF
from portal.counter.services.finding import Purpose, at_the, desk_of
from portal.counter.services.guarding import open_or_ask
from portal.counter.services.proving import prove
from portal.deregistration import services as clearing
from portal.deregistration.queries import own_clearance
from portal.deregistration.services import Office
from portal.matters import services as work
from portal.matters.models import Matter
from portal.matters.queries import at_work
from portal.taxpayers.queries import held_firm


def open_file(
    session: Session, acting: Acting, matter: Matter, purpose: str, *, office: settings.Office, at: datetime
) -> bool:
    """Note that this person looks at the taxpayer's file for this matter; the taxpayer reads it.

    False where the file is guarded and nobody has let them in: a colleague is asked, and nothing is shown.
    The row is written before anything is shown, so a page that fails to be drawn was looked at all the same.
    """
    whose = matter.taxpayer_id
    if guarded(session, [whose]) and opened(session, acting, whose, at) is None:
        open_or_ask(session, acting, whose, Purpose(FOR_A_MATTER, purpose, matter), at=at)
        return False
    audit.record(
        session,
        acting,
        READ,
        at=at,
        taxpayer_id=matter.taxpayer_id,
        matter_id=matter.id,
        reason=f"{matter.number} {purpose}".strip(),
        facts=desk_of(session, acting.account_id, at) or at_the(office),
    )
    return True


def held(session: Session, kinds: Collection[str], matter_id: UUID) -> Matter | None:
    """A matter of these kinds, held until the end; before it the firm, and the money of a refund."""
    seen = at_work(session, kinds, matter_id)
    if seen is None:
        return None
    held_firm(session, seen.taxpayer_id)
    if seen.kind == billing.REFUND:
        billing.at_rest(session, seen.taxpayer_id)
    return at_work(session, kinds, matter_id, lock=True)


def decide(
    session: Session, office: Office, acting: Acting, matter: Matter, to: str, why: str, *, at: datetime
) -> None:
    """Bring a matter to a state. A firm is cleared or refused by the room that clears; it looks once more.

    The money of a refund that is approved sets out in the same transaction, and whoever was found to be who
    they say is known so from then on.
    """
    clearance = own_clearance(session, matter.taxpayer_id, matter.subject_id, lock=True)
    if clearance is None:
        work.decide(session, acting, matter, to, why, at=at)
        if (matter.kind, to) == (IDENTITY_PROOF, "proven"):
            prove(session, acting, matter, at)
        if (matter.kind, to) == (billing.REFUND, billing.APPROVED):
            billing.pay_out(session, matter, by=acting, at=at)
        return
    work.begin_decision(session, acting, matter, to, why, at=at)
    if to == "cleared":
        clearing.clear(session, office, clearance, by=acting, at=at)
    else:
        clearing.refuse(session, clearance, why, by=acting, at=at)
    work.end_decision(session, acting, matter, to, at=at)
