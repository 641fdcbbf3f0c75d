"""How long a session lives, and what is remembered of the browser it belongs to."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network

TOUCH_EVERY = timedelta(minutes=1)
"""How exactly the last visit is kept: a page look writes at most this often."""

MOST_AT_ONCE = 10
"""Sessions of one account; a further sign-in ends the one unused for longest."""


@dataclass(frozen=True)
class Lifetime:
    """A session ends when unused for `idle`, and `absolute` after its start in any case."""

    idle: timedelta
    absolute: timedelta


LIFETIMES = {
    "taxpayer": Lifetime(timedelta(minutes=20), timedelta(hours=12)),
    "staff": Lifetime(timedelta(minutes=10), timedelta(hours=8)),
}


def is_live(role: str, created_at: datetime, last_seen_at: datetime, at: datetime) -> bool:
    """Whether a session still opens doors at this instant."""
    lifetime = LIFETIMES[role]
    return at < last_seen_at + lifetime.idle and at < created_at + lifetime.absolute


def token_hash(token: str) -> str:
    """What the database keeps of a session token: SHA-256, since the token itself holds 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()


_BROWSERS = (
    (r"MicroMessenger", "WeChat"),
    (r"Edg(e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/", "Chrome"),
    (r"Safari/", "Safari"),
)
_SYSTEMS = (
    (r"HarmonyOS|OpenHarmony", "HarmonyOS"),
    (r"Android", "Android"),
    (r"iPhone|iPad|iOS", "iOS"),
    (r"Windows", "Windows"),
    (r"Mac OS X|Macintosh", "macOS"),
    (r"Linux", "Linux"),
)


def device(user_agent: str) -> str:
    """A short name for a browser, such as "Chrome · Windows"; "" when nothing in it is known.

    A few words chosen by us, never the text the browser sent.
    """
    named = (
        next((name for pattern, name in known if re.search(pattern, user_agent)), "")
        for known in (_BROWSERS, _SYSTEMS)
    )
    return " · ".join(filter(None, named))


def source(address: str) -> str:
    """What counts as one source of attempts: an IPv4 address, or the /64 that one IPv6 line owns."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    mapped = getattr(found, "ipv4_mapped", None)
    if mapped is not None:
        return str(mapped)
    return str(found) if found.version == 4 else str(ip_network(f"{found}/64", strict=False))


def origin(address: str) -> str:
    """The network a session came from, as shown to its owner: /24 for IPv4, /64 for IPv6."""
    one = source(address)
    return str(ip_network(f"{one}/24", strict=False)) if "." in one and "/" not in one else one


@dataclass(frozen=True)
class Browser:
    """What is remembered of whoever signs in: no address in full, no text of the browser's own."""

    device: str
    origin: str

    @classmethod
    def of(cls, user_agent: str, address: str) -> "Browser":
        return cls(device(user_agent), origin(address))


FAMILIAR_FOR = timedelta(days=180)
"""A browser or network that signed in within this time is no news."""
