"""A return from prefilled draft to receipt and correction, on the database."""

from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import replace
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DBAPIError

from portal.billing import services as billing
from portal.billing.queries.debts import open_bills
from portal.core import clock
from portal.core.acting import Acting
from portal.core.keys import new_id
from portal.core.money import ZERO, round_fen
from portal.core.refusal import Refusal
from portal.filing import queries, services
from portal.filing.models import FiledReturn, ReturnDraft
from portal.filing.rules.answers import Clash, Origin
from portal.filing.services import Saving
from portal.matters.models import Matter
from portal.matters.queries import matters_of, own_matter
from portal.taxes.periods import Period
from portal.taxpayers.models import Taxpayer
from tests.given import LAST_YEAR, SHEET, Given, Person
from tests.live import Outside

YEAR = LAST_YEAR


@pytest.fixture
def person(given: Given) -> Person:
    """Someone with twelve months of wages on which nothing was withheld."""
    person = given.person()
    given.income(person, YEAR, income="20000.00", pension="1600.00", tax_withheld="300.00")
    return person


class Desk:
    """A person at their returns: each act in a transaction of its own, as requests have it."""

    def __init__(self, given: Given, person: Person) -> None:
        self.given, self.person = given, person
        self.acting: Acting = given.acting(person)

    def start(self, year: int = YEAR) -> ReturnDraft:
        with self.given.database.transaction() as session:
            return services.start_or_resume(session, self.acting, SHEET, Period(year), at=clock.now())

    def draft(self, draft: ReturnDraft) -> ReturnDraft:
        with self.given.database.reading() as session:
            found = queries.own_draft(session, self.person.taxpayer_id, draft.id)
        assert found is not None
        return found

    def save(self, draft: ReturnDraft, seen: int = 0, window: str = "one", **given: object) -> list[Clash]:
        saving = Saving("wages", given, seen or self.draft(draft).version, window)
        with self.given.database.transaction() as session:
            held = queries.own_draft(session, self.person.taxpayer_id, draft.id, lock=True)
            assert held is not None
            return services.save(session, held, saving, at=clock.now())

    def submit(self, draft: ReturnDraft, seen: int = 0) -> FiledReturn | None:
        with self.given.database.transaction() as session:
            version = seen or self.draft(draft).version
            return services.submit(session, self.acting, draft.id, seen=version, at=clock.now())

    def filed(self) -> FiledReturn:
        filed = self.submit(self.start())
        assert filed is not None
        return filed

    def correct(self, filed: FiledReturn) -> ReturnDraft:
        with self.given.database.transaction() as session:
            return services.correct(session, self.acting, filed, at=clock.now())

    def owed(self) -> Decimal:
        """Tax of all open bills, without surcharge."""
        with self.given.database.reading() as session:
            bills = open_bills(session, self.person.taxpayer_id, clock.today())
            return sum((each.tax for each in bills), ZERO)

    def due(self) -> Decimal:
        """Everything owed today, surcharge included."""
        with self.given.database.reading() as session:
            bills = open_bills(session, self.person.taxpayer_id, clock.today())
            return sum((each.total for each in bills), ZERO)

    def matters(self) -> set[tuple[str, str]]:
        with self.given.database.reading() as session:
            return {(matter.kind, matter.state) for matter in matters_of(session, self.person.taxpayer_id)}

    def course(self) -> list[str]:
        """The states through which the newest matter went."""
        with self.given.database.reading() as session:
            newest = matters_of(session, self.person.taxpayer_id)[0]
            found = own_matter(session, self.person.taxpayer_id, newest.id)
        assert found is not None
        return [event.state for event in found.events]

    def put_matter(self, state: str) -> None:
        """A fault: the matter says what is not so."""
        mine = Matter.taxpayer_id == self.person.taxpayer_id
        with self.given.database.transaction() as session:
            session.execute(update(Matter).where(mine).values(state=state))

    def rest(self, amount: Decimal) -> None:
        """Money of the taxpayer that pays for nothing yet."""
        with self.given.database.transaction() as session:
            billing.credit_refund_due(
                session, taxpayer_id=self.person.taxpayer_id, tax=SHEET, period="2019", amount=amount,
                source=("test", new_id()), at=clock.now(),
            )  # fmt: skip

    def offset(self) -> None:
        with self.given.database.transaction() as session:
            billing.offset_all(session, self.acting, decision=new_id(), at=clock.now())

    def wrong(self) -> list[str]:
        """What the checks of filing find."""
        with self.given.database.reading() as session:
            return services.verify_filings(session)


