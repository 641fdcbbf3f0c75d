"""Acts that wait for a code: asking for one, asking again, and the check that counts every try."""

import hmac
import json
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.accounts.models import Confirmation
from portal.accounts.rules import codes as rules
from portal.accounts.services.messages import Message, post
from portal.core.crypto import Keyring
from portal.core.keys import digits, new_id
from portal.core.language import language

FACTS = "confirmations.facts"
"""Place to which the sealed facts are bound."""


class Outcome(Enum):
    """What a typed code turned out to be."""

    RIGHT = "right"
    WRONG = "wrong"
    VOID = "void"
    """Too many tries, too late, or the act is over: only a new code or a new start helps."""


@dataclass(frozen=True)
class Recipient:
    """Where codes of an act go, and in which language."""

    channel: str
    to: str
    language: str


def begin(
    session: Session,
    keys: Keyring,
    act: str,
    facts: dict[str, Any],
    recipient: Recipient,
    *,
    account_id: UUID | None = None,
    genuine: bool = True,
    at: datetime,
) -> Confirmation:
    """Keep what is to happen until the code comes back.

    Unless `genuine`, no code fits and none is sent, while everything takes the same steps. What the message
    says beside the code stands under "said" in the facts.
    """
    key = new_id()
    kept = json.dumps({**facts, "recipient": vars(recipient)})
    waiting = Confirmation(
        id=key,
        act=act,
        account_id=account_id,
        genuine=genuine,
        facts_sealed=keys.seal(kept, FACTS, key),
        created_at=at,
        until=at + rules.ACT_FOR[act],
        tries=0,
        codes_sent=0,
    )
    _new_code(session, keys, waiting, recipient, at)
    return waiting


def send_again(session: Session, keys: Keyring, waiting: Confirmation, *, at: datetime) -> bool:
    """A new code in place of the old one; False when no more are given for this act."""
    session.refresh(waiting, with_for_update=True)  # a right code or another press may have been faster
    if waiting.done_at is not None or waiting.codes_sent >= rules.MOST_CODES or at >= waiting.until:
        return False
    _new_code(session, keys, waiting, recipient_of(waiting, keys), at)
    return True


def _new_code(
    session: Session, keys: Keyring, waiting: Confirmation, recipient: Recipient, at: datetime
) -> None:
    code = digits(rules.DIGITS)
    waiting.code_hash = _code_hash(keys, waiting.id, code)
    waiting.code_until = min(at + rules.CODE_FOR, waiting.until)
    waiting.tries = 0
    waiting.codes_sent += 1
    session.add(waiting)
    session.flush()
    words = language(recipient.language)
    channel, to = _addressee(waiting, recipient)
    message = Message(
        channel=channel,
        to=to,
        subject=words.say(rules.SUBJECT),
        text=words.say(rules.MESSAGES[waiting.act], {**_opened(waiting, keys).get("said", {}), "code": code}),
        language=recipient.language,
    )
    post(session, keys, message, until=waiting.code_until, at=at)


def _addressee(waiting: Confirmation, recipient: Recipient) -> tuple[str, str]:
    """Whoever typed the contact; but where an account stands already its holder, once; else nobody."""
    if waiting.genuine:
        return recipient.channel, recipient.to
    if waiting.account_id is not None and waiting.codes_sent == 1:
        return "holder", str(waiting.account_id)
    return "nobody", ""


def facts_of(waiting: Confirmation, keys: Keyring) -> dict[str, Any]:
    """What was kept with an act, its recipient left out."""
    facts = _opened(waiting, keys)
    facts.pop("recipient")
    return facts


def recipient_of(waiting: Confirmation, keys: Keyring) -> Recipient:
    """Where the codes of an act go."""
    return Recipient(**_opened(waiting, keys)["recipient"])


def _opened(waiting: Confirmation, keys: Keyring) -> dict[str, Any]:
    assert waiting.facts_sealed is not None, "the act is over"
    facts: dict[str, Any] = json.loads(keys.open(waiting.facts_sealed, FACTS, waiting.id))
    return facts


def check(session: Session, keys: Keyring, waiting: Confirmation, code: str, *, at: datetime) -> Outcome:
    """Count this try, then compare: of many guesses at once, only the first `MOST_TRIES` are compared.

    The transaction must end well whatever the outcome, or the try would not count.
    """
    open_still = (
        Confirmation.id == waiting.id,
        Confirmation.done_at.is_(None),
        Confirmation.tries < rules.MOST_TRIES,
        Confirmation.code_until > at,
    )
    counted = session.execute(
        update(Confirmation)
        .where(*open_still)
        .values(tries=Confirmation.tries + 1)
        .returning(Confirmation.code_hash, Confirmation.genuine)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if counted is None:
        return Outcome.VOID
    same = hmac.compare_digest(counted.code_hash, _code_hash(keys, waiting.id, code))
    if not (same and counted.genuine):
        return Outcome.WRONG
    return Outcome.RIGHT


def finish(session: Session, waiting: Confirmation, *, at: datetime) -> None:
    """The act has taken effect: its code fits no more and what was typed is forgotten."""
    waiting.done_at = at
    waiting.facts_sealed = None
    session.flush()


def _code_hash(keys: Keyring, key: UUID, code: str) -> str:
    """Keyed: a million plain hashes would be tried in a second by whoever holds the table."""
    return keys.blind(f"code|{key}|{code}")
