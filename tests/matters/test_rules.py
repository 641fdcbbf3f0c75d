"""Every kind of matter has a whole standard, and no matter leaves its path."""

from datetime import date
from pathlib import Path

import pytest

from portal.accounts.rules.staff import ROLES
from portal.core.refusal import Refusal
from portal.matters.rules import STATES, Standard, read, standards, waiting_for
from portal.matters.rules import standard as standard_of

KINDS = sorted(standards())


@pytest.fixture(params=KINDS)
def standard(request: pytest.FixtureRequest) -> Standard:
    return standards()[request.param]


def test_every_state_can_be_reached_from_the_first(standard: Standard) -> None:
    reached, edge = {standard.opens_in}, {standard.opens_in}
    while edge:
        edge = {to for now in edge for to in standard.next_states[now]} - reached
        reached |= edge
    assert reached == set(standard.next_states)


def test_every_state_leads_to_a_closed_one(standard: Standard) -> None:
    for state in standard.next_states:
        reached, edge = {state}, {state}
        while edge:
            edge = {to for now in edge for to in standard.next_states[now]} - reached
            reached |= edge
        assert reached & standard.closed_in


def test_a_step_that_the_standard_does_not_know_is_refused(standard: Standard) -> None:
    for now in standard.next_states:
        for to in set(STATES) - standard.next_states[now]:
            with pytest.raises(Refusal):
                standard.advance("M-1", now, to)


def test_every_step_says_what_how_and_until_when(standard: Standard) -> None:
    assert standard.steps
    for step in standard.steps:
        assert all((step.what, step.how, step.done_when, step.who))
    assert standard.basis


def test_a_refund_is_answered_within_thirty_days() -> None:
    assert standards()["refund"].limit_days == 30


def test_every_role_of_a_standard_is_one_that_staff_can_hold(standard: Standard) -> None:
    assert standard.roles <= ROLES.keys()


def test_every_role_belongs_to_whom_the_step_says(standard: Standard) -> None:
    assert all((step.who == "staff") == bool(step.role) for step in standard.steps)


def test_a_matter_moves_along_its_standard() -> None:
    assert standard_of("refund").advance("M-1", "requested", "approved") == "approved"


def test_the_clock_of_a_refund_runs_from_the_day_it_was_asked_for() -> None:
    asked = date(2026, 3, 9)
    assert standard_of("refund").due_on(asked) == date(2026, 4, 8)
    assert standard_of("annual-return").due_on(asked) is None


def test_a_kind_without_a_standard_is_no_matter() -> None:
    with pytest.raises(KeyError):
        standard_of("wish")


def test_a_standard_with_a_state_that_has_no_words_does_not_load(tmp_path: Path) -> None:
    file = tmp_path / "wish.toml"
    file.write_text('title="x"\nbasis="x"\nopens_in="wished"\nclosed_in=[]\nsteps=[]\n[states]\nwished=[]\n')
    with pytest.raises(ValueError, match="wished"):
        read(file)


def test_a_standard_that_waits_for_money_and_cannot_go_on_does_not_load(tmp_path: Path) -> None:
    file = tmp_path / "levy.toml"
    file.write_text(
        'title="x"\nbasis="x"\nopens_in="submitted"\nclosed_in=["done"]\nsteps=[]\n'
        'when_paid={tax="x", now="done", to="submitted"}\n[states]\nsubmitted=["done"]\ndone=[]\n'
    )
    with pytest.raises(ValueError, match="no way from done to submitted"):
        read(file)


def test_a_return_waits_for_its_own_tax() -> None:
    assert set(waiting_for("iit-annual")) == {"annual-return"}
    assert waiting_for("vat") == {}