@pytest.fixture
def desk(given: Given, person: Person) -> Desk:
    return Desk(given, person)


def test_a_return_begins_with_what_payers_reported(desk: Desk) -> None:
    draft = desk.start()
    assert draft.answers["wages"] == "240000.00"
    assert draft.answers["pension"] == "19200.00"
    trace = services.kept_of(draft).traces["wages"]
    assert trace.origin is Origin.REPORTED
    assert trace.source is not None
    assert (trace.source["payers"], trace.source["lines"]) == (1, 12)


def test_starting_again_goes_on_with_the_same_draft(desk: Desk) -> None:
    assert desk.start().id == desk.start().id


def test_news_from_a_payer_reaches_the_draft_and_spares_what_was_typed(desk: Desk) -> None:
    draft = desk.start()
    desk.save(draft, pension="20000.00")
    desk.given.income(desk.person, YEAR, months=1, income="1000.00", pension="100.00")
    again = desk.start()
    assert again.answers["wages"] == "241000.00"
    assert again.answers["pension"] == "20000.00"
    assert services.kept_of(again).traces["pension"].held == "19300.00"


def test_a_typed_answer_is_kept_with_the_reported_one_beside_it(desk: Desk) -> None:
    draft = desk.start()
    assert desk.save(draft, wages="250000.00") == []
    trace = services.kept_of(desk.draft(draft)).traces["wages"]
    assert (trace.origin, trace.held) == (Origin.TYPED, "240000.00")


def test_a_second_window_overwrites_nothing(desk: Desk) -> None:
    draft = desk.start()
    seen = draft.version
    assert desk.save(draft, seen, "one", wages="250000.00") == []
    assert desk.save(draft, seen, "two", wages="260000.00", labour="5000.00") == [
        Clash("wages", "250000.00", "260000.00")
    ]
    held = desk.draft(draft).answers
    assert held["wages"] == "250000.00"
    assert held["labour"] == "0.00"
    assert desk.save(draft, seen, "two", labour="5000.00") == []
    assert desk.draft(draft).answers["labour"] == "5000.00"


def test_saving_the_same_again_is_no_new_version(desk: Desk) -> None:
    draft = desk.start()
    desk.save(draft, wages="250000.00")
    version = desk.draft(draft).version
    desk.save(draft, wages="250000.00")
    assert desk.draft(draft).version == version


def test_trying_out_keeps_nothing(desk: Desk) -> None:
    draft = desk.start()
    trial = services.what_if(desk.draft(draft), {"private_pension": "12000.00"})
    assert trial.difference.total == trial.after.result - trial.before.result < ZERO
    assert sum(term.effect for term in trial.difference.terms) == trial.difference.total
    assert "private_pension" not in desk.draft(draft).answers


def test_a_tax_to_pay_becomes_a_bill(desk: Desk) -> None:
    filed = desk.filed()
    assert filed.outcome == desk.owed() > ZERO
    assert desk.matters() == {("annual-return", "submitted")}


def test_a_return_is_done_with_the_last_of_its_payment(desk: Desk, sandbox: Outside) -> None:
    desk.filed()
    order = desk.given.ordered(desk.person)
    assert desk.matters() == {("annual-return", "submitted")}
    desk.given.paid(order, sandbox.payments)
    assert desk.matters() == {("annual-return", "done")}
    assert desk.course() == ["submitted", "done"]
    assert desk.wrong() == []


