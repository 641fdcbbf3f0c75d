"""Halls as the office runs them: taken in, taken in again, staffed, shut; by file and by command."""

import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from portal import cli
from portal.appointments.models import Slot
from portal.appointments.services import open_slots
from portal.core import clock
from portal.core.db import Database
from portal.demo.halls import FILE
from portal.halls import queries
from portal.halls.models import Desk, Duty, Hall
from portal.halls.rules.errands import skills
from portal.halls.rules.hours import working_days
from portal.halls.rules.plan import NotAPlan
from portal.halls.services import load, plan_duties
from tests.appointments.hall import MONDAY, PLAN
from tests.given import Given

DAYS = working_days(MONDAY, 4)


def take_in(database: Database, text: str, on: date = MONDAY) -> Hall:
    with database.transaction() as session:
        [hall] = load(session, text, on)
        return hall


def staff(database: Database, hall: Hall) -> dict[date, int]:
    """How many duties each of the days has."""
    with database.transaction() as session:
        plan_duties(session, hall.id, DAYS)
    with database.reading() as session:
        rows = select(Duty.day, func.count(Duty.id)).join(Desk, Desk.id == Duty.desk_id)
        return dict(session.execute(rows.where(Desk.hall_id == hall.id).group_by(Duty.day)).all())


def test_a_hall_taken_in_twice_is_one_hall_as_the_file_says_now(database: Database) -> None:
    first = take_in(database, PLAN)
    again = take_in(
        database, PLAN.replace("东路 1 号", "东路 2 号").replace("opens = 09:00:00", "opens = 10:00:00")
    )
    assert first.id == again.id
    with database.reading() as session:
        [hall] = queries.halls(session)
        assert hall.address == "东路 2 号"
        assert {one.opens.hour for one in queries.hours_of(session, hall.id)} == {10}
        assert len(queries.desks_of(session, hall.id)) == 1


def test_days_are_staffed_from_the_roster_once(database: Database) -> None:
    hall = take_in(database, PLAN)
    assert staff(database, hall) == dict.fromkeys(DAYS, 1)
    assert staff(database, hall) == dict.fromkeys(DAYS, 1)


def test_a_day_that_was_changed_by_hand_is_left_alone(database: Database) -> None:
    hall = take_in(database, PLAN)
    staff(database, hall)
    with database.transaction() as session:
        duty = session.scalars(select(Duty).where(Duty.day == DAYS[1])).one()
        duty.ends = duty.starts.replace(hour=10)
    staff(database, hall)
    with database.reading() as session:
        assert session.scalars(select(Duty).where(Duty.day == DAYS[1])).one().ends.hour == 10


def test_a_roster_that_changes_changes_the_days_to_come(database: Database) -> None:
    hall = take_in(database, PLAN)
    staff(database, hall)
    take_in(database, PLAN.replace("ends = 12:00:00", "ends = 11:00:00"), on=DAYS[0])
    staff(database, hall)
    with database.reading() as session:
        ends = {duty.day: duty.ends.hour for duty in session.scalars(select(Duty))}
    assert ends == {DAYS[0]: 12, **dict.fromkeys(DAYS[1:], 11)}


def test_a_shift_names_its_clerk_by_staff_number(given: Given) -> None:
    clerk = given.staff()
    named = PLAN.replace("ends = 12:00:00 }", f'ends = 12:00:00, staff = "{clerk.staff_number}" }}')
    hall = take_in(given.database, named)
    staff(given.database, hall)
    with given.database.reading() as session:
        assert {duty.account_id for duty in session.scalars(select(Duty))} == {clerk.account_id}
    with pytest.raises(NotAPlan, match="no member"):
        take_in(given.database, named.replace(clerk.staff_number, "0000"))


def test_a_closure_is_said_once_and_its_words_may_change(database: Database) -> None:
    shut = 'closures = [{ day = 2026-03-04, why = "搬迁" }]\n[[halls.desks]]'
    hall = take_in(database, PLAN.replace("[[halls.desks]]", shut, 1))
    take_in(database, PLAN.replace("[[halls.desks]]", shut.replace("搬迁", "停电"), 1))
    with database.reading() as session:
        week = (MONDAY, MONDAY + timedelta(days=6))
        assert queries.closures(session, hall.id, *week) == {date(2026, 3, 4): "停电"}


def test_the_operator_loads_halls_and_shuts_one(app: Flask, database: Database, tmp_path: Path) -> None:
    file = tmp_path / "halls.toml"
    file.write_text(PLAN, "utf-8")
    cli.install(app)
    run = app.test_cli_runner().invoke
    done = run(args=["halls", "load", str(file)])
    assert (done.exit_code, done.output) == (0, "east\t东区办税服务厅\n")
    with database.reading() as session:
        days = session.scalars(select(Slot.day).where(Slot.left > 0).order_by(Slot.day)).all()
    assert days
    assert days[0] >= clock.today()
    shut = run(args=["halls", "close", "east", str(days[-1]), "--why", "停电"])
    assert (shut.exit_code, "bookings called off: 0" in shut.output) == (0, True)
    with database.reading() as session:
        assert not session.scalar(select(func.sum(Slot.left)).where(Slot.day == days[-1]))
    assert run(args=["halls", "close", "west", str(days[-1]), "--why", "x"]).exit_code == 1
    file.write_text("halls = 1", "utf-8")
    wrong = run(args=["halls", "load", str(file)])
    assert (wrong.exit_code, "not a file of halls" in wrong.output) == (1, True)


def test_the_halls_of_the_demo_have_seats_for_every_kind_of_desk(given: Given) -> None:
    unnamed = re.sub(r', staff = "\d+"', "", FILE.read_text("utf-8"))
    with given.database.transaction() as session:
        for hall in load(session, unnamed, MONDAY):
            open_slots(session, hall.id, clock.start_of(MONDAY))
    with given.database.reading() as session:
        rows = select(Slot.skill, func.sum(Slot.left)).group_by(Slot.skill)
        seats = dict(session.execute(rows).all())
    assert set(seats) == set(skills())
    assert min(seats.values()) > 40
