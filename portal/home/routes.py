"""The front door for everyone, and the first page of whoever signed in."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import chain
from uuid import UUID

from flask import Blueprint, make_response, redirect, url_for
from werkzeug.wrappers import Response

from portal.audit.rules import ACTS
from portal.billing.queries.debts import OpenBill, open_bills
from portal.core import clock
from portal.core.access import acting, acting_or_none, allow
from portal.core.acting import Right
from portal.core.money import ZERO
from portal.core.pages import page, reading, speaking
from portal.core.wording import N_, Phrase
from portal.filing.rules.season import ANNUAL, season
from portal.home import queries
from portal.home.rules import Kind, ToDo, in_order, payable, per_month, twelve_months
from portal.matters.rules import STATES, standard
from portal.taxes.duties import duty_named
from portal.taxes.periods import Period

bp = Blueprint("home", __name__)

LOOKED_AT = timedelta(days=90)


@bp.get("/")
@allow("public")
def front() -> Response:
    """Sign in, open an account, check a certificate."""
    person = acting_or_none()
    if person is not None:
        return redirect(url_for("counter.index" if person.role == "staff" else "home.index"), 303)
    return page("home/front.html")


@bp.get("/home")
@allow("taxpayer", right=Right.VIEW)
def index() -> Response:
    """To-dos, what can be paid now, the year's payments, who looked at the file."""
    person, today = acting().taxpayer_id, clock.today()
    owed = open_bills(reading(), person, today)
    at = clock.now()
    seen = queries.glance(reading(), person, twelve_months(today)[0], at - LOOKED_AT, at)
    to_dos = in_order(chain(_bills(owed), _settlements(seen, today), map(_obligation, seen.due)))
    return page(
        "home/index.html",
        today=today,
        to_dos=to_dos,
        running=seen.running,
        visits=seen.visits,
        day_of=clock.day_of,
        time_of=clock.time_of,
        standard=standard,
        states=STATES,
        total=payable(to_dos),
        months=per_month(seen.paid, today),
        looks=seen.looks,
        acts=ACTS,
        said=lambda period: Period.parse(period).said(speaking().phrase),
    )


def _bills(owed: Sequence[OpenBill]) -> Iterator[ToDo]:
    """One payment for each thing assessed, of however many levies it is made."""
    of: dict[UUID, list[OpenBill]] = {}
    for one in owed:
        of.setdefault(one.bill.source_id, []).append(one)
    for together in of.values():
        bill = together[0].bill
        yield ToDo(
            Kind.PAY,
            Phrase(bill.title) if len(together) == 1 else duty_named(bill.tax).title,
            bill.period,
            bill.due_on,
            sum((one.total for one in together), ZERO),
            sum((one.surcharge for one in together), ZERO),
            str(bill.id),
            levies=len(together),
        )


def _obligation(due: queries.Due) -> ToDo:
    """A period that a firm must file."""
    title = duty_named(due.tax).title
    return ToDo(Kind.FILE, title, due.period, due.due_on, None, ZERO, f"{due.tax} {due.period}")


def _settlements(seen: queries.Glance, today: date) -> list[ToDo]:
    """Drafts that wait, and last year's return where income was reported and nothing filed."""
    started = {draft.period: draft for draft in seen.drafts if draft.sheet == ANNUAL}
    last = Period(today.year - 1)
    opened = today >= season(ANNUAL, last).opens
    open_now = {str(last)} & seen.earned - seen.filed if opened else set()
    return [
        ToDo(
            Kind.FILE,
            N_("个人所得税综合所得年度汇算"),
            year,
            season(ANNUAL, Period.parse(year)).closes,
            None,
            ZERO,
            str(started[year].id) if year in started else year,
            step="continue" if year in started else "start",
        )
        for year in sorted(set(started) | open_now)
    ]


@bp.get("/accessibility")
@allow("public")
def accessibility() -> Response:
    """What the portal does so that everyone can use it, and what is not checked yet."""
    return page("home/accessibility.html")


@bp.get("/privacy")
@allow("public")
def privacy() -> Response:
    """What is kept about people, why, how long, and what they can do about it."""
    return page("home/privacy.html")


@bp.get("/health")
@allow("public")
def health() -> Response:
    """Whether this process answers and its database does."""
    queries.alive(reading())
    return make_response("ok", 200, {"Content-Type": "text/plain; charset=utf-8"})
