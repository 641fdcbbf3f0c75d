"""What was typed into a form whose session was over, kept in the page itself until its author is back.

Nothing is stored: the content travels sealed in the sign-in page, opens only for the account that opened the
form, and only for an hour.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from cryptography.exceptions import InvalidTag

from portal.core.crypto import Keyring

PLACE = "form.kept"
GOOD_FOR = timedelta(hours=1)
LARGEST = 64 * 1024
"""Bytes of what was typed; more is not kept."""


@dataclass(frozen=True)
class Kept:
    """One form as it was posted: to which page, opened for whom, its answers in order, good until when."""

    path: str
    opened_for: str
    """Key of the taxpayer the form names; nothing where it names none."""
    answers: list[list[str]]
    """Name and value of each."""
    without: list[str]
    """What was posted and not kept: `secrets`, `files`."""
    until: str


def author(keys: Keyring, account_id: UUID) -> UUID:
    """A stand-in for an account, for a browser to remember: it names nobody to whoever finds it there."""
    return UUID(hex=keys.blind(f"{PLACE}|{account_id}")[:32])


def gather(
    path: str,
    opened_for: str,
    posted: Iterable[tuple[str, str]],
    secrets: frozenset[str],
    *,
    files: bool,
    at: datetime,
) -> Kept | None:
    """What of a posted form may be kept; None if nothing is left."""
    everything = list(posted)
    answers = [[name, value] for name, value in everything if name not in secrets]
    if not answers:
        return None
    left_out = {"secrets": len(answers) < len(everything), "files": files}
    without = [what for what, is_so in left_out.items() if is_so]
    return Kept(path, opened_for, answers, without, (at + GOOD_FOR).isoformat())


def seal(keys: Keyring, kept: Kept, whose: UUID) -> str | None:
    """The content as text for a hidden field, for this author alone; None if it is too large."""
    text = json.dumps(asdict(kept), ensure_ascii=False)
    if len(text.encode()) > LARGEST:
        return None
    return urlsafe_b64encode(keys.seal(text, PLACE, whose)).decode()


def unseal(keys: Keyring, sealed: str, whose: UUID, at: datetime) -> Kept | None:
    """The content, if this author's form was sealed here within the hour; else None, whatever came."""
    try:
        facts: Mapping[str, object] = json.loads(keys.open(urlsafe_b64decode(sealed), PLACE, whose))
    except (InvalidTag, NotBase64, IndexError, KeyError, ValueError):
        return None
    kept = Kept(**facts)  # type: ignore[arg-type]  # sealed by `seal`, nobody else has the key
    return kept if at < datetime.fromisoformat(kept.until) else None
