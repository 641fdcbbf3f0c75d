"""Planned faults strike as planned, and only there."""

import time

import httpx
import pytest
import stripe

from tests.sandbox.conftest import client_of, order


def listed(gateway, **options):
    return client_of(gateway, **options).v1.checkout.sessions.list().data


def test_too_many_requests(gateway):
    gateway.tell("faults", kind="rate_limit")
    with pytest.raises(stripe.RateLimitError):
        listed(gateway)
    assert listed(gateway) == []


def test_an_outage_lasts_until_it_is_over(gateway):
    gateway.tell("faults", kind="outage")
    for _ in range(3):
        with pytest.raises(stripe.APIConnectionError):
            listed(gateway)
    gateway.forget("faults")
    assert listed(gateway) == []


def test_a_cut_before_the_effect_has_none(gateway, client):
    gateway.tell("faults", kind="cut_before", path="/v1/checkout", method="POST")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.checkout.sessions.create(params=order())
    assert listed(gateway) == []


def test_a_cut_after_the_effect_has_it(gateway, client):
    gateway.tell("faults", kind="cut_after", path="/v1/checkout", method="POST")
    with pytest.raises(stripe.APIConnectionError):
        client.v1.checkout.sessions.create(params=order())
    assert [one.client_reference_id for one in listed(gateway)] == ["order-1"]


def test_garbage(gateway):
    gateway.tell("faults", kind="garbage")
    with pytest.raises(stripe.APIError, match="Invalid response body"):
        listed(gateway)


@pytest.mark.parametrize("kind", ["slow", "slow_body"])
def test_slowness(gateway, kind):
    gateway.tell("faults", kind=kind, seconds=5.0, times=1)
    begun = time.monotonic()
    with pytest.raises(stripe.APIConnectionError):
        listed(gateway, http_client=stripe.RequestsClient(timeout=0.3))
    assert time.monotonic() - begun < 4


def test_the_gateway_may_say_whether_to_try_again(gateway):
    gateway.tell("faults", kind="error_before", should_retry=False, times=1)
    with pytest.raises(stripe.APIError):
        listed(gateway, max_network_retries=2)
    assert listed(gateway) == []


def test_a_fault_strikes_its_path_and_method_so_many_times(gateway, client):
    gateway.tell("faults", kind="error_before", path="/v1/refunds", method="GET", times=2)
    assert listed(gateway) == []
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            client.v1.refunds.list()
    assert client.v1.refunds.list().data == []
    assert gateway.ask("faults")[0]["struck"] == 2


def test_chance_repeats_with_its_seed(gateway):
    def fates():
        gateway.forget("faults")
        gateway.tell("chance", seed=3)
        gateway.tell("faults", kind="error_before", p=0.5, times=None)
        address = f"{gateway.base_url}/v1/nothing"
        return [httpx.get(address, trust_env=False).status_code for _ in range(12)]

    first = fates()
    assert set(first) == {404, 500}
    assert first == fates()


@pytest.mark.parametrize("nonsense", [{"kind": "earthquake"}, {"kind": "slow", "minutes": 1}, {}])
def test_a_fault_nobody_knows_is_refused(gateway, nonsense):
    with pytest.raises(RuntimeError, match="400"):
        gateway.tell("faults", **nonsense)
