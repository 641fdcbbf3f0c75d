"""The identity register: whether a name, a number and a mobile belong to one person."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from portal.core.refusal import Unavailable
from portal.gateways.wire import JsonService

if TYPE_CHECKING:
    from portal.settings import Settings

SECONDS = 3.0


@dataclass(frozen=True)
class Match:
    """`person`: name and number belong together; `mobile`: and the mobile is in that person's name."""

    person: bool
    mobile: bool


class IdentityRegister(Protocol):
    """Who answers whether people are who they say."""

    def match(self, name: str, kind: str, number: str, mobile: str = "") -> Match:
        """Ask about one person, and their mobile if one is given.

        Raises `Unavailable` when no clear answer comes in time.
        """
        ...


class HttpIdentityRegister:
    """The register over HTTP."""

    def __init__(self, settings: "Settings") -> None:
        self._service = JsonService("identity", settings.identity_url, settings.identity_key, seconds=SECONDS)

    def match(self, name: str, kind: str, number: str, mobile: str = "") -> Match:
        asked = {"name": name, "id_kind": kind, "id_number": number}
        if mobile:
            asked["mobile"] = mobile
        answer = self._service.post("/match", asked)
        person, owns = answer.body.get("matched"), answer.body.get("mobile_matched")
        # "matched" must be a plain yes or no: a register that answers 1 or "true" is not the one we know.
        if answer.status != 200 or not isinstance(person, bool) or not isinstance(owns, bool | None):
            raise Unavailable("identity")
        return Match(person=person, mobile=person and owns is True)
