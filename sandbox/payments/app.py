"""The payments gateway put together: account, API, hosted pages, controls, and its two kinds of threads."""

import random
import threading

from flask import Flask

from sandbox.clock import Clock
from sandbox.faults import Faults, guard
from sandbox.options import Options
from sandbox.payments.account import Account
from sandbox.payments.agenda import keep_up
from sandbox.payments.api import Api
from sandbox.payments.control import Control, install
from sandbox.payments.endpoints import create_webhook
from sandbox.payments.hosted import Hosted
from sandbox.payments.keys import Keys
from sandbox.payments.store import Store
from sandbox.payments.webhook_control import WebhookControl
from sandbox.web import new_app


class Gateway:
    """The running gateway; it begins to act once it knows its own address."""

    def __init__(self, options: Options, clock: Clock) -> None:
        self._options = options
        self._ended = threading.Event()
        chance = random.Random(options.seed)
        self.account = Account(Store(options.state), clock, chance)
        faults = Faults(chance, path="/v1/")
        self.app: Flask = new_app("payments", options.run)
        guard(self.app, faults, leave=("error_after",))
        Api(self.account, Keys(options.payment_keys), faults).install(self.app)
        install(self.app, Control(self.account, faults).calls() | WebhookControl(self.account).calls())
        Hosted(self.account).install(self.app)

    def open(self, url: str) -> None:
        """Begin: know the webhook endpoints given at the start, send what is due, do what comes due."""
        self.account.base_url = url
        for target, secret in self._options.webhooks:
            # Replaced rather than kept: the secret may be another one since the last start.
            for stale in self.account.store.all("webhook_endpoint", url=target):
                self.account.store.delete(stale["id"])
            create_webhook(self.account, target, secret, ["*"], None)
        self.account.courier.open()
        threading.Thread(target=keep_up, args=(self.account, self._ended), daemon=True).start()

    def close(self) -> None:
        """End cleanly; what is not done stays for the next start."""
        self._ended.set()
        self.account.courier.close()
