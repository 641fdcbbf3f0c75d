"""Checking and signing: the result first, how it comes about, what was answered, and the declaration."""

from typing import Any
from uuid import UUID

from flask import abort, redirect, url_for
from werkzeug.wrappers import Response

from portal.core import pages
from portal.core.access import acting, allow
from portal.core.acting import Deed, Right
from portal.core.clock import now, today
from portal.core.money import ZERO, show
from portal.core.pages import reading, transaction
from portal.core.wording import N_
from portal.filing import queries, services
from portal.filing.forms import SubmitForm
from portal.filing.routes import reasons, shown
from portal.filing.routes.blueprint import bp
from portal.filing.routes.opened import Opened, opened, result_beside, shown_now
from portal.filing.routes.trying import bonus_compared
from portal.filing.routes.wording import _
from portal.filing.rules.season import season
from portal.taxes.explained import Explained


@bp.get("/<uuid:draft_id>/check")
@allow("taxpayer", right=Right.FILE)
def check(draft_id: UUID) -> Response:
    """Everything before signing."""
    here = opened(reading(), draft_id)
    form = SubmitForm()
    shown_now(form, here.draft)
    return pages.page("filing/check.html", form=form, **_context(here))


SIGNS = {
    1: N_("提交 {period} {title}，应补税 {amount}"),
    -1: N_("提交 {period} {title}，应退税 {amount}"),
    0: N_("提交 {period} {title}，不补不退"),
}


def signing(draft_id: UUID) -> Deed | None:
    """What a taxpayer signs, in one sentence; None while the declaration is not made."""
    if not SubmitForm().validate():
        return None
    here = opened(reading(), draft_id)
    amount = here.working.result
    facts = {"period": here.draft.period, "title": here.sheet.title, "amount": show(abs(amount))}
    return Deed(SIGNS[(amount > ZERO) - (amount < ZERO)], facts)


@bp.post("/<uuid:draft_id>/submit")
@allow("taxpayer", right=Right.FILE, by_clerk=signing)
def submit(draft_id: UUID) -> Response:
    """File the return as checked. The same draft again leads to the same receipt."""
    form = SubmitForm()
    if not form.validate():
        return pages.invalid("filing/check.html", form=form, **_context(opened(reading(), draft_id)))
    with transaction() as session:
        filed = services.submit(session, acting(), draft_id, seen=form.seen, at=now()) or abort(404)
        address = url_for("filing.done", return_id=filed.id)
    return redirect(address, 303)


@bp.get("/<uuid:draft_id>/explain/<word:line>")
@allow("taxpayer", right=Right.FILE)
def explain(draft_id: UUID, line: str) -> Response:
    """One number of a draft and all that is behind it."""
    here = opened(reading(), draft_id)
    if line not in here.working.plan.lines:
        abort(404)
    explained = here.working.explain(line)
    return pages.page(
        "filing/explain.html",
        title=here.title,
        told=reasons.told(explained),
        tree=reasons.tree(explained, here.kept),
        back=url_for("filing.check", draft_id=draft_id),
    )


def _context(here: Opened) -> dict[str, Any]:
    when = season(here.draft.sheet, here.draft.on)
    corrects = here.draft.corrects
    earlier = queries.own_return(reading(), here.draft.taxpayer_id, corrects) if corrects else None
    return {
        "here": here,
        "heading": reasons.heading(here.working),
        "lines": reasons.computation(here.working, here.kept),
        "tree": reasons.tree(here.working.explain(here.sheet.result), here.kept),
        "explain": lambda line: url_for("filing.explain", draft_id=here.draft.id, line=line),
        "todo": _todo(here),
        "contradictions": [reasons.told(line, _where(here, line)) for line in here.working.conflicts],
        "hints": [reasons.told(line, _where(here, line)) for line in here.working.hints],
        "notes": reasons.settlement_notes(here.working),
        "change": reasons.corrected(services.work(earlier), here.working) if earlier else None,
        "bonus": bonus_compared(here),
        "answers": _answers(here),
        "late_since": when.on_time_until if when.late_on(today()) else None,
        "rail": here.rail(None),
        "back": here.address(here.path.places[-1]),
        "beside": result_beside(here),
    }


def _todo(here: Opened) -> list[tuple[str, str]]:
    """The pages that keep the return from being filed: words and address."""
    scopes = here.path.scopes(here.draft.answers) & here.draft.unfinished.keys()
    pages_open = {here.place_of(s.partition(".")[0]).page.code if "." in s else s for s in scopes}
    return [
        (_(place.page.title), here.address(place))
        for place in here.path.places
        if place.missing or place.page.code in pages_open
    ]


def _where(here: Opened, line: Explained) -> str:
    """The page that asks what a hint or contradiction is first of all about; empty where none does now."""
    place = here.path.of(line.group or line.name)
    if place is not None:
        return here.address(place)
    rows = line.line.each if line.line else None
    if rows:
        return here.address(here.path.of(rows)) if here.path.of(rows) else ""
    return next((found for used in line.uses if (found := _where(here, used))), "")


def _answers(here: Opened) -> list[tuple[str, list[shown.Row]]]:
    places = [(place.page, here.address(place)) for place in here.path.places]
    return shown.summary(places, here.asked, here.row_address)
