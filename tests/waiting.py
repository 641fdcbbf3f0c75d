"""Waiting for other processes: the only place where a test lets time pass."""

import socket
import time
from collections.abc import Callable
from threading import Event
from typing import TypeVar

Found = TypeVar("Found")
_NEVER = Event()


def until(look: Callable[[], Found], *, within: float = 20, every: float = 0.05) -> Found:
    """Look again and again until there is something; what it is. AssertionError after `within` seconds.

    A look that fails with an OSError (nobody listens yet) has found nothing.
    """
    end = time.monotonic() + within
    while True:
        try:
            found = look()
        except OSError as error:
            found, last = None, error  # type: ignore[assignment]
        else:
            last = None
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"nothing within {within} s: {look.__doc__ or look}") from last
        _NEVER.wait(every)


def let_pass(seconds: float) -> None:
    """Let other processes work for a while, where there is nothing to look for."""
    _NEVER.wait(seconds)


def free_ports(count: int) -> list[int]:
    """Ports on 127.0.0.1 that nobody uses now."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [taken.getsockname()[1] for taken in sockets]
    for taken in sockets:
        taken.close()
    return ports
