"""The halls of the demo town with their slots open, and somebody at the door."""

import re
from collections.abc import Callable

import pytest
from sqlalchemy import update

from portal.appointments.models import Slot
from portal.appointments.services import open_slots
from portal.core import clock
from portal.core.db import Database
from portal.demo.halls import FILE
from portal.halls.services import load
from tests.given import Given, Person
from tests.visitor import Page, Visitor

Fill = Callable[..., None]


@pytest.fixture
def halls(database: Database) -> None:
    """Binhai and Gangkou, open from today on."""
    open_town(database)


@pytest.fixture
def person(given: Given, visitor: Visitor, halls: None) -> Person:
    """Signed in at the visitor's browser."""
    someone = given.person()
    visitor.carry(someone.token)
    return someone


@pytest.fixture
def fill(database: Database) -> Fill:
    """Take every seat of the town, or of one kind of desk."""

    def every_seat_gone(skill: str | None = None) -> None:
        taken = update(Slot).values(left=0)
        with database.transaction() as session:
            session.execute(taken.where(Slot.skill == skill) if skill else taken)

    return every_seat_gone


def open_town(database: Database) -> None:
    """The halls of the demo town, their desks staffed by nobody in particular."""
    plan = re.sub(', staff = "[0-9]+"', "", FILE.read_text("utf-8"))
    with database.transaction() as session:
        for hall in load(session, plan, clock.today()):
            open_slots(session, hall.id, clock.now())


def to_the_week(visitor: Visitor, errand: str = "清税注销", hall: str = "滨海新区办税服务厅") -> Page:
    """As far as the choice of a time, in the week after this one."""
    page = visitor.open("/appointments/new")
    [label] = [o for o in labels(page, "要办的事项") if o.startswith(errand)]
    page = page.answer("要办的事项", [label]).press("选择办税服务厅")
    [place] = [o for o in labels(page, "办税服务厅") if o.startswith(hall)]
    page = page.answer("办税服务厅", place).press("选择时间")
    return page.follow("下一周 →")


def labels(page: Page, asked: str) -> list[str]:
    """What a question of boxes or radios offers."""
    controls = page.question(asked).controls
    return [" ".join(page.soup.find("label", attrs={"for": c["id"]}).get_text().split()) for c in controls]


def offered(page: Page) -> list[str]:
    """The times that can be chosen on this page."""
    if page.soup.find("input", attrs={"name": "slot"}) is None:
        return []
    return labels(page, "到厅时段")


def held(visitor: Visitor, at: int = -1, **where: str) -> Page:
    """A seat is kept: the page that asks for the last word."""
    page = to_the_week(visitor, **where)
    return page.answer("到厅时段", offered(page)[at]).press("继续")


def booked(visitor: Visitor, **where: str) -> Page:
    """A visit is booked: the page with its number."""
    return held(visitor, **where).press("确认预约")
