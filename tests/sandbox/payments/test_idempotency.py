"""The first answer to an idempotency key is kept and given again, even if it was a failure."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import stripe

from tests.sandbox.conftest import client_of, order
from tests.waiting import until

KEYED = {"idempotency_key": "attempt-1"}


def create(client, options=KEYED, **changes):
    return client.v1.checkout.sessions.create(params=order(**changes), options=options)


def test_the_same_request_answers_the_same_session(client):
    first, second = create(client), create(client)
    assert first.id == second.id
    assert "Idempotent-Replayed" not in first.last_response.headers
    assert second.last_response.headers["Idempotent-Replayed"] == "true"
    assert len(client.v1.checkout.sessions.list().data) == 1


def test_another_request_under_the_key_is_an_error(client):
    create(client)
    with pytest.raises(stripe.IdempotencyError):
        create(client, client_reference_id="order-2")


def test_a_refused_request_does_not_use_up_the_key(client):
    with pytest.raises(stripe.InvalidRequestError):
        create(client, mode="gift")
    assert create(client).status == "open"


def test_a_key_is_forgotten_after_a_day(client, gateway):
    first = create(client)
    gateway.tell("clock", jump=86400 + 2)
    assert create(client).id != first.id


def test_a_failure_after_the_effect_is_kept(client, gateway):
    gateway.tell("faults", kind="error_after", path="/v1/checkout")
    for _ in range(2):
        with pytest.raises(stripe.APIError):
            create(client)
    assert len(client.v1.checkout.sessions.list().data) == 1
    assert create(client, {"idempotency_key": "attempt-2"}).status == "open"


def test_a_failure_before_the_effect_is_not_kept(client, gateway):
    gateway.tell("faults", kind="error_before", path="/v1/checkout")
    with pytest.raises(stripe.APIError):
        create(client)
    assert create(client).status == "open"


def test_the_sdk_gets_over_a_cut_connection(gateway):
    gateway.tell("faults", kind="cut_after", path="/v1/checkout", method="POST")
    patient = client_of(gateway, max_network_retries=2)
    assert create(patient).last_response.headers["Idempotent-Replayed"] == "true"
    assert len(patient.v1.checkout.sessions.list().data) == 1


def test_two_at_once_are_refused(gateway):
    client = client_of(gateway)
    gateway.tell("faults", kind="slow_effect", path="/v1/checkout", method="POST", seconds=1.0, times=1)
    with ThreadPoolExecutor() as threads:
        first = threads.submit(create, client)
        until(lambda: gateway.ask("faults")[0]["struck"])
        with pytest.raises(stripe.APIError) as caught:
            create(client)
        assert (caught.value.http_status, caught.value.error.code) == (409, "idempotency_key_in_use")
        assert create(client_of(gateway, max_network_retries=5)).id == first.result().id
