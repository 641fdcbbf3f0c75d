"""What leaves by phone and mail: codes, sealed until they are sent, and notices to a taxpayer's contacts."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.models import DirectMessage
from portal.audit import services as audit
from portal.core import clock
from portal.core.crypto import Keyring
from portal.core.db import Database
from portal.core.jobs import enqueue
from portal.core.keys import new_id
from portal.core.language import language as speaking
from portal.notices import services as notices
from portal.notices.models import Notice
from portal.notices.queries import channels_done
from portal.notices.rules import KINDS, words_of

if TYPE_CHECKING:
    from portal.gateways import Gateways
    from portal.settings import Office, Settings

CONTENT = "direct_messages.content"
"""Place to which the sealed content is bound."""


@dataclass(frozen=True)
class Message:
    """One message.

    Channels: sms and mail; holder, to the owner of the account `to`; nobody, where the same work is done as
    for the others, so that no clock tells the difference.
    """

    channel: str
    to: str
    subject: str
    text: str
    language: str


def post(
    session: Session, keys: Keyring, message: Message, *, until: datetime, at: datetime
) -> DirectMessage:
    """Ask for one message; unsent by `until`, it is not sent at all."""
    key = new_id()
    sealed = keys.seal(json.dumps(vars(message)), CONTENT, key)
    kept = DirectMessage(id=key, content_sealed=sealed, created_at=at, until=until)
    session.add(kept)
    session.flush()
    enqueue(session, "send-message", {"message": str(key)}, run_at=at, dedupe=f"message:{key}")
    return kept


def send_message(
    database: Database, gateways: "Gateways", settings: "Settings", payload: dict[str, Any]
) -> None:
    """Job: send one message and empty it. Doing it twice sends it once: the reference is the same."""
    key = UUID(payload["message"])
    with database.reading() as session:
        kept = session.get_one(DirectMessage, key)
        sealed, in_time = kept.content_sealed, clock.now() < kept.until
    if sealed is None:
        return
    message = Message(**json.loads(settings.keyring.open(sealed, CONTENT, key)))
    if in_time and message.channel in {"sms", "mail"}:
        signature = _signature(settings.office, message.language) if message.channel == "sms" else ""
        text = signature + message.text
        _send(gateways, message.channel, message.to, message.subject, text, f"message-{key}")
    with database.transaction() as session:
        kept = session.get_one(DirectMessage, key, with_for_update=True)
        if kept.content_sealed is not None and message.channel == "holder":
            _tell_holder(session, UUID(message.to), kept.created_at)
        kept.content_sealed = None
        kept.sent_at = clock.now() if in_time else None


def _tell_holder(session: Session, account_id: UUID, at: datetime) -> None:
    """Somebody tried to open an account where this one stands."""
    person = queries.account(session, account_id).person_id
    notices.tell(session, person, "open-again", {"moment": at.isoformat()}, at=clock.now())
    audit.record(session, None, "identity-registered-again", taxpayer_id=person, at=clock.now())


def deliver_notice(
    database: Database, gateways: "Gateways", settings: "Settings", payload: dict[str, Any]
) -> None:
    """Job: carry a notice from the inbox to the taxpayer's contacts, by each channel once.

    What the law wants told goes to the phone and to a confirmed mail address, other news to the address only.
    """
    with database.reading() as session:
        notice = session.get_one(Notice, UUID(payload["notice"]))
        session.expunge(notice)
        found = queries.contact_of(session, notice.taxpayer_id, settings.keyring)
        done = channels_done(session, notice.id)
    if found is None:
        return
    title, body = words_of(notice.kind, notice.facts, speaking(found.language).say, found.language)
    wanted = {"mail": found.email, "sms": found.mobile if KINDS[notice.kind].statutory else ""}
    for channel, to in wanted.items():
        if not to or channel in done:
            continue
        text = f"{_signature(settings.office, found.language)}{body}" if channel == "sms" else f"{body}\n"
        _send(gateways, channel, to, title, text, f"notice-{notice.id}")
        with database.transaction() as session:
            notices.delivered(session, notice, channel, clock.now())


def _signature(office: "Office", code: str) -> str:
    return f"[{office.service_en}] " if code == "en" else f"【{office.service_zh}】"


def _send(gateways: "Gateways", channel: str, to: str, subject: str, text: str, reference: str) -> None:
    if channel == "sms":
        gateways.sms.send(to, text, reference)
    else:
        gateways.mail.send(to, subject, text, reference)
