"""Steps that several journeys of firms take: what is the case before, what time brings, what is pressed."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from portal.accounts.rules.mandates import Role
from portal.core import clock
from portal.core.jobs import Job, enqueue
from portal.core.keys import new_id
from portal.demo import town
from tests.daytime import SHIFT
from tests.given import Firm, Given, Person
from tests.journeys.walker import Walker
from tests.live import LivePortal
from tests.market import Line, fact_line, firm_line
from tests.waiting import until

DISSOLVED = "解散：股东决议、章程规定或者经营期满"
MERGED = "因合并解散"

PATIENCE = 90
"""Seconds for a job of the worker: an outside system that a busy machine held up beyond its deadline is asked
again after one, five and thirty."""

_codes = count(95_000)
"""No two journeys speak of one firm: each portal reads from its start a register that outlives it."""


def quarters(first: str, last: str) -> Line:
    """Registered for VAT by the quarter, from a day to another of last year ("07-01")."""
    year = clock.today().year - 1
    days = {"from": f"{year}-{first}", "to": f"{year}-{last}"}
    return {"tax": "vat-small-scale", "period_kind": "quarter", **days}


@dataclass
class Land:
    """What lies around the portal: its books, the market register, the worker, time."""

    portal: LivePortal
    given: Given

    def firm(
        self, by: Person, *, name: str = "", taxes: Sequence[Line] = (), parent: Firm | None = None
    ) -> Firm:
        """A firm that the market register and the portal know, represented by this person.

        The register tells of it last: a worker that follows it meanwhile finds the mandate and makes none.
        """
        code = town.credit_code(next(_codes))
        name = name or f"滨海潮音{code[-4:]}商贸有限公司"
        record = {"kind": "branch", "parent_uscc": parent.code} if parent else {}
        made = self.given.firm(name=name, code=code, representative=by, taxes=taxes, parent=parent)
        self.given.mandate(made, by, role=Role.REPRESENTATIVE)
        self.register_tells(firm_line(code, name, by, taxes, **record))
        return made

    def boss(self, **firm: Any) -> tuple[Person, Firm]:
        """A firm and who represents it, signed in and acting for it."""
        person = self.given.person()
        made = self.firm(person, **firm)
        return self._acting(person), made

    def comes_back(self, person: Person) -> Person:
        """The same person, whose session ended long ago, signed in anew and acting for their firm."""
        token = self.given.session(person.account_id, person.taxpayer_id, at=clock.now())
        return self._acting(replace(person, token=token))

    def _acting(self, person: Person) -> Person:
        [mandate] = self.given.mandates_of(person)
        return self.given.acting_for(person, mandate.id)

    def is_somebody(self, person: Person) -> None:
        """The identity register knows the person."""
        line = {"name": person.name, "id_kind": "resident-id", "id_number": person.number}
        with self.portal.outside.people.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def fact(self, firm: Firm, kind: str, reference: str, **changes: Any) -> None:
        """What another office knows of the firm; the latest word on a reference holds."""
        self.register_tells(fact_line(kind, reference, firm.code, **changes))

    def register_tells(self, line: Line) -> None:
        with self.portal.outside.firms.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")

    def works(self, kind: str) -> None:
        """The worker does a job of this kind now instead of in its turn."""
        mark = f"{kind}:{new_id()}"
        with self.given.database.transaction() as session:
            enqueue(session, kind, {}, run_at=clock.now(), dedupe=mark)

        def done() -> bool:
            """the worker has done its job"""
            with self.given.database.reading() as session:
                return session.scalar(select(Job.state).where(Job.dedupe == mark)) == "done"

        until(done, within=PATIENCE)

    def days_pass(self, days: int) -> None:
        """Portal, worker and this test wake up so many days later."""
        self._wake_up(SHIFT + timedelta(days=days))

    def it_is(self, instant: datetime) -> None:
        """The same at an instant to come."""
        self._wake_up(instant - (clock.now() - SHIFT))

    def _wake_up(self, ahead: timedelta) -> None:
        self.portal.environ["PORTAL_CLOCK"] = f"{ahead.total_seconds():+.0f}"
        clock.run_from(ahead)
        self.portal.kill_everything()


def check(walker: Walker, *found: str) -> Walker:
    """Run a health check; it says these."""
    return walker.open("/deregistration/").press("现在体检").sees(*found)


def ask_to_be_cleared(walker: Walker, why: str = DISSOLVED, report: str = "") -> Walker:
    """To the page that says which route is open."""
    walker.open("/deregistration/").follow("申请清税").choose("注销的原因", why)
    if report:
        walker.answer("合并、分立报告的编号和日期", report)
    return walker.press("下一步")


def apply(walker: Walker) -> Walker:
    return walker.tick("declared").press("申请清税")


def file_nothing(walker: Walker, times: int = 1) -> None:
    """Nil returns, two presses each."""
    for _ in range(times):
        begin_nil_return(walker).press("提交申报").sees("回执号")


def begin_nil_return(walker: Walker) -> Walker:
    """To the page where one declares and submits."""
    walker.open("/file/obligations")
    return walker.go_by(walker.page.get_by_role("button", name=walker.say("零申报")).first).tick("declared")


def the_paper(walker: Walker) -> tuple[str, str]:
    """Number and check code of the certificate, once it is printed."""
    walker.follow("清税证明")
    file = walker.page.get_by_role("link", name=re.compile("PDF"))
    walker.until(lambda: file.count() > 0)
    answer = walker.page.request.get(file.first.get_attribute("href"))
    assert answer.ok
    assert answer.body().startswith(b"%PDF")
    [number] = set(re.findall(r"QS-[0-9A-Z-]+", walker.text))
    return number, walker.fact("查验码")


def switch_by_the_header(walker: Walker, name: str, role: str) -> Walker:
    """Through the menu beside one's name, to another firm."""
    walker.page.locator("details.menu > summary").click()
    walker.follow("为谁办理：切换")
    about = re.compile(f"{re.escape(walker.say('代表它办理'))}.*{re.escape(name)}")
    walker.go_by(walker.page.get_by_role("button", name=about))
    return acts_for(walker, name, role)


def acts_for(walker: Walker, name: str, role: str) -> Walker:
    """The line under the header says for whom one acts, and as what."""
    said = walker.page.locator(".behalf").inner_text()
    expected = walker.say("您正代表 %(firm)s 办理（%(office)s）") % {"firm": name, "office": walker.say(role)}
    assert expected in said, said
    return walker
