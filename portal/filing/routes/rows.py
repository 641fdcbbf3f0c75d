"""Repeated facts: adding, changing and removing one child, one patient, one donation."""

from typing import Any
from uuid import UUID

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.core import pages
from portal.core.access import allow
from portal.core.acting import Right
from portal.core.clock import now
from portal.core.pages import reading, transaction
from portal.core.refusal import Refusal
from portal.filing import services
from portal.filing.forms import AnswerForm, WindowForm, answer_form
from portal.filing.routes import shown
from portal.filing.routes.blueprint import bp
from portal.filing.routes.opened import Opened, as_it_stands, opened, result_beside, shown_now
from portal.filing.routes.saving import autosaved, conflict, only_changes_language, saved_words, settled
from portal.filing.routes.wording import _
from portal.filing.rules.answers import Value, row_name, rows_of
from portal.filing.rules.path import asked_in_row
from portal.filing.rules.submission import TOO_MANY_ROWS
from portal.filing.services import Saving
from portal.taxes.questions import Group


@bp.get("/<uuid:draft_id>/rows/<word:group>/<uuid:row>")
@allow("taxpayer", right=Right.FILE)
def row(draft_id: UUID, group: str, row: UUID) -> Response:
    """One repeated fact, new or there already."""
    here = opened(reading(), draft_id)
    facts = _group(here, group)
    form = _form(here, facts, row)
    form.show(_held(here, facts, row), here.draft.unfinished.get(row_name(group, str(row)), {}))
    shown_now(form, here.draft)
    return pages.page("filing/row.html", form=form, **_context(here, facts, row))


@bp.post("/<uuid:draft_id>/rows/<word:group>/<uuid:row>")
@allow("taxpayer", right=Right.FILE, by_clerk="prepares")
def save_row(draft_id: UUID, group: str, row: UUID) -> Response:
    """Save a repeated fact and go back to the list. The same row twice is one row."""
    with transaction() as session:
        before = opened(session, draft_id, lock=True)
        facts = _group(before, group)
        form = _form(before, facts, row)
        sound = form.validate()
        clashes = services.save(session, before.draft, _saving(before, facts, row, form), at=now())
        here = as_it_stands(before.draft)
    if clashes:
        return conflict(here, clashes)
    if only_changes_language():
        return redirect(request.path, 303)
    if not sound and "later" not in request.form:
        return pages.invalid("filing/row.html", form=form, **_context(here, facts, row))
    asked = {question.name for question in _questions(here, facts, row)}
    if sound and not asked <= {question.name for question in form.questions}:
        return redirect(url_for("filing.row", draft_id=draft_id, group=group, row=row), 303)
    return redirect(here.address(here.place_of(group)), 303)


@bp.post("/<uuid:draft_id>/rows/<word:group>/<uuid:row>/draft")
@allow("taxpayer", right=Right.FILE, by_clerk="prepares")
def autosave_row(draft_id: UUID, group: str, row: UUID) -> Response:
    """Save what a row holds while it is being filled in."""
    with transaction() as session:
        here = opened(session, draft_id, lock=True)
        facts = _group(here, group)
        form = _form(here, facts, row)
        form.validate()
        clashes = services.save(session, here.draft, _saving(here, facts, row, form), at=now())
    return autosaved(here, clashes)


@bp.get("/<uuid:draft_id>/rows/<word:group>/<uuid:row>/remove")
@allow("taxpayer", right=Right.FILE)
def remove_row(draft_id: UUID, group: str, row: UUID) -> Response:
    """Ask before a repeated fact is taken out."""
    here = opened(reading(), draft_id)
    facts = _group(here, group)
    held = rows_of(here.draft.answers, group).get(str(row)) or abort(404)
    form = WindowForm()
    shown_now(form, here.draft)
    return pages.page(
        "filing/remove_row.html", form=form, answer=shown.row(facts, held), **_context(here, facts, row)
    )


@bp.post("/<uuid:draft_id>/rows/<word:group>/<uuid:row>/remove")
@allow("taxpayer", right=Right.FILE, by_clerk="prepares")
def removed_row(draft_id: UUID, group: str, row: UUID) -> Response:
    """Take a repeated fact out; one that another window changed meanwhile is shown first."""
    with transaction() as session:
        here = opened(session, draft_id, lock=True)
        facts = _group(here, group)
        form = WindowForm()
        form.validate()
        name = row_name(group, str(row))
        given = settled({name: None} if name in here.draft.answers else {})
        saving = Saving(name, given, form.seen, form.window.data or "")
        clashes = services.save(session, here.draft, saving, at=now())
    if clashes:
        return conflict(here, clashes)
    return redirect(here.address(here.place_of(facts.name)), 303)


def _group(here: Opened, name: str) -> Group:
    here.place_of(name)
    return here.sheet.groups.get(name) or abort(404)


def _held(here: Opened, group: Group, row: UUID) -> dict[str, Value]:
    return dict(rows_of(here.draft.answers, group.name).get(str(row), {}))


def _questions(here: Opened, group: Group, row: UUID) -> tuple[Any, ...]:
    return asked_in_row(here.sheet, group, here.draft.on, _held(here, group, row))


def _form(here: Opened, group: Group, row: UUID) -> AnswerForm:
    form: AnswerForm = answer_form(_questions(here, group, row))()
    return form


def _saving(here: Opened, group: Group, row: UUID, form: AnswerForm) -> Saving:
    """The whole row as it would be; nothing where nothing was answered in a row that is not there."""
    name, rows = row_name(group.name, str(row)), rows_of(here.draft.answers, group.name)
    merged = {**rows.get(str(row), {}), **form.answers()}
    value = {question: answer for question, answer in merged.items() if answer is not None}
    if value and str(row) not in rows and len(rows) >= group.at_most:
        raise Refusal(TOO_MANY_ROWS, what=group.label, most=group.at_most)
    there = bool(value) or str(row) in rows
    unfinished = form.unfinished() if there else {}
    return Saving(
        name, settled({name: value} if there else {}), form.seen, form.window.data or "", unfinished
    )


def _context(here: Opened, group: Group, row: UUID) -> dict[str, Any]:
    place = here.place_of(group.name)
    keys = list(rows_of(here.draft.answers, group.name))
    number = keys.index(str(row)) + 1 if str(row) in keys else len(keys) + 1
    trace = here.kept.traces.get(row_name(group.name, str(row)))
    return {
        "here": here,
        "place": place,
        "group": group,
        "row": row,
        "words": _(group.row).format(n=number),
        "origin": shown.row_origin(trace) if trace else "",
        "back": here.address(place),
        "saved": saved_words(here),
        "rail": here.rail(place),
        "beside": result_beside(here),
    }
