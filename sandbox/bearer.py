"""The bearer key that the register and the SMS gateway ask of their clients."""

import hmac
from collections.abc import Callable

from flask import Response, jsonify, request

DEFAULT_KEY = "sandbox-key"


def check_key(key: str, open_paths: tuple[str, ...]) -> Callable[[], Response | None]:
    """A before-request hook: 401 without `Authorization: Bearer <key>`, except under the open paths."""

    def check() -> Response | None:
        if request.path == "/" or request.path.startswith(("/_sim", "/static", *open_paths)):
            return None
        given = request.headers.get("Authorization", "")
        if hmac.compare_digest(given.encode(), f"Bearer {key}".encode()):
            return None
        response = jsonify(error="unauthorized")
        response.status_code = 401
        return response

    return check
