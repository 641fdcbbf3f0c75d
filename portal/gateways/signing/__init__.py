"""Signatures of the office: on documents (PAdES), on codes for paper (COSE), on the published list of keys.

Keys come from files by setting; whoever keeps them in a token or with a licensed authority writes another
`Signer`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, pkcs12

from portal.gateways.signing import cose
from portal.gateways.signing.authority import is_sample
from portal.gateways.signing.trust import LIST, ROOT, BadTrust, CodeKey, Trust, publish, sign_list

if TYPE_CHECKING:
    from portal.gateways.signing.pades import DocumentSigner
    from portal.settings import Settings


class UnusableKey(Exception):
    """A key cannot be read, is of another kind, or is a sample in production."""


class Signer(Protocol):
    """Whatever signs for the office."""

    def sign_document(self, pdf: bytes) -> bytes:
        """The PDF with a signature that covers the whole file and allows no change."""
        ...

    def sign_code(self, payload: bytes) -> bytes:
        """A signed message for a symbol on paper; the same payload gives the same bytes."""
        ...

    def publish(self, withdrawn: Mapping[str, date], at: datetime) -> Trust:
        """Sign and publish the list of keys and withdrawals anew."""
        ...


@dataclass(frozen=True, slots=True)
class _DocumentKey:
    private: EllipticCurvePrivateKey
    certificate: x509.Certificate


class FileSigner:
    """Keys from a PKCS#12 file with its passphrase file, and from a PEM file for codes; each read once."""

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings

    def sign_document(self, pdf: bytes) -> bytes:
        return self._document_signer.sign(pdf)

    def sign_code(self, payload: bytes) -> bytes:
        return cose.sign(payload, self._code_key)

    def publish(self, withdrawn: Mapping[str, date], at: datetime) -> Trust:
        """Keeps the keys of the list before; one that is no longer ours is in use until the day of `at`."""
        directory = self._settings.trust
        before = Trust.load(directory)
        public = self._code_key.public_key()
        own = cose.key_id(public).hex()
        keys = [_retired(key, at.date()) for kid, key in before.keys.items() if kid != own]
        keys.append(before.keys.get(own) or CodeKey(own, public, at.date(), None))
        key = self._document_key
        publish(directory, sign_list(keys, withdrawn, at, key.private, key.certificate))
        return Trust.load(directory)

    @cached_property
    def _document_key(self) -> _DocumentKey:
        try:
            passphrase = self._settings.signing_passphrase_file.read_bytes().strip()
            key, certificate, _ = pkcs12.load_key_and_certificates(
                self._settings.signing_p12.read_bytes(), passphrase
            )
        except (OSError, ValueError) as failure:
            raise UnusableKey(f"the document key: {failure}") from failure
        if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
            raise UnusableKey("the document key is not a P-256 key")
        if certificate is None:
            raise UnusableKey("the document key comes without a certificate")
        if self._settings.production and is_sample(certificate):
            raise UnusableKey("a sample key may not sign in production")
        return _DocumentKey(key, certificate)

    @cached_property
    def _document_signer(self) -> "DocumentSigner":
        from portal.gateways.signing.pades import DocumentSigner

        return DocumentSigner(self._document_key.private, self._document_key.certificate)

    @cached_property
    def _code_key(self) -> Ed25519PrivateKey:
        try:
            key = load_pem_private_key(self._settings.qr_key.read_bytes(), password=None)
        except (OSError, ValueError) as failure:
            raise UnusableKey(f"the key for codes: {failure}") from failure
        if not isinstance(key, Ed25519PrivateKey):
            raise UnusableKey("the key for codes is not an Ed25519 key")
        return key


def _retired(key: CodeKey, day: date) -> CodeKey:
    return key if key.until else CodeKey(key.kid, key.public, key.since, day)


__all__ = ["LIST", "ROOT", "BadTrust", "CodeKey", "FileSigner", "Signer", "Trust", "UnusableKey"]
