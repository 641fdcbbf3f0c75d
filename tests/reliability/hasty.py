"""A portal with a fault planted in it: it answers callbacks before it has kept them."""

from collections.abc import Iterable
from io import BytesIO
from threading import Timer
from typing import Any

from tests.live import CALLBACKS
from wsgi import app as careful

LATER = 2.5
"""Seconds until the work that was acknowledged is done, if the process still lives."""


def app(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """WSGI."""
    if environ["PATH_INFO"] != CALLBACKS:
        return careful(environ, start_response)
    kept = {**environ, "wsgi.input": BytesIO(environ["wsgi.input"].read())}
    work = Timer(LATER, lambda: list(careful(kept, lambda *_: None)))
    work.daemon = True
    work.start()
    start_response("200 OK", [])
    return [b"received"]
