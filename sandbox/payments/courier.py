"""Webhooks: signed as the API signs them, sent at least once, with every misfortune a test asks for."""

import json
import random
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fnmatch import fnmatch
from typing import Any
from urllib.parse import urlsplit

import urllib3
from stripe import WebhookSignature

from sandbox.clock import Clock
from sandbox.payments.errors import invalid
from sandbox.payments.store import Store
from sandbox.web import is_loopback

SENDERS = 8
TIMEOUT = 10.0
HOUR = 3600.0


@dataclass
class Conditions:
    """The weather on the way to the merchant.

    `duplicate` copies of each event; sent after `delay` seconds plus a random part of `shuffle` seconds (so
    that they overtake each other); lost for good with probability `drop`; kept back while `hold`; events
    whose type matches a pattern of `never_generate` do not come into being; what was not accepted is sent
    again after each of `backoff` seconds, then given up.
    """

    duplicate: int = 1
    delay: float = 0.0
    shuffle: float = 0.0
    drop: float = 0.0
    hold: bool = False
    never_generate: list[str] = field(default_factory=list)
    backoff: list[float] = field(default_factory=lambda: [1.0, 5.0, 30.0, 300.0, HOUR, 6 * HOUR, 24 * HOUR])

    def suppresses(self, event_type: str) -> bool:
        """Whether events of this type never come into being."""
        return any(fnmatch(event_type, pattern) for pattern in self.never_generate)


