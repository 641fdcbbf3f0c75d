"""Coarse limits per address against floods. Tries at secrets are counted in the database, never here."""

from ipaddress import IPv6Address, ip_address

from flask import Flask, request
from flask_limiter import Limiter

from portal.core.access import MACHINES, allowed_of


def source() -> str:
    """The network an address stands for: an IPv4 address itself, an IPv6 one by its /64."""
    text = request.remote_addr or "127.0.0.1"
    address = ip_address(text.partition("%")[0])
    return str(IPv6Address(int(address) >> 64 << 64)) if isinstance(address, IPv6Address) else text


def install(app: Flask, rate: str, redis_url: str) -> None:
    """At most `rate` ("1200 per minute") from one network; gateways are not limited, they retry.

    Without Redis, or while it is down, each process counts for itself.
    """
    Limiter(
        source,
        app=app,
        default_limits=[rate],
        default_limits_exempt_when=_is_machine,
        storage_uri=redis_url or "memory://",
        in_memory_fallback=[rate] if redis_url else None,
        in_memory_fallback_enabled=bool(redis_url),
        headers_enabled=False,
    )


def _is_machine() -> bool:
    allowed = allowed_of(request.endpoint)
    return allowed is not None and allowed.audience in MACHINES
