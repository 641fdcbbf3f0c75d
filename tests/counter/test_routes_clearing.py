"""The general route to clearance, from the firm's application to the certificate, through the work list."""

import pytest
from sqlalchemy import select

from portal.certificates.models import Certificate
from portal.certificates.rules.record import Issuer, Wording
from portal.core import clock
from portal.deregistration import services
from portal.deregistration.models import Clearance
from portal.deregistration.rules.clearance import Why
from portal.deregistration.services import Application, Office
from portal.matters.models import Matter
from portal.taxpayers.models import Firm
from tests.counter.test_routes_working import find, opened
from tests.risk.obstacles import bill, clean_firm, ground, spare_branch, take_away

REVIEW, APPROVE = "clearance-review", "clearance-approve"
EVIDENCE = "逐项核对体检清单，未发现未结事项"


@pytest.fixture
def firm(given):
    spare_branch(given)
    return clean_firm(given)


@pytest.fixture
def applied(database, settings, firm):
    """A firm that merges and asks to be cleared; gives its matter."""

    def apply(*acts):
        name = Wording(settings.office.name_zh, settings.office.name_en)
        issuer = Issuer(name, settings.office.area, "http://localhost", worthless=True)
        office, application = (
            Office(settings.keyring, issuer),
            Application(Why.MERGER, report="2026-1", speech="en"),
        )
        with database.transaction() as session:
            for act in acts:
                act(ground(session, *firm, clock.today()))
                session.flush()
            made = services.apply(session, office, firm[1], application, at=clock.now())
            return session.scalars(select(Matter.id).where(Matter.subject_id == made.id)).one()

    return apply


def status(database, firm):
    with database.reading() as session:
        return session.get_one(Firm, firm[0].taxpayer_id).tax_status


def clerks(given):
    return given.staff(REVIEW), given.staff(APPROVE)


def test_a_firm_is_cleared_by_two_of_the_office(given, app, database, firm, applied):
    matter, (reviewer, approver) = applied(), clerks(given)
    find(opened(app, reviewer, matter).says("没有。作出决定时"), "审核清税申请", evidence=EVIDENCE)
    page = find(opened(app, approver, matter), "核准清税", evidence=EVIDENCE)
    page.follow("作出决定：已清税").press("作出决定").says("已清税")
    assert status(database, firm) == "cleared"
    with database.reading() as session:
        assert session.scalars(select(Clearance)).one().certificate_id is not None
        # The office reads Chinese; the paper speaks as the firm did when it applied.
        assert session.scalars(select(Certificate.language)).all() == ["en"]


def test_two_of_the_office_cannot_clear_what_the_list_blocks(given, app, database, firm, applied):
    matter, (reviewer, approver) = applied(bill(due=-1)), clerks(given)
    page = opened(app, reviewer, matter)
    assert "没有。作出决定时" not in page.text
    find(page, "审核清税申请", evidence=EVIDENCE)
    page = find(opened(app, approver, matter), "核准清税", evidence=EVIDENCE)
    page.follow("作出决定：已清税").press("作出决定", 409)
    assert status(database, firm) == "clearing"
    with database.transaction() as session:
        take_away(ground(session, *firm, clock.today()), "arrears")
    opened(app, approver, matter).follow("作出决定：已清税").press("作出决定").says("已清税")
    assert status(database, firm) == "cleared"


def test_a_refused_firm_stands_as_before(given, app, database, firm, applied):
    matter, (reviewer, approver) = applied(), clerks(given)
    find(opened(app, reviewer, matter), "审核清税申请", "不符合", "账簿不全")
    page = find(opened(app, approver, matter), "核准清税", "不符合", "同意")
    page = page.follow("作出决定：不予办理").answer("理由", "账簿不全，请补齐以后再申请").press("作出决定")
    assert (
        "体检清单上还没有办结的" not in page.text
    )  # what stands open today says nothing of what was decided
    assert status(database, firm) == "normal"