class Courier:
    """The deliveries under way, and the threads that carry them."""

    def __init__(self, store: Store, clock: Clock, chance: random.Random) -> None:
        self._store = store
        self._clock = clock
        self._chance = chance
        self._news = threading.Condition()
        self._ended = False
        self._threads: list[threading.Thread] = []
        self._pool = urllib3.PoolManager(maxsize=SENDERS, retries=False, timeout=TIMEOUT)
        self.conditions = Conditions()

    def open(self) -> None:
        """Begin to carry, starting with what a former run left undone."""
        self._store.run("UPDATE delivery SET state = 'due' WHERE state = 'sending'")
        self._store.after_commit = self.wake
        self._threads = [threading.Thread(target=self._carry, daemon=True) for _ in range(SENDERS)]
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Carry no more; what is undone stays for the next run."""
        self._ended = True
        self.wake()
        for thread in self._threads:
            thread.join(timeout=1)

    def wake(self) -> None:
        """Look again at what is due."""
        with self._news:
            self._news.notify_all()

    def post(self, event: dict[str, Any]) -> int:
        """Take an event for every endpoint that listens for it; the number of those endpoints."""
        endpoints = [one for one in self._store.all("webhook_endpoint") if listens(one, event["type"])]
        for endpoint in endpoints:
            for _ in range(self.conditions.duplicate):
                self._take(event["id"], endpoint["id"])
        return len(endpoints)

    def _take(self, event_id: str, endpoint_id: str) -> None:
        now = self.conditions
        due = self._clock.now() + now.delay + now.shuffle * self._chance.random()
        state = "dropped" if self._chance.random() < now.drop else "held" if now.hold else "due"
        self._store.run(
            "INSERT INTO delivery (event, endpoint, due, state) VALUES (?, ?, ?, ?)",
            event_id,
            endpoint_id,
            due,
            state,
        )

    def _carry(self) -> None:
        while not self._ended:
            if not self._carry_one():
                with self._news:
                    self._news.wait(0.2)

    def _carry_one(self) -> bool:
        claimed = self._store.rows(
            "UPDATE delivery SET state = 'sending' WHERE id = (SELECT id FROM delivery WHERE state = 'due' "
            "AND due <= ? ORDER BY due, id LIMIT 1) RETURNING id, event, endpoint, answers",
            self._clock.now(),
        )
        if not claimed:
            return False
        delivery_id, event_id, endpoint_id, answers = claimed[0]
        status = self.send(event_id, endpoint_id)
        self._note(delivery_id, [*json.loads(answers), status])
        return True

    def _note(self, delivery_id: int, answers: list[int | None]) -> None:
        status, backoff = answers[-1], self.conditions.backoff
        due = self._clock.now()
        if status is not None and 200 <= status < 300:
            state = "delivered"
        elif len(answers) > len(backoff):
            state = "failed"
        else:
            state, due = "due", due + backoff[len(answers) - 1]
        self._store.run(
            "UPDATE delivery SET state = ?, due = ?, answers = ? WHERE id = ?",
            state,
            due,
            json.dumps(answers),
            delivery_id,
        )
        self.wake()

    def send(self, event_id: str, endpoint_id: str) -> int | None:
        """Send an event once, now; the status answered, or None if nothing was."""
        with self._store.transaction():
            event = self._store.get("event", event_id)
            endpoint = self._store.get("webhook_endpoint", endpoint_id)
            if event is None or endpoint is None:
                return None
            body = rendered(event, endpoint)
            signature = self.signature(endpoint_id, body)
        return self.transmit(endpoint["url"], body.encode(), signature)

    def deliver(self, events: list[str], copies: int = 1, parallel: bool = False) -> list[dict[str, Any]]:
        """Send these events now, in this order or all at once, to every endpoint: the status of each."""
        endpoints = self._store.all("webhook_endpoint", status="enabled")
        jobs = [(event, endpoint["id"]) for event in events for _ in range(copies) for endpoint in endpoints]
        with ThreadPoolExecutor(max_workers=len(jobs) or 1 if parallel else 1) as threads:
            statuses = list(threads.map(lambda job: self.send(*job), jobs))
        for (event, endpoint), status in zip(jobs, statuses, strict=True):
            if status is not None and 200 <= status < 300:
                self._store.run(
                    "UPDATE delivery SET state = 'delivered' WHERE event = ? AND endpoint = ?",
                    event,
                    endpoint,
                )
        return [{"event": job[0], "status": status} for job, status in zip(jobs, statuses, strict=True)]

    def transmit(self, url: str, body: bytes, signature: str | None) -> int | None:
        """One POST to a merchant's address; the status answered, or None if nothing was."""
        headers = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "Stripe/1.0 (+sandbox)"}
        if signature is not None:
            headers["Stripe-Signature"] = signature
        try:
            return self._pool.request("POST", url, body=body, headers=headers, redirect=False).status
        except urllib3.exceptions.HTTPError:
            return None

    def signature(self, endpoint_id: str, body: str, at: int | None = None) -> str:
        """The genuine Stripe-Signature header: one v1 for each secret now valid."""
        at = self._clock.second() if at is None else at
        headers = [
            WebhookSignature.generate_signature_header(body, secret, at)
            for secret in self.secrets(endpoint_id)
        ]
        return ",".join([headers[0], *(header.split(",", 1)[1] for header in headers[1:])])

    def secrets(self, endpoint_id: str) -> list[str]:
        """The secrets of an endpoint now valid, newest first."""
        kept = self._store.aside(endpoint_id)["secrets"]
        now = self._clock.now()
        return [secret for secret, until in kept if until is None or until > now]

    def pending(self, event_id: str) -> int:
        """To how many endpoints an event has not yet been delivered."""
        return int(
            self._store.rows(
                "SELECT count(DISTINCT endpoint) FROM delivery WHERE event = ? AND endpoint NOT IN "
                "(SELECT endpoint FROM delivery WHERE event = ? AND state = 'delivered')",
                event_id,
                event_id,
            )[0][0]
        )

    def deliveries(self) -> list[dict[str, Any]]:
        """Every delivery: event, type, endpoint, state, and the statuses answered so far."""
        rows = self._store.rows(
            "SELECT d.event, json_extract(o.body, '$.type'), d.endpoint, d.state, d.due, d.answers "
            "FROM delivery d JOIN object o ON o.id = d.event ORDER BY d.id"
        )
        names = ("event", "type", "endpoint", "state", "due", "answers")
        return [dict(zip(names, (*row[:5], json.loads(row[5])), strict=True)) for row in rows]


def listens(endpoint: dict[str, Any], event_type: str) -> bool:
    """Whether an endpoint asked for events of this type."""
    return endpoint["status"] == "enabled" and any(
        fnmatch(event_type, one) for one in endpoint["enabled_events"]
    )


def rendered(event: dict[str, Any], endpoint: dict[str, Any]) -> str:
    """The body an endpoint receives: its version is the endpoint's, not that of any SDK."""
    return json.dumps(
        event | {"api_version": endpoint["api_version"] or event["api_version"]}, ensure_ascii=False
    )


def check_target(url: str) -> None:
    """ApiError unless webhooks to this address stay on this machine."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not is_loopback(parts.hostname):
        raise invalid("Invalid URL: the sandbox sends webhooks to this machine only", "url", "url_invalid")
