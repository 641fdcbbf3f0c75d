"""Mandates: proposed by a firm, answered by the holder, ended by either side, or made by the register."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from portal.accounts.models import Mandate
from portal.accounts.queries.mandates import own_mandate
from portal.accounts.rules.mandates import (
    ALREADY_ANSWERED,
    ALREADY_OPEN,
    MOST_RIGHTS,
    NOT_AN_AGENT,
    NOT_IN_FORCE,
    OPEN,
    ROLE_NAMES,
    THE_REGISTERS_ROLE,
    Giver,
    Proposal,
    Role,
    Side,
    Source,
    Standing,
    check_manager,
    check_proposal,
    standing,
)
from portal.audit import services as audit
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.notices import services as notices
from portal.taxpayers.models import Firm, Taxpayer
from portal.taxpayers.rules.firms import Licence


def propose(
    session: Session, acting: Acting, proposal: Proposal, holder: Taxpayer, *, at: datetime
) -> Mandate:
    """Offer somebody a mandate for the firm acted for. Raises `Refusal` for what may not be given."""
    acting.require_own_word()
    on = day_of(at)
    giver = _giver(session, acting, at)
    check_proposal(proposal, giver, holder.id, holder_is_firm=holder.kind != "person", on=on)
    _check_agent(session, proposal, holder)
    _end_expired(session, acting.taxpayer_id, holder.id, proposal.role, at)
    made = Mandate(
        id=new_id(),
        taxpayer_id=acting.taxpayer_id,
        holder_id=holder.id,
        role=proposal.role,
        rights=sorted(proposal.granted),
        from_on=proposal.from_on,
        to_on=proposal.to_on,
        source=Source.FIRM,
        proposed_at=at,
        proposed_by=acting.account_id,
    )
    if not _added(session, made):
        raise Refusal(ALREADY_OPEN)
    _record(session, acting, "mandate-proposed", made, at)
    _tell_holder(session, made, "mandate-proposed", at)
    return made


def propose_to_firm(
    session: Session, acting: Acting, proposal: Proposal, firm: Firm, *, at: datetime
) -> Mandate:
    """Offer a firm a mandate; the firm may be new here, so its representative can act for it from now on."""
    follow_representative(session, firm, at=at)
    return propose(session, acting, proposal, session.get_one(Taxpayer, firm.taxpayer_id), at=at)


def _giver(session: Session, acting: Acting, at: datetime) -> Giver:
    """Who proposes, by a mandate that holds until this proposal is written."""
    if acting.mandate_id is None:
        return Giver(acting, None)
    own = session.scalars(
        select(Mandate)
        .where(Mandate.id == acting.mandate_id)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    ).one()
    if standing(own, day_of(at)) is not Standing.IN_FORCE:
        raise Refusal(NOT_IN_FORCE)
    return Giver(acting, own.to_on)


def _check_agent(session: Session, proposal: Proposal, holder: Taxpayer) -> None:
    if proposal.role is not Role.AGENT:
        return
    firm = session.get_one(Firm, holder.id)
    if not firm.agent or firm.licence != Licence.ACTIVE:
        raise Refusal(NOT_AN_AGENT)


def _end_expired(session: Session, firm_id: UUID, holder_id: UUID, role: Role, at: datetime) -> None:
    """A mandate whose last day has passed makes room for a new one."""
    session.execute(
        update(Mandate)
        .where(
            Mandate.taxpayer_id == firm_id,
            Mandate.holder_id == holder_id,
            Mandate.role == role,
            Mandate.ended_at.is_(None),
            Mandate.to_on < day_of(at),
        )
        .values(ended_at=at, ended_by=Side.TERM)
    )


def _added(session: Session, made: Mandate) -> bool:
    """False where an open one of the same role stands, perhaps since a moment ago."""
    try:
        with session.begin_nested():
            session.add(made)
    except IntegrityError:
        return False
    return True


def accept(session: Session, acting: Acting, mandate_id: UUID, *, at: datetime) -> Mandate | None:
    """Take what was offered to the taxpayer acted for; None if there is no such proposal to them."""
    found = _answered(session, acting, mandate_id, at)
    if found is None:
        return None
    found.accepted_at, found.accepted_by = at, acting.account_id
    session.flush()
    _record(session, acting, "mandate-accepted", found, at)
    _tell_firm(session, found, "mandate-accepted", at)
    return found


def decline(session: Session, acting: Acting, mandate_id: UUID, *, at: datetime) -> Mandate | None:
    """Say no to what was offered; None if there is no such proposal to the taxpayer acted for."""
    found = _answered(session, acting, mandate_id, at)
    if found is None:
        return None
    _end(session, found, Side.HOLDER, at)
    _record(session, acting, "mandate-declined", found, at)
    _tell_firm(session, found, "mandate-declined", at)
    return found


def _answered(session: Session, acting: Acting, mandate_id: UUID, at: datetime) -> Mandate | None:
    """The proposal to be answered now, locked: of two answers at once the second is refused."""
    acting.require_own_word()
    found = own_mandate(session, mandate_id, acting.taxpayer_id, lock=True)
    if found is None or found.holder_id != acting.taxpayer_id:
        return None
    check_manager(acting)
    if standing(found, day_of(at)) is not Standing.PROPOSED:
        raise Refusal(ALREADY_ANSWERED)
    return found


def end(session: Session, acting: Acting, mandate_id: UUID, *, at: datetime) -> Mandate | None:
    """End a mandate at once, as the firm or as the holder; None if the taxpayer acted for is neither."""
    acting.require_own_word()
    found = own_mandate(session, mandate_id, acting.taxpayer_id, lock=True)
    if found is None:
        return None
    check_manager(acting)
    if found.source == Source.REGISTER:
        raise Refusal(THE_REGISTERS_ROLE)
    if standing(found, day_of(at)) not in OPEN:
        raise Refusal(ALREADY_ANSWERED)
    by_firm = found.taxpayer_id == acting.taxpayer_id
    _end(session, found, Side.FIRM if by_firm else Side.HOLDER, at)
    _record(session, acting, "mandate-ended", found, at)
    if by_firm:
        _tell_holder(session, found, "mandate-ended-by-firm", at)
    else:
        _tell_firm(session, found, "mandate-ended-by-holder", at)
    return found


def follow_representative(session: Session, firm: Firm, *, at: datetime) -> None:
    """Let the representative's mandate follow the register: who left loses it, who came has it, at once.

    Who came must be known to this portal by their number; others get it when they join the firm. Does nothing
    when nothing changed.
    """
    session.flush()
    session.execute(select(Firm.taxpayer_id).where(Firm.taxpayer_id == firm.taxpayer_id).with_for_update())
    present = session.scalar(select(Taxpayer).where(Taxpayer.number_index == firm.representative_index))
    kept = False
    for mandate in _representatives(session, firm.taxpayer_id):
        if present is not None and mandate.holder_id == present.id:
            kept = True
            continue
        _end(session, mandate, Side.REGISTER, at)
        _record(session, None, "mandate-ended", mandate, at)
        _tell_holder(session, mandate, "representative-left", at)
    if present is not None and not kept:
        _appoint(session, firm, present, at)


def _representatives(session: Session, firm_id: UUID) -> list[Mandate]:
    open_ones = select(Mandate).where(
        Mandate.taxpayer_id == firm_id, Mandate.source == Source.REGISTER, Mandate.ended_at.is_(None)
    )
    return [*session.scalars(open_ones.with_for_update().execution_options(populate_existing=True))]


def _appoint(session: Session, firm: Firm, present: Taxpayer, at: datetime) -> None:
    made = Mandate(
        id=new_id(),
        taxpayer_id=firm.taxpayer_id,
        holder_id=present.id,
        role=Role.REPRESENTATIVE,
        rights=sorted(MOST_RIGHTS[Role.REPRESENTATIVE]),
        from_on=day_of(at),
        to_on=None,
        source=Source.REGISTER,
        proposed_at=at,
        accepted_at=at,
    )
    session.add(made)
    session.flush()
    _record(session, None, "representative-appointed", made, at)
    _tell_holder(session, made, "representative-now", at)
    _tell_firm(session, made, "representative-changed", at)


def _end(session: Session, mandate: Mandate, by: Side, at: datetime) -> None:
    mandate.ended_at, mandate.ended_by = at, by
    session.flush()


def _record(session: Session, acting: Acting | None, act: str, mandate: Mandate, at: datetime) -> None:
    """On the firm's trail, with both names."""
    firm, holder = _names(session, mandate)
    facts = {
        "mandate": str(mandate.id),
        "firm": firm,
        "holder": holder,
        "role": mandate.role,
        "rights": mandate.rights,
        "from": mandate.from_on.isoformat(),
        "to": mandate.to_on.isoformat() if mandate.to_on else None,
    }
    reason = f"{holder}（{ROLE_NAMES[Role(mandate.role)]}）"
    audit.record(session, acting, act, taxpayer_id=mandate.taxpayer_id, reason=reason, facts=facts, at=at)


def _tell_holder(session: Session, mandate: Mandate, kind: str, at: datetime) -> None:
    firm, _ = _names(session, mandate)
    facts = {"firm": firm, "role": ROLE_NAMES[Role(mandate.role)], "moment": at.isoformat()}
    notices.tell(session, mandate.holder_id, kind, facts, at=at)


def _tell_firm(session: Session, mandate: Mandate, kind: str, at: datetime) -> None:
    _, holder = _names(session, mandate)
    facts = {"who": holder, "role": ROLE_NAMES[Role(mandate.role)], "moment": at.isoformat()}
    notices.tell(session, mandate.taxpayer_id, kind, facts, at=at)


def _names(session: Session, mandate: Mandate) -> tuple[str, str]:
    """Of the firm and of the holder."""
    return (
        session.get_one(Taxpayer, mandate.taxpayer_id).name,
        session.get_one(Taxpayer, mandate.holder_id).name,
    )
