"""Checks a paper by its code, or a file by its signature, with nothing but what is published.

Neither needs the database or the network; both can say only what was true when the published list was signed.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from portal.certificates.rules.code import PREFIX, Content, Unreadable, as_text, from_text, read
from portal.certificates.rules.state import Answer
from portal.gateways.signing import cose
from portal.gateways.signing.inspection import Finding, Inspector
from portal.gateways.signing.trust import Trust

_BY_FINDING = {
    Finding.VALID: Answer.VALID,
    Finding.ALTERED: Answer.ALTERED,
    Finding.FOREIGN: Answer.UNKNOWN,
    Finding.NOT_SIGNED: Answer.UNKNOWN,
    Finding.UNREADABLE: Answer.UNKNOWN,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer as of the published list; the number when it is known, the content when a code told it."""

    answer: Answer
    as_of: datetime
    number: str = ""
    content: Content | None = None

    def to_json(self) -> dict[str, Any]:
        """For programs: the answer, and everything the code told."""
        return {
            "answer": self.answer.value,
            "as_of": self.as_of.isoformat(),
            "number": self.number,
            "content": _plain(asdict(self.content)) if self.content else None,
        }


def verify_offline(given: str, trust_directory: Path) -> Verdict:
    """Check a PDF file, a text file with the text of a code, or that text itself.

    Raises `BadTrust` when the published folder cannot be trusted, OSError when the file cannot be read.
    """
    trust = Trust.load(trust_directory)
    if given.startswith(PREFIX):
        return check_code(given, trust)
    content = Path(given).read_bytes()
    if content.startswith(PREFIX.encode()):
        return check_code(content.decode("ascii", errors="replace"), trust)
    inspector = Inspector()
    try:
        return check_file(content, trust, inspector)
    finally:
        inspector.close()


def check_code(text: str, trust: Trust) -> Verdict:
    """Signature under one of our keys, the key's period, the list of withdrawals; in this order."""

    def public(kid: bytes) -> Ed25519PublicKey | None:
        key = trust.keys.get(kid.hex())
        return key.public if key else None

    if not text.lstrip().startswith(PREFIX):
        return Verdict(Answer.UNKNOWN, trust.issued_at)
    try:
        payload, kid = cose.verify(from_text(text), public)
        content = read(payload)
    except cose.ForeignCode:
        return Verdict(Answer.UNKNOWN, trust.issued_at)
    except (cose.BadCode, Unreadable):
        ours = _begins_as_ours(text.strip(), trust)
        return Verdict(Answer.ALTERED if ours else Answer.UNKNOWN, trust.issued_at)
    if not trust.keys[kid.hex()].covers(content.issued_on):
        return Verdict(Answer.UNKNOWN, trust.issued_at)
    return Verdict(_standing(content.number, trust), trust.issued_at, content.number, content)


def _begins_as_ours(text: str, trust: Trust) -> bool:
    """Whether a text that cannot be read begins as our codes do: then it was one, else it never was."""
    return any(text.startswith(as_text(cose.opening(bytes.fromhex(kid)))) for kid in trust.keys)


def check_file(pdf: bytes, trust: Trust, inspector: Inspector) -> Verdict:
    """The signature over the whole file under our root, then the list of withdrawals."""
    inspection = inspector.inspect(pdf, trust.root)
    if inspection.finding is not Finding.VALID:
        return Verdict(_BY_FINDING[inspection.finding], trust.issued_at)
    number = inspection.title.rpartition(" ")[2]
    return Verdict(_standing(number, trust), trust.issued_at, number)


def _plain(value: Any) -> Any:
    """JSON values: days in ISO form, digests in hexadecimal."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value


def _standing(number: str, trust: Trust) -> Answer:
    return Answer.WITHDRAWN if number in trust.withdrawn else Answer.VALID
