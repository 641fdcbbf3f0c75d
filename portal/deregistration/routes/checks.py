"""注销体检: run it at any time, read it, do what it says."""

from dataclasses import dataclass
from uuid import UUID

from flask import abort, make_response, redirect, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.pages import foreign, gateways, page, reading, settings, speaking, transaction
from portal.deregistration import queries, services
from portal.deregistration.routes.blueprint import bp
from portal.deregistration.rules import Shown, compare, in_order, read
from portal.halls.rules.errands import cure_for
from portal.risk.rules import OFFICES, SEVERITIES, Column, Page, Severity, Shape, Visit
from portal.taxpayers.queries import firm_of

LOOKS = {Severity.BLOCKS: "bad", Severity.PROMISABLE: "warn", Severity.ADVICE: ""}
FIGURES = {Shape.MONEY, Shape.COUNT}


@dataclass(frozen=True)
class Part:
    """A finding as the page lays it out. `href` leads to the cure where a page does it."""

    shown: Shown
    heads: list[str]
    rows: list[list[str | Markup]]
    figures: list[int]
    page: Page | None
    href: str
    visit: Visit | None
    errand: str
    """Of a visit that one of our halls serves: what it is for, chosen already; else ""."""
    fresh: bool


@bp.get("/")
@allow("taxpayer", right=Right.VIEW)
def index() -> Response:
    """What a health check is, and the last ones."""
    firm = firm_of(reading(), acting().taxpayer_id)
    checks = queries.checks_of(reading(), acting().taxpayer_id) if firm else []
    runs = [(check, read(check.findings)) for check in checks]
    return page(
        "deregistration/index.html",
        firm=firm,
        runs=runs,
        may_run=Right.FILE in acting().rights,
        may_manage=Right.MANAGE in acting().rights,
    )


@bp.post("/checks")
@allow("taxpayer", right=Right.FILE, by_clerk="prepares")
def check() -> Response:
    """Run one. It takes milliseconds, so that there is no waiting page: the next page is the result."""
    with transaction() as session:
        made = services.run(session, acting(), at=clock.now())
    return redirect(url_for("deregistration.show", check_id=made.id), 303)


@bp.get("/checks/<uuid:check_id>")
@allow("taxpayer", right=Right.VIEW)
def show(check_id: UUID) -> Response:
    """The result of one run: how much stands open, then each finding, then what was cured since the last."""
    found, previous = queries.own_check(reading(), acting().taxpayer_id, check_id) or abort(404)
    now = in_order(read(found.findings))
    before = read(previous.findings) if previous else []
    changes = compare(before, now)
    parts = [_part(one, fresh=previous is not None and one in changes.fresh) for one in now]
    return page(
        "deregistration/show.html",
        check=found,
        previous=previous,
        standing=[part for part in parts if part.shown.stands_between],
        advice=[part for part in parts if not part.shown.stands_between],
        cured=[_part(one, fresh=False) for one in changes.cured],
        fresh=len(changes.fresh),
        severities=SEVERITIES,
        offices=OFFICES,
        looks=LOOKS,
        may_run=Right.FILE in acting().rights,
    )


@bp.get("/checks/<uuid:check_id>/file")
@allow("taxpayer", right=Right.VIEW)
def download(check_id: UUID) -> Response:
    """体检表: the run on paper, laid out when it is asked for; it carries no signature and proves nothing."""
    whose = acting()
    found, previous = queries.own_check(reading(), whose.taxpayer_id, check_id) or abort(404)
    firm = firm_of(reading(), whose.taxpayer_id)
    code = firm.code if firm else ""
    sheet = services.sheet_of(speaking(), found, previous, whose.taxpayer_name, code, settings().office)
    response = make_response(services.print_check(gateways().printing, sheet))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{found.number}.pdf"'
    return response


def _part(one: Shown, *, fresh: bool) -> Part:
    columns = one.finding.evidence if one.finding else ()
    cure = one.finding.cure if one.finding else None
    return Part(
        shown=one,
        heads=[speaking().phrase(column.words) for column in columns],
        rows=[[_cell(column, row.get(column.name)) for column in columns] for row in one.rows],
        figures=[n for n, column in enumerate(columns) if column.shape in FIGURES],
        page=cure if isinstance(cure, Page) else None,
        href=url_for(cure.endpoint, **cure.arguments) if isinstance(cure, Page) else "",
        visit=cure if isinstance(cure, Visit) else None,
        errand=_errand(one.code) if isinstance(cure, Visit) else "",
        fresh=fresh,
    )


def _errand(code: str) -> str:
    """What a visit for this finding is booked for, or "" where none of our halls settles it."""
    found = cure_for(code)
    return found.code if found else ""


def _cell(column: Column, value: str | None) -> str | Markup:
    """Text of a record is Chinese, whatever the page speaks."""
    words = services.said(speaking(), column, value)
    return foreign(words) if column.shape is Shape.TEXT else words
