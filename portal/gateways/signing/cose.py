"""Signed content for paper: COSE_Sign1 (RFC 9052) with Ed25519, made by hand so that every byte is ours.

Only one form is written and only that form is read: what does not encode back to the very same bytes is
refused, so no bit of a symbol can change unnoticed.
"""

import hashlib
from collections.abc import Callable

import cbor2
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

LARGEST = 8192
"""Bytes of a signed message that are looked at; a QR symbol holds less."""
_SIGN1 = 18  # the CBOR tag of COSE_Sign1, RFC 9052 section 2
_ALGORITHM, _KEY_ID, _EDDSA = 1, 4, -8  # RFC 9052 section 3.1, RFC 9053 section 2.2
_KEY_ID_BYTES = 8


class BadCode(Exception):
    """The bytes are not a message of ours: not in our form, altered, or under a key that is not ours."""


class ForeignCode(BadCode):
    """In our form, but under a key that is not ours."""


def key_id(public: Ed25519PublicKey) -> bytes:
    """The name of a key: the first eight bytes of the SHA-256 of its 32 raw bytes."""
    return hashlib.sha256(public.public_bytes_raw()).digest()[:_KEY_ID_BYTES]


def sign(payload: bytes, key: Ed25519PrivateKey) -> bytes:
    """A tagged COSE_Sign1 message with the algorithm and the key id in the protected header."""
    protected = _protected(key_id(key.public_key()))
    return _message(protected, payload, key.sign(_signed_bytes(protected, payload)))


def opening(kid: bytes) -> bytes:
    """The bytes with which every message under this key begins."""
    protected = _protected(kid)
    return _message(protected, b"", b"")[: 3 + len(protected)]


def verify(message: bytes, key_of: Callable[[bytes], Ed25519PublicKey | None]) -> tuple[bytes, bytes]:
    """The payload and the key id of a message that one of our keys signed. Raises `BadCode`.

    `key_of` finds a public key by its id, or None: then `ForeignCode`.
    """
    protected, payload, signature = _parts(message)
    kid = cbor2.loads(protected)[_KEY_ID]
    public = key_of(kid)
    if public is None:
        raise ForeignCode("signed with a key that is not ours")
    try:
        public.verify(signature, _signed_bytes(protected, payload))
    except InvalidSignature:
        raise BadCode("the signature does not fit") from None
    return payload, kid


def _protected(kid: bytes) -> bytes:
    return cbor2.dumps({_ALGORITHM: _EDDSA, _KEY_ID: kid}, canonical=True)


def _message(protected: bytes, payload: bytes, signature: bytes) -> bytes:
    return cbor2.dumps(cbor2.CBORTag(_SIGN1, [protected, {}, payload, signature]), canonical=True)


def _signed_bytes(protected: bytes, payload: bytes) -> bytes:
    """The Sig_structure of RFC 9052 section 4.4, without external data."""
    return cbor2.dumps(["Signature1", protected, b"", payload], canonical=True)


def _parts(message: bytes) -> tuple[bytes, bytes, bytes]:
    """Protected header, payload and signature by position; everything else has one possible value.

    A hostile message is never given to a general decoder: it is cut where a message of ours would be cut
    and must equal what we would have written from the pieces.
    """
    start = 2 + 1 + len(_protected(bytes(_KEY_ID_BYTES)))
    if len(message) > LARGEST:
        raise BadCode("too long")
    protected = _protected(message[start - _KEY_ID_BYTES : start])
    body = message[start + 1 : -66]
    payload = body[_head_length(len(body)) :]
    signature = message[-64:]
    if message != _message(protected, payload, signature):
        raise BadCode("not in the form of a signed code")
    return protected, payload, signature


def _head_length(length: int) -> int:
    """How many bytes CBOR puts before a byte string that fills `length` bytes with its head."""
    return 1 if length <= 24 else 2 if length <= 257 else 3
