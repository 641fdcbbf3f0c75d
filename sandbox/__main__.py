"""Start the sandbox: `python -m sandbox` for every service, `python -m sandbox payments` for one."""

import random
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass

from sandbox import options
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.options import Options
from sandbox.web import listen


@dataclass(frozen=True)
class Started:
    """A service that answers: its addresses, and how to end it."""

    urls: tuple[str, ...]
    stop: Callable[[], None]


def start_payments(given: Options) -> Started:
    """The payments API, its hosted pages and its webhooks."""
    from sandbox.payments.app import Gateway

    gateway = Gateway(given, Clock(given.clock))
    server = listen(gateway.app, given.host, given.ports["payments"])
    gateway.open(server.url)

    def stop() -> None:
        server.stop()
        gateway.close()

    return Started((server.url,), stop)


def start_identity(given: Options) -> Started:
    """The identity register and the market register."""
    from sandbox.identity import create_app

    app = create_app(given.run, _faults(given), key=given.key, people=given.people, firms=given.firms)
    server = listen(app, given.host, given.ports["identity"])
    return Started((server.url,), server.stop)


def start_sms(given: Options) -> Started:
    """The SMS gateway."""
    from sandbox.sms import create_app

    app = create_app(given.run, _faults(given), key=given.key, state=given.state)
    server = listen(app, given.host, given.ports["sms"])
    return Started((server.url,), server.stop)


def start_mail(given: Options) -> Started:
    """The mail server and its page."""
    from sandbox.mail import Letters, SmtpServer, create_app

    letters = Letters(given.state)
    smtp = SmtpServer(letters, given.host, given.ports["smtp"])
    server = listen(create_app(given.run, _faults(given), letters, smtp.url), given.host, given.ports["mail"])

    def stop() -> None:
        server.stop()
        smtp.stop()

    return Started((server.url, smtp.url), stop)


START = {"payments": start_payments, "identity": start_identity, "sms": start_sms, "mail": start_mail}


def _faults(given: Options) -> Faults:
    return Faults(random.Random(given.seed))


def _end_with_input(ended: threading.Event) -> None:
    sys.stdin.read()
    ended.set()


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM, SIGINT or, on a leash, until standard input closes."""
    given = options.read(arguments)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    if given.state:
        given.state.mkdir(parents=True, exist_ok=True)
    started = []
    for name in given.services:
        service = START[name](given)
        started.append(service)
        print(f"sandbox {name} ready {' '.join(service.urls)} run={given.run}", flush=True)
    if given.leash:
        threading.Thread(target=_end_with_input, args=(ended,), daemon=True).start()
    ended.wait()
    for service in reversed(started):
        service.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
