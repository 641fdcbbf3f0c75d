"""What a firm must file: overdue first, then what can be filed now, then what was filed."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import abort, redirect, url_for
from werkzeug.wrappers import Response

from portal.core import pages
from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.clock import now, today
from portal.core.pages import reading, transaction
from portal.filing import queries, services
from portal.filing.models import Obligation
from portal.filing.routes.blueprint import bp
from portal.filing.routes.opened import name_of
from portal.filing.routes.returns import asked_for
from portal.filing.routes.wording import _
from portal.taxes.duties import duty_named
from portal.taxes.periods import Period
from portal.taxes.sheets import sheet_named

FILED_SHOWN = 12
"""Met obligations that the page shows; older returns stay in the progress of matters."""


@dataclass(frozen=True)
class Row:
    """One obligation as the page shows it."""

    title: str
    about: str
    due_on: date
    basis: str
    days: int
    """Days left; below zero the days it is late."""
    filed_on: date | None
    return_id: UUID | None
    sheet: str | None
    period: str
    drafted: bool
    nil: bool


@bp.get("/obligations")
@allow("taxpayer", right=Right.VIEW)
def obligations() -> Response:
    """Everything a firm must file and by when, filed or not. A person has years instead."""
    if not acting().for_another:
        abort(404)
    session, whose = reading(), acting().taxpayer_id
    drafts = {(draft.sheet, draft.period) for draft in queries.drafts_of(session, whose)}
    rows = [_row(one, drafts) for one in queries.obligations_of(session, whose)]
    waiting = sorted((row for row in rows if row.filed_on is None), key=lambda row: row.due_on)
    return pages.page(
        "filing/obligations.html",
        overdue=[row for row in waiting if row.days < 0],
        open=[row for row in waiting if row.days >= 0],
        filed=[row for row in rows if row.filed_on is not None][:FILED_SHOWN],
        may_file=Right.FILE in acting().rights,
    )


@bp.post("/nil")
@allow("taxpayer", right=Right.FILE, by_clerk="prepares")
def nil() -> Response:
    """A return with nothing to report, up to the page where it is checked."""
    sheet, period = asked_for()
    with transaction() as session:
        draft = services.start_nil(session, acting(), sheet, period, at=now())
        address = url_for("filing.check", draft_id=draft.id)
    return redirect(address, 303)


def _row(one: Obligation, drafts: set[tuple[str, str]]) -> Row:
    duty, period = duty_named(one.tax), Period.parse(one.period)
    drafted = (duty.sheet, one.period) in drafts
    return Row(
        title=_(duty.title),
        about=name_of(duty.title, period),
        due_on=one.due_on,
        basis=BASES[one.due_basis](),
        days=(one.due_on - today()).days,
        filed_on=one.filed_on,
        return_id=one.return_id,
        sheet=duty.sheet,
        period=one.period,
        drafted=drafted,
        nil=bool(duty.sheet and sheet_named(duty.sheet).nil and not drafted),
    )


BASES = {
    "published": lambda: _("公布的期限"),
    "computed": lambda: _("按节假日推算"),
    "statutory": lambda: _("法定日期，节假日公布后可能顺延"),
}
"""How the last day is known, in words."""
