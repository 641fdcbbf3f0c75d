"""An identity proven in person: two of the office see the person and the document, then the level rises."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from portal.accounts.models import Account, IdentityProof
from portal.accounts.queries import of_person
from portal.core import clock
from portal.core.acting import Level
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.counter import services
from portal.matters.models import Matter, MatterStep
from portal.matters.rules import Finding, standards
from portal.matters.services import open_matter, record_step
from portal.risk.queries import open_findings
from tests.visitor import Visitor

EVIDENCE = "居民身份证原件，有效期到2035年，照片与本人一致"


@pytest.fixture
def at(app):
    return lambda who: Visitor(app).carry(who.token)


@pytest.fixture
def clerks(given):
    return [given.staff("counter", "identity-proof") for _ in range(2)]


def begun(at, given, clerk, person):
    """The matter, as the counter opens it from the person's file."""
    given.looked_up(clerk, person)
    page = at(clerk).open(f"/staff/files/{person.taxpayer_id}").press("开始当面核验")
    [link] = [link for link in page.links() if link.startswith("当面核验身份 M-")]
    return page.follow(link)


def opened(page):
    return page.press("打开") if page.heading == "打开事项" else page


def find(page, what, finding="符合"):
    page = page.follow(f"办理：{what}").answer("结论", finding).answer("依据", EVIDENCE)
    return page.press("记下结论")


def level_of(database, person):
    with database.reading() as session:
        found = of_person(session, person.taxpayer_id)
    return found and found[1]


def matter_of(database, person):
    with database.reading() as session:
        mine = select(Matter.id).where(
            Matter.taxpayer_id == person.taxpayer_id, Matter.kind == "identity-proof"
        )
        return session.scalars(mine).one()


def test_two_people_see_the_person_and_the_level_rises(given, app, at, clerks, database):
    person = given.newcomer()
    first, second = clerks
    page = find(opened(begun(at, given, first, person)), "核对本人和证件")
    page.says("须由另一个人办理")
    assert level_of(database, person) is Level.CONTACT
    page = opened(at(second).open(f"/staff/matters/{matter_of(database, person)}"))
    page = find(page, "第二人核对").follow("作出决定：已当面核验").press("作出决定")
    assert level_of(database, person) is Level.IN_PERSON
    with database.reading() as session:
        proof = session.scalars(select(IdentityProof).where(IdentityProof.method == "in-person")).one()
    assert proof.by == f"{first.name}、{second.name}"
    trail = Visitor(app).carry(person.token).open("/account/trail")
    trail.says("完成实名核验").says(second.name)


def test_it_cures_what_stands_between_a_firm_and_its_clearance(given, at, clerks, database):
    boss = given.newcomer()
    firm = given.firm(representative=boss)
    first, second = clerks

    def stands():
        with database.reading() as session:
            found = open_findings(session, firm.taxpayer_id, clock.today())
        return "representative-unproven" in {hit.finding.code for hit in found}

    assert stands()
    find(opened(begun(at, given, first, boss)), "核对本人和证件")
    page = opened(at(second).open(f"/staff/matters/{matter_of(database, boss)}"))
    find(page, "第二人核对").follow("作出决定：已当面核验").press("作出决定")
    assert not stands()


def test_one_who_does_not_look_alike_keeps_the_level_they_have(given, at, clerks, database):
    person = given.newcomer()
    first, second = clerks
    find(opened(begun(at, given, first, person)), "核对本人和证件", "不符合")
    page = opened(at(second).open(f"/staff/matters/{matter_of(database, person)}"))
    page = find(page, "第二人核对", "不符合").follow("作出决定：不予办理")
    page.answer("理由", "照片与本人不一致").press("作出决定")
    assert level_of(database, person) is Level.CONTACT


def test_what_is_begun_or_over_is_not_begun_again(given, at, clerks, database):
    person, seen = given.newcomer(), given.person(level=Level.IN_PERSON)
    begun(at, given, clerks[0], person)
    for whose in (person, seen):
        given.looked_up(clerks[1], whose)
        page = at(clerks[1]).open(f"/staff/files/{whose.taxpayer_id}")
        assert not page.soup.find("form", action=f"/staff/files/{whose.taxpayer_id}/prove")
    acting = given.acting(clerks[1])
    with database.transaction() as session:
        again = services.begin_proof(session, acting, person.taxpayer_id, at=clock.now())
        assert again.id == matter_of(database, person)


@pytest.mark.parametrize("whose", ["a firm", "one seen before", "the clerk"])
def test_who_cannot_be_proven_here_is_refused(given, clerks, database, whose):
    person = {
        "a firm": lambda: given.firm(),
        "one seen before": lambda: given.person(level=Level.IN_PERSON),
        "the clerk": lambda: clerks[0],
    }[whose]()
    why = {
        "a firm": "proof-no-account",
        "one seen before": "proof-in-person-already",
        "the clerk": "file-own",
    }
    acting = given.acting(clerks[0])
    with pytest.raises(Refusal, match=why[whose]), database.transaction() as session:
        services.begin_proof(session, acting, person.taxpayer_id, at=clock.now())


JOINED = [
    (kind, step.other_than, step.code)
    for kind, rule in standards().items()
    for step in rule.steps
    if step.other_than
]


@pytest.mark.parametrize(("kind", "first", "second"), JOINED, ids=lambda one: one)
def test_the_database_refuses_one_person_in_two_joined_steps(given, database, kind, first, second):
    """Written past every rule: whoever did the first step cannot stand under the second."""
    rule, person = standards()[kind], given.person()
    alone, other = given.staff(*rule.roles), given.staff(*rule.roles)
    with database.transaction() as session:
        matter = open_matter(session, None, kind, person.taxpayer_id, new_id(), at=clock.now())
        done = (session, given.acting(alone), matter, first, Finding.MET, EVIDENCE)
        step = record_step(*done, at=clock.now())
        columns = {column.key: getattr(step, column.key) for column in MatterStep.__table__.columns}
    again = columns | {"id": new_id(), "n": 2, "step": second, "done": second, "apart": rule.group(second)}
    with pytest.raises(IntegrityError), database.transaction() as session:
        session.add(MatterStep(**again))
    with database.transaction() as session:  # what is refused is the person, nothing else
        session.add(MatterStep(**again | {"by_person_id": other.taxpayer_id}))


def test_a_closed_account_is_not_raised(given, at, clerks, database):
    person = given.newcomer()
    find(opened(begun(at, given, clerks[0], person)), "核对本人和证件")
    page = opened(at(clerks[1]).open(f"/staff/matters/{matter_of(database, person)}"))
    page = find(page, "第二人核对").follow("作出决定：已当面核验")
    with database.transaction() as session:
        session.get_one(Account, person.account_id).closed_at = clock.now()
    page.press("作出决定", 409).says("还没有开通账户")
    with database.reading() as session:
        assert session.get_one(Matter, matter_of(database, person)).state == "requested"
