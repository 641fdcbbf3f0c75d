"""Floods from one network are turned away; whoever is within the limit, and every gateway, is not."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from signal import SIGCONT, SIGSTOP
from socket import create_connection
from subprocess import DEVNULL, Popen
from threading import active_count
from time import monotonic
from typing import NamedTuple

import pytest
from flask import Flask
from limits.storage import Storage

from portal.core import clock, limits
from portal.core.access import allow
from portal.core.limits import PATIENCE_SECONDS, PAUSE_SECONDS, SWEEP_SECONDS, Limit, Tally
from tests.daytime import SHIFT
from tests.waiting import free_ports, until


@pytest.fixture(autouse=True)
def _clock_of_the_run():
    yield
    clock.run_from(SHIFT)


def later(seconds: float) -> None:
    clock.run_from((SHIFT or timedelta()) + timedelta(seconds=seconds))


@pytest.fixture
def client():
    """A portal of one page and one gateway, two visits a minute."""
    app = Flask("portal")
    app.add_url_rule("/page", "page", allow("public")(lambda: "page"))
    app.add_url_rule("/other", "other", allow("public")(lambda: "other"))
    app.add_url_rule("/gateway", "gateway", allow("gateway")(lambda: "gateway"))
    limits.install(app, "2 per minute", "")
    return app.test_client()


def statuses(client, path: str, times: int, address: str = "192.0.2.1") -> list[int]:
    return [client.get(path, environ_base={"REMOTE_ADDR": address}).status_code for _ in range(times)]


def test_one_visit_too_many_is_turned_away_until_the_minute_is_over(client):
    assert statuses(client, "/page", 3) == [200, 200, 429]
    later(61)
    assert statuses(client, "/page", 1) == [200]


def test_one_page_flooded_leaves_the_others_open(client):
    statuses(client, "/page", 3)
    assert statuses(client, "/other", 1) == [200]


def test_other_networks_are_not_turned_away(client):
    statuses(client, "/page", 3)
    assert statuses(client, "/page", 1, "192.0.2.2") == [200]


def test_the_addresses_of_one_ipv6_network_count_together(client):
    assert statuses(client, "/page", 2, "2001:db8::1") == [200, 200]
    assert statuses(client, "/page", 1, "2001:db8::ffff") == [429]
    assert statuses(client, "/page", 1, "2001:db8:0:1::1") == [200]


def test_a_gateway_may_retry_as_often_as_it_likes(client):
    assert statuses(client, "/gateway", 5) == [200] * 5


def test_addresses_that_went_away_are_forgotten():
    tally = Tally()
    for number in range(1000):
        tally.count(f"address {number}", 1)
    later(SWEEP_SECONDS + 1)
    tally.count("another", 60)
    assert len(tally) == 1


def test_no_hit_is_lost_between_threads_and_none_is_started():
    tally, before = Tally(), active_count()
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: tally.count("a", 60), range(2000)))
    assert tally.count("a", 60) == 2001
    assert active_count() == before


@pytest.fixture
def redis(tmp_path):
    """A Redis of our own, keeping nothing."""
    [port] = free_ports(1)
    command = [
        "redis-server",
        "--port",
        str(port),
        "--bind",
        "127.0.0.1",
        "--save",
        "",
        "--dir",
        str(tmp_path),
    ]
    server = Popen(command, stdout=DEVNULL)
    until(lambda: create_connection(("127.0.0.1", port)).close() is None)
    yield Redis(server, f"redis://127.0.0.1:{port}/0")
    server.send_signal(SIGCONT)
    server.kill()
    server.wait()


class Redis(NamedTuple):
    server: Popen
    url: str


def test_processes_count_together_in_redis_and_each_network_for_itself(redis):
    one, other = Limit("2 per minute", redis.url), Limit("2 per minute", redis.url)
    assert [one.allows("a", "page"), other.allows("a", "page"), one.allows("a", "page")] == [
        True,
        True,
        False,
    ]
    assert other.allows("b", "page")


def test_redis_gone_each_counts_for_itself(redis):
    limit = Limit("2 per minute", redis.url)
    assert limit.allows("a")
    redis.server.kill()
    redis.server.wait()
    assert [limit.allows("a") for _ in range(3)] == [True, True, False]


def test_redis_silent_holds_one_page_up_for_a_moment_and_the_next_not_at_all(redis):
    limit = Limit("2 per minute", redis.url)
    assert limit.allows("a")
    redis.server.send_signal(SIGSTOP)
    began = monotonic()
    assert [limit.allows("a") for _ in range(100)] == [True, True] + [False] * 98
    assert monotonic() - began < 4 * PATIENCE_SECONDS


class Elsewhere(Storage):
    """A counter outside the process, as the library knows them: `elsewhere:` counts, or does not answer."""

    STORAGE_SCHEME = ["elsewhere"]
    base_exceptions = ConnectionError
    asked = 0
    away = False

    def incr(self, key, expiry, amount=1):  # noqa: ARG002
        Elsewhere.asked += 1
        if Elsewhere.away:
            raise ConnectionError("away")
        return Elsewhere.asked

    def _unused(self, *_):
        raise NotImplementedError

    get = get_expiry = check = reset = clear = _unused


def test_processes_count_together_where_there_is_a_place_for_it():
    Elsewhere.asked, Elsewhere.away = 0, False
    one, other = Limit("2 per minute", "elsewhere://"), Limit("2 per minute", "elsewhere://")
    assert [one.allows("a"), other.allows("a"), one.allows("a")] == [True, True, False]


def test_while_that_place_is_away_each_counts_for_itself_and_asks_again_later():
    Elsewhere.asked, Elsewhere.away = 0, True
    limit = Limit("2 per minute", "elsewhere://")
    assert [limit.allows("a") for _ in range(3)] == [True, True, False]
    assert Elsewhere.asked == 1
    later(PAUSE_SECONDS + 1)
    limit.allows("a")
    assert Elsewhere.asked == 2
