"""Serves the portal for development: prepares what is missing, then runs web, worker and sandbox together.

Settings come from var/development.env, made here once with fresh keys; the caller's environment wins.
"""

import hashlib
import os
import secrets
import socket
import subprocess
import sys
import time
from base64 import b64encode
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
PATIENCE = 60
"""Seconds until a start that does not answer is reported."""


def main() -> None:
    """Prepare, then become the process runner: Ctrl-C ends it and everything it started."""
    os.chdir(ROOT)
    environ = settings()
    if sys.argv[1:] == ["--greet"]:
        greet(environ)
        return
    refuse_taken_ports(environ)
    prepare(environ)
    subprocess.Popen([sys.executable, __file__, "--greet"], env=environ)
    os.execve(BIN / "honcho", ["honcho", "start"], environ)  # noqa: S606 - no shell is the point


def settings() -> dict[str, str]:
    """The environment of every process: defaults, the file of keys, then whatever the caller set."""
    port = os.environ.get("PORTAL_PORT", "8000")
    host = os.environ.get("PORTAL_HOST", "127.0.0.1")
    home = Path(os.environ.get("PORTAL_HOME", ROOT / "var")).resolve()
    home.mkdir(parents=True, exist_ok=True)
    chosen = {
        "PORTAL_HOST": host,
        "PORTAL_PORT": port,
        "PORTAL_HOME": str(home),
        "PORTAL_BASE_URL": f"http://{host}:{port}",
        "SANDBOX_PAYMENTS_PORT": "8010",
        "SANDBOX_IDENTITY_PORT": "8011",
        "SANDBOX_SMS_PORT": "8012",
        "SANDBOX_SMTP_PORT": "8013",
        "SANDBOX_MAIL_PORT": "8014",
        "SANDBOX_STATE": str(home / "sandbox"),
        "SANDBOX_PEOPLE": str(home / "demo" / "people.jsonl"),
        "SANDBOX_FIRMS": str(home / "demo" / "firms.jsonl"),
        **keys(home / "development.env"),
        **os.environ,
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "PYTHONUNBUFFERED": "1",
    }
    defaults = {
        "PORTAL_PAYMENTS_URL": f"http://127.0.0.1:{chosen['SANDBOX_PAYMENTS_PORT']}",
        "PORTAL_IDENTITY_URL": f"http://127.0.0.1:{chosen['SANDBOX_IDENTITY_PORT']}",
        "PORTAL_SMS_URL": f"http://127.0.0.1:{chosen['SANDBOX_SMS_PORT']}",
        "PORTAL_MAIL_URL": f"smtp://127.0.0.1:{chosen['SANDBOX_SMTP_PORT']}",
        "SANDBOX_WEBHOOK_URL": f"{chosen['PORTAL_BASE_URL']}/payments/webhook/stripe",
        "SANDBOX_WEBHOOK_SECRET": chosen["PORTAL_WEBHOOK_SECRETS"].split()[0],
    }
    return defaults | chosen


def keys(file: Path) -> dict[str, str]:
    """The secrets of this development installation, made once; nobody else can read the file."""
    if not file.exists():
        wire = secrets.token_urlsafe(24)
        made = {
            "PORTAL_ENV": "development",
            "PORTAL_DEMO": "yes",
            "PORTAL_SECRET_KEY": secrets.token_urlsafe(48),
            "PORTAL_FIELD_KEYS": " ".join(f"{n}:{b64encode(os.urandom(32)).decode()}" for n in ("index", 1)),
            "PORTAL_PAYMENTS_KEY": f"sk_test_{secrets.token_hex(16)}",
            "PORTAL_WEBHOOK_SECRETS": f"whsec_{secrets.token_urlsafe(24)}",
            "PORTAL_IDENTITY_KEY": wire,
            "PORTAL_SMS_KEY": wire,
            "SANDBOX_KEY": wire,
        }
        file.touch(mode=0o600)
        file.write_text("".join(f"{name}={value}\n" for name, value in made.items()), "utf-8")
    return dict(line.split("=", 1) for line in file.read_text("utf-8").splitlines() if "=" in line)


def refuse_taken_ports(environ: dict[str, str]) -> None:
    """End with a sentence where two portals would share a port, or the sandbox find its own taken."""
    names = (
        "PORTAL_PORT",
        *(name for name in environ if name.startswith("SANDBOX_") and name.endswith("_PORT")),
    )
    for name in names:
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((environ["PORTAL_HOST"], int(environ[name])))
            except OSError as error:
                sys.exit(
                    f"{name}={environ[name]}: {error.strerror}. Choose another, as in {name}=9000 make run"
                )


def prepare(environ: dict[str, str]) -> None:
    """Signing authority, database, demo data: each made if it is missing, nothing done if all is there."""
    home = Path(environ["PORTAL_HOME"])
    stamp = home / "prepared"
    fingerprint = _fingerprint(environ)
    database = home / "portal.db"
    kept = "PORTAL_DATABASE_URL" in environ or database.exists()
    if kept and stamp.exists() and stamp.read_text("utf-8") == fingerprint:
        return
    flask(environ, "demo-authority")
    flask(environ, "migrate")
    (home / "sign-ins.txt").write_text(flask(environ, "demo"), "utf-8")
    stamp.write_text(fingerprint, "utf-8")


def _fingerprint(environ: dict[str, str]) -> str:
    """Changes with the migrations and with the database that is served."""
    seen = hashlib.sha256(environ.get("PORTAL_DATABASE_URL", "").encode())
    for file in sorted((ROOT / "migrations" / "versions").glob("*.py")):
        seen.update(file.read_bytes())
    return seen.hexdigest()


def flask(environ: dict[str, str], *words: str) -> str:
    """Run one of the portal's commands; progress goes to the terminal, what it prints is returned."""
    done = subprocess.run(
        [BIN / "flask", "--app", "wsgi", *words], env=environ, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        sys.exit(f"flask {' '.join(words)} failed: {done.stdout}")
    return done.stdout


def greet(environ: dict[str, str]) -> None:
    """Once the portal answers, say where, and who may sign in."""
    address = environ["PORTAL_BASE_URL"]
    end = time.monotonic() + PATIENCE
    while not _answers(f"{address}/health"):
        if time.monotonic() > end:
            print(f"The portal does not answer at {address} after {PATIENCE} s; see what web says above.")
            return
        time.sleep(0.1)
    sign_ins = (Path(environ["PORTAL_HOME"]) / "sign-ins.txt").read_text("utf-8").strip()
    print(f"\n  The portal      {address}")
    print(
        f"  Messages sent   {environ['PORTAL_SMS_URL']} (phones) · http://127.0.0.1:{environ['SANDBOX_MAIL_PORT']}"
    )
    print(f"  Stop it all     Ctrl-C\n\n{sign_ins}\n", flush=True)


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2) as answer:
            return bool(answer.status < 400)
    except OSError:
        return False


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
