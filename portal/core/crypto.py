"""Field encryption and blind indexes: an identity number in the database is readable only with the key.

AES-256-GCM per field; the additional data binds a ciphertext to its table, column and row, so that two of
them swapped between rows fail to open. The blind index is a keyed hash of the normalised number, under its
own key, and serves look-ups and uniqueness.
"""

import base64
import hashlib
import hmac
import os
from collections.abc import Mapping
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class Keyring:
    """Numbered encryption keys (the highest number writes, all open) and one index key."""

    def __init__(self, fields: Mapping[int, bytes], index: bytes) -> None:
        if not fields or any(len(key) != 32 for key in fields.values()) or len(index) != 32:
            raise ValueError("field and index keys are 32 bytes each, and there is at least one")
        self._ciphers = {number: AESGCM(key) for number, key in fields.items()}
        self._current = max(fields)
        self._index = index

    @classmethod
    def parse(cls, text: str) -> "Keyring":
        """From the setting: `index:BASE64 1:BASE64 2:BASE64 …`. Raises ValueError."""
        parts = dict(entry.split(":", 1) for entry in text.split())
        index = base64.b64decode(parts.pop("index", ""), validate=True)
        return cls({int(n): base64.b64decode(key, validate=True) for n, key in parts.items()}, index)

    @staticmethod
    def generate() -> str:
        """A fresh setting, for set-up."""
        index, first = (base64.b64encode(os.urandom(32)).decode() for _ in range(2))
        return f"index:{index} 1:{first}"

    def seal(self, text: str, place: str, row: UUID) -> bytes:
        """Encrypt `text` for one `place` ("table.column") and row. Version byte, nonce, ciphertext."""
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self._current].encrypt(nonce, text.encode(), _bound_to(place, row))
        return bytes([self._current]) + nonce + sealed

    def open(self, blob: bytes, place: str, row: UUID) -> str:
        """Decrypt; raises `cryptography.exceptions.InvalidTag` unless all three are what was sealed."""
        cipher = self._ciphers[blob[0]]
        return cipher.decrypt(blob[1 : 1 + _NONCE], blob[1 + _NONCE :], _bound_to(place, row)).decode()

    def blind(self, normalised: str) -> str:
        """The searchable stand-in for a number: 64 hexadecimal digits."""
        return hmac.new(self._index, normalised.encode(), hashlib.sha256).hexdigest()


def _bound_to(place: str, row: UUID) -> bytes:
    return f"{place}|{row}".encode()


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal, for contents and tokens."""
    return hashlib.sha256(data).hexdigest()
