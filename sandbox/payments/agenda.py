"""What happens by itself when its time comes: sessions expire, refunds end, test cards dispute."""

import threading
from collections.abc import Callable

from sandbox.payments.account import Account
from sandbox.payments.errors import ApiError
from sandbox.payments.returning import dispute, end_refund
from sandbox.payments.sessions import expire_in_time


def _succeed_refund(account: Account, refund_id: str) -> None:
    end_refund(account, account.get("refund", refund_id), "succeeded")


def _fail_refund(account: Account, refund_id: str) -> None:
    end_refund(account, account.get("refund", refund_id), "failed")


def _dispute(account: Account, charge_id: str) -> None:
    dispute(account, account.get("charge", charge_id))


ACTS: dict[str, Callable[[Account, str], None]] = {
    "expire": expire_in_time,
    "succeed_refund": _succeed_refund,
    "fail_refund": _fail_refund,
    "dispute": _dispute,
}


def catch_up(account: Account) -> None:
    """Do everything that is due, oldest first."""
    while True:
        with account.store.transaction():
            due = account.store.rows(
                "DELETE FROM agenda WHERE id = "
                "(SELECT id FROM agenda WHERE due <= ? ORDER BY due, id LIMIT 1) RETURNING act, subject",
                account.clock.now(),
            )
            if not due:
                return
            act, subject = due[0]
            try:
                ACTS[act](account, subject)
            except ApiError:
                # Somebody has ended it meanwhile, by the API or by /_sim; the plan is void.
                continue


def keep_up(account: Account, ended: threading.Event) -> None:
    """Catch up again and again until `ended`."""
    while not ended.wait(0.1):
        catch_up(account)
