"""The years and their returns: starting, looking at what was filed, correcting, giving up a draft."""

from typing import Any
from uuid import UUID

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.billing.queries.debts import open_bills
from portal.billing.services import REFUND
from portal.core import pages
from portal.core.access import acting, allow
from portal.core.acting import Deed, Right
from portal.core.clock import now, today
from portal.core.money import ZERO
from portal.core.pages import reading, transaction
from portal.core.wording import N_
from portal.filing import queries, services
from portal.filing.forms import WindowForm
from portal.filing.models import FiledReturn, ReturnDraft
from portal.filing.routes import reasons, shown
from portal.filing.routes.blueprint import bp
from portal.filing.routes.opened import as_it_stands, name_of, opened, shown_now
from portal.filing.routes.wording import _
from portal.filing.rules.season import ANNUAL, STANDINGS, Standing, season, standing, years
from portal.income.queries import years_with_income
from portal.matters.queries import running
from portal.taxes.periods import Period
from portal.taxes.questions import Page
from portal.taxes.sheets import sheet_named
from portal.taxes.worksheet import Worksheet


@bp.get("/")
@allow("taxpayer", right=Right.FILE)
def index() -> Response:
    """Every year: what is open, what is filed, what can be corrected. A firm files by obligation instead."""
    if acting().for_another:
        return redirect(url_for("filing.obligations"), 303)
    session, whose = reading(), acting().taxpayer_id
    drafts = {draft.on.year: draft for draft in queries.drafts_of(session, whose)}
    filed = {each.on.year: each for each in queries.standing_returns(session, whose)}
    reported = set(years_with_income(session, whose))
    rows = [
        _row(year, drafts.get(year), filed.get(year), year in reported) for year in reversed(years(today()))
    ]
    known = reported | drafts.keys() | filed.keys()
    return pages.page(
        "filing/index.html",
        rows=[row for row in rows if row["year"] in known],
        others=[row for row in rows if row["year"] not in known],
        sheet=ANNUAL,
    )


def _row(year: int, draft: ReturnDraft | None, filed: FiledReturn | None, reported: bool) -> dict[str, Any]:
    period = Period(year)
    when = season(ANNUAL, period)
    where = standing(when, today(), drafted=draft is not None, filed=filed is not None)
    words, tone = STANDINGS[where]
    return {
        "year": year,
        "title": name_of(sheet_named(ANNUAL).title, period),
        "standing": where,
        "tag": (_(words), tone),
        "closes": when.on_time_until,
        "days_left": (when.on_time_until - today()).days,
        "draft": draft,
        "filed": filed,
        "outcome": reasons.outcome(filed.outcome) if filed else "",
        "reported": reported,
        "late": where is Standing.LATE or (where is Standing.STARTED and when.late_on(today())),
    }


@bp.post("/start")
@allow("taxpayer", right=Right.FILE, by_clerk="prepares")
def start() -> Response:
    """Begin the return of a sheet and period, or go on with it where it stands."""
    sheet, period = asked_for()
    with transaction() as session:
        draft = services.start_or_resume(session, acting(), sheet, period, at=now())
        here = as_it_stands(draft)
    unfinished = here.path.first_unfinished or here.draft.unfinished
    address = url_for("filing.draft", draft_id=draft.id) if unfinished else here.address(None)
    return redirect(address, 303)


def asked_for() -> tuple[str, Period]:
    """The sheet and period that a button names; 400 for what no page offers."""
    sheet = request.form.get("sheet", ANNUAL)
    try:
        period = Period.parse(request.form.get("period", ""))
        sheet_named(sheet).period.of(period)
    except ValueError:
        abort(400)
    return sheet, period


@bp.get("/<uuid:draft_id>/discard")
@allow("taxpayer", right=Right.FILE)
def discard(draft_id: UUID) -> Response:
    """Ask before a draft is given up."""
    here = opened(reading(), draft_id)
    form = WindowForm()
    shown_now(form, here.draft)
    return pages.page("filing/discard.html", here=here, form=form)


def discarding(draft_id: UUID) -> Deed:
    """What is given up, in one sentence."""
    here = opened(reading(), draft_id)
    return Deed(
        N_("放弃 {period} {title} 的草稿，填写的内容不再保留"),
        {"period": here.draft.period, "title": here.sheet.title},
    )


