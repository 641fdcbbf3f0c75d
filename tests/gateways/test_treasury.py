"""The treasury takes an order once, says how it stands, and what is odd about its answer is no answer."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from portal.core.keys import new_id
from portal.core.refusal import Unavailable
from portal.gateways.payments import Course
from portal.gateways.treasury import HttpTreasury, NotTaken, Order
from portal.settings import Settings
from sandbox.launch import Running
from tests.live import Outside

D = Decimal


@pytest.fixture
def there(sandbox: Outside) -> Iterator[Running]:
    running = sandbox.identity
    running.forget("refunds")
    yield running
    running.forget("refunds")
    running.forget("faults")


@pytest.fixture
def treasury(settings: Settings, there: Running) -> HttpTreasury:
    return HttpTreasury(settings)


def order(number: str = "6212345678901232") -> Order:
    return Order(new_id(), D("80.05"), "许清和", "滨海银行", number, "M-1")


def test_an_order_is_accepted_and_then_paid(treasury: HttpTreasury) -> None:
    asked = order()
    taken = treasury.order(asked)
    assert (taken.course, taken.amount) == (Course.PENDING, D("80.05"))
    found = treasury.transfer(asked.id)
    assert found is not None
    assert (found.course, found.ref) == (Course.DONE, taken.ref)


def test_an_order_sent_twice_is_one(treasury: HttpTreasury, there: Running) -> None:
    asked = order()
    assert treasury.order(asked).ref == treasury.order(asked).ref
    assert [one["times"] for one in there.ask("refunds")] == [2]


def test_the_same_id_for_another_sum_is_refused(treasury: HttpTreasury) -> None:
    asked = order()
    treasury.order(asked)
    with pytest.raises(NotTaken, match="id-used-otherwise"):
        treasury.order(replace(asked, amount=D("80.06")))


def test_an_order_never_sent_is_not_known(treasury: HttpTreasury) -> None:
    assert treasury.transfer(new_id()) is None


def test_a_wrong_holder_brings_it_back_with_the_reason(treasury: HttpTreasury) -> None:
    asked = order("6212345600020119")
    treasury.order(asked)
    found = treasury.transfer(asked.id)
    assert found is not None
    assert (found.course, found.why) == (Course.FAILED, "holder-differs")


@pytest.mark.parametrize("kind", ["outage", "garbage", "error_before", "cut_after"])
def test_no_clear_answer_is_none(treasury: HttpTreasury, there: Running, kind: str) -> None:
    there.tell("faults", kind=kind, path="/refunds")
    with pytest.raises(Unavailable):
        treasury.order(order())
