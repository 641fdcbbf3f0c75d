"""Clearing a firm: the door is open exactly when the list is empty, whoever asks and by whatever route."""

import threading
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from portal.accounts.rules.mandates import Role, Standing
from portal.certificates.rules.record import Issuer, Wording
from portal.core import clock
from portal.core.jobs import Job
from portal.core.refusal import Refusal
from portal.deregistration import queries, services
from portal.deregistration.models import Clearance, Promise
from portal.deregistration.rules.clearance import Route, Why, standing_between
from portal.deregistration.services import Application, Office
from portal.gateways.market import Cleared, News, NotTaken, Reopened
from portal.matters.models import Matter, MatterEvent
from portal.risk.queries import CODES, findings
from portal.risk.rules import CATALOGUE, Severity
from portal.taxpayers.models import Firm, FirmFact
from tests.given import Given
from tests.risk.obstacles import bill, clean_firm, fact, ground, put_up, registered, spare_branch, take_away

PLAIN = Application(Why.DISSOLUTION)
STANDING_BETWEEN = {code for code in CODES if CATALOGUE[code].severity is not Severity.ADVICE}
"""`abnormal` goes by itself with what made it so, and comes with periods long unfiled."""
PROMISABLE = {code for code, one in CATALOGUE.items() if one.severity is Severity.PROMISABLE}


class Desk:
    """A firm that wants to be cleared, its representative, and the office."""

    def __init__(self, given: Given) -> None:
        spare_branch(given)
        self.given, self.database = given, given.database
        self.firm, self.acting = clean_firm(given)
        office = given.settings.office
        name = Wording(office.name_zh, office.name_en)
        self.office = Office(
            given.settings.keyring, Issuer(name, office.area, "http://localhost/verify", worthless=True)
        )

    def change(self, *acts) -> None:
        with self.database.transaction() as session:
            for act in acts:
                act(ground(session, self.firm, self.acting, clock.today()))
                session.flush()

    def apply(self, application: Application = PLAIN) -> Clearance:
        with self.database.transaction() as session:
            return services.apply(session, self.office, self.acting, application, at=clock.now())

    def clear_again(self, made: Clearance) -> None:
        with self.database.transaction() as session:
            mine = session.get_one(Clearance, made.id)
            services.clear_again(session, self.office, mine, by=self.acting, at=clock.now())

    def between(self) -> list[str]:
        with self.database.transaction() as session:
            services.bring_up_to_date(session, self.firm.taxpayer_id, clock.today())
            hits = findings(session, self.firm.taxpayer_id, clock.today())
        return [hit.finding.code for hit in standing_between(hits)]

    @property
    def status(self) -> str:
        with self.database.reading() as session:
            return session.get_one(Firm, self.firm.taxpayer_id).tax_status

    def matter(self, clearance: Clearance) -> Matter:
        with self.database.reading() as session:
            return queries.matter_of(session, clearance)


@pytest.fixture
def desk(given: Given) -> Desk:
    return Desk(given)


def job(desk: Desk, work, **payload: str) -> None:
    work(desk.database, None, None, payload)


def test_a_firm_with_nothing_open_is_cleared_as_it_applies(desk: Desk) -> None:
    made = desk.apply()
    assert (made.route, desk.status, desk.matter(made).state) == (Route.INSTANT, "cleared", "cleared")
    assert made.cleared_on == clock.today()
    assert made.certificate_id is not None


@pytest.mark.parametrize("code", sorted(STANDING_BETWEEN - {"abnormal"}))
def test_its_cure_makes_exactly_that_finding_vanish_and_opens_the_door(desk: Desk, code: str) -> None:
    desk.change(lambda g: put_up(g, {code}))
    assert set(desk.between()) - {"abnormal"} == {code}
    desk.change(lambda g: take_away(g, code))
    assert desk.between() == []
    desk.apply()
    assert desk.status == "cleared"


def test_what_blocks_leaves_the_general_route_and_no_way_past_it(desk: Desk) -> None:
    desk.change(bill(due=-1))
    made = desk.apply()
    assert (made.route, desk.status) == (Route.GENERAL, "clearing")
    assert desk.matter(made).due_on is not None
    with pytest.raises(Refusal, match="clearance-still-open"), desk.database.transaction() as session:
        services.clear(
            session, desk.office, session.get_one(Clearance, made.id), by=desk.acting, at=clock.now()
        )
    assert desk.status == "clearing"


