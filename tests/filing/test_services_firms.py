"""What a firm files: obligations made once and met by returns; silence makes abnormal, filing normal."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from portal.billing.queries.debts import open_bills
from portal.core import clock
from portal.core.refusal import Refusal
from portal.filing import queries, services
from portal.filing.models import FiledReturn, Obligation
from portal.filing.services import Saving
from portal.taxes.periods import Period
from portal.taxpayers.queries import firm_of, registrations
from tests.given import Firm, Given, Person

VAT = "vat-small-scale"
QUARTERLY = {"tax": VAT, "period_kind": "quarter", "from": "2025-01-01"}
DAY = date(2026, 2, 3)
"""2025Q4 was due on 20 January; the three quarters before long ago."""


@pytest.fixture
def owner(given: Given) -> Person:
    return given.person()


@pytest.fixture
def firm(given: Given, owner: Person) -> Firm:
    return given.firm(representative=owner, taxes=[QUARTERLY])


class Office:
    """Someone who files for a firm, on days of their choice."""

    def __init__(self, given: Given, owner: Person, firm: Firm) -> None:
        self.given, self.firm = given, firm
        self.acting = given.acting(given.acting_for(owner, given.mandate(firm, owner)))

    def at(self, day: date) -> datetime:
        return clock.start_of(day) + timedelta(hours=10)

    def derive(self, on: date = DAY) -> list[Obligation]:
        with self.given.database.transaction() as session:
            services.derive(session, self.firm.taxpayer_id, on=on)
            services.review(session, self.firm.taxpayer_id, on=on)
        with self.given.database.reading() as session:
            return list(queries.obligations_of(session, self.firm.taxpayer_id))

    def file(self, period: str, on: date = DAY, **answers: str) -> FiledReturn:
        with self.given.database.transaction() as session:
            at = self.at(on)
            if answers:
                draft = services.start_or_resume(session, self.acting, VAT, Period.parse(period), at=at)
                services.save(session, draft, Saving("sales", answers, draft.version, "one"), at=at)
            else:
                draft = services.start_nil(session, self.acting, VAT, Period.parse(period), at=at)
            filed = services.submit(session, self.acting, draft.id, seen=draft.version, at=at)
        assert filed is not None
        return filed

    @property
    def status(self) -> tuple[str, str]:
        with self.given.database.reading() as session:
            found = firm_of(session, self.firm.taxpayer_id)
            assert found is not None
            return found.tax_status, found.tax_status_cause


@pytest.fixture
def office(given: Given, owner: Person, firm: Firm) -> Office:
    return Office(given, owner, firm)


def test_obligations_are_the_same_however_often_they_are_derived(office: Office) -> None:
    first = office.derive()
    assert [(one.period, one.filed_on) for one in first] == [
        (f"2025Q{number}", None) for number in (4, 3, 2, 1)
    ]
    assert [one.id for one in office.derive()] == [one.id for one in first]


def test_a_return_discharges_its_period_and_no_other(office: Office) -> None:
    filed = office.file("2025Q4")
    met = {one.period: (one.filed_on, one.return_id) for one in office.derive()}
    assert met["2025Q4"] == (DAY, filed.id)
    assert met["2025Q3"] == (None, None)


def test_a_nil_return_is_filed_without_an_answer_and_owes_nothing(office: Office) -> None:
    filed = office.file("2025Q4")
    assert (filed.outcome, filed.answers) == (Decimal(0), {"activity": "none"})


def test_sales_at_the_limit_of_2025_are_free_and_above_it_taxed_whole(office: Office) -> None:
    free = office.file("2025Q3", activity="some", ordinary_sales="300000.00")
    taxed = office.file("2025Q4", activity="some", ordinary_sales="400000.00")
    assert free.outcome == 0
    # 1 % of 400,000 and half of 12 % of that.
    assert taxed.outcome == Decimal("4240.00")
    with office.given.database.reading() as session:
        [owed] = open_bills(session, office.firm.taxpayer_id, DAY)
    assert (owed.bill.due_on, owed.tax, owed.bill.period) == (date(2026, 1, 20), Decimal("4240.00"), "2025Q4")
    assert owed.surcharge == Decimal("29.68")  # 4,240 × 14 days × 0.0005


def test_three_months_of_silence_make_a_firm_abnormal_and_filing_everything_lifts_it(office: Office) -> None:
    office.derive(date(2025, 4, 30))
    assert office.status[0] == "normal"
    office.derive()
    assert office.status == ("abnormal", "unfiled-since:2025-04-18")
    for quarter in (1, 2, 3):
        office.file(f"2025Q{quarter}")
        assert office.status[0] == "abnormal"
    office.file("2025Q4")
    assert office.status == ("normal", "all-filed")


@pytest.mark.parametrize(
    ("period", "code"),
    [
        ("2024Q4", "return-not-registered"),
        ("2025-11", "return-not-registered"),
        ("2026Q1", "return-period-not-over"),
    ],
)
def test_what_is_not_asked_for_is_not_taken(office: Office, period: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        office.file(period)


def test_a_person_files_no_return_of_firms_and_a_firm_no_settlement(office: Office, given: Given) -> None:
    person = given.acting(given.person())
    with given.database.transaction() as session:
        with pytest.raises(Refusal, match="return-not-registered"):
            services.start_nil(session, person, VAT, Period.quarter(2025, 4), at=office.at(DAY))
        with pytest.raises(Refusal, match="return-not-a-person"):
            services.start_or_resume(session, office.acting, "iit-annual", Period(2024), at=office.at(DAY))
        with pytest.raises(Refusal, match="return-no-nil"):
            services.start_nil(session, person, "iit-annual", Period(2024), at=office.at(DAY))


def test_a_registration_that_ended_takes_its_unfiled_periods_with_it(office: Office, firm: Firm) -> None:
    office.derive()
    office.file("2025Q1")
    with office.given.database.transaction() as session:
        [one] = registrations(session, firm.taxpayer_id)
        one.to_on = date(2025, 6, 30)
    assert [one.period for one in office.derive()] == ["2025Q2", "2025Q1"]


def test_what_firms_filed_is_wholly_there(office: Office) -> None:
    office.file("2025Q4", activity="some", ordinary_sales="400000.00")
    with office.given.database.snapshot() as session:
        assert services.verify_filings(session) == []
