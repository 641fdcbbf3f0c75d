"""The demo town is the same every time, and nobody in it is real."""

from datetime import date
from decimal import Decimal

from portal.demo import wages
from portal.demo.town import AREA, firms, people
from portal.taxes.law import law
from portal.taxpayers.rules import IdKind, age, area_is_known, fault

TODAY = date(2026, 11, 23)


def tables(year: int) -> wages.Tables:
    in_force = law("individual-income").on(date(year, 12, 31))
    return wages.Tables(in_force["annual_bands"].value, in_force["bonus_bands"].value)


def test_the_town_is_the_same_every_time() -> None:
    assert list(people(500, TODAY)) == list(people(500, TODAY))


def test_every_number_is_sound_and_of_an_area_that_never_was() -> None:
    for person in people(2000, TODAY):
        assert fault(IdKind.RESIDENT, person.number, TODAY) is None
        assert person.number.startswith(AREA)
        assert area_is_known(person.number)  # the province is; no county in it has this code
        assert age(person.born, TODAY) >= 18


def test_no_two_people_share_a_number_or_a_mobile() -> None:
    town = list(people(40_000, TODAY))
    assert len({one.number for one in town}) == len({one.mobile for one in town}) == len(town)


def test_no_two_firms_share_a_code() -> None:
    assert len({firm.code for firm in firms(500, TODAY)}) == 500


def test_employers_withhold_what_the_published_example_withholds() -> None:
    """国家税务总局公告2018年第61号解读: wage 30,000, 6,500 a month deducted besides."""
    life = wages.Life(Decimal(30000), Decimal(6500) - Decimal(4560), Decimal(0), (), Decimal(0), Decimal(0))
    firm = firms(1, TODAY)[0]
    lines = list(wages.lines(life, firm, firm, 2025, 12, tables(2025)))
    assert sum(line.tax_withheld for line in lines) == Decimal("27480.00")
    assert [line.tax_withheld for line in lines[:3]] == [
        Decimal("555.00"),
        Decimal("625.00"),
        Decimal("1850.00"),
    ]


def test_labour_and_authors_income_are_withheld_by_the_occasion() -> None:
    """国家税务总局公告2018年第61号 第八条: 2,000 gives 240; 40,000 author's gives 4,480."""
    assert wages.labour_tax(Decimal(2000)) == Decimal("240.00")
    assert wages.labour_tax(Decimal(800)) == Decimal("0.00")
    assert wages.labour_tax(Decimal(62500)) == Decimal("13000.00")
    assert wages.labour_tax(Decimal(100000)) == Decimal("25000.00")
    assert wages.author_tax(Decimal(40000)) == Decimal("4480.00")
    assert wages.author_tax(Decimal(3000)) == Decimal("308.00")
