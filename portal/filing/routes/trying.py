"""Trying out: what other answers would come to, beside what the draft says; nothing is kept until adopted."""

from typing import Any
from uuid import UUID

from flask import url_for
from werkzeug.wrappers import Response

from portal.core import pages
from portal.core.access import allow
from portal.core.acting import Right
from portal.core.pages import reading
from portal.filing import services
from portal.filing.forms import AnswerForm, answer_form
from portal.filing.routes import reasons
from portal.filing.routes.blueprint import bp
from portal.filing.routes.opened import Opened, opened, shown_now
from portal.filing.routes.wording import _
from portal.filing.rules.path import Place
from portal.taxes.difference import difference

BONUS_METHOD = "bonus_method"
"""The question whose answers are always set side by side."""


@bp.get("/<uuid:draft_id>/what-if")
@allow("taxpayer", right=Right.FILE)
def what_if(draft_id: UUID) -> Response:
    """The pages whose answers can be tried out."""
    here = opened(reading(), draft_id)
    choices = [
        {
            "words": _(place.page.title),
            "href": url_for("filing.trial", draft_id=draft_id, code=place.page.code),
        }
        for place in here.path.places
        if place.questions
    ]
    return pages.page("filing/what_if.html", here=here, choices=choices)


@bp.get("/<uuid:draft_id>/what-if/<word:code>")
@allow("taxpayer", right=Right.FILE)
def trial(draft_id: UUID, code: str) -> Response:
    """One page to try other answers on."""
    here = opened(reading(), draft_id)
    place = here.place(code)
    form = _form(place)
    form.show(here.draft.answers, {})
    shown_now(form, here.draft)
    return pages.page("filing/trial.html", form=form, **_context(here, place, None))


@bp.post("/<uuid:draft_id>/what-if/<word:code>")
@allow("taxpayer", right=Right.FILE, by_clerk="prepares")
def try_out(draft_id: UUID, code: str) -> Response:
    """What these answers would come to. Nothing is kept."""
    here = opened(reading(), draft_id)
    place = here.place(code)
    form = _form(place)
    if not form.validate():
        return pages.invalid("filing/trial.html", form=form, **_context(here, place, None))
    tried = services.what_if(here.draft, form.answers())
    return pages.page("filing/trial.html", form=form, **_context(here, place, tried))


def _form(place: Place) -> AnswerForm:
    form: AnswerForm = answer_form(place.questions)()
    return form


def _context(here: Opened, place: Place, tried: services.Trial | None) -> dict[str, Any]:
    return {
        "here": here,
        "place": place,
        "change": reasons.corrected(tried.before, tried.after) if tried else None,
        "adopt": here.address(place),
    }


def bonus_compared(here: Opened) -> list[dict[str, Any]]:
    """The year-end bonus taxed on its own and with the rest, side by side; nothing where there is none."""
    if here.path.of(BONUS_METHOD) is None:
        return []
    separate, merged = (
        services.what_if(here.draft, {BONUS_METHOD: method}).after for method in ("separate", "merge")
    )
    return reasons.compared(difference(separate, merged), separate, merged)
