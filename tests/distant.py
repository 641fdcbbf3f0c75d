"""A visitor of a portal that runs in other processes: the same verbs and audit, over a real socket."""

from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import urlencode, urlsplit

import httpx
from flask.testing import FlaskClient
from werkzeug.datastructures import Headers, MultiDict

from tests.visitor import Visitor


class DistantVisitor(Visitor):
    """Someone without script at the end of a wire. The portal may die under a request: `httpx.HTTPError`."""

    def __init__(self, url: str, language: str = "zh") -> None:
        self.origin = url
        self.language = language
        self.client = cast(FlaskClient, _WireClient(url))
        if language != "zh":
            self.client.set_cookie("lang", language)

    @property
    def cookie(self) -> str:
        return "portal"

    def knows_statements(self) -> bool:
        """What a process says to its database is not seen from here."""
        return False


@dataclass(frozen=True)
class _Asked:
    method: str
    path: str
    full_path: str


class _WireClient:
    """As much of Flask's test client as a visitor uses."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=20)

    def open(
        self, path: str, method: str, data: "MultiDict[str, Any] | None", headers: dict[str, str]
    ) -> "_WireResponse":
        fields = [(k, v) for k, v in data.items(multi=True) if isinstance(v, str)] if data else []
        files = [(k, (v[1], v[0])) for k, v in data.items(multi=True) if isinstance(v, tuple)] if data else []
        if files:
            answer = self._http.request(method, path, data=dict(fields), files=files, headers=headers)
        elif method == "GET":
            answer = self._http.request(method, path, headers=headers)
        else:
            form = {"Content-Type": "application/x-www-form-urlencoded"} | headers
            answer = self._http.request(method, path, content=urlencode(fields), headers=form)
        return _WireResponse(answer, method, path)

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def get_cookie(self, name: str) -> str | None:
        return self._http.cookies.get(name)

    def set_cookie(self, name: str, value: str) -> None:
        self._http.cookies.set(name, value)


class _WireResponse:
    """As much of Werkzeug's test response as a page uses."""

    def __init__(self, answer: httpx.Response, method: str, path: str) -> None:
        self._answer = answer
        self.status_code = answer.status_code
        self.headers = Headers(answer.headers.multi_items())
        self.mimetype = answer.headers.get("content-type", "").partition(";")[0]
        self.request = _Asked(method, urlsplit(path).path, path)

    def get_data(self, as_text: bool = False) -> str | bytes:
        return self._answer.text if as_text else self._answer.content
