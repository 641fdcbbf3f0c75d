"""When the operator is told that the market register's feed does not stand well."""

from datetime import UTC, datetime, timedelta

from portal.taxpayers.rules.feed import GAP_ALARM, FeedStanding

NOON = datetime(2026, 3, 16, 4, tzinfo=UTC)


def test_a_feed_without_gaps_and_riddles_is_well() -> None:
    standing = FeedStanding(41, None)
    assert standing.misses(NOON) is None
    assert standing.is_well(NOON)


def test_a_number_may_be_late_for_a_quarter_of_an_hour_and_no_longer() -> None:
    standing = FeedStanding(41, NOON)
    assert standing.is_well(NOON + GAP_ALARM - timedelta(seconds=1))
    assert standing.misses(NOON + GAP_ALARM) == 42
    assert not standing.is_well(NOON + GAP_ALARM)


def test_a_change_that_nobody_could_read_is_no_good_standing() -> None:
    assert not FeedStanding(41, None, unread=1).is_well(NOON)
