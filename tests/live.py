"""Real processes for tests: the outside world in the sandbox, and the portal's web and worker."""

import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from ctypes import CDLL
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO
from urllib.error import HTTPError
from urllib.request import urlopen

from portal.core.crypto import Keyring
from portal.gateways.signing.authority import make_demo_authority
from sandbox.launch import Running, start
from tests.daytime import SHIFT
from tests.waiting import free_ports, until

ROOT = Path(__file__).parents[1]
SANDBOX_KEY = "key-of-the-sandbox"
PAYMENTS_KEY = "sk_test_tests"
WEBHOOK_SECRET = "whsec_tests"
FIELD_KEYS = Keyring.generate()
CALLBACKS = "/payments/webhook/stripe"


class Outside:
    """The sandbox of a test run: addresses are fixed at once, each process starts at its first use."""

    def __init__(self, folder: Path) -> None:
        self.people = folder / "people.jsonl"
        self.firms = folder / "firms.jsonl"
        self._ports = dict(zip(("payments", "identity", "sms", "mail", "smtp"), free_ports(5), strict=True))
        self._running = ExitStack()

    def url(self, name: str) -> str:
        """Where a service answers once it is asked for."""
        scheme = "smtp" if name == "smtp" else "http"
        return f"{scheme}://127.0.0.1:{self._ports[name]}"

    @cached_property
    def payments(self) -> Running:
        return self._start("payments", payment_key=[PAYMENTS_KEY], clock=gateway_clock())

    def forget_payments(self) -> None:
        """A gateway that has seen nobody yet."""
        forget(self.payments)

    @cached_property
    def identity(self) -> Running:
        return self._start("identity", people=self.people, firms=self.firms, key=SANDBOX_KEY)

    @cached_property
    def sms(self) -> Running:
        return self._start("sms", key=SANDBOX_KEY)

    @cached_property
    def mail(self) -> Running:
        return self._start("mail", smtp_port=self._ports["smtp"])

    def everything(self) -> "Outside":
        """Start what every portal talks to."""
        for running in (self.identity, self.sms, self.mail):
            assert running.process.poll() is None, f"the sandbox's {running.name} ended"
        return self

    def __enter__(self) -> "Outside":
        return self

    def __exit__(self, *_: object) -> None:
        self._running.close()

    def _start(self, name: str, **options: object) -> Running:
        return self._running.enter_context(start(name, port=self._ports[name], **options))


def gateway_clock() -> str | None:
    """The instant at which a gateway starts, where its clock is not the machine's."""
    return (datetime.now(UTC) + SHIFT).isoformat() if SHIFT else None


def forget(payments: Running) -> None:
    """Let the gateway forget everything but where it sends its news; its clock goes with the portal's."""
    payments.tell("reset")
    if SHIFT:
        payments.tell("clock", jump=SHIFT.total_seconds())


def environment(
    database_url: str, outside: Outside, authority: Path, *, storage: Path, base_url: str
) -> dict[str, str]:
    """The PORTAL_ variables of an installation whose outside world is the sandbox."""
    return {
        "PORTAL_ENV": "test",
        "PORTAL_HOME": str(authority),
        "PORTAL_DATABASE_URL": database_url,
        "PORTAL_BASE_URL": base_url,
        "PORTAL_SECRET_KEY": "a secret of the tests, long enough for anyone",
        "PORTAL_FIELD_KEYS": FIELD_KEYS,
        "PORTAL_STORAGE": str(storage),
        "PORTAL_PAYMENTS_URL": outside.url("payments"),
        "PORTAL_PAYMENTS_KEY": PAYMENTS_KEY,
        "PORTAL_WEBHOOK_SECRETS": WEBHOOK_SECRET,
        "PORTAL_IDENTITY_URL": outside.url("identity"),
        "PORTAL_IDENTITY_KEY": SANDBOX_KEY,
        "PORTAL_SMS_URL": outside.url("sms"),
        "PORTAL_SMS_KEY": SANDBOX_KEY,
        "PORTAL_MAIL_URL": outside.url("smtp"),
        "PORTAL_CLOCK": f"{SHIFT.total_seconds():+.0f}",
    }