def test_a_firm_that_reviews_itself_is_not_cleared(desk: Desk) -> None:
    """The general route needs two of the office even where nothing stands open any more."""
    made = desk.apply(Application(Why.MERGER, report="2026-1"))
    assert made.route == Route.GENERAL
    with pytest.raises(Refusal, match="matter-step-open"), desk.database.transaction() as session:
        services.clear(
            session, desk.office, session.get_one(Clearance, made.id), by=desk.acting, at=clock.now()
        )


@pytest.mark.parametrize("why", [Why.MERGER, Why.SPLIT])
def test_a_merger_or_split_is_reported_first(desk: Desk, why: Why) -> None:
    with pytest.raises(Refusal, match="clearance-report-first"):
        desk.apply(Application(why))


def test_a_withdrawn_application_leaves_the_firm_as_it_was(desk: Desk) -> None:
    desk.change(bill(due=-1))
    made = desk.apply()
    with desk.database.transaction() as session:
        services.withdraw(session, desk.acting, session.get_one(Clearance, made.id), at=clock.now())
    assert (desk.status, desk.matter(made).state) == ("normal", "withdrawn")
    assert desk.apply().id != made.id


def test_an_abnormal_firm_stays_abnormal_while_it_applies(desk: Desk) -> None:
    desk.change(lambda g: put_up(g, {"abnormal", "fine"}))
    desk.apply()
    assert desk.status == "abnormal"
    assert set(desk.between()) == {"abnormal", "fine"}


# By promise


@pytest.fixture
def promising(desk: Desk) -> Desk:
    """Grade A, and one thing open that may be promised."""
    desk.change(fact("credit-grade", grade="A"), lambda g: put_up(g, {min(PROMISABLE)}))
    return desk


def promised(desk: Desk) -> Promise:
    with desk.database.reading() as session:
        return session.scalars(select(Promise)).one()


def test_what_may_be_promised_is_promised_in_writing_or_not_at_all(promising: Desk) -> None:
    with pytest.raises(Refusal, match="clearance-not-promised"):
        promising.apply()
    made = promising.apply(replace(PLAIN, promised=PROMISABLE))
    assert (made.route, promising.status) == (Route.PROMISE, "cleared")
    assert promised(promising).due_on == clock.today() + timedelta(days=30)


def test_a_kept_promise_is_noted(promising: Desk) -> None:
    promising.apply(replace(PLAIN, promised=PROMISABLE))
    promising.change(lambda g: take_away(g, min(PROMISABLE)))
    job(promising, services.watch_promises)
    assert promised(promising).kept is True


def broken(desk: Desk) -> None:
    """The last day of what was promised passes; two nights look at it."""
    with desk.database.transaction() as session:
        session.scalars(select(Promise)).one().due_on = clock.today() - timedelta(days=1)
    job(desk, services.watch_promises)
    job(desk, services.watch_promises)


def records(desk: Desk, whose: UUID) -> list[tuple[str, dict[str, Any]]]:
    """What the portal recorded of a taxpayer by itself."""
    mine = select(FirmFact).where(FirmFact.source == "portal", FirmFact.taxpayer_id == whose)
    with desk.database.reading() as session:
        return [(one.kind, one.facts) for one in session.scalars(mine.order_by(FirmFact.kind))]


def test_a_broken_promise_costs_the_credit_grade(promising: Desk) -> None:
    promising.apply(replace(PLAIN, promised=PROMISABLE))
    broken(promising)
    assert promised(promising).kept is False
    assert [(kind, facts.get("grade")) for kind, facts in records(promising, promising.firm.taxpayer_id)] == [
        ("broken-promise", None),
        ("credit-grade", "D"),
    ]


def test_a_broken_promise_is_recorded_of_representative_and_head_of_finance_and_of_nobody_else(
    promising: Desk,
) -> None:
    given, representative = promising.given, promising.acting.person_id
    finance, handler, came_later, left = (given.person() for _ in range(4))
    given.mandate(promising.firm, finance, role=Role.FINANCE_HEAD)
    given.mandate(promising.firm, handler, role=Role.TAX_HANDLER)
    given.mandate(promising.firm, left, role=Role.FINANCE_HEAD, stands=Standing.ENDED)
    promising.apply(replace(PLAIN, promised=PROMISABLE))
    given.mandate(promising.firm, came_later, role=Role.FINANCE_HEAD)
    broken(promising)
    [(kind, facts)] = records(promising, finance.taxpayer_id)
    assert (kind, facts["role"], facts["confidence"]) == ("broken-promise", "finance-head", "K")
    assert (facts["firm"], facts["cite"]) == (promising.firm.name, "税总发〔2018〕149号 第二条")
    [(_, facts)] = records(promising, representative)
    assert facts["role"] == "legal-representative"
    for nobody in (handler, came_later, left):
        assert records(promising, nobody.taxpayer_id) == []
    for person in (finance.taxpayer_id, representative):
        [entry] = [one for one in given.trail_of(person) if one.act == "promise-broken-answerable"]
        assert promising.firm.name in entry.reason
        assert entry.facts["confidence"] == "K"
        assert given.unread(person) == 1


