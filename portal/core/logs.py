"""What the processes write down: one JSON object a line, in UTC, without personal data.

Values are redacted by key and by pattern: whatever looks like an identity number, a credit code, a card, a
mobile, a mail address or a token is shortened before it is written. Tracebacks carry no local variables, and
what a database says of an error neither the row nor the values it was about.
"""

import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

SECRET_KEYS = re.compile(r"password|secret|token|code|mobile|email|name|number|cookie", re.IGNORECASE)
PERSONAL = re.compile(r"\b(?:[0-9]{17}[0-9Xx]|[0-9A-HJ-NP-RT-UW-Y]{18}|[0-9]{13,19}|1[3-9][0-9]{9})\b")
MAIL = re.compile(r"[\w.+-]+@(?=[\w-]+\.)")
SECRET = re.compile(
    r"\b(?:(?:sk|rk)_(?:live|test)|whsec)_\w+|(?<![\w-])(?=[\w-]*[0-9])(?=[\w-]*[A-Z])[\w-]{40,}"
)
"""Keys of the gateway, and tokens as we make them: 40 characters and more that mix figures and capitals."""
ROW = re.compile(r"DETAIL:.*?(?=\n\[SQL:|\Z)|\[parameters:.*?(?=\n\(Background|\Z)", re.DOTALL)
"""Where PostgreSQL names the row an error is about, and SQLAlchemy the values."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


def install() -> None:
    """Let structlog write JSON lines to standard error."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper("iso", utc=True),
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            redacted,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def redacted(_logger: object, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """The event without personal data and control characters."""
    return {key: "[redacted]" if SECRET_KEYS.search(key) else _clean(value) for key, value in event.items()}


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        text = SECRET.sub("[redacted]", MAIL.sub("…@", ROW.sub("[row]", value)))
        return CONTROL.sub(" ", PERSONAL.sub(lambda found: f"{found[0][:2]}…{found[0][-2:]}", text))
    if isinstance(value, Mapping):
        return {key: _clean(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(inner) for inner in value]
    return value
