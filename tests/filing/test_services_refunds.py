"""What a correction sets free is given back, and what it takes again is asked for no more."""

from decimal import Decimal

import pytest
from sqlalchemy import Select, select

from portal.billing import services as billing
from portal.billing.queries.statement import resting
from portal.core.keys import new_id
from portal.core.money import ZERO
from portal.filing.models import FiledReturn
from portal.matters.models import Matter
from tests.filing.test_services import Desk
from tests.given import Given
from tests.live import Outside

LATE = 2019
D = Decimal


class Chest(Desk):
    """The same desk, with an eye on the money that rests there."""

    def of(self, wages: str) -> FiledReturn:
        """A first return with these wages, of which 10,000 was withheld."""
        draft = self.start(LATE)
        self.save(draft, wages=wages, tax_withheld="10000.00")
        filed = self.submit(draft)
        assert filed is not None
        return filed

    def corrected(self, filed: FiledReturn, wages: str) -> FiledReturn:
        draft = self.correct(filed)
        self.save(draft, wages=wages)
        again = self.submit(draft)
        assert again is not None
        return again

    @property
    def rests(self) -> Decimal:
        with self.given.database.reading() as session:
            return resting(session, self.person.taxpayer_id).balance

    @property
    def refunds(self) -> list[tuple[str, Decimal | None]]:
        """State and amount of every refund, the oldest first."""
        with self.given.database.reading() as session:
            return [(matter.state, matter.amount) for matter in session.scalars(self._refunds())]

    def put_refund(self, state: str, amount: Decimal | None = None) -> None:
        """The refund as the office left it, or as it must not be."""
        with self.given.database.transaction() as session:
            refund = session.scalars(self._refunds()).one()
            refund.state = state
            refund.amount = amount or refund.amount

    def move_refund(self) -> None:
        """A fault: the refund is about something else."""
        with self.given.database.transaction() as session:
            session.scalars(self._refunds()).one().subject_id = new_id()

    def _refunds(self) -> Select[Matter]:
        mine = select(Matter).where(Matter.taxpayer_id == self.person.taxpayer_id, Matter.kind == "refund")
        return mine.order_by(Matter.id)

    def faults(self) -> list[str]:
        with self.given.database.reading() as session:
            return self.wrong() + billing.verify_books(session)


@pytest.fixture
def chest(given: Given) -> Chest:
    person = given.person()
    given.income(person, LATE, months=1, income="1000.00")
    return Chest(given, person)


@pytest.fixture
def paid(chest: Chest, sandbox: Outside) -> FiledReturn:
    """The return of somebody who paid tax and surcharge."""
    filed = chest.of("300000.00")
    chest.given.paid(chest.given.ordered(chest.person), sandbox.payments)
    assert (chest.due(), chest.rests) == (ZERO, ZERO)
    return filed


def test_what_a_correction_frees_of_a_paid_tax_is_given_back(chest: Chest, paid: FiledReturn) -> None:
    """Tax is left due, and was paid: the rest with the surcharge on it goes back (征管法第五十一条)."""
    lower = chest.corrected(paid, "250000.00")
    assert paid.outcome > lower.outcome > ZERO
    assert chest.rests > paid.outcome - lower.outcome
    assert chest.refunds == [("requested", chest.rests)]
    assert chest.owed() == ZERO
    assert chest.faults() == []


def test_a_bill_that_was_not_paid_is_lowered_and_nothing_given_back(chest: Chest) -> None:
    chest.corrected(chest.of("300000.00"), "250000.00")
    assert (chest.refunds, chest.rests, chest.faults()) == ([], ZERO, [])


def test_a_second_lower_correction_gives_back_only_what_it_frees_itself(
    chest: Chest, paid: FiledReturn
) -> None:
    once = chest.corrected(paid, "250000.00")
    first = chest.rests
    chest.corrected(once, "240000.00")
    assert chest.refunds == [("requested", first), ("requested", chest.rests - first)]
    assert chest.faults() == []


def test_a_correction_to_a_refund_gives_back_what_was_paid_and_the_refund_in_one(
    chest: Chest, paid: FiledReturn
) -> None:
    refund = chest.corrected(paid, "100000.00")
    assert refund.outcome < ZERO
    assert chest.rests > paid.outcome - refund.outcome
    assert (chest.refunds, chest.faults()) == ([("requested", chest.rests)], [])


def test_corrected_back_up_the_freed_money_pays_and_is_asked_for_no_more(
    chest: Chest, paid: FiledReturn
) -> None:
    lower = chest.corrected(paid, "250000.00")
    freed = chest.rests
    higher = chest.corrected(lower, "260000.00")
    assert chest.due() == ZERO
    assert freed - (higher.outcome - lower.outcome) > chest.rests > ZERO
    assert (chest.refunds, chest.faults()) == ([("requested", chest.rests)], [])


def test_corrected_back_up_to_where_it_was_nothing_is_left_to_give_back(
    chest: Chest, paid: FiledReturn
) -> None:
    again = chest.corrected(chest.corrected(paid, "250000.00"), "300000.00")
    assert again.outcome == paid.outcome
    assert chest.owed() == ZERO
    assert chest.rests == ZERO
    assert (chest.refunds, chest.faults()) == ([("withdrawn", ZERO)], [])


def test_a_refund_that_turns_out_too_high_is_lowered_without_a_bill(chest: Chest) -> None:
    refund = chest.of("100000.00")
    smaller = chest.corrected(refund, "110000.00")
    assert refund.outcome < smaller.outcome < ZERO
    assert chest.due() == ZERO
    assert (chest.refunds, chest.rests) == ([("requested", -smaller.outcome)], -smaller.outcome)
    assert chest.faults() == []


def test_a_refund_that_was_none_is_withdrawn_and_the_tax_billed(chest: Chest) -> None:
    payable = chest.corrected(chest.of("100000.00"), "300000.00")
    assert chest.owed() == payable.outcome
    assert (chest.refunds, chest.rests, chest.faults()) == ([("withdrawn", ZERO)], ZERO, [])


def test_an_approved_refund_is_not_taken_back_but_billed(chest: Chest) -> None:
    refund = chest.of("100000.00")
    chest.put_refund("approved")
    smaller = chest.corrected(refund, "110000.00")
    assert chest.owed() == smaller.outcome - refund.outcome
    assert (chest.refunds, chest.rests) == ([("approved", -refund.outcome)], -refund.outcome)
    assert chest.faults() == []


def test_what_rests_for_another_reason_is_no_part_of_the_refund(chest: Chest, paid: FiledReturn) -> None:
    chest.rest(D("77.00"))
    lower = chest.corrected(paid, "250000.00")
    assert chest.refunds == [("requested", chest.rests - D("77.00"))]
    chest.corrected(lower, "300000.00")
    assert chest.rests == D("77.00")


def test_a_freed_amount_without_its_matter_is_named(chest: Chest, paid: FiledReturn) -> None:
    lower = chest.corrected(paid, "250000.00")
    chest.move_refund()
    assert chest.faults() == [f"return {lower.number} has no refund matter"]


def test_more_asked_back_than_rests_is_named(chest: Chest, paid: FiledReturn) -> None:
    chest.corrected(paid, "250000.00")
    chest.put_refund("requested", chest.rests + D("0.01"))
    [fault] = chest.faults()
    assert "is to get back" in fault
