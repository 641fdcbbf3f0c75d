"""Logs say what happened and not to whom."""

import json

import pytest
import structlog
from sqlalchemy.exc import IntegrityError

from portal.core import logs


@pytest.fixture
def written(capsys: pytest.CaptureFixture[str]) -> "Written":
    logs.install()
    yield Written(capsys)  # type: ignore[misc]
    structlog.reset_defaults()


class Written:
    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys

    def line(self) -> dict[str, object]:
        (line,) = self._capsys.readouterr().err.splitlines()
        return json.loads(line)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    "personal",
    ["440399199001010011", "44039919900101001X", "91440399MAD000000F", "4242424242424242", "15400000000"],
)
def test_what_looks_like_a_personal_number_is_shortened(written: Written, personal: str) -> None:
    structlog.get_logger().info("refused", why=f"number {personal} is held")
    assert personal not in json.dumps(written.line(), ensure_ascii=False)


def test_secrets_are_left_out_by_their_name(written: Written) -> None:
    structlog.get_logger().info("sent", access_token="abc", mobile="x")
    line = written.line()
    assert (line["access_token"], line["mobile"]) == ("[redacted]", "[redacted]")


def test_one_event_is_one_line_whatever_is_in_it(written: Written) -> None:
    structlog.get_logger().info("seen", agent="a\r\nlevel=error \x1b[31m\u202e")
    assert "\n" not in str(written.line()["agent"])


def test_a_traceback_carries_no_local_variables(written: Written) -> None:
    def stumble(secret: str) -> None:
        raise ValueError("no")

    try:
        stumble("canary-in-a-local")
    except ValueError as error:
        structlog.get_logger().error("unexpected", exc_info=error)
    line = written.line()
    assert "canary" not in json.dumps(line)
    assert "stumble" in json.dumps(line)


@pytest.mark.parametrize(
    "secret",
    [
        "jing.yi+tax@example.test",
        "sk_live_51HxCanary",
        "whsec_canary1",
        "q3Jf-0aZ_8kPq3Jf-0aZ_8kPq3Jf-0aZ_8kPq3Jf-0a",
    ],
)
def test_addresses_keys_and_tokens_are_left_out(written: Written, secret: str) -> None:
    structlog.get_logger().info("refused", why=f"sent to {secret}, twice")
    assert secret not in json.dumps(written.line(), ensure_ascii=False)


def test_what_cannot_be_turned_into_a_person_stays_readable(written: Written) -> None:
    key, digest = "01a20968-bcb9-73e0-9cb9-c0f96753f4c4", "0f" * 32
    structlog.get_logger().info("kept", event_id=key, digest=digest)
    line = written.line()
    assert (line["event_id"], line["digest"]) == (key, digest)


def test_a_database_error_names_neither_row_nor_values(written: Written) -> None:
    original = Exception("violates a constraint\nDETAIL:  Failing row contains (7, 李静怡,\n深圳).")
    try:
        raise IntegrityError("INSERT INTO taxpayers", {"name": "李静怡"}, original)
    except IntegrityError as error:
        structlog.get_logger().error("unexpected", exc_info=error)
    line = json.dumps(written.line(), ensure_ascii=False)
    assert "李静怡" not in line
    assert "深圳" not in line
    assert "INSERT INTO taxpayers" in line
    assert "violates a constraint" in line
