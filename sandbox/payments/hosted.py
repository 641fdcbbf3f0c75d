"""The hosted payment pages."""

from flask import Blueprint

from sandbox.payments.account import Account


def pages(account: Account) -> Blueprint:
    """The pages over one account."""
    return Blueprint("hosted", __name__)
