"""Start a sandbox service as a real process on a free port, for tests and demonstrations."""

import json
import os
import re
import secrets
import subprocess
import sys
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).parent.parent
READY = re.compile(r"sandbox (?P<name>\w+) ready (?P<urls>.+) run=(?P<run>\w+)")


@dataclass(frozen=True)
class Running:
    """A service that answers at `base_url`, proven to be the process started here."""

    name: str
    base_url: str
    process: subprocess.Popen[str]
    smtp_url: str | None = None

    def stop(self) -> None:
        """End the process as an operator would, and wait for it."""
        self.process.terminate()
        self.process.communicate(timeout=10)

    def kill(self) -> None:
        """End the process as a power failure would."""
        self.process.kill()
        self.process.communicate(timeout=10)

    def ask(self, path: str, /) -> Any:
        """The JSON at `/_sim/<path>`."""
        return self._call("GET", path)

    def tell(self, path: str, /, **instruction: Any) -> Any:
        """Post JSON to `/_sim/<path>`: see docs/sandbox.md for what can be told."""
        return self._call("POST", path, json.dumps(instruction))

    def forget(self, path: str, /) -> None:
        """DELETE `/_sim/<path>`."""
        self._call("DELETE", path)

    def _call(self, method: str, path: str, body: str | None = None) -> Any:
        # http.client, because no proxy of the surroundings may come between a test and this machine.
        connection = HTTPConnection(urlsplit(self.base_url).netloc, timeout=60)
        try:
            connection.request(method, f"/_sim/{path}", body, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
        finally:
            connection.close()
        if answer.status >= 400:
            raise RuntimeError(f"{method} /_sim/{path}: {answer.status} {text}")
        return json.loads(text) if text else None

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def start(name: str, *, port: int = 0, **options: Any) -> Running:
    """Start one service and wait until it answers.

    Options are the flags of `python -m sandbox` with underscores: `state=`, `people=`, `firms=`, `key=`,
    `seed=`, `clock=`, `payment_key=["sk_test_…"]`, `webhook=[(url, secret), …]`. The process ends when the
    caller's process does. RuntimeError if it does not start, or if another process answers on its port.
    """
    run = secrets.token_hex(4)
    command = [
        sys.executable,
        "-m",
        "sandbox",
        name,
        "--leash",
        "--run",
        run,
        "--port",
        str(port),
        *_flags(options),
    ]
    if name == "mail" and "smtp_port" not in options:
        command += ["--smtp-port", "0"]
    # What a developer's shell sets for `make run` must not reach a test.
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("SANDBOX_")}
    environment = surroundings | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(  # noqa: S603 (our own program)
        command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    ready = READY.match(process.stdout.readline())
    if ready is None or ready["run"] != run:
        process.kill()
        process.communicate()
        raise RuntimeError(f"sandbox {name} did not start (exit status {process.returncode})")
    urls = ready["urls"].split()
    running = Running(name, urls[0], process, urls[1] if len(urls) > 1 else None)
    if running.ask("run") != {"name": name, "run": run}:
        running.stop()
        raise RuntimeError(f"another process answers at {running.base_url}")
    return running


def _flags(options: dict[str, Any]) -> list[str]:
    flags: list[str] = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        for one in value if isinstance(value, list) else [value]:
            if one is not None:
                flags += [flag, *(one if isinstance(one, tuple) else (str(one),))]
    return flags
