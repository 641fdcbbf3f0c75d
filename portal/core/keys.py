"""Keys and numbers: what machines use (UUIDv7) and what people read (numbers with a check character)."""

import secrets
from datetime import date
from uuid import UUID

import uuid_utils

_CHECKED = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
READABLE = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""32 characters, five bits each, without 0 O 1 I look-alikes."""


def new_id() -> UUID:
    """A new primary key: UUIDv7, made by the application, ordered by time, never shown as a number."""
    return UUID(int=uuid_utils.uuid7().int)


def secret(size: int = 32) -> str:
    """An unguessable token of `size` bytes, URL-safe."""
    return secrets.token_urlsafe(size)


def digits(count: int) -> str:
    """A random decimal code, for messages to a phone."""
    return f"{secrets.randbelow(10**count):0{count}d}"


def readable_code(length: int) -> str:
    """A random code people copy from paper: five bits a character."""
    return "".join(secrets.choice(READABLE) for _ in range(length))


def public_number(prefix: str, day: date) -> str:
    """A number a person can quote: PREFIX-YYYYMMDD-XXXXXXX-C.

    Unique by 35 random bits a day with a unique column behind it; the last character catches typing mistakes.
    """
    while True:
        body = f"{prefix}-{day:%Y%m%d}-{readable_code(7)}"
        if (check := check_character(body)) and check in READABLE:
            return f"{body}-{check}"


def check_character(body: str) -> str | None:
    """A weighted check over the letters and digits of `body`: one wrong character or two swapped ones show.

    None for the one remainder in 37 that has no letter or digit; such a number is not given out.
    """
    total = sum(weight * (_CHECKED.index(c) + 1) for weight, c in enumerate(body.replace("-", ""), 1)) % 37
    return _CHECKED[total] if total < len(_CHECKED) else None


def number_is_sound(number: str) -> bool:
    """Whether a quoted number's check character is right; says nothing about its existence."""
    body, _, check = number.rpartition("-")
    return bool(body) and set(body) <= {*_CHECKED, "-"} and check == check_character(body)
