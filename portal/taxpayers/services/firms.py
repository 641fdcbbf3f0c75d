"""Firms as the market register has them: putting one on the portal's register, and applying what changes.

The change with the highest number wins, for a firm's record and for each fact about it; so changes may come
in any order and any number of times.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.core.crypto import Keyring
from portal.core.db import upsert
from portal.core.jobs import enqueue
from portal.core.keys import new_id
from portal.gateways.market import Change, FactRecord, FirmRecord, Unread
from portal.taxpayers.models import Firm, FirmFact, Taxpayer, TaxpayerDetail, TaxRegistration
from portal.taxpayers.queries import NUMBER, REPRESENTATIVE, VALUE, by_code, held_firm, history, in_force
from portal.taxpayers.rules import from_register
from portal.taxpayers.rules.firms import TaxStatus, credit_code
from portal.taxpayers.services.keeping import kept_of, lock_feed
from portal.taxpayers.services.people import record_detail


@dataclass(frozen=True)
class NewFirm:
    """A firm not yet added to any session: its taxpayer, its row, its first name, its taxes."""

    taxpayer: Taxpayer
    firm: Firm
    name: TaxpayerDetail
    taxes: tuple[TaxRegistration, ...]


def new_firm(keys: Keyring, record: FirmRecord, at: datetime) -> NewFirm:
    """What the record of a firm comes to in rows; also for bulk loading."""
    key, detail, number = new_id(), new_id(), credit_code(record.code)
    taxpayer = Taxpayer(
        id=key,
        kind=record.kind,
        name=record.name,
        number_kind=number.kind,
        number_country=None,
        number_sealed=keys.seal(number.number, NUMBER, key),
        number_index=keys.blind(number.key),
        opened_at=at,
    )
    firm = Firm(
        taxpayer_id=key,
        code=record.code,
        register_seq=record.seq,
        tax_status="normal",
        tax_status_since=record.established_on,
        tax_status_cause="",
    )
    _write_record(keys, firm, record)
    name = TaxpayerDetail(
        id=detail,
        taxpayer_id=key,
        kind="name",
        value_sealed=keys.seal(record.name, VALUE, detail),
        effective_from=record.changed_on,
        recorded_at=at,
        source="register",
    )
    return NewFirm(taxpayer, firm, name, tuple(_registrations(key, record)))


def register_firm(session: Session, keys: Keyring, record: FirmRecord, *, at: datetime) -> Firm:
    """The firm of a record, added if new, with everything the feed has said about it so far."""
    lock_feed(session)
    known = by_code(session, record.code)
    if known is not None:
        _apply_record(session, keys, known, record, at)
        return known
    made = new_firm(keys, record, at)
    session.add(made.taxpayer)
    session.flush()
    session.add_all([made.firm, made.name, *made.taxes])
    session.flush()
    for change in kept_of(session, keys, record.code):
        apply_event(session, keys, change, at=at)
    enqueue(session, "derive-obligations-of", {"taxpayer": str(made.firm.taxpayer_id)}, run_at=at)
    return made.firm


def apply_event(session: Session, keys: Keyring, change: Change, *, at: datetime) -> Firm | None:
    """Let a change have its effect; the firm it is about.

    None while the portal does not know the firm, and for what it cannot read.
    """
    firm = by_code(session, change.code)
    if firm is None or isinstance(change.about, Unread):
        return None
    if isinstance(change.about, FirmRecord):
        _apply_record(session, keys, firm, change.about, at)
    else:
        held_firm(session, firm.taxpayer_id)
        _apply_fact(session, firm.taxpayer_id, change.about)
    if firm.tax_status == TaxStatus.CLEARED:
        enqueue(session, "debt-after-clearance", {"taxpayer": str(firm.taxpayer_id)}, run_at=at)
    return firm


def _apply_record(session: Session, keys: Keyring, firm: Firm, record: FirmRecord, at: datetime) -> None:
    who = session.get_one(Taxpayer, firm.taxpayer_id)
    if record.seq > firm.register_seq:
        who.name, who.kind = record.name, record.kind
        firm.register_seq = record.seq
        _write_record(keys, firm, record)
        _replace_taxes(session, firm.taxpayer_id, record)
        session.flush()
    _date_names(session, keys, who, firm, record, at)


def _write_record(keys: Keyring, firm: Firm, record: FirmRecord) -> None:
    who = record.representative
    number = from_register(who.id_kind, who.id_number)
    firm.licence = record.licence
    firm.parent_code = record.parent_code
    firm.vat_payer = record.vat_payer
    firm.agent = record.agent
    firm.changed_on = record.changed_on
    firm.established_on = record.established_on
    firm.representative_name = who.name
    firm.representative_sealed = keys.seal(number.as_registered, REPRESENTATIVE, firm.taxpayer_id)
    firm.representative_index = keys.blind(number.key)


def _date_names(
    session: Session, keys: Keyring, who: Taxpayer, firm: Firm, record: FirmRecord, at: datetime
) -> None:
    """Make the dated names those of every record known; of two in force on a day the later speaks.

    A record that comes late says which name the firm bore then, and with it that a later one changed it.
    """
    said = {firm.register_seq: (firm.changed_on, who.name), record.seq: (record.changed_on, record.name)}
    for change in kept_of(session, keys, record.code):
        if isinstance(change.about, FirmRecord):
            said[change.seq] = (change.about.changed_on, change.about.name)
    written = [detail for detail in history(session, who.id, keys) if detail.kind == "name"]
    for day in sorted({since for since, _ in said.values()}):
        name = max((seq, name) for seq, (since, name) in said.items() if since <= day)[1]
        held = in_force(written, "name", day)
        if held is None or held.value != name:
            record_detail(session, keys, who.id, "name", name, effective_from=day, source="register", at=at)
            written = [detail for detail in history(session, who.id, keys) if detail.kind == "name"]


def _registrations(taxpayer_id: UUID, record: FirmRecord) -> list[TaxRegistration]:
    return [
        TaxRegistration(
            id=new_id(),
            taxpayer_id=taxpayer_id,
            tax=one.tax,
            period_kind=one.period_kind,
            from_on=one.from_on,
            to_on=one.to_on,
        )
        for one in record.taxes
    ]


def _replace_taxes(session: Session, taxpayer_id: UUID, record: FirmRecord) -> None:
    """Make the registrations those of the record: the same tax from the same day stays the same row."""
    mine = select(TaxRegistration).where(TaxRegistration.taxpayer_id == taxpayer_id)
    known = {(one.tax, one.from_on): one for one in session.scalars(mine)}
    for fresh in _registrations(taxpayer_id, record):
        stands = known.pop((fresh.tax, fresh.from_on), None)
        if stands is None:
            session.add(fresh)
        else:
            stands.period_kind, stands.to_on = fresh.period_kind, fresh.to_on
    for gone in known.values():
        session.delete(gone)


def _apply_fact(session: Session, taxpayer_id: UUID, fact: FactRecord) -> None:
    said = {
        "facts": dict(fact.facts),
        "source": fact.source,
        "secret": fact.secret,
        "since": fact.since,
        "until": fact.until,
        "seq": fact.seq,
    }
    row = {"id": new_id(), "taxpayer_id": taxpayer_id, "kind": fact.kind, "reference": fact.reference}
    session.execute(
        upsert(session, FirmFact)
        .values(**row, **said)
        .on_conflict_do_update(
            index_elements=["taxpayer_id", "kind", "reference"], set_=said, where=FirmFact.seq < fact.seq
        )
    )