def test_a_return_paid_with_money_that_rests_here_is_done(desk: Desk) -> None:
    desk.filed()
    desk.rest(desk.due() - Decimal("0.01"))
    desk.offset()
    assert desk.matters() == {("annual-return", "submitted")}
    desk.rest(Decimal("0.01"))
    desk.offset()
    assert desk.matters() == {("annual-return", "done")}
    assert desk.wrong() == []


def test_a_late_return_waits_for_its_surcharge_too(desk: Desk) -> None:
    desk.given.income(desk.person, YEAR - 1, income="20000.00", tax_withheld="300.00")
    filed = desk.submit(desk.start(YEAR - 1))
    assert filed is not None
    assert desk.due() > filed.outcome
    desk.rest(filed.outcome)
    desk.offset()
    assert desk.owed() == ZERO
    assert desk.matters() == {("annual-return", "submitted")}
    desk.rest(desk.due())
    desk.offset()
    assert desk.matters() == {("annual-return", "done")}


def test_a_bill_falls_due_on_the_day_to_which_a_rest_day_moves_the_last(desk: Desk) -> None:
    """30 June 2024 was a Sunday: who pays on Monday is on time, surcharge begins with Tuesday."""
    desk.given.income(desk.person, 2023, income="20000.00", tax_withheld="300.00")
    filed = desk.submit(desk.start(2023))
    assert filed is not None
    with desk.given.database.reading() as session:
        [on_monday] = open_bills(session, desk.person.taxpayer_id, date(2024, 7, 1))
        [on_tuesday] = open_bills(session, desk.person.taxpayer_id, date(2024, 7, 2))
    assert on_monday.bill.due_on == date(2024, 7, 1)
    assert on_monday.surcharge == ZERO
    assert on_tuesday.surcharge == round_fen(filed.outcome * Decimal("0.0005"))


def test_a_correction_waits_only_for_what_is_still_owed_for_the_year(desk: Desk) -> None:
    """The bill may be that of the return it replaces; a lower or equal tax that was paid is done at once."""
    first = desk.filed()
    again = desk.submit(desk.correct(first))
    assert again is not None
    assert desk.matters() == {("annual-return", "corrected"), ("annual-return", "submitted")}
    desk.rest(desk.due())
    desk.offset()
    assert desk.matters() == {("annual-return", "corrected"), ("annual-return", "done")}
    lower = desk.correct(again)
    desk.save(lower, wages="239000.00")
    assert desk.submit(lower) is not None
    assert ("annual-return", "submitted") not in desk.matters()
    assert desk.wrong() == []


def test_a_matter_that_waits_without_need_and_one_done_too_early_are_named(desk: Desk) -> None:
    filed = desk.filed()
    desk.put_matter("done")
    assert desk.wrong() == [f"return {filed.number} is done and something is owed"]
    desk.put_matter("submitted")
    desk.rest(desk.due())
    desk.offset()
    desk.put_matter("submitted")
    assert desk.wrong() == [f"return {filed.number} waits for money and nothing is owed"]


def test_a_refund_rests_with_the_taxpayer_and_opens_its_matter(given: Given) -> None:
    person = given.person()
    given.income(person, YEAR, income="20000.00", tax_withheld="3000.00")
    desk = Desk(given, person)
    assert desk.filed().outcome < ZERO
    assert desk.owed() == ZERO
    assert desk.matters() == {("annual-return", "done"), ("refund", "requested")}


def test_submitting_twice_gives_the_same_receipt_and_one_bill(desk: Desk) -> None:
    draft = desk.start()
    first = desk.submit(draft, seen=draft.version)
    again = desk.submit(draft, seen=draft.version)
    assert first is not None
    assert again is not None
    assert first.number == again.number
    assert desk.owed() == first.outcome


def test_what_was_not_checked_is_not_submitted(desk: Desk) -> None:
    draft = desk.start()
    desk.save(draft, wages="250000.00")
    with pytest.raises(Refusal) as refused:
        desk.submit(draft, seen=draft.version)
    assert refused.value.reason.code == "return-changed-since-check"