def test_who_is_both_is_recorded_once(promising: Desk) -> None:
    by = SimpleNamespace(taxpayer_id=promising.acting.person_id)
    promising.given.mandate(promising.firm, by, role=Role.FINANCE_HEAD)
    promising.given.mandate(promising.firm, by, role=Role.REPRESENTATIVE)
    promising.apply(replace(PLAIN, promised=PROMISABLE))
    broken(promising)
    [(_, facts)] = records(promising, promising.acting.person_id)
    assert facts["role"] == "legal-representative"


# Two at once, and what comes later


def at_once(*acts) -> list[object]:
    """Run acts in threads that begin together; what each gave or raised."""
    gate, outcomes = threading.Barrier(len(acts)), [None] * len(acts)

    def run(n, act):
        gate.wait(10)
        try:
            outcomes[n] = act()
        except Refusal as refusal:
            outcomes[n] = refusal

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcomes


def test_two_delegates_who_apply_at_once_find_one_application(desk: Desk) -> None:
    desk.change(bill(due=-1))
    first, second = at_once(desk.apply, desk.apply)
    assert first.id == second.id
    with desk.database.reading() as session:
        assert len(session.scalars(select(Clearance)).all()) == 1


def test_a_debt_posted_at_the_moment_of_clearing_blocks_it_or_reopens_it(desk: Desk) -> None:
    at_once(desk.apply, lambda: desk.change(bill(due=-1)))
    job(desk, services.debt_after_clearance, taxpayer=str(desk.firm.taxpayer_id))
    assert desk.status != "cleared"
    assert desk.between() == ["arrears"]


def test_a_debt_that_comes_after_clearing_reopens_it_and_its_cure_clears_again(desk: Desk) -> None:
    made = desk.apply()
    desk.change(bill(due=-1))
    job(desk, services.debt_after_clearance, taxpayer=str(desk.firm.taxpayer_id))
    assert (desk.status, desk.matter(made).state) == ("clearing", "reopened")
    with pytest.raises(Refusal, match="clearance-still-open"):
        desk.clear_again(made)
    desk.change(lambda g: take_away(g, "arrears"))
    desk.clear_again(made)
    assert (desk.status, desk.matter(made).state) == ("cleared", "cleared")


def test_a_cleared_firm_is_reopened_as_often_as_a_debt_comes(desk: Desk) -> None:
    made = desk.apply()
    for _ in range(2):
        desk.change(bill(due=-1))
        job(desk, services.debt_after_clearance, taxpayer=str(desk.firm.taxpayer_id))
        assert (desk.status, desk.matter(made).state) == ("clearing", "reopened")
        desk.change(lambda g: take_away(g, "arrears"))
        desk.clear_again(made)
        assert desk.status == "cleared"


# News for the market register


class MarketRegister:
    """Hears what it is told, or says no so many times first."""

    def __init__(self, *, refuses: int = 0) -> None:
        self.refuses, self.heard = refuses, list[News]()

    def tell(self, news: News) -> None:
        if self.refuses:
            self.refuses -= 1
            raise NotTaken("no-such-firm")
        self.heard.append(news)


def jobs_waiting(desk: Desk) -> list[Job]:
    mine = select(Job).where(Job.kind == "tell-market", Job.state == "waiting").order_by(Job.run_at, Job.id)
    with desk.database.reading() as session:
        return list(session.scalars(mine))


def told(desk: Desk, market: MarketRegister) -> list[timedelta]:
    """Every job that waits is done in turn; how long each waited."""
    waited = []
    while waiting := jobs_waiting(desk):
        services.tell_market(desk.database, SimpleNamespace(market=market), None, waiting[0].payload)
        waited.append(waiting[0].run_at - clock.now())
        with desk.database.transaction() as session:
            session.get_one(Job, waiting[0].id).state = "done"
    return [timedelta(minutes=round(one.total_seconds() / 60)) for one in waited]


def confirmed(desk: Desk, made: Clearance) -> bool:
    with desk.database.reading() as session:
        return session.get_one(Clearance, made.id).told_at is not None


def given_to_a_person(desk: Desk) -> list[tuple[str, str, str]]:
    """Matters in which somebody of the office settles with the register what it would not take."""
    with desk.database.reading() as session:
        rows = select(Matter.state, MatterEvent.note, Matter.channel).join(MatterEvent)
        return [tuple(row) for row in session.execute(rows.where(Matter.kind == "market-news"))]


