"""What a sandbox process is told at its start: flags, each with an environment variable behind it."""

import argparse
import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sandbox.bearer import DEFAULT_KEY

PORTS = {"payments": 8021, "identity": 8022, "sms": 8023, "mail": 8024, "smtp": 8025}
SERVICES = ("payments", "identity", "sms", "mail")


@dataclass(frozen=True)
class Options:
    """One start of the sandbox."""

    services: tuple[str, ...] = SERVICES
    host: str = "127.0.0.1"
    ports: dict[str, int] = field(default_factory=lambda: dict(PORTS))
    state: Path | None = None
    run: str = ""
    leash: bool = False
    key: str = DEFAULT_KEY
    payment_keys: tuple[str, ...] = ()
    webhooks: tuple[tuple[str, str], ...] = ()
    people: Path | None = None
    firms: Path | None = None
    seed: int = 1
    clock: datetime | None = None


def _env(name: str, default: str | None = None) -> str | None:
    return os.environ.get(f"SANDBOX_{name}") or default


def _port(name: str) -> int:
    return int(_env(f"{name.upper()}_PORT") or PORTS[name])


def _path(name: str) -> Path | None:
    value = _env(name)
    return Path(value) if value else None


def _instant(text: str) -> datetime:
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise argparse.ArgumentTypeError("the clock needs a zone: 2026-03-09T12:00:00+08:00")
    return instant


def parser() -> argparse.ArgumentParser:
    """The command line of `python -m sandbox`."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("service", nargs="?", choices=SERVICES, help="one service; all of them if left out")
    parser.add_argument("--host", default=_env("HOST", "127.0.0.1"))
    parser.add_argument("--port", type=int, help="port of the one service named; 0 takes a free one")
    parser.add_argument("--smtp-port", type=int, default=_port("smtp"))
    parser.add_argument("--state", type=Path, default=_path("STATE"), help="directory kept over restarts")
    parser.add_argument("--key", default=_env("KEY", DEFAULT_KEY), help="bearer key of identity and sms")
    parser.add_argument(
        "--payment-key",
        action="append",
        default=[],
        help="sk_test_… or rk_test_…=scope,scope; default any sk_test_",
    )
    parser.add_argument("--webhook", nargs=2, action="append", default=[], metavar=("URL", "SECRET"))
    parser.add_argument("--people", type=Path, default=_path("PEOPLE"), help="JSON lines, one person each")
    parser.add_argument(
        "--firms", type=Path, default=_path("FIRMS"), help="JSON lines, one change of a firm each"
    )
    parser.add_argument("--seed", type=int, default=int(_env("SEED") or 1))
    parser.add_argument(
        "--clock", type=_instant, default=_env("CLOCK"), help="the instant to start at, with zone"
    )
    parser.add_argument("--run", default=secrets.token_hex(4), help="name of this start, told at /_sim/run")
    parser.add_argument("--leash", action="store_true", help="end when standard input closes")
    return parser


def read(arguments: list[str]) -> Options:
    """The options given by a command line and the environment."""
    given = parser().parse_args(arguments)
    ports = {name: _port(name) for name in SERVICES} | {"smtp": given.smtp_port}
    if given.port is not None:
        if given.service is None:
            parser().error("--port needs the name of a service")
        ports[given.service] = given.port
    return Options(
        services=(given.service,) if given.service else SERVICES,
        host=given.host,
        ports=ports,
        state=given.state,
        run=given.run,
        leash=given.leash,
        key=given.key,
        payment_keys=tuple(given.payment_key or _listed("PAYMENT_KEYS")),
        webhooks=tuple((url, secret) for url, secret in given.webhook) or _webhook_from_environment(),
        people=given.people,
        firms=given.firms,
        seed=given.seed,
        clock=given.clock,
    )


def _listed(name: str) -> list[str]:
    return (_env(name) or "").split()


def _webhook_from_environment() -> tuple[tuple[str, str], ...]:
    url, secret = _env("WEBHOOK_URL"), _env("WEBHOOK_SECRET")
    return ((url, secret),) if url and secret else ()