def test_reports_that_changed_meanwhile_are_looked_at_first(desk: Desk) -> None:
    draft = desk.start()
    desk.given.income(desk.person, YEAR, months=1)
    with pytest.raises(Refusal) as refused:
        desk.submit(draft)
    assert refused.value.reason.code == "return-reports-changed"
    assert desk.submit(desk.start()) is not None


def test_a_return_with_gaps_is_not_submitted(given: Given) -> None:
    desk = Desk(given, given.person())
    with pytest.raises(Refusal) as refused:
        desk.submit(desk.start())
    assert refused.value.reason.code == "return-incomplete"


def test_answers_that_contradict_the_law_are_not_submitted(desk: Desk) -> None:
    draft = desk.start()
    desk.save(draft, residence="days", days_in_china=100)
    with pytest.raises(Refusal) as refused:
        desk.submit(draft)
    assert refused.value.reason.code == "return-contradiction"


def test_a_filed_year_is_corrected_not_filed_again(desk: Desk) -> None:
    desk.filed()
    with pytest.raises(Refusal) as refused:
        desk.start()
    assert refused.value.reason.code == "return-already-filed"


@pytest.mark.parametrize(
    ("year", "code"), [(2018, "return-no-such-year"), (clock.today().year, "return-not-yet-open")]
)
def test_a_year_that_is_not_open_is_refused(desk: Desk, year: int, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        desk.start(year)
    assert refused.value.reason.code == code


def test_a_firm_has_no_such_return(desk: Desk) -> None:
    firm = Taxpayer(
        id=new_id(), kind="company", name="甲公司", number_kind="credit-code", number_sealed=b"-",
        number_index="-", opened_at=clock.now(),
    )  # fmt: skip
    with desk.given.database.transaction() as session:
        session.add(firm)
    desk.acting = replace(desk.acting, taxpayer_id=firm.id)
    with pytest.raises(Refusal, match="return-not-a-person"):
        desk.start()


def test_a_stranger_finds_nothing(desk: Desk, given: Given) -> None:
    draft = desk.start()
    stranger = Desk(given, given.person())
    assert stranger.submit(draft, seen=draft.version) is None
    with given.database.reading() as session:
        assert queries.own_draft(session, stranger.person.taxpayer_id, draft.id) is None


@pytest.mark.parametrize("wages", ["300000.00", "230000.00", "100000.00"])
def test_a_correction_replaces_and_settles_the_difference(desk: Desk, wages: str) -> None:
    first = desk.filed()
    draft = desk.correct(first)
    assert draft.answers == first.answers
    desk.save(draft, wages=wages)
    second = desk.submit(draft)
    assert second is not None
    assert second.replaces == first.id
    assert desk.owed() == max(second.outcome, ZERO)
    with desk.given.database.reading() as session:
        standing = queries.standing_return(session, desk.person.taxpayer_id, SHEET, Period(YEAR))
        assert standing is not None
        assert standing.id == second.id
    states = desk.matters()
    assert ("annual-return", "corrected") in states
    assert (("refund", "requested") in states) == (second.outcome < ZERO)


def test_a_return_that_was_replaced_is_not_corrected_again(desk: Desk) -> None:
    first = desk.filed()
    desk.submit(desk.correct(first))
    with pytest.raises(Refusal) as refused:
        desk.correct(first)
    assert refused.value.reason.code == "return-replaced"


def test_a_draft_given_up_leaves_what_was_filed(desk: Desk) -> None:
    first = desk.filed()
    draft = desk.correct(first)
    with desk.given.database.transaction() as session:
        services.discard(session, desk.acting, session.merge(draft), at=clock.now())
    with desk.given.database.reading() as session:
        assert queries.drafts_of(session, desk.person.taxpayer_id) == []
        standing = queries.standing_return(session, desk.person.taxpayer_id, SHEET, Period(YEAR))
        assert standing is not None
        assert standing.id == first.id


def test_the_next_year_asks_nothing_that_is_held(desk: Desk) -> None:
    """Facts of last year's return are carried over; amounts come from what was reported."""
    desk.given.income(desk.person, YEAR - 1)
    child = f"children.{UUID(int=7)}"
    earlier = desk.start(YEAR - 1)
    desk.save(earlier, **{child: {"child_birth": "2015-03", "child_share": "100"}})
    assert desk.submit(earlier) is not None
    draft = desk.start()
    assert draft.answers[child] == {"child_birth": "2015-03", "child_share": "100"}
    assert services.kept_of(draft).traces[child].origin is Origin.DERIVED
    assert desk.submit(draft) is not None


def test_a_filed_return_replays_to_the_fen(desk: Desk) -> None:
    filed = desk.filed()
    assert services.replay(filed) == []
    with desk.given.database.reading() as session:
        assert list(services.replay_all(session)) == []


def test_a_replay_names_what_no_longer_comes_out(desk: Desk) -> None:
    filed = desk.filed()
    tax = filed.lines["tax_due"]
    filed.lines = {**filed.lines, "tax_due": "1.00"}
    [mismatch] = services.replay(filed)
    assert (mismatch.what, mismatch.filed, mismatch.now) == ("tax_due", "1.00", tax)


def test_a_replay_notices_altered_answers(desk: Desk) -> None:
    filed = desk.filed()
    filed.answers = {**filed.answers, "wages": "240000.01"}
    assert "wages" not in {m.what for m in services.replay(filed)}
    assert "income_amount" in {m.what for m in services.replay(filed)}


def test_windows_that_press_at_the_same_moment_lose_nothing(desk: Desk) -> None:
    """Every window saves another question of the same version at once; each answer is there afterwards."""
    draft = desk.start()
    questions = ["pension", "medical", "unemployment", "housing_fund"]
    with ThreadPoolExecutor(len(questions)) as windows:
        saves = [
            windows.submit(desk.save, draft, draft.version, name, **{name: "77.00"}) for name in questions
        ]
    assert [save.result() for save in saves] == [[]] * len(questions)
    held = desk.draft(draft)
    assert {held.answers[name] for name in questions} == {"77.00"}
    assert held.version == draft.version + len(questions)


def test_presses_at_the_same_moment_file_one_return(desk: Desk) -> None:
    draft = desk.start()
    with ThreadPoolExecutor(4) as presses:
        filed = [presses.submit(desk.submit, draft, draft.version) for _ in range(4)]
    numbers = {found.number for press in filed if (found := press.result())}
    assert len(numbers) == 1
    assert desk.owed() == filed[0].result().outcome  # type: ignore[union-attr]


def test_starts_at_the_same_moment_open_one_draft(desk: Desk) -> None:
    with ThreadPoolExecutor(4) as presses:
        drafts = [presses.submit(desk.start) for _ in range(4)]
    assert len({draft.result().id for draft in drafts}) == 1


def test_a_save_on_its_way_survives_resuming_elsewhere(desk: Desk) -> None:
    """Resuming takes in new reports from the draft as it is after the save, not from what it was before."""
    draft = desk.start()
    desk.given.income(desk.person, YEAR, months=1, income="1000.00")
    saving = Saving("insurance", {"medical": "480.00"}, draft.version, "one")
    with ThreadPoolExecutor(1) as elsewhere:
        with desk.given.database.transaction() as session:
            held = queries.own_draft(session, desk.person.taxpayer_id, draft.id, lock=True)
            assert held is not None
            services.save(session, held, saving, at=clock.now())
            resumed = elsewhere.submit(desk.start)
            wait([resumed], timeout=0.5)
        resumed.result()
    answers = desk.draft(draft).answers
    assert (answers["medical"], answers["wages"]) == ("480.00", "241000.00")


def test_the_database_refuses_to_change_a_filed_return(desk: Desk) -> None:
    filed = desk.filed()
    change = update(FiledReturn).where(FiledReturn.id == filed.id).values(outcome=ZERO)
    with desk.given.database.transaction() as session, pytest.raises(DBAPIError, match="append-only"):
        session.execute(change)