def problems(desk: Desk, *, after: timedelta) -> list[str]:
    with desk.database.reading() as session:
        return list(services.news_problems(session, clock.now() + after))


def test_news_of_a_clearance_is_told_once_it_is_heard(desk: Desk) -> None:
    made, market = desk.apply(), MarketRegister()
    told(desk, market)
    [event] = market.heard
    assert event == Cleared(made.certificate_id, desk.firm.code, desk.matter(made).number, clock.today())
    assert confirmed(desk, made)
    services.tell_market(
        desk.database,
        SimpleNamespace(market=market),
        None,
        {"clearance": str(made.id), "message": str(made.certificate_id)},
    )
    assert len(market.heard) == 1


def test_a_clear_no_is_tried_again_later_and_later(desk: Desk) -> None:
    made, market = desk.apply(), MarketRegister(refuses=3)
    assert told(desk, market) == [timedelta(minutes=m) for m in (0, 1, 10, 60)]
    assert (len(market.heard), confirmed(desk, made), given_to_a_person(desk)) == (1, True, [])


def test_a_no_that_stays_becomes_a_step_for_a_person(desk: Desk) -> None:
    made = desk.apply()
    assert told(desk, MarketRegister(refuses=99)) == [timedelta(minutes=m) for m in (0, 1, 10, 60, 360)]
    assert given_to_a_person(desk) == [("requested", "no-such-firm", "system")]
    assert (confirmed(desk, made), desk.status) == (False, "cleared")
    assert problems(desk, after=timedelta(hours=23)) == []
    [line] = problems(desk, after=timedelta(hours=25))
    assert line.startswith(f"clearance {desk.matter(made).number} of {desk.firm.code}: not confirmed")


def test_what_was_not_heard_is_told_again_when_somebody_asks_and_the_person_is_not_asked_twice(
    desk: Desk,
) -> None:
    made = desk.apply()
    told(desk, MarketRegister(refuses=99))
    for refuses in (9, 0):
        with desk.database.transaction() as session:
            assert services.tell_again(session, at=clock.now()) == 1
        told(desk, MarketRegister(refuses=refuses))
    assert len(given_to_a_person(desk)) == 1
    assert (confirmed(desk, made), problems(desk, after=timedelta(days=9))) == (True, [])


def test_the_register_is_told_of_a_reopening_and_of_the_new_clearance(desk: Desk) -> None:
    made, market = desk.apply(), MarketRegister()
    told(desk, market)
    desk.change(bill(due=-1))
    job(desk, services.debt_after_clearance, taxpayer=str(desk.firm.taxpayer_id))
    assert not confirmed(desk, made)
    told(desk, market)
    assert confirmed(desk, made)
    desk.change(lambda g: take_away(g, "arrears"))
    desk.clear_again(made)
    told(desk, market)
    first, void, second = market.heard
    assert isinstance(void, Reopened)
    assert (void.voids, void.on, void.code) == (first.id, clock.today(), desk.firm.code)
    assert isinstance(second, Cleared)
    assert second.id not in {first.id, void.id}
    assert confirmed(desk, made)


def test_a_clearance_that_was_void_before_it_was_told_is_told_as_void_alone(desk: Desk) -> None:
    made, market = desk.apply(), MarketRegister()
    desk.change(bill(due=-1))
    job(desk, services.debt_after_clearance, taxpayer=str(desk.firm.taxpayer_id))
    assert problems(desk, after=timedelta(hours=25))[0].startswith("reopening")
    told(desk, market)
    [void] = market.heard
    assert isinstance(void, Reopened)
    assert (void.voids, confirmed(desk, made)) == (made.certificate_id, True)


def test_a_reopening_that_was_not_heard_is_told_again(desk: Desk) -> None:
    made = desk.apply()
    desk.change(bill(due=-1))
    job(desk, services.debt_after_clearance, taxpayer=str(desk.firm.taxpayer_id))
    told(desk, MarketRegister(refuses=99))
    with desk.database.transaction() as session:
        assert services.tell_again(session, at=clock.now()) == 1
    market = MarketRegister()
    told(desk, market)
    [void] = market.heard
    assert (void.voids, confirmed(desk, made)) == (made.certificate_id, True)


def test_who_files_by_the_quarter_for_corporate_income_tax_liquidates_first(desk: Desk) -> None:
    desk.change(registered("cit-prepayment", since=0))
    assert desk.between() == ["cit-liquidation"]