def authority(folder: Path) -> Path:
    """Make a demo authority under `folder`; returns the folder, good for PORTAL_HOME."""
    make_demo_authority(folder / "authority")
    return folder


def command(environ: dict[str, str], *words: str) -> str:
    """Run `flask --app wsgi WORDS…`; what it printed. AssertionError with its complaint if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *words],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert done.returncode == 0, f"flask {' '.join(words)}: {done.stdout}{done.stderr}"
    return done.stdout


class LivePortal:
    """Web and worker as processes of their own; each can be killed and started again."""

    def __init__(
        self,
        database_url: str,
        outside: Outside,
        authority: Path,
        folder: Path,
        application: str = "wsgi:app",
    ) -> None:
        self.database_url = database_url
        self.application = application
        self.outside = outside.everything()
        [self.port] = free_ports(1)
        self.url = f"http://127.0.0.1:{self.port}"
        # A payments gateway of its own, because it must know where this portal takes callbacks.
        self.payments = start(
            "payments",
            payment_key=[PAYMENTS_KEY],
            webhook=[(f"{self.url}{CALLBACKS}", WEBHOOK_SECRET)],
            clock=gateway_clock(),
        )
        self.environ = os.environ | environment(
            database_url, outside, authority, storage=folder / "storage", base_url=self.url
        )
        self.environ["PORTAL_PAYMENTS_URL"] = self.payments.base_url
        self.folder = folder
        self._logs: list[IO[bytes]] = []
        self.web = self._start_web()
        self.worker = self._start_worker()

    def __enter__(self) -> "LivePortal":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in (self.worker, self.web):
            _end(process, signal.SIGTERM)
        self.payments.stop()
        for log in self._logs:
            log.close()
        if error is not None:
            error.add_note(f"{self.log('web')[-3000:]}\n{self.log('worker')[-3000:]}")

    def kill_web(self) -> None:
        """End the web process as a power failure would, and start it again."""
        _end(self.web, signal.SIGKILL)
        self.web = self._start_web()

    def kill_worker(self) -> None:
        """End the worker as a power failure would, and start it again."""
        _end(self.worker, signal.SIGKILL)
        self.worker = self._start_worker()

    def kill_everything(self) -> None:
        """End web and worker together, as a power failure would, and start them again."""
        for process in (self.web, self.worker):
            _end(process, signal.SIGKILL)
        self.worker = self._start_worker()
        self.web = self._start_web()

    def log(self, name: str) -> str:
        """What a process said."""
        return (self.folder / f"{name}.log").read_text("utf-8", errors="replace")

    def run(self, *words: str) -> str:
        """Run one of the portal's commands against this installation; what it printed."""
        return command(self.environ, *words)

    def _start_web(self) -> "subprocess.Popen[bytes]":
        serve = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--blocking-threads", "4"]
        process = self._start("web", *serve, "--port", str(self.port), self.application)
        until(lambda: self._answers(process), within=60)
        return process

    def _start_worker(self) -> "subprocess.Popen[bytes]":
        return self._start("worker", sys.executable, "-m", "flask", "--app", "wsgi", "worker")

    def _start(self, name: str, *words: str) -> "subprocess.Popen[bytes]":
        log = (self.folder / f"{name}.log").open("ab")
        self._logs.append(log)
        return subprocess.Popen(
            words,
            cwd=ROOT,
            env=self.environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_end_with_us,
        )

    def _answers(self, process: "subprocess.Popen[bytes]") -> bool:
        """the web process answers"""
        assert process.poll() is None, f"the web process ended: {self.log('web')[-2000:]}"
        try:
            with urlopen(f"{self.url}/health", timeout=5):
                return True
        except HTTPError as answer:
            return answer.code < 500


_LIBC = CDLL(None)  # loaded here: a child forked beside other threads must not load anything


def _end_with_us() -> None:
    """The child is told to stop when this process ends, even by kill -9 (Linux: PR_SET_PDEATHSIG)."""
    _LIBC.prctl(1, signal.SIGTERM)


def _end(process: "subprocess.Popen[bytes]", number: signal.Signals) -> None:
    """Signal a process with all its children, and wait."""
    try:
        os.killpg(process.pid, number)
        process.wait(timeout=15)
    except ProcessLookupError:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=5)
        raise
