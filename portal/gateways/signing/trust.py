"""What anyone may have, to check our certificates without us: the root, our keys, what was withdrawn.

The published folder holds `root.pem` and `keys.json`. The second is one signed file: its list is signed by
the document key, whose certificate (in the file) leads to the root, so that the root alone need be trusted.
"""

import base64
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

ROOT = "root.pem"
LIST = "keys.json"


class BadTrust(Exception):
    """The published folder is incomplete, or its list is not signed under its root."""


@dataclass(frozen=True, slots=True)
class CodeKey:
    """A public key under which codes on paper were signed, and the days on which it was in use."""

    kid: str
    public: Ed25519PublicKey
    since: date
    until: date | None

    def covers(self, day: date) -> bool:
        """Whether a code dated `day` may bear this key's signature."""
        return self.since <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Trust:
    """The published folder, checked."""

    root: x509.Certificate
    keys: Mapping[str, CodeKey]
    withdrawn: Mapping[str, date]
    """Certificate numbers withdrawn, with the day."""
    issued_at: datetime
    """When the list was signed: an offline answer is good as of then."""

    @classmethod
    def load(cls, directory: Path) -> "Trust":
        """Read and check `root.pem` and `keys.json`. Raises `BadTrust`."""
        try:
            root = x509.load_pem_x509_certificate((directory / ROOT).read_bytes())
            return cls.parse((directory / LIST).read_bytes(), root)
        except (OSError, ValueError, KeyError, TypeError) as failure:
            raise BadTrust(f"{directory}: {failure}") from failure

    @classmethod
    def parse(cls, signed: bytes, root: x509.Certificate) -> "Trust":
        """The list of a signed file. Raises `BadTrust`, or ValueError, KeyError or TypeError for nonsense."""
        envelope = json.loads(signed)
        text = envelope["list"].encode()
        signer = x509.load_der_x509_certificate(base64.b64decode(envelope["certificate"]))
        _check_signature(text, base64.b64decode(envelope["signature"]), signer, root)
        content = json.loads(text)
        issued_at = datetime.fromisoformat(content["issued_at"])
        _check_period(signer, issued_at)
        return cls(
            root=root,
            keys={entry["kid"]: _key(entry) for entry in content["keys"]},
            withdrawn={number: date.fromisoformat(day) for number, day in content["withdrawn"].items()},
            issued_at=issued_at,
        )


def sign_list(
    keys: Sequence[CodeKey],
    withdrawn: Mapping[str, date],
    at: datetime,
    key: EllipticCurvePrivateKey,
    certificate: x509.Certificate,
) -> bytes:
    """The signed file of keys and withdrawals, as of the instant `at`."""
    content = {
        "issued_at": at.astimezone(UTC).isoformat(timespec="seconds"),
        "keys": [_entry(each) for each in sorted(keys, key=lambda each: (each.since, each.kid))],
        "withdrawn": {number: day.isoformat() for number, day in sorted(withdrawn.items())},
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    envelope = {
        "list": text,
        "certificate": base64.b64encode(certificate.public_bytes(Encoding.DER)).decode(),
        "signature": base64.b64encode(key.sign(text.encode(), ECDSA(SHA256()))).decode(),
    }
    return json.dumps(envelope, ensure_ascii=False, indent=1).encode()


def publish(directory: Path, signed: bytes) -> None:
    """Put a new list in place of the old one, whole or not at all."""
    waiting = directory / f"{LIST}.{os.getpid()}"
    waiting.write_bytes(signed)
    waiting.replace(directory / LIST)


def _check_signature(text: bytes, signature: bytes, signer: x509.Certificate, root: x509.Certificate) -> None:
    public = signer.public_key()
    if not isinstance(public, EllipticCurvePublicKey):
        raise BadTrust("the list is signed with another kind of key")
    try:
        signer.verify_directly_issued_by(root)
        public.verify(signature, text, ECDSA(SHA256()))
    except (InvalidSignature, ValueError, TypeError) as failure:
        raise BadTrust("the list is not signed under the root") from failure


def _check_period(signer: x509.Certificate, at: datetime) -> None:
    if not signer.not_valid_before_utc <= at <= signer.not_valid_after_utc:
        raise BadTrust("the list was signed outside the period of its certificate")


def _key(entry: Mapping[str, Any]) -> CodeKey:
    until = entry["until"]
    return CodeKey(
        kid=entry["kid"],
        public=Ed25519PublicKey.from_public_bytes(base64.b64decode(entry["public"])),
        since=date.fromisoformat(entry["since"]),
        until=date.fromisoformat(until) if until else None,
    )


def _entry(key: CodeKey) -> dict[str, str | None]:
    return {
        "kid": key.kid,
        "algorithm": "Ed25519",
        "public": base64.b64encode(key.public.public_bytes_raw()).decode(),
        "since": key.since.isoformat(),
        "until": key.until.isoformat() if key.until else None,
    }
