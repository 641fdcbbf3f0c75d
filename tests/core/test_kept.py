"""What is kept of a form opens for its author alone, for an hour, and holds no secrets."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime, timedelta

import pytest

from portal.core.crypto import Keyring
from portal.core.kept import GOOD_FOR, LARGEST, author, gather, seal, unseal
from portal.core.keys import new_id

KEYS = Keyring.parse(Keyring.generate())
AT = datetime(2026, 3, 2, 4, tzinfo=UTC)
WHOSE = author(KEYS, new_id())
POSTED = [("kind", "a"), ("kind", "b"), ("amount", "100.50"), ("password", "秘密")]


def gathered(posted=POSTED, *, files=False):
    return gather("/page?step=2", "firm", posted, frozenset({"password"}), files=files, at=AT)


def test_it_opens_for_its_author_with_every_answer_in_order() -> None:
    kept = unseal(KEYS, seal(KEYS, gathered(), WHOSE), WHOSE, AT)
    assert kept == gathered()
    assert kept.answers == [["kind", "a"], ["kind", "b"], ["amount", "100.50"]]
    assert (kept.path, kept.opened_for, kept.without) == ("/page?step=2", "firm", ["secrets"])


def test_files_are_not_kept_and_it_says_so() -> None:
    assert gathered(POSTED[:3], files=True).without == ["files"]


def test_what_holds_secrets_only_is_not_kept() -> None:
    assert gathered([("password", "秘密")]) is None
    assert gathered([]) is None


def test_too_much_is_not_kept() -> None:
    assert seal(KEYS, gathered([("text", "字" * (LARGEST // 3 - 100))]), WHOSE)
    assert seal(KEYS, gathered([("text", "字" * (LARGEST // 3))]), WHOSE) is None


def test_it_opens_for_nobody_else() -> None:
    assert unseal(KEYS, seal(KEYS, gathered(), WHOSE), author(KEYS, new_id()), AT) is None


def test_it_opens_for_an_hour() -> None:
    sealed = seal(KEYS, gathered(), WHOSE)
    assert unseal(KEYS, sealed, WHOSE, AT + GOOD_FOR - timedelta(seconds=1))
    assert unseal(KEYS, sealed, WHOSE, AT + GOOD_FOR) is None


@pytest.mark.parametrize("text", ["", "a", "AAAA", "字", "=", "A" * 400, "AQ" * 3000])
def test_whatever_comes_back_instead_is_nothing(text: str) -> None:
    assert unseal(KEYS, text, WHOSE, AT) is None


def test_an_altered_one_is_nothing() -> None:
    sealed = bytearray(urlsafe_b64decode(seal(KEYS, gathered(), WHOSE)))
    sealed[40] ^= 1
    assert unseal(KEYS, urlsafe_b64encode(bytes(sealed)).decode(), WHOSE, AT) is None


def test_a_browser_remembers_nothing_that_names_the_account() -> None:
    account = new_id()
    assert author(KEYS, account) == author(KEYS, account) != account
    assert author(KEYS, account) != author(Keyring.parse(Keyring.generate()), account)
