"""One of everything for a firm: what its owner finds behind every door, and the office behind its own."""

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from portal.accounts.rules.mandates import Role, Standing
from portal.accounts.rules.staff import ROLES
from portal.core import clock
from portal.deregistration import services as deregistration
from portal.deregistration.models import Promise
from portal.deregistration.rules.clearance import promised_by
from portal.filing import services as filing
from portal.filing.models import ReturnDraft
from portal.filing.services import Saving
from portal.matters.models import Matter
from portal.taxes.periods import Period
from tests.given import Clerk, Given, Person
from tests.live import Outside
from tests.risk.obstacles import bill, fact, ground
from tests.world import Door, World

SHEET = "vat-small-scale"
SALES = {"activity": "some", "ordinary_sales": "345678.90", "special_sales": "23456.78"}
PROMISED = ("车船税税源没有终止", "城镇土地使用税税源没有终止")

FIRM_PLACES: dict[str, Callable[["FirmWorld"], dict[str, Any]]] = {
    "filing.page": lambda world: {"draft_id": world.draft, "code": "goods-and-services"},
    "filing.trial": lambda world: {"draft_id": world.draft, "code": "goods-and-services"},
    "filing.explain": lambda world: {"draft_id": world.draft, "line": "vat_payable"},
    "filing.explain_filed": lambda world: {"return_id": world.filed, "line": "vat_payable"},
    "counter.step": lambda world: {"matter_id": world.refund, "code": "approve"},
    "counter.decide": lambda world: {"matter_id": world.refund, "code": "refused"},
}
"""Where a firm has something else behind a door than a person has."""


class FirmWorld(World):
    """A world whose owner acts for a firm: with branch, delegates, returns, money and promises of its own."""

    def __init__(self, app: Flask, given: Given, sandbox: Outside) -> None:
        super().__init__(app, given, sandbox)
        self.boss = given.person()
        name = "滨海云帆潮音国际贸易与供应链管理有限公司"
        vat = {"tax": SHEET, "period_kind": "quarter", "from": f"{clock.today().year - 1}-01-01"}
        self.firm = given.firm(name=name, representative=self.boss, taxes=[vat])
        given.firm(name=f"{name}海棠路分公司", representative=self.boss, parent=self.firm)
        given.mandate(self.firm, given.person(), role=Role.FINANCE_HEAD)
        given.mandate(self.firm, given.person(), stands=Standing.PROPOSED)
        acting = given.acting_for(self.boss, given.mandate(self.firm, self.boss, role=Role.REPRESENTATIVE))
        self.owner: Person = replace(acting, taxpayer_id=self.firm.taxpayer_id)
        self.approver: Clerk = given.staff(*ROLES)
        with given.database.transaction() as session:
            here = ground(session, self.firm, given.acting(self.owner), clock.today())
            for put in (
                bill(due=-90, amount="2345.67"),
                fact("land-source", place="滨海县海棠路 9 号"),
                fact("vehicle-source", plate="鲁Q·D2718"),
                fact("inspection"),
            ):
                put(here)

    @cached_property
    def draft(self) -> UUID:
        return self._answered(2)

    @cached_property
    def filed(self) -> UUID:
        draft, acting = self._answered(1), self.given.acting(self.owner)
        with self.given.database.transaction() as session:
            seen = session.get_one(ReturnDraft, draft).version
            made = filing.submit(session, acting, draft, seen=seen, at=clock.now())
        assert made is not None
        return made.id

    def _answered(self, quarter: int) -> UUID:
        """A return of a quarter of last year, answered in full."""
        acting, at = self.given.acting(self.owner), clock.now()
        period = Period.quarter(clock.today().year - 1, quarter)
        with self.given.database.transaction() as session:
            draft = filing.start_or_resume(session, acting, SHEET, period, at=at)
            filing.save(session, draft, Saving("sales", SALES, draft.version, "one"), at=at)
            return draft.id

    @cached_property
    def health_check(self) -> UUID:
        """With findings of every weight."""
        assert self.filed
        with self.given.database.transaction() as session:
            return deregistration.run(session, self.given.acting(self.owner), at=clock.now()).id

    @cached_property
    def clearance(self) -> UUID:
        """Waiting for the office, with promises."""
        made = super().clearance
        with self.given.database.transaction() as session:
            for title in PROMISED:
                session.add(
                    Promise(
                        taxpayer_id=self.owner.taxpayer_id,
                        clearance_id=made,
                        code=title[:4],
                        title=title,
                        due_on=promised_by(clock.today()),
                    )
                )
        return made

    @cached_property
    def refund(self) -> UUID:
        """What the office has of a firm instead: that application, opened at the counter."""
        made = self.one(select(Matter.id).where(Matter.subject_id == self.clearance))
        self.given.opened(self.approver, made)
        return made

    @cached_property
    def lost_mandate(self) -> UUID:
        """By which the owner acted for another firm once."""
        return self.given.mandate(self.given.firm(), self.boss, stands=Standing.ENDED)

    def address(self, door: Door, *, of_nothing: bool = False) -> str:
        own = FIRM_PLACES.get(door.endpoint)
        if own is None or of_nothing:
            return super().address(door, of_nothing=of_nothing)
        return self.app.url_map.bind("localhost").build(door.endpoint, own(self), method=door.method)
