"""A list asks the database as often for thirty rows as for one."""

from datetime import timedelta
from decimal import Decimal

import pytest

from portal.appointments.models import Booking
from portal.audit import services as audit
from portal.billing import services as billing
from portal.core import clock
from portal.core.keys import new_id
from portal.core.wording import N_
from portal.matters import services as matters
from portal.notices import services as notices
from tests.certificates.books import Books
from tests.given import LAST_YEAR
from tests.visitor import Visitor, audience_of
from tests.world import furnished

MANY = 30
LISTS = {
    "home.index": "to-dos, months, who looked",
    "income.index": "lines of a year",
    "matters.index": "matters",
    "matters.search": "matters, where nothing is asked",
    "audit.trail": "entries of the trail",
    "notices.inbox": "notices",
    "filing.index": "years",
    "billing.index": "bills",
    "billing.statement": "journals",
    "certificates.index": "certificates",
    "appointments.index": "visits that were",
    "certificates.new": "payments of a year",
    "accounts.sessions": "sessions",
    "accounts.mandates": "mandates, held by a person",
    "assisting.mine": "what clerks asked and did",
    "accounts.acting_for": "firms that a person may act for",
}
NO_LIST = {
    "accounts.opened": "one outcome",
    "appointments.new": "the errands, always",
    "appointments.hall": "the halls of the office",
    "appointments.week": "one week",
    "appointments.waiting_list": "a form",
    "accounts.profile": "one person",
    "deregistration.index": "to a person, that checks are for firms; a firm's are counted in its own tests",
    "deregistration.why": "a form, and the applications of a firm",
    "deregistration.route": "one route; its findings are counted in their own tests",
    "filing.obligations": "of firms; counted in its own tests",
    "taxpayers.firm": "one firm; taxes, branches and facts are three statements, however many",
    "accounts.level": "four levels, always",
    "accounts.change_mobile": "a form",
    "billing.refund_account": "a form",
    "accounts.change_email": "a form",
    "accounts.change_password": "a form",
    "accounts.change_address": "a form",
    "accounts.change_language": "a form",
    "accounts.join_firm": "a form",
    "accounts.propose_person": "a form",
    "accounts.propose_agent": "a form",
}
"""Pages without rows, with what they show instead."""


@pytest.fixture(scope="module")
def world(databases, sandbox, signing, tmp_path_factory):
    with furnished(databases, sandbox, signing, tmp_path_factory.mktemp("storage")) as made:
        yield made


@pytest.fixture(scope="module")
def small(world):
    return with_rows(world, 1)


@pytest.fixture(scope="module")
def large(world):
    return with_rows(world, MANY)


def with_rows(world, rows):
    """Somebody with so many rows in each list."""
    given, person = world.given, world.given.person()
    given.income(person, LAST_YEAR, months=min(rows, 12))
    for year in range(LAST_YEAR - 1, LAST_YEAR - 1 - min(rows - 1, 5), -1):
        given.income(person, year, months=1)
    with given.database.transaction() as session:
        session.add_all(visited(world, person, hours) for hours in range(1, rows + 1))
    at, acting, books = clock.now(), given.acting(person), Books(given.database)
    paid = [books.paid(person.taxpayer_id, "12.00", clock.today(), str(2019 + n)) for n in range(rows)]
    clerk = given.staff("counter")
    for n in range(rows):
        given.asks_to_assist(clerk, person, slip=str(new_id())[-20:])
        given.session(person.account_id, person.taxpayer_id, at=at)
        given.certificate_of(person, [paid[n]])
        given.mandate(given.firm(), person)
        with given.database.transaction() as session:
            matters.open_matter(session, acting, "refund", person.taxpayer_id, new_id(), at=at)
            notices.tell(session, person.taxpayer_id, "account-opened", at=at)
            audit.record(session, acting, "language-changed", at=at)
            billing.raise_bill(
                session,
                taxpayer_id=person.taxpayer_id,
                tax="iit-annual",
                period=str(2100 + n),
                title=N_("个人所得税综合所得年度汇算"),
                amount=Decimal("8.00"),
                due_on=clock.today() + timedelta(days=30),
                source=("test", new_id()),
                at=at,
            )
    return person


def visited(world, person, hours):
    """A visit of so many hours ago, called off."""
    return Booking(
        id=new_id(),
        taxpayer_id=person.taxpayer_id,
        person_id=person.taxpayer_id,
        slot_id=world.slot.id,
        hall_id=world.slot.hall_id,
        skill="general",
        starts_at=clock.now() - timedelta(hours=hours),
        errands=["tax-payment-certificate"],
        state="cancelled",
        made_at=clock.now(),
        visit_id=new_id(),
    )


@pytest.mark.parametrize("endpoint", LISTS)
def test_a_list_costs_the_same_for_one_row_and_for_thirty(world, small, large, endpoint):
    [door] = [d for d in world.doors(reading=True) if d.endpoint == endpoint]
    few, many = (
        Visitor(world.app).carry(person.token).open(world.address(door)) for person in (small, large)
    )
    assert len(many.text) > len(few.text), "the long list is no longer than the short one"
    assert len(many.statements) == len(few.statements), "\n".join(many.statements)


def test_every_page_of_a_person_is_a_list_or_known_not_to_be(world):
    """A new page says which of the two it is."""
    pages = {
        door.endpoint
        for door in world.doors(reading=True)
        if not door.rule.arguments
        and audience_of(world.app, door.endpoint).audience in {"account", "taxpayer"}
    }
    assert pages == LISTS.keys() | NO_LIST.keys()
