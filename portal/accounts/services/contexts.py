"""For whom a session acts: joining as legal representative, switching, falling back when a mandate ends."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.models import AccountSession
from portal.accounts.queries.mandates import contexts
from portal.accounts.rules.mandates import NOT_IN_FORCE, NOT_THE_REPRESENTATIVE
from portal.accounts.services import sessions
from portal.accounts.services.mandates import follow_representative
from portal.audit import services as audit
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.refusal import Refusal
from portal.gateways.market import FirmRecord
from portal.taxpayers.models import Firm, Taxpayer
from portal.taxpayers.rules import from_register
from portal.taxpayers.services import register_firm


def represents(session: Session, keys: Keyring, acting: Acting, record: FirmRecord | None) -> bool:
    """Whether the acting person is whom a record names as the firm's representative."""
    if record is None:
        return False
    number = from_register(record.representative.id_kind, record.representative.id_number)
    return keys.blind(number.key) == session.get_one(Taxpayer, acting.person_id).number_index


def join(session: Session, keys: Keyring, acting: Acting, record: FirmRecord | None, *, at: datetime) -> Firm:
    """Put the firm of a record on the portal's register, by its representative, who may act for it at once.

    Raises `Refusal` for everybody else, in the same words whoever represents the firm, or if there is none.
    """
    if record is None or not represents(session, keys, acting, record):
        raise Refusal(NOT_THE_REPRESENTATIVE)
    firm = register_firm(session, keys, record, at=at)
    follow_representative(session, firm, at=at)
    if not contexts(session, acting.person_id, day_of(at), taxpayer_id=firm.taxpayer_id):
        raise Refusal(NOT_THE_REPRESENTATIVE)  # a later change, known here already, names somebody else
    facts = {"person": acting.person_name, "firm": record.name}
    audit.record(session, acting, "firm-joined", taxpayer_id=firm.taxpayer_id, facts=facts, at=at)
    return firm


def switch(session: Session, acting: Acting, mandate_id: UUID | None, *, at: datetime) -> str:
    """Act by this mandate from now on, or for oneself; the session's new token.

    Raises `Refusal` unless the mandate is in force for the person, now.
    """
    mine = session.get_one(AccountSession, acting.session_id, with_for_update=True)
    if mine.mandate_id != mandate_id:
        found = contexts(session, acting.person_id, day_of(at), mandate_id=mandate_id) if mandate_id else []
        if mandate_id is not None and not found:
            raise Refusal(NOT_IN_FORCE)
        _leave(session, acting, mine, at)
        if found:
            mine.taxpayer_id, mine.mandate_id = found[0].taxpayer_id, mandate_id
            session.flush()
            now = queries.acting_in(session, mine.id, on=day_of(at))
            audit.record(session, now, "acting-began", facts=_both(now), at=at)
    return sessions.renew(session, mine.id)


def fall_back(session: Session, acting: Acting, *, at: datetime) -> None:
    """Act for oneself again, as the mandate acted by holds no more; once, however often it is asked."""
    mine = session.get_one(AccountSession, acting.session_id, with_for_update=True)
    if mine.mandate_id == acting.lost:
        _leave(session, acting, mine, at)


def _leave(session: Session, acting: Acting, mine: AccountSession, at: datetime) -> None:
    if mine.mandate_id is None:
        return
    firm_id, mandate_id = mine.taxpayer_id, mine.mandate_id
    mine.taxpayer_id, mine.mandate_id = acting.person_id, None
    session.flush()
    facts = {"mandate": str(mandate_id), "person": acting.person_name}
    audit.record(session, acting, "acting-ended", taxpayer_id=firm_id, facts=facts, at=at)


def _both(acting: Acting) -> dict[str, str]:
    return {"person": acting.person_name, "firm": acting.taxpayer_name, "role": acting.office}
