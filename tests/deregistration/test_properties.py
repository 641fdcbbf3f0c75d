"""Whatever stands open of whatever firms: health check, scan of all and clearance say the same."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count

import pytest
from hypothesis import HealthCheck, Phase, event, settings
from hypothesis import given as whatever
from hypothesis import strategies as st
from sqlalchemy import update
from sqlalchemy.orm import Session

from portal.certificates.rules.record import Issuer, Wording
from portal.core import clock
from portal.core.acting import Acting
from portal.core.db import Database
from portal.core.refusal import Refusal
from portal.deregistration import services
from portal.deregistration.models import Clearance
from portal.deregistration.rules import read
from portal.deregistration.rules.clearance import Route, Why
from portal.deregistration.services import Application, Office
from portal.risk.queries import CODES, findings, scan
from portal.risk.rules import ASK_THE_OFFICE, CATALOGUE, Severity
from portal.risk.rules.facts import FactKind
from portal.taxpayers.models import FirmFact
from portal.taxpayers.rules.firms import FirmKind, TaxStatus
from tests.given import Firm, Given
from tests.risk.obstacles import Ground, clean_firm, fact, ground, put_up, spare_branch, take_away

AT_ONCE = 3
"""Firms with something open at a time, in one database."""
ELSEWHERE = "91440399MAD900019M"
"""The head office of a branch, in another area."""
PROMISABLE = {code for code, one in CATALOGUE.items() if one.severity is Severity.PROMISABLE}
PERIODS = {"unfiled", "withholding", "cit-annual"}
FACTS = {kind.value for kind in FactKind}


@dataclass(frozen=True)
class Case:
    """A firm: what stands open of it, in the order in which it is cured, and how it applies."""

    kind: FirmKind
    opened: tuple[str, ...] = ()
    secret: bool = False
    """Whether what others know of it is kept from it."""
    grade: str = ""
    promises: bool = False

    def holds(self, opened: Sequence[str], *, abnormal: bool) -> set[str]:
        """What is found of it while so much is open. A branch is wound up with its head office.

        Being abnormal comes with long silence and goes with what made it so (国家税务总局公告2019年第48号):
        while a period is open, the day of the year decides it.
        """
        found = set(opened)
        if self.kind is FirmKind.BRANCH:
            found.discard("cit-liquidation")
        if abnormal if found & PERIODS else {"abnormal", "fine"} <= found:
            return found | {"abnormal"}
        return found - {"abnormal"}

    def told(self, found: set[str]) -> set[str]:
        """What the firm is told of what is found."""
        kept_back = found & FACTS if self.secret else set()
        return found - kept_back | ({ASK_THE_OFFICE.code} if kept_back else set())


CASES = st.builds(
    Case,
    kind=st.sampled_from(FirmKind),
    opened=st.lists(st.sampled_from(CODES), unique=True).map(tuple),
    secret=st.booleans(),
    grade=st.sampled_from(("", "A", "C")),
    promises=st.booleans(),
)


class Undo(Exception):
    """Leaves a transaction, and everything is as it was."""


class Town:
    """Clean firms of every kind, some at a time; what becomes of them is taken back after each example."""

    def __init__(self, given: Given) -> None:
        self.database: Database = given.database
        office = given.settings.office
        name = Wording(office.name_zh, office.name_en)
        issuer = Issuer(name, office.area, "http://localhost/verify", worthless=True)
        self.office = Office(given.settings.keyring, issuer)
        self.firms = {kind: [self._firm(given, kind) for _ in range(AT_ONCE)] for kind in FirmKind}
        for _ in range(AT_ONCE):
            spare_branch(given)

    @staticmethod
    def _firm(given: Given, kind: FirmKind) -> tuple[Firm, Acting]:
        head = {"parent_uscc": ELSEWHERE} if kind is FirmKind.BRANCH else {}
        return clean_firm(given, kind=kind.value, **head)

    @contextmanager
    def undone(self) -> Iterator[Session]:
        """A transaction of which nothing stays."""
        with suppress(Undo), self.database.transaction() as session:
            yield session
            raise Undo


class Story:
    """One firm of the town in one example."""

    def __init__(self, town: Town, g: Ground, case: Case) -> None:
        self.town, self.g, self.case, self.session = town, g, case, g.session
        put_up(g, set(case.opened))
        if case.secret:
            mine = FirmFact.taxpayer_id == g.whose
            g.session.execute(update(FirmFact).where(mine).values(secret=True))
        if case.grade and "credit-grade" not in case.opened:
            fact("credit-grade", grade=case.grade)(g)
        g.session.flush()

    def cured_one_after_the_other(self) -> None:
        """Before every cure and after the last one, all who look say the same."""
        opened = list(self.case.opened)
        self.seen_alike(opened)
        while opened:
            code = opened.pop(0)
            take_away(self.g, code)
            self.seen_alike(opened)

    def seen_alike(self, opened: Sequence[str]) -> None:
        """The check shows what is open, the scan of all too, and the door is open if that is nothing."""
        with self.tried():
            services.bring_up_to_date(self.session, self.g.whose, self.g.on)
            by_name = {hit.finding.code for hit in findings(self.session, self.g.whose, self.g.on)}
            by_scan = set(dict(scan(self.session, self.g.on)).get(self.g.whose, ()))
            assert by_name == by_scan == self.case.holds(opened, abnormal="abnormal" in by_name)
            check = read(services.run(self.session, self.g.acting, at=self.g.at).findings)
            assert {one.code for one in check} == self.case.told(by_name)
            self.door_is_open([one.code for one in check if one.stands_between])

    def door_is_open(self, between: list[str]) -> None:
        """Who applies is cleared exactly if nothing stands between, or only what was promised does."""
        promised = PROMISABLE if self.case.promises else ()
        application = Application(Why.OTHER, promised=promised)
        try:
            made = services.apply(self.session, self.town.office, self.g.acting, application, at=self.g.at)
        except Refusal as refusal:
            must_promise = between and set(between) <= PROMISABLE and not promised
            if refusal.reason.code != "clearance-not-promised" or not must_promise:
                raise
            event("has to promise first")
            return
        event(f"{made.route}, {'something' if between else 'nothing'} between")
        assert (made.route == Route.INSTANT) is (between == [])
        if made.route == Route.PROMISE:
            assert set(between) <= PROMISABLE & set(promised)
        self.is_cleared(made, cleared=made.route != Route.GENERAL)

    def is_cleared(self, made: Clearance, *, cleared: bool) -> None:
        """So stand the firm, the application and its certificate; and nobody can clear what is not."""
        assert (self.g.firm.tax_status == TaxStatus.CLEARED) is cleared
        assert (made.certificate_id is not None) is (made.cleared_on is not None) is cleared
        if not cleared:
            with pytest.raises(Refusal, match="clearance-still-open"):
                services.clear(self.session, self.town.office, made, by=self.g.acting, at=self.g.at)

    @contextmanager
    def tried(self) -> Iterator[None]:
        """What is done in between is taken back; only the records that it looked at stay."""
        point = self.session.begin_nested()
        yield
        point.rollback()


def whatever_stands_open(given: Given, run: settings) -> None:
    """The property, over this many examples."""
    town = Town(given)

    @run
    @whatever(st.lists(CASES, min_size=1, max_size=AT_ONCE))
    def all_who_look_say_the_same(cases: list[Case]) -> None:
        places = {kind: count() for kind in FirmKind}
        with town.undone() as session:
            stories = []
            for case in cases:
                firm, acting = town.firms[case.kind][next(places[case.kind])]
                stories.append(Story(town, ground(session, firm, acting, clock.today()), case))
            for story in stories:
                story.cured_one_after_the_other()

    all_who_look_say_the_same()


EVERYTHING = settings(
    deadline=None,
    report_multiple_bugs=False,
    phases=set(Phase) - {Phase.explain},  # which traces every line, and takes minutes
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)


def test_the_list_is_empty_exactly_when_the_door_is_open_whatever_stands_open(given: Given) -> None:
    whatever_stands_open(given, settings(EVERYTHING, max_examples=25, derandomize=True, database=None))
    assert given


@pytest.mark.soak
def test_the_list_is_empty_exactly_when_the_door_is_open_over_and_over(given: Given) -> None:
    whatever_stands_open(given, settings(EVERYTHING, max_examples=1000))
    assert given
