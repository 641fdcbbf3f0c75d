"""Finding a matter by its number, its kind or its period, in both languages."""

import pytest
from flask import Flask

from portal.core import clock
from portal.core.keys import new_id
from portal.matters.services import open_matter
from tests.given import Given, Person
from tests.visitor import Visitor


@pytest.fixture
def person(given: Given) -> Person:
    return given.person()


@pytest.fixture
def numbers(given: Given, person: Person) -> dict[str, str]:
    """Two refunds and a return of this person: about → number."""
    acting = given.acting(person)
    made = {}
    with given.database.transaction() as session:
        for kind, about in (("refund", "2023"), ("refund", "2024"), ("annual-return", "2025")):
            opened = open_matter(
                session, acting, kind, person.taxpayer_id, new_id(), at=clock.now(), about=about
            )
            made[about] = opened.number
    return made


def found(app: Flask, person: Person, asked: str, language: str = "zh") -> str:
    return Visitor(app, language).carry(person.token).open(f"/matters/search?q={asked}").text


@pytest.mark.parametrize(
    ("asked", "about"),
    [
        ("退税", {"2023", "2024"}),
        ("退税 2024", {"2024"}),
        ("2025年度", {"2025"}),
        ("汇算", {"2025"}),
        (str(clock.today().year), set()),
        ("", {"2023", "2024", "2025"}),
        ("没有这样的事", set()),
        ("%", set()),
        ("_", set()),
    ],
)
def test_matters_are_found_by_what_they_are_and_are_about(
    app: Flask, person: Person, numbers: dict[str, str], asked: str, about: set[str]
) -> None:
    text = found(app, person, asked.replace("%", "%25"))
    assert {of for of, number in numbers.items() if number in text} == about


def test_a_matter_is_found_by_its_number_in_any_case(
    app: Flask, person: Person, numbers: dict[str, str]
) -> None:
    text = found(app, person, numbers["2024"].lower())
    assert numbers["2024"] in text
    assert numbers["2023"] not in text


def test_english_words_find_too(app: Flask, person: Person, numbers: dict[str, str]) -> None:
    text = found(app, person, "refund", "en")
    assert numbers["2023"] in text
    assert numbers["2025"] not in text


def test_what_is_to_be_done_is_found_as_a_page(app: Flask, person: Person) -> None:
    page = Visitor(app).carry(person.token).open("/matters/search?q=完税证明")
    assert page.follow("证明").path == "/certificates/"


def test_nothing_found_leads_to_all_matters(app: Flask, person: Person) -> None:
    page = Visitor(app).carry(person.token).open("/matters/search?q=xyzzy").says("没有找到")
    assert page.follow("查看全部事项").path == "/matters/"


def test_matters_of_others_are_not_found(app: Flask, given: Given, numbers: dict[str, str]) -> None:
    stranger = given.person()
    assert found(app, stranger, "2024").endswith("没有找到符合的事项。 查看全部事项")
    assert "没有找到符合的事项" in found(app, stranger, numbers["2024"])
