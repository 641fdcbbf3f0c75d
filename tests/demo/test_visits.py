"""The weeks behind the demo's halls can be measured like any others."""

import io
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from portal.appointments.models import Booking
from portal.core.clock import SHANGHAI
from portal.demo import services
from portal.demo.town import FIRST
from portal.demo.visits import DAYS
from portal.halls.models import ExpectedWait, HallHours, MeasuredVisit
from portal.halls.rules.capacity import FEWEST_MEASURED
from portal.halls.rules.hours import plan_of
from portal.queue.models import QueueEvent, Ticket
from portal.queue.queries import measures
from portal.queue.rules.scoring import AIM
from portal.taxpayers.models import Taxpayer

AT = datetime(2026, 11, 23, 4, tzinfo=UTC)


@pytest.fixture
def town(database, settings):
    list(services.build(database, settings, 40, AT, progress=io.StringIO()))
    return database


def test_what_the_halls_say_rests_on_their_events(town):
    since = datetime(2026, 9, 1, tzinfo=SHANGHAI).date()
    with town.reading() as session:
        assert session.scalar(select(func.count(Ticket.day.distinct()))) == DAYS
        shares = [week.share for week in measures.weeks(session, since) if week.share is not None][2:]
        assert shares
        assert all(AIM[0] <= share <= AIM[1] for share in shares), shares
        assert len(measures.waits_by_hour(session, since)) > 10
        assert len(measures.service_times(session, since)) > 5
        visits = session.scalars(select(MeasuredVisit)).all()
        assert {one.skill for one in visits if one.visits >= FEWEST_MEASURED} >= {"general", "filing"}
        assert session.scalar(select(func.count()).select_from(ExpectedWait)) > 50


def test_nobody_comes_while_a_hall_is_shut_nor_anybody_one_can_sign_in_as(town):
    with town.reading() as session:
        hours = session.scalars(select(HallHours)).all()
        for came, hall_id in session.execute(select(Ticket.came_at, Ticket.hall_id)):
            local = came.astimezone(SHANGHAI)
            of_day = [one for one in hours if (one.hall_id, one.weekday) == (hall_id, plan_of(local.date()))]
            assert any(one.opens <= local.time() < one.closes for one in of_day), local
        assert session.scalar(select(func.max(QueueEvent.at))) < AT
        names = select(Taxpayer.name).join(Booking, Booking.person_id == Taxpayer.id)
        assert set(session.scalars(names)).isdisjoint(FIRST)
