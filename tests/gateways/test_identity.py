"""The identity register over the wire: clear answers are read, anything odd is `Unavailable`."""

import json
import time

import pytest

from portal.core.refusal import Unavailable
from portal.gateways.identity import HttpIdentityRegister, Match
from portal.gateways.wire import FAILURES_TO_OPEN, Breaker
from portal.settings import Settings
from tests.live import Outside, environment

NAME, NUMBER, MOBILE = "李静怡", "440399199003071234", "19900001234"
ASKED = (NAME, "resident-id", NUMBER, MOBILE)
HIGHEST_WAIT = 3.5


def outside_settings(outside: Outside, tmp_path, **changed: str) -> Settings:
    known = environment("sqlite://", outside, tmp_path, storage=tmp_path, base_url="http://localhost")
    return Settings.from_environment(known | changed)


@pytest.fixture
def register(sandbox, tmp_path):
    line = {"name": NAME, "id_kind": "resident-id", "id_number": NUMBER, "mobile": MOBILE}
    sandbox.people.write_text(json.dumps(line, ensure_ascii=False) + "\n", "utf-8")
    sandbox.identity.forget("faults")
    yield HttpIdentityRegister(outside_settings(sandbox, tmp_path))
    sandbox.identity.forget("faults")


def test_person_and_mobile_match(register):
    assert register.match(*ASKED) == Match(person=True, mobile=True)


def test_somebody_elses_mobile(register):
    assert register.match(NAME, "resident-id", NUMBER, "19900009999") == Match(person=True, mobile=False)


@pytest.mark.parametrize(
    "asked",
    [("李静", "resident-id", NUMBER, MOBILE), (NAME, "resident-id", "44039919900307123X", MOBILE)],
)
def test_a_wrong_name_and_an_unknown_number_answer_alike(register, asked):
    assert register.match(*asked) == Match(person=False, mobile=False)


@pytest.mark.parametrize(
    "fault", ["outage", "cut_before", "error_before", "rate_limit", "garbage", "cut_after"]
)
def test_every_fault_is_unavailable(register, sandbox, fault):
    sandbox.identity.tell("faults", kind=fault, path="/match")
    with pytest.raises(Unavailable) as down:
        register.match(*ASKED)
    assert down.value.system == "identity"


@pytest.mark.parametrize("fault", ["slow", "slow_body"])
def test_a_slow_register_is_not_waited_for(register, sandbox, fault):
    sandbox.identity.tell("faults", kind=fault, path="/match", seconds=20, times=1)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        register.match(*ASKED)
    assert time.monotonic() - began < HIGHEST_WAIT


def test_a_register_that_refuses_our_key_is_unavailable(sandbox, tmp_path):
    assert sandbox.identity.base_url
    stranger = HttpIdentityRegister(outside_settings(sandbox, tmp_path, PORTAL_IDENTITY_KEY="wrong"))
    with pytest.raises(Unavailable):
        stranger.match(*ASKED)


def test_nobody_listening_is_unavailable(tmp_path, sandbox):
    alone = HttpIdentityRegister(
        outside_settings(sandbox, tmp_path, PORTAL_IDENTITY_URL="http://127.0.0.1:1")
    )
    with pytest.raises(Unavailable):
        alone.match(*ASKED)


def test_after_failures_in_a_row_nobody_waits_until_one_succeeds(register, sandbox):
    sandbox.identity.tell("faults", kind="error_before", path="/match", times=FAILURES_TO_OPEN)
    for _ in range(FAILURES_TO_OPEN):
        with pytest.raises(Unavailable):
            register.match(*ASKED)
    with pytest.raises(Unavailable):  # though the register would answer now
        register.match(*ASKED)


def test_the_breaker_lets_one_try_and_closes_when_it_works():
    breaker = Breaker(open_for=0)
    for _ in range(FAILURES_TO_OPEN):
        breaker.failed()
    assert not breaker.is_open()
    breaker.worked()
    assert not breaker.is_open()
