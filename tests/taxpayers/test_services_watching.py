"""What the register's feed leaves open stays with nobody: unread changes and missing numbers are told."""

import json
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
import structlog
from structlog.testing import capture_logs

from portal.core.crypto import Keyring
from portal.gateways.market import Batch, Change, Unread, read_change
from portal.taxpayers import queries, services
from portal.taxpayers.rules import GAP_ALARM, FeedStanding
from portal.taxpayers.services.keeping import keep
from tests.market import change, fact_line, firm_line, record

AT = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
KEYS = Keyring.parse(Keyring.generate())
LINE = firm_line()
CODE = LINE["uscc"]
PLEDGE = {"kind": "pledge", "uscc": CODE, "pledge": {"shares": 3}}


class Register:
    """A register that has these changes, by their numbers, and notes for what it was asked."""

    def __init__(self, *changes: Change) -> None:
        self.has = {one.seq: one for one in changes}
        self.asked: list[int] = []

    def changes(self, after: int) -> Batch:
        self.asked.append(after)
        batch = [self.has[seq] for seq in sorted(self.has) if seq > after][:2]
        return Batch(tuple(batch), batch[-1].seq if batch else after)


@pytest.fixture(autouse=True)
def _plain_log():
    structlog.reset_defaults()


@pytest.fixture
def firm(database):
    with database.transaction() as session:
        return services.register_firm(session, KEYS, record(LINE, seq=0), at=AT).taxpayer_id


def follow(database, register, at=AT):
    """One run of the worker; the lines of level error it left."""
    with capture_logs() as lines:
        services.follow_register(database, KEYS, register, lambda *_: None, at=at)
    return [one["event"] for one in lines if one["log_level"] == "error"]


def problems(database, at=AT):
    with database.reading() as session:
        return list(services.feed_problems(session, KEYS, at))


def is_well(database, at=AT):
    with database.reading() as session:
        return queries.feed_standing(session).is_well(at)


def skip(database, number):
    with database.transaction() as session:
        return services.skip(session, KEYS, number, "said so by telephone", at=AT)


def facts(database, firm):
    with database.reading() as session:
        return len(queries.facts_open(session, firm, date(2026, 3, 9)))


def cursor(database):
    with database.reading() as session:
        return queries.followed_to(session)


def unknown(seq):
    return read_change({"seq": seq, **PLEDGE})


def test_a_change_of_an_unknown_kind_is_kept_and_the_rest_goes_on(database, firm):
    register = Register(unknown(1), change(2, fact_line()))
    assert follow(database, register) == ["a change of the market register cannot be read"]
    assert (cursor(database), facts(database, firm)) == (2, 1)
    assert problems(database) == [f"change 1 cannot be read: kind 'pledge', about {CODE}"]
    assert not is_well(database)


def test_a_change_about_nobody_is_kept_too(database, firm):
    follow(database, Register(read_change({"seq": 1, "kind": "area-renamed"})))
    assert problems(database) == ["change 1 cannot be read: kind 'area-renamed', about nobody"]
    assert cursor(database) == 1


def test_what_a_new_version_can_read_has_its_effect_and_is_open_no_longer(database, firm):
    """An older version kept it as unread; this one knows the kind."""
    with database.transaction() as session:
        readable = change(1, fact_line())
        keep(session, KEYS, [Change(Unread(1, CODE, "fact"), readable.wire), unknown(2)], AT)
    assert facts(database, firm) == 0
    follow(database, Register())
    assert facts(database, firm) == 1
    assert problems(database) == [f"change 2 cannot be read: kind 'pledge', about {CODE}"]


def test_what_somebody_looked_at_may_stay_unread(database, firm):
    follow(database, Register(unknown(1), unknown(2)))
    assert not skip(database, 2), "the first comes first"
    assert skip(database, 1)
    assert skip(database, 2)
    assert (problems(database), is_well(database)) == ([], True)


def test_a_number_that_stays_away_is_told_after_its_time_and_not_before(database, firm):
    register = Register(change(1, firm_line()), change(3, fact_line()))
    assert follow(database, register) == []
    soon = AT + GAP_ALARM - timedelta(seconds=1)
    assert (follow(database, register, soon), problems(database, soon), is_well(database, soon)) == (
        [],
        [],
        True,
    )
    late = AT + GAP_ALARM
    assert follow(database, register, late) == ["a change of the market register has not come"]
    assert problems(database, late) == ["change 2 has not come; later ones have since 2026-03-09 02:00 UTC"]
    assert not is_well(database, late)
    assert (cursor(database), facts(database, firm)) == (1, 1), "what came later has its effect meanwhile"


def test_only_the_missing_numbers_are_asked_for_again(database, firm):
    lines = {seq: change(seq, firm_line()) for seq in (1, 3, 4, 5, 7, 8)}
    register = Register(*lines.values())
    follow(database, register)
    register.asked.clear()
    follow(database, register)
    assert register.asked == [8, 1, 5]
    register.has |= {seq: change(seq, fact_line()) for seq in (2, 6)}
    follow(database, register)
    assert (cursor(database), is_well(database, AT + 2 * GAP_ALARM)) == (8, True)


def test_a_number_nobody_will_send_is_waited_for_no_longer(database, firm):
    register = Register(change(1, firm_line()), change(3, firm_line()))
    follow(database, register)
    assert not skip(database, 3), "it is there"
    assert not skip(database, 4), "nothing says that there is one"
    assert skip(database, 2)
    assert (cursor(database), is_well(database, AT + 2 * GAP_ALARM)) == (3, True)


def test_a_number_given_up_that_comes_all_the_same_has_its_effect(database, firm):
    register = Register(change(1, firm_line()), change(3, firm_line()))
    follow(database, register)
    skip(database, 2)
    with database.transaction() as session:
        services.follow(session, KEYS, [change(2, fact_line())], at=AT)
    assert (facts(database, firm), cursor(database)) == (1, 3)


def test_an_unread_change_is_sealed_like_any_other(database, firm):
    follow(database, Register(unknown(1)))
    with database.reading() as session:
        [row] = queries.events_of(session, queries.UNREAD)
    assert b"pledge" not in row.body_sealed
    opened = json.loads(KEYS.open(row.body_sealed, "register_events.body", UUID(int=1)))
    assert opened["pledge"] == {"shares": 3}


@pytest.mark.parametrize(
    ("standing", "misses", "well"),
    [
        (FeedStanding(4, None), None, True),
        (FeedStanding(4, None, 1), None, False),
        (FeedStanding(4, AT), 5, False),
        (FeedStanding(4, AT + timedelta(seconds=1)), None, True),
    ],
)
def test_when_somebody_has_to_look(standing, misses, well):
    assert (standing.misses(AT + GAP_ALARM), standing.is_well(AT + GAP_ALARM)) == (misses, well)