@bp.post("/<uuid:draft_id>/discard")
@allow("taxpayer", right=Right.FILE, by_clerk=discarding)
def discarded(draft_id: UUID) -> Response:
    """Give up a draft."""
    with transaction() as session:
        services.discard(session, acting(), opened(session, draft_id, lock=True).draft, at=now())
    return redirect(url_for("filing.index"), 303)


# What was filed


@bp.get("/returns/<uuid:return_id>/done")
@allow("taxpayer", right=Right.FILE)
def done(return_id: UUID) -> Response:
    """The receipt, and what happens next."""
    filed, earlier, _later = _own(return_id)
    when = season(filed.sheet, filed.on)
    owed = [
        each
        for each in open_bills(reading(), filed.taxpayer_id, today())
        if (each.bill.tax, each.bill.period) == (filed.sheet, filed.period)
    ]
    refunds = running(reading(), filed.taxpayer_id, REFUND)
    return pages.page(
        "filing/done.html",
        filed=filed,
        title=name_of(_sheet(filed).title, filed.on),
        outcome=reasons.outcome(filed.outcome),
        earlier=reasons.outcome(earlier.outcome) if earlier else "",
        difference=reasons.effect(filed.outcome - earlier.outcome) if earlier else "",
        levies=reasons.levies(
            _sheet(filed), services.levied(filed), services.levied(earlier) if earlier else {}
        ),
        owed=sum((each.total for each in owed), ZERO),
        bills=[each.bill.id for each in owed],
        refunds=[each for each in refunds if each.about == filed.period],
        closes=when.on_time_until,
        overdue=when.late_on(today()),
    )


@bp.get("/returns/<uuid:return_id>")
@allow("taxpayer", right=Right.VIEW)
def filed(return_id: UUID) -> Response:
    """A return as it was filed, worked out again before the reader's eyes."""
    found, earlier, later = _own(return_id)
    working, kept = services.work(found), services.kept_of(found)
    return pages.page(
        "filing/filed.html",
        filed=found,
        title=name_of(_sheet(found).title, found.on),
        outcome=reasons.outcome(found.outcome),
        lines=reasons.computation(working, kept),
        explain=lambda line: url_for("filing.explain_filed", return_id=return_id, line=line),
        tree=reasons.tree(working.explain(working.sheet.result), kept),
        agrees=not services.replay(found),
        later=later,
        may_correct=later is None and Right.FILE in acting().rights,
        change=reasons.corrected(services.work(earlier), working) if earlier else None,
        answers=shown.summary(_pages(working.sheet), kept, lambda *_: ""),
    )


@bp.get("/returns/<uuid:return_id>/explain/<word:line>")
@allow("taxpayer", right=Right.VIEW)
def explain_filed(return_id: UUID, line: str) -> Response:
    """One number of a filed return and all that is behind it."""
    found = _own(return_id).filed
    working = services.work(found)
    if line not in working.plan.lines:
        abort(404)
    return pages.page(
        "filing/explain.html",
        title=name_of(working.sheet.title, found.on),
        told=reasons.told(working.explain(line)),
        tree=reasons.tree(working.explain(line), services.kept_of(found)),
        back=url_for("filing.filed", return_id=return_id),
    )


@bp.post("/returns/<uuid:return_id>/correct")
@allow("taxpayer", right=Right.FILE, by_clerk="prepares")
def correct(return_id: UUID) -> Response:
    """Open a draft that would replace a filed return."""
    with transaction() as session:
        found = queries.own_return(session, acting().taxpayer_id, return_id) or abort(404)
        draft = services.correct(session, acting(), found, at=now())
        address = url_for("filing.draft", draft_id=draft.id)
    return redirect(address, 303)


def _own(return_id: UUID) -> queries.Succession:
    return queries.own_succession(reading(), acting().taxpayer_id, return_id) or abort(404)


def _pages(sheet: Worksheet) -> list[tuple[Page, str]]:
    return [(page, "") for step in sheet.steps for page in step.pages]


def _sheet(filed: FiledReturn) -> Worksheet:
    return sheet_named(filed.sheet)
