"""How the law or the state of things says no: one exception, its reasons declared beside the rules.

And how the world does: `Unavailable`, when an outside system does not answer."""

from dataclasses import dataclass

REASONS: dict[str, "Reason"] = {}


@dataclass(frozen=True)
class Reason:
    """Why something cannot be done, and what the person can do next.

    `text` and `remedy` are Chinese source text; `{name}` in them is filled from the refusal's facts.
    `way_on` leads to the page where it goes on: its words, its endpoint, and the fact that is its argument.
    """

    code: str
    text: str
    remedy: str
    way_on: tuple[str, str, str] | None = None


def reason(code: str, text: str, remedy: str, way_on: tuple[str, str, str] | None = None) -> Reason:
    """Declare a reason once, beside the rule that gives it. A code used twice is a programming error."""
    if code in REASONS:
        raise ValueError(f"reason {code!r} is declared twice")
    REASONS[code] = Reason(code, text, remedy, way_on)
    return REASONS[code]


class Refusal(Exception):
    """Raised by rules and services; leaves the transaction, and one handler shows it with status 409."""

    def __init__(self, why: Reason, **facts: object) -> None:
        super().__init__(why.code)
        self.reason = why
        self.facts = facts


class Unavailable(Exception):
    """An outside system did not answer in time. Shown as 503 with Retry-After; nothing was half done.

    `system` names it ("identity", "payments", …) for logs; `retry_after` is in seconds.
    """

    def __init__(self, system: str, retry_after: int = 30) -> None:
        super().__init__(system)
        self.system = system
        self.retry_after = retry_after
