"""Hashing and checking passwords: argon2id, two at a time, and as long for a name nobody has."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.accounts.rules.passwords import normalise
from portal.core.refusal import Unavailable

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""19 MiB, two passes: the floor of the OWASP password storage cheat sheet, about 25 ms."""

NOBODY = "$argon2id$v=19$m=19456,t=2,p=1$adEPRUSDe/XmGJNp0uJraQ$QySG8UG7Ur1UXATJQrBViQr1syLglJJrOU6yKkv1NIo"
"""Checked when the name is unknown, so that the answer takes as long."""

_AT_ONCE = threading.BoundedSemaphore(2)
_PATIENCE = 5.0
"""Seconds a request waits for its turn before it is answered 503."""


def hash_password(password: str) -> str:
    """The hash to keep. Raises `Unavailable` when too many hashes are being made."""
    with _turn():
        return _HASHER.hash(normalise(password))


def fits(kept: str | None, password: str) -> bool:
    """Whether a password fits the kept hash; None stands for an unknown name. Raises `Unavailable`."""
    with _turn():
        try:
            _HASHER.verify(kept or NOBODY, normalise(password))
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def needs_rehash(kept: str) -> bool:
    """Whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(kept)


@contextmanager
def _turn() -> Iterator[None]:
    if not _AT_ONCE.acquire(timeout=_PATIENCE):
        raise Unavailable("passwords", retry_after=5)
    try:
        yield
    finally:
        _AT_ONCE.release()
