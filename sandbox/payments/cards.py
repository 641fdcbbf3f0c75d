"""Stripe's published test cards, and what each does."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Card:
    """A test card. `decline` is the decline code it is refused with, if any."""

    number: str
    brand: str = "visa"
    country: str = "US"
    decline: str | None = None
    code: str = "card_declined"
    authenticate: bool = False
    refund: str = "succeeded"
    dispute: str | None = None

    @property
    def last4(self) -> str:
        """The digits that may be shown."""
        return self.number[-4:]


MESSAGES = {
    "card_declined": "Your card was declined.",
    "insufficient_funds": "Your card has insufficient funds.",
    "expired_card": "Your card has expired.",
    "incorrect_cvc": "Your card's security code is incorrect.",
    "processing_error": "An error occurred while processing your card. Try again in a little bit.",
    "test_mode_live_card": "Your card was declined. Your request was in test mode, but used a non test card. "
    "For a list of valid test cards, visit: https://stripe.com/docs/testing.",
    "authentication_required": "We are unable to authenticate your payment method. "
    "Please choose a different payment method and try again.",
}

CARDS = {
    card.number: card
    for card in (
        Card("4242424242424242"),
        Card("5555555555554444", "mastercard"),
        Card("6200000000000005", "unionpay", "CN"),
        Card("4000001560000002", "visa", "CN"),
        Card("4000000000000002", decline="generic_decline"),
        Card("4000000000009995", decline="insufficient_funds"),
        Card("4000000000009987", decline="lost_card"),
        Card("4000000000009979", decline="stolen_card"),
        Card("4000000000000069", decline="expired_card", code="expired_card"),
        Card("4000000000000127", decline="incorrect_cvc", code="incorrect_cvc"),
        Card("4000000000000119", decline="processing_error", code="processing_error"),
        Card("4000002500003155", authenticate=True),
        Card("4000000000007726", refund="pending"),
        Card("4000000000005126", refund="failed"),
        Card("4000000000000259", dispute="fraudulent"),
    )
}


def look_up(number: str) -> Card:
    """The test card with this number; any other number is a card that test mode declines."""
    return CARDS.get(number) or Card(number, "unknown", decline="test_mode_live_card")


def message(card: Card) -> str:
    """Why a card was refused, in the API's words."""
    return MESSAGES.get(card.decline or "", MESSAGES.get(card.code, MESSAGES["card_declined"]))


def is_luhn(number: str) -> bool:
    """Whether a number has a card's length and check digit."""
    if not (number.isascii() and number.isdigit() and 12 <= len(number) <= 19):
        return False
    doubled = (int(digit) * (2 if i % 2 else 1) for i, digit in enumerate(reversed(number)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
