"""What a firm files: obligations made once and met by returns; silence makes abnormal, filing normal."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from portal.billing import services as billing
from portal.billing.queries.debts import OpenBill, open_bills
from portal.billing.queries.statement import resting
from portal.billing.rules import chart
from portal.billing.rules.chart import JournalKind, Leg
from portal.billing.services.ledger import Fact, book
from portal.core import clock
from portal.core.keys import new_id
from portal.core.money import ZERO
from portal.core.refusal import Refusal
from portal.filing import queries, services
from portal.filing.models import FiledReturn, Obligation
from portal.filing.services import Saving
from portal.matters.queries import matters_of
from portal.risk.queries import findings
from portal.taxes.periods import Period
from portal.taxes.sheets import sheet_named
from portal.taxpayers.queries import firm_of, registrations
from tests.given import Firm, Given, Person
from tests.live import Outside

D = Decimal
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

    def correct(self, filed: FiledReturn, on: date = DAY, **answers: str) -> FiledReturn:
        """The same return with other answers, filed in its place."""
        with self.given.database.transaction() as session:
            at = self.at(on)
            draft = services.correct(session, self.acting, filed, at=at)
            services.save(session, draft, Saving("sales", answers, draft.version, "one"), at=at)
            again = services.submit(session, self.acting, draft.id, seen=draft.version, at=at)
        assert again is not None
        return again

    def owed(self) -> list[OpenBill]:
        with self.given.database.reading() as session:
            return open_bills(session, self.firm.taxpayer_id, DAY)

    def bills(self) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
        """By levy and name, what is owed of it: tax and surcharge."""
        return {(one.bill.levy, one.bill.title): (one.tax, one.surcharge) for one in self.owed()}

    def by_levy(self) -> list[Decimal]:
        """What is owed of each levy without surcharge, in the order of the return."""
        sums = {levy.code: ZERO for levy in sheet_named(VAT).levies}
        for one in self.owed():
            sums[one.bill.levy] += one.tax
        return list(sums.values())

    def pay(self, sandbox: Outside, levy: str = "") -> None:
        """Everything that is owed in one order, or one levy."""
        at, whose = clock.now(), self.firm.taxpayer_id
        with self.given.database.transaction() as session:
            bills = [
                one.bill.id
                for one in open_bills(session, whose, clock.day_of(at))
                if levy in {"", one.bill.levy}
            ]
            seen = billing.quote_for(session, whose, bills, at)
            order = billing.open_order(session, self.acting, bills, seen.digest, at=at)
        self.given.paid(order.id, sandbox.payments, at=at)

    def offset(self, amount: str, on: date) -> None:
        """Pay on a day, with money that came to rest just then."""
        with self.given.database.transaction() as session:
            billing.credit_refund_due(
                session, taxpayer_id=self.firm.taxpayer_id, tax=VAT, levy="vat", period="2019Q1",
                amount=D(amount), source=("test", new_id()), at=self.at(on),
            )  # fmt: skip
            billing.offset_all(session, self.acting, decision=new_id(), at=self.at(on))

    def rests(self) -> Decimal:
        with self.given.database.reading() as session:
            return resting(session, self.firm.taxpayer_id).balance

    def matters(self, kind: str) -> list[str]:
        """The states of the firm's matters of a kind."""
        with self.given.database.reading() as session:
            return [one.state for one in matters_of(session, self.firm.taxpayer_id) if one.kind == kind]

    def faults(self) -> list[str]:
        """What the checks of filing and of the books find."""
        with self.given.database.snapshot() as session:
            return services.verify_filings(session) + billing.verify_books(session)

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
    owed = office.owed()
    assert {(one.bill.due_on, one.bill.period) for one in owed} == {(date(2026, 1, 20), "2025Q4")}
    assert sum(one.tax for one in owed) == taxed.outcome


def test_a_return_is_a_bill_for_each_of_its_levies_with_a_surcharge_of_its_own(office: Office) -> None:
    office.file("2025Q4", activity="some", ordinary_sales="400000.00")
    # 1 %; of that 7 %, 3 % and 2 %, halved; each × 14 days × 0.0005.
    assert office.bills() == {
        ("vat", "增值税"): (D("4000.00"), D("28.00")),
        ("umct", "城市维护建设税"): (D("140.00"), D("0.98")),
        ("education-surcharge", "教育费附加"): (D("60.00"), D("0.42")),
        ("local-education-surcharge", "地方教育附加"): (D("40.00"), D("0.28")),
    }
    assert office.faults() == []


def test_the_health_check_names_each_levy_in_arrears(office: Office) -> None:
    office.file("2025Q4", activity="some", ordinary_sales="400000.00")
    with office.given.database.reading() as session:
        [arrears] = [
            hit for hit in findings(session, office.firm.taxpayer_id, DAY) if hit.finding.code == "arrears"
        ]
    assert [(row["title"], row["amount"], row["surcharge"]) for row in arrears.rows] == [
        ("增值税", "4000.00", "28.00"),
        ("城市维护建设税", "140.00", "0.98"),
        ("教育费附加", "60.00", "0.42"),
        ("地方教育附加", "40.00", "0.28"),
    ]


