"""What a list of the office may show of a name, and for how long an opened file stays open."""

from datetime import timedelta

import pytest

from portal.core.pages import masked_name
from portal.counter.rules import AFTERWARDS, OPEN_FOR
from portal.matters.rules import STATES, standards


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("李静怡", "李**"),
        ("王", "王"),
        ("滨海云帆软件有限公司", "滨海…有限公司"),
        ("云帆软件", "云***"),
    ],
)
def test_a_name_on_a_list_tells_two_apart_and_no_more(name: str, shown: str) -> None:
    assert masked_name(name) == shown


def test_a_file_is_open_for_half_an_hour() -> None:
    assert timedelta(minutes=30) == OPEN_FOR


def test_what_a_decision_leaves_open_is_about_decisions_there_are() -> None:
    assert all(kind in standards() and state in STATES for kind, state in AFTERWARDS)
