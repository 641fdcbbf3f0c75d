"""The SMS gateway."""

from typing import TYPE_CHECKING, Protocol

from portal.core.refusal import Unavailable
from portal.gateways.wire import JsonService

if TYPE_CHECKING:
    from portal.settings import Settings

SECONDS = 5.0


class SmsSender(Protocol):
    """Who carries texts to phones."""

    def send(self, to: str, text: str, reference: str) -> None:
        """Hand over one text. The same `reference` again sends nothing twice. Raises `Unavailable`."""
        ...


class HttpSmsSender:
    """The gateway over HTTP."""

    def __init__(self, settings: "Settings") -> None:
        self._service = JsonService("sms", settings.sms_url, settings.sms_key, seconds=SECONDS)

    def send(self, to: str, text: str, reference: str) -> None:
        answer = self._service.post("/messages", {"to": to, "text": text, "reference": reference})
        if answer.status not in {200, 201}:
            raise Unavailable("sms")
