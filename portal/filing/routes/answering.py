"""Answering: the task list of a return, its pages, and the drafts a browser saves by itself."""

from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from portal.core import pages
from portal.core.access import allow
from portal.core.acting import Right
from portal.core.clock import now
from portal.core.keys import new_id
from portal.core.pages import reading, transaction
from portal.filing import services
from portal.filing.forms import NO, AnswerForm, answer_form
from portal.filing.routes import reasons, shown
from portal.filing.routes.blueprint import bp
from portal.filing.routes.opened import Opened, as_it_stands, opened, result_beside, shown_now
from portal.filing.routes.saving import autosaved, conflict, only_changes_language, saved_words, settled
from portal.filing.routes.trying import BONUS_METHOD, bonus_compared
from portal.filing.routes.wording import _
from portal.filing.rules.answers import rows_of
from portal.filing.rules.path import Place
from portal.filing.services import Saving
from portal.taxes.questions import Group


@bp.get("/<uuid:draft_id>")
@allow("taxpayer", right=Right.FILE)
def draft(draft_id: UUID) -> Response:
    """The home of a return: what there is to fill in, and how far each part is."""
    here = opened(reading(), draft_id)
    parts: dict[str, list[dict[str, str]]] = {}
    for place in here.path.places:
        parts.setdefault(_(place.step.title), []).append(
            {"words": _(place.page.title), "href": here.address(place), "state": here.state(place)}
        )
    unfinished = here.path.first_unfinished
    return pages.page(
        "filing/draft.html",
        here=here,
        parts=parts,
        unfinished=unfinished,
        onward=here.address(unfinished),
        beside=result_beside(here),
    )


@bp.get("/<uuid:draft_id>/<word:code>")
@allow("taxpayer", right=Right.FILE)
def page(draft_id: UUID, code: str) -> Response:
    """One page of questions, with the answers there are and where they came from."""
    here = opened(reading(), draft_id)
    place = here.place(code)
    form = _form(here, place)
    form.show(here.draft.answers, here.draft.unfinished.get(code, {}))
    shown_now(form, here.draft)
    if "more" in form and code in here.draft.confirmed:
        form["more"].data = NO
    return pages.page("filing/page.html", form=form, **_context(here, place))


@bp.post("/<uuid:draft_id>/<word:code>")
@allow("taxpayer", right=Right.FILE, by_clerk="prepares")
def save_page(draft_id: UUID, code: str) -> Response:
    """Save what a page brings and go on; what is wrong is shown beside its question, and kept."""
    with transaction() as session:
        before = opened(session, draft_id, lock=True)
        place = before.place(code)
        form = _form(before, place)
        sound = form.validate()
        onward = sound and "later" not in request.form
        clashes = services.save(session, before.draft, _saving(form, code, confirms=onward), at=now())
        here = as_it_stands(before.draft)
    if clashes:
        return conflict(here, clashes)
    if only_changes_language():
        return redirect(request.path, 303)
    if "later" in request.form:
        return redirect(url_for("filing.draft", draft_id=draft_id), 303)
    if form.wants_more:
        [group, *_others] = place.groups
        return redirect(url_for("filing.row", draft_id=draft_id, group=group.name, row=new_id()), 303)
    if not sound or _contradicts(form, here, place):
        return pages.invalid("filing/page.html", form=form, **_context(here, place))
    return redirect(_next(here, before.path.at(code) or place), 303)


@bp.post("/<uuid:draft_id>/<word:code>/draft")
@allow("taxpayer", right=Right.FILE, by_clerk="prepares")
def autosave_page(draft_id: UUID, code: str) -> Response:
    """Save what a page holds while it is being filled in."""
    with transaction() as session:
        here = opened(session, draft_id, lock=True)
        form = _form(here, here.place(code))
        form.validate()
        clashes = services.save(session, here.draft, _saving(form, code), at=now())
    return autosaved(here, clashes)


def _saving(form: AnswerForm, code: str, *, confirms: bool = False) -> Saving:
    return Saving(
        code, settled(form.answers()), form.seen, form.window.data or "", form.unfinished(), confirms
    )


def _form(here: Opened, place: Place) -> AnswerForm:
    more = None
    for group in place.groups:
        held = len(rows_of(here.draft.answers, group.name))
        more = held > 0 if held < group.at_most else None
    form: AnswerForm = answer_form(place.questions, more)()
    return form


def _contradicts(form: AnswerForm, here: Opened, place: Place) -> bool:
    """Put what contradicts the law beside the last question it is about."""
    fields = {question.name: field for field, question in form.fields()}
    found = [(name, line) for name, line in here.contradictions(place) if name in fields]
    for name, line in found:
        fields[name].errors = [_("%(what)s：%(why)s", what=_(line.label), why=line.why(_))]
    return bool(found)


def _next(here: Opened, place: Place) -> str:
    """Where to go on: the same page where an answer brought up further questions, else the one after."""
    same = here.path.at(place.page.code)
    if same and same.missing and not same.names <= place.names:
        return here.address(same)
    return here.address(here.path.after(same or place))


def _context(here: Opened, place: Place) -> dict[str, Any]:
    before = here.path.before(place) if here.path.at(place.page.code) else None
    back = here.address(before) if before else url_for("filing.draft", draft_id=here.draft.id)
    origins = {q.name: shown.origin(q, here.kept.traces.get(q.name)) for q in place.questions}
    return {
        "here": here,
        "place": place,
        "back": back,
        "origins": origins,
        "lists": [_list(here, group) for group in place.groups],
        "contradictions": [reasons.told(line) for _name, line in here.contradictions(place)],
        "bonus": bonus_compared(here) if BONUS_METHOD in place.names else [],
        "saved": saved_words(here),
        "rail": here.rail(place),
        "beside": result_beside(here),
    }


def _list(here: Opened, group: Group) -> tuple[Group, list[shown.Row]]:
    """A group and its rows, with the ways to change and remove each."""
    rows = shown.list_rows(group, here.kept, here.row_address)
    return group, [row | {"remove": f"{row['href']}/remove"} for row in rows]
