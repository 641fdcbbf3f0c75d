"""A firm at its returns: what is late, what can be filed, and nothing to report in two presses."""

from datetime import date

import pytest
from flask import Flask

from portal.core import clock
from portal.core.acting import Right
from portal.core.language import language as speech
from portal.filing import queries, services
from portal.filing.models import FiledReturn
from portal.taxes.periods import Period, PeriodKind
from tests.given import Firm, Given, Person
from tests.visitor import Visitor

VAT = "vat-small-scale"
NIL = {"zh": "零申报", "en": "Nil return"}
SUBMIT = {"zh": "提交申报", "en": "Submit return"}
DECLARED = {
    "zh": "我已核对以上内容，所填真实、完整，并承担相应法律责任。",
    "en": "I have checked the above. It is true and complete, and I take legal responsibility for it.",
}


@pytest.fixture
def owner(given: Given) -> Person:
    return given.person()


@pytest.fixture
def firm(given: Given, owner: Person) -> Firm:
    """Registered for more than a year by the quarter, so that whole quarters are late on any day."""
    first = date(clock.today().year - 1, 1, 1).isoformat()
    taxes = [(VAT, "quarter"), ("iit-withholding", "month")]
    entries = [{"tax": tax, "period_kind": kind, "from": first} for tax, kind in taxes]
    made = given.firm(representative=owner, taxes=entries)
    with given.database.transaction() as session:
        services.derive(session, made.taxpayer_id, on=clock.today())
    return made


def unfiled(given: Given, firm: Firm) -> int:
    with given.database.reading() as session:
        found = queries.obligations_of(session, firm.taxpayer_id)
    return sum(one.filed_on is None and one.tax == VAT for one in found)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_nil_return_takes_two_presses(
    app: Flask, given: Given, owner: Person, firm: Firm, language: str
) -> None:
    acting = given.acting_for(owner, given.mandate(firm, owner))
    visitor = Visitor(app, language=language).carry(acting.token)
    before = unfiled(given, firm)
    owed = visitor.open("/file/obligations")
    check = owed.press(next(words for words in owed.buttons() if words.startswith(NIL[language])))
    assert check.url.endswith("/check")
    done = check.answer(DECLARED[language], True).press(SUBMIT[language])
    assert "/done" in done.url
    assert unfiled(given, firm) == before - 1


def test_filing_leads_a_firm_to_what_it_owes_and_a_person_to_their_years(
    app: Flask, given: Given, owner: Person, firm: Firm
) -> None:
    Visitor(app).carry(owner.token).open("/file/obligations", 404)
    acting = given.acting_for(owner, given.mandate(firm, owner))
    page = Visitor(app).carry(acting.token).open("/file/")
    assert page.url.endswith("/file/obligations")
    page.says("已经逾期", "零申报", "请到办税服务厅申报")


def test_who_may_only_look_is_offered_no_button(app: Flask, given: Given, owner: Person, firm: Firm) -> None:
    acting = given.acting_for(owner, given.mandate(firm, owner, rights=[Right.VIEW]))
    page = Visitor(app).carry(acting.token).open("/file/obligations")
    page.says("已经逾期")
    assert "零申报" not in page.text


NAMES = {
    "zh": ["增值税", "城市维护建设税", "教育费附加", "地方教育附加"],
    "en": [
        "VAT",
        "Urban maintenance and construction tax",
        "Education surcharge",
        "Local education surcharge",
    ],
}
SAYS = {
    "zh": {"pay": "去缴款", "card": "其中各税费", "owed": "应缴 ¥4,000.00", "less": "少缴或多退 ¥1,000.00"},
    "en": {
        "pay": "Go to payment",
        "card": "Of which, by tax and fee",
        "owed": "¥4,000.00 to pay",
        "less": "¥1,000.00 less to pay, or more refunded",
    },
}


def bracketed(language: str) -> list[str]:
    """How a line begins that names a levy and its period."""
    return [f"{name}（" if language == "zh" else f"{name} (" for name in NAMES[language]]


def trading(given: Given, handler: Person, firm: Firm, sales: str) -> FiledReturn:
    """The return of a quarter long over, with these sales; corrected where it was filed before."""
    period = Period(clock.today().year - 1, PeriodKind.QUARTER, 4)
    acting = given.acting(handler)
    at, answers = clock.now(), {"activity": "some", "ordinary_sales": sales}
    with given.database.transaction() as session:
        before = queries.standing_return(session, firm.taxpayer_id, VAT, period)
        draft = (
            services.correct(session, acting, before, at=at)
            if before
            else services.start_or_resume(session, acting, VAT, period, at=at)
        )
        services.save(session, draft, services.Saving("sales", answers, draft.version, "one"), at=at)
        filed = services.submit(session, acting, draft.id, seen=draft.version, at=at)
    assert filed is not None
    return filed


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_receipt_names_each_levy_and_leads_to_paying_them_all_at_once(
    app: Flask, given: Given, owner: Person, firm: Firm, language: str
) -> None:
    acting = given.acting_for(owner, given.mandate(firm, owner))
    filed = trading(given, acting, firm, "400000.00")
    said = SAYS[language]
    done = Visitor(app, language=language).carry(acting.token).open(f"/file/returns/{filed.id}/done")
    done.says(said["card"], said["owed"], *NAMES[language])
    dues = done.follow(said["pay"])
    boxes = dues.soup.find_all("input", attrs={"name": "bills"})
    assert [box.has_attr("checked") for box in boxes] == [True] * 4
    quarter = Period.parse(filed.period).said(speech(language).phrase)
    dues.says(*(f"{name}{quarter}" for name in bracketed(language)))
    statement = dues.visitor.open("/billing/statement")
    statement.says(*NAMES[language], "¥140.00", "¥60.00", "¥40.00")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_receipt_of_a_correction_says_what_it_changes_of_each_levy(
    app: Flask, given: Given, owner: Person, firm: Firm, language: str
) -> None:
    acting = given.acting_for(owner, given.mandate(firm, owner))
    trading(given, acting, firm, "500000.00")
    filed = trading(given, acting, firm, "400000.00")
    done = Visitor(app, language=language).carry(acting.token).open(f"/file/returns/{filed.id}/done")
    done.says(SAYS[language]["owed"], SAYS[language]["less"])