def test_a_levy_that_comes_to_nothing_is_no_bill(office: Office) -> None:
    """The threshold of 2026 is reached and taxed whole; both education surcharges are free up to it."""
    office.file("2026Q1", date(2026, 4, 8), activity="some", ordinary_sales="300000.00")
    assert {levy: tax for (levy, _title), (tax, _late) in office.bills().items()} == {
        "vat": D("3000.00"),
        "umct": D("105.00"),
    }


def test_prepaid_vat_is_refunded_and_its_surcharges_owe_nothing(office: Office) -> None:
    paid_before = {"activity": "some", "ordinary_sales": "400000.00", "vat_prepaid": "4500.00"}
    filed = office.file("2025Q4", **paid_before)
    assert (filed.outcome, office.bills()) == (D("-500.00"), {})
    assert (office.rests(), office.matters("refund"), office.faults()) == (D("500.00"), ["requested"], [])


def test_one_payment_pays_all_levies_and_ends_the_return(office: Office, sandbox: Outside) -> None:
    office.file("2025Q4", date(2026, 1, 15), activity="some", ordinary_sales="400000.00")
    office.pay(sandbox, "vat")
    assert (len(office.bills()), office.matters("vat-return")) == (3, ["submitted"])
    office.pay(sandbox)
    assert (office.bills(), office.matters("vat-return"), office.faults()) == ({}, ["done"], [])


def test_a_correction_settles_the_difference_of_each_levy(office: Office) -> None:
    """From 400,000 to 500,000 and back to 350,000, before anything is paid."""
    first = office.file("2025Q4", activity="some", ordinary_sales="400000.00")
    more = office.correct(first, ordinary_sales="500000.00")
    assert office.by_levy() == [D("5000.00"), D("175.00"), D("75.00"), D("50.00")]
    office.correct(more, ordinary_sales="350000.00")
    assert office.by_levy() == [D("3500.00"), D("122.50"), D("52.50"), D("35.00")]
    assert (office.rests(), office.faults()) == (ZERO, [])


def test_a_lower_correction_gives_back_what_was_paid_of_every_levy_and_its_surcharge(office: Office) -> None:
    first = office.file("2025Q4", activity="some", ordinary_sales="400000.00")
    office.offset("4269.68", DAY)
    assert office.bills() == {}
    office.correct(first, ordinary_sales="300000.00")
    assert (office.rests(), office.matters("refund")) == (D("4269.68"), ["requested"])
    assert office.faults() == []


def test_one_levy_may_rise_while_another_falls_and_only_the_rest_is_asked_for(office: Office) -> None:
    """Sales up to 300,000 are free of both education surcharges, whatever the VAT on them is."""
    mixed = {"activity": "some", "special_sales": "200000.00", "exempt_sales": "110000.00"}
    first = office.file("2025Q4", date(2026, 1, 15), **mixed)
    assert office.by_levy() == [D("2000.00"), D("70.00"), D("30.00"), D("20.00")]
    office.offset("2120.00", date(2026, 1, 15))
    office.correct(first, date(2026, 1, 16), special_sales="299000.00", exempt_sales="0.00")
    # VAT 990.00 and 34.65 on it, less 50.00 that came free of what was paid.
    owed = {levy for levy, _title in office.bills()}
    assert (owed, sum(office.by_levy())) == ({"vat", "umct"}, D("974.65"))
    assert (office.rests(), office.matters("refund"), office.faults()) == (ZERO, [], [])


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


def test_what_is_booked_to_another_levy_than_the_return_says_is_found(office: Office) -> None:
    """80.00 less of one levy and more of another: the sum is right, and yet neither levy is."""
    filed = office.file("2025Q4", activity="some", ordinary_sales="400000.00")
    whose, source = office.firm.taxpayer_id, ("return", filed.id)
    more = Leg(chart.unallocated(whose), chart.levied("education-surcharge"), D("80.00"))
    fact = Fact(JournalKind.REFUND_BACK, f"return:{filed.id}:education-surcharge", DAY, whose)
    with office.given.database.transaction() as session:
        billing.credit_refund_due(
            session, taxpayer_id=whose, tax=VAT, levy="umct", period="2025Q4", amount=D("80.00"),
            source=source, at=office.at(DAY),
        )  # fmt: skip
        book(session, fact, (more.debit, more.credit), lambda _: [(fact, [more])], at=office.at(DAY))
    assert office.faults() == [
        f"return {filed.number} changes the tax by 60.00 (education-surcharge); the ledger says 140.00",
        f"return {filed.number} changes the tax by 140.00 (umct); the ledger says 60.00",
    ]


def test_what_firms_filed_is_wholly_there(office: Office) -> None:
    office.file("2025Q4", activity="some", ordinary_sales="400000.00")
    with office.given.database.snapshot() as session:
        assert services.verify_filings(session) == []
