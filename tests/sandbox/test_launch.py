"""Every service starts as the process asked for, on loopback only, keeps its state, and ends cleanly."""

import json
import os
import signal
import subprocess
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from sandbox.launch import ROOT, Running, start
from sandbox.options import SERVICES
from tests.sandbox.conftest import client_of, order


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_answers_and_ends_cleanly(name: str) -> None:
    with start(name) as running:
        assert running.ask("run")["name"] == name
        assert running.base_url.startswith("http://127.0.0.1:")
    assert running.process.returncode == 0


def test_everything_starts_in_one_process() -> None:
    free = {f"SANDBOX_{name.upper()}_PORT": "0" for name in (*SERVICES, "smtp")}
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--leash"],
        cwd=ROOT,
        env=os.environ | free,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    out, _ = process.communicate(timeout=20)
    assert [line.split()[1] for line in out.splitlines()] == list(SERVICES)
    assert process.returncode == 0


def test_an_interrupt_ends_it_cleanly() -> None:
    running = start("sms")
    running.process.send_signal(signal.SIGINT)
    running.process.communicate(timeout=10)
    assert running.process.returncode == 0


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "example.org"])  # noqa: S104 (that it refuses)
@pytest.mark.parametrize("name", ["sms", "mail"])
def test_it_serves_this_machine_only(name: str, host: str, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        start(name, host=host)
    assert "not a loopback address" in capfd.readouterr().err


def test_it_does_not_share_a_port(capfd: pytest.CaptureFixture[str]) -> None:
    with start("sms") as first, pytest.raises(RuntimeError, match="did not start"):
        start("sms", port=int(first.base_url.rsplit(":", 1)[1]))
    assert "already in use" in capfd.readouterr().err


def test_it_ends_with_the_process_that_started_it() -> None:
    running = start("sms")
    running.process.communicate(timeout=10)  # closes the pipe that the caller's death would close
    assert running.process.returncode == 0


def test_a_page_from_elsewhere_cannot_reach_it() -> None:
    with start("sms") as running:
        connection = HTTPConnection(urlsplit(running.base_url).netloc)
        connection.request("GET", "/_sim/messages", headers={"Host": "rebound.example:80"})
        assert connection.getresponse().status == 421
        connection.close()


def test_live_keys_do_not_belong_here(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(RuntimeError, match="did not start"):
        start("payments", payment_key=["sk_live_real"])
    assert "only test keys" in capfd.readouterr().err


def test_payments_survive_a_restart_and_finish_what_was_under_way(tmp_path, merchant) -> None:
    options = {"state": tmp_path, "webhook": [(merchant.url, "whsec_of_the_test_merchant")]}
    with start("payments", **options) as before:
        session = client_of(before).v1.checkout.sessions.create(params=order())
        before.tell("webhooks", delay=3600)
        before.tell("pay", session=session.id)
        before.kill()
    with start("payments", **options) as after:
        kept = client_of(after).v1.checkout.sessions.retrieve(session.id)
        assert kept.payment_status == "paid"
        assert [row["amount"] for row in after.ask("journal")] == [123450]
        assert [one["state"] for one in after.ask("deliveries")] == ["due"] * 4


def test_messages_survive_a_restart(tmp_path) -> None:
    with start("sms", state=tmp_path) as before:
        _send_text(before)
    with start("sms", state=tmp_path) as after:
        assert [message["text"] for message in after.ask("messages")] == ["验证码 123456"]
        assert _send_text(after) == 200


def _send_text(running: Running) -> int:
    connection = HTTPConnection(urlsplit(running.base_url).netloc)
    body = json.dumps({"to": "19900000001", "text": "验证码 123456", "reference": "one"})
    headers = {"Authorization": "Bearer sandbox-key", "Content-Type": "application/json"}
    connection.request("POST", "/messages", body, headers)
    status = connection.getresponse().status
    connection.close()
    return status
