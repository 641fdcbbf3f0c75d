"""`/_sim` over webhooks: the weather on their way, what is held, sent again, rolled or forged."""

import dataclasses
import time
from typing import Any

from flask import request

from sandbox.payments.account import Account, token
from sandbox.payments.control import Call
from sandbox.payments.forging import forge

AT_REST = {"delivered", "failed", "dropped", "held"}
DAY = 24 * 60 * 60


class WebhookControl:
    """The calls over webhooks."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._courier = account.courier
        self._store = account.store

    def calls(self) -> dict[str, Call]:
        """Every call by method and path."""
        return {
            "GET webhooks": self.conditions,
            "POST webhooks": self.conditions,
            "GET deliveries": self._courier.deliveries,
            "POST deliver": self._courier.deliver,
            "POST release": self.release,
            "POST flush": self.flush,
            "GET idle": self.idle,
            "POST endpoints/<endpoint>/roll": self.roll,
            "POST forge": self.forge,
        }

    def conditions(self, **change: Any) -> dict[str, Any]:
        """Change the weather; what is left out stays as it is."""
        self._courier.conditions = dataclasses.replace(self._courier.conditions, **change)
        return dataclasses.asdict(self._courier.conditions)

    def release(self) -> dict[str, int]:
        """Send what is held, and hold no more."""
        self._courier.conditions.hold = False
        released = self._store.run("UPDATE delivery SET state = 'due' WHERE state = 'held'")
        self._courier.wake()
        return {"released": released}

    def flush(self, seconds: float = 10.0) -> dict[str, int]:
        """Send everything outstanding now, whatever the back-off, and wait; the number in each state."""
        self._store.run("UPDATE delivery SET due = 0 WHERE state = 'due'")
        self._courier.wake()
        return self._settle(seconds)

    def idle(self) -> dict[str, int]:
        """Wait until nothing is outstanding, at most ?seconds; the number in each state."""
        return self._settle(request.args.get("seconds", 10.0, type=float))

    def _settle(self, seconds: float) -> dict[str, int]:
        until = time.monotonic() + seconds
        while True:
            states = dict(self._store.rows("SELECT state, count(*) FROM delivery GROUP BY state"))
            if states.keys() <= AT_REST or time.monotonic() > until:
                return states
            time.sleep(0.01)

    def roll(self, endpoint: str, secret: str | None = None, seconds: float = DAY) -> dict[str, Any]:
        """Give an endpoint a new secret; the old ones sign too for some seconds more."""
        self._account.get("webhook_endpoint", endpoint)
        until = self._account.clock.now() + seconds
        fresh = secret or token("whsec_", 32)
        kept = self._store.aside(endpoint)["secrets"]
        ending = [[old, until if end is None else end] for old, end in kept]
        self._store.set_aside(endpoint, secrets=[[fresh, None], *ending])
        return {"secret": fresh, "until": until}

    def forge(self, kind: str, event: str | None = None) -> list[dict[str, Any]]:
        """Send a forgery of an event."""
        return forge(self._account, kind, event)
