"""What every service of the sandbox shares as a web server: headers, languages, loopback only, clean stop."""

import ipaddress
import threading
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from flask import Flask, Response, abort, request
from jinja2 import StrictUndefined
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

HERE = Path(__file__).parent
BEIJING = ZoneInfo("Asia/Shanghai")
LANGUAGES = ("zh", "en")


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address can only mean this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def new_app(name: str, run: str) -> Flask:
    """A Flask application with the sandbox's templates, headers and `/_sim/run`."""
    app = Flask(
        f"sandbox.{name}", template_folder=str(HERE / "templates"), static_folder=str(HERE / "static")
    )
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.filters["beijing"] = beijing
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    app.json.sort_keys = False  # type: ignore[attr-defined]

    @app.before_request
    def only_this_machine() -> None:
        # A page from elsewhere whose name resolves to 127.0.0.1 must not drive the sandbox.
        if not is_loopback(urlsplit(f"//{request.host}").hostname):
            abort(421)

    @app.after_request
    def headers(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", policy())
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "no-referrer"
        response.headers.setdefault("Cache-Control", "no-store")
        return response

    @app.get("/_sim/run")
    def which_run() -> dict[str, str]:
        return {"name": name, "run": run}

    return app


def beijing(instant: str | float) -> str:
    """An instant (ISO 8601 or epoch seconds) as pages show it: date and time in Beijing."""
    moment = (
        datetime.fromisoformat(instant) if isinstance(instant, str) else datetime.fromtimestamp(instant, UTC)
    )
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")


def policy(*form_targets: str) -> str:
    """The Content-Security-Policy of a page whose forms may lead to these further origins."""
    targets = " ".join(("'self'", *form_targets))
    return (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
        f"form-action {targets}; frame-ancestors 'none'; base-uri 'none'"
    )


def language(preferred: str | None = None) -> str:
    """`zh` or `en`: from ?lang, else what the caller prefers, else the browser."""
    for choice in (request.args.get("lang"), preferred):
        if choice and choice.split("-")[0] in LANGUAGES:
            return choice.split("-")[0]
    return request.accept_languages.best_match(LANGUAGES) or "zh"


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: object) -> None:  # noqa: A002 (werkzeug's names)
        """Say nothing per request: the ready line is the only output."""


@dataclass(frozen=True)
class Listening:
    """A web server that answers in a thread of its own."""

    url: str
    server: BaseWSGIServer

    def stop(self) -> None:
        """Answer no more."""
        self.server.shutdown()
        self.server.server_close()


def listen(app: Flask, host: str, port: int) -> Listening:
    """Serve an application on a loopback address; port 0 takes a free one."""
    if not is_loopback(host):
        raise SystemExit(f"sandbox: {host} is not a loopback address; the sandbox serves this machine only")
    server = make_server(host, port, app, threaded=True, request_handler=_Quiet)
    server.daemon_threads = True  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    return Listening(f"http://{host}:{server.port}", server)
