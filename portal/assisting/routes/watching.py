"""The watch over a clerk on a taxpayer's pages: looks are noted, what binds waits for the taxpayer's word."""

from flask import request
from werkzeug.wrappers import Response

from portal.accounts.services.codes import Outcome
from portal.assisting.forms import AssentForm
from portal.assisting.models import Assent
from portal.assisting.routes.door import refuse_code
from portal.assisting.rules import NOT_FOR_A_CLERK
from portal.assisting.services import assenting
from portal.core import clock
from portal.core.access import SAFE, Allowed, assented, came_from, safe_path
from portal.core.acting import Acting, Deed
from portal.core.lapses import TOKENS
from portal.core.pages import keys, page, speaking, transaction
from portal.core.refusal import Refusal

OWN = TOKENS | {"assent_code", "assent_back", "assent_again"}
"""Answers of the page that asks for the taxpayer's word; the others are of the form it stands before."""


def watch(present: Acting, allowed: Allowed) -> Response | None:
    """What comes before a clerk gets to a taxpayer's page; an answer of its own where they do not get there.

    Raises `Refusal` for what is the taxpayer's alone.
    """
    if request.method in SAFE:
        with transaction() as session:
            assenting.note_look(session, present, request.endpoint or "", at=clock.now())
        return None
    if allowed.by_clerk == "prepares":
        return None
    if allowed.by_clerk == "never":
        raise Refusal(NOT_FOR_A_CLERK)
    deed = allowed.by_clerk(**(request.view_args or {}))
    return _hear(present, deed) if deed is not None else None


def _hear(present: Acting, deed: Deed) -> Response | None:
    """None once the taxpayer agreed to exactly this; until then the page that asks for their word."""
    form, at, outcome = AssentForm(), clock.now(), None
    answers = [(name, value) for name, value in request.form.items(multi=True) if name not in OWN]
    sound = form.validate()
    with transaction() as session:
        one = assenting.asked(
            session, keys(), present, deed, (request.endpoint or "", request.path, answers), at=at
        )
        first = one.asked_at == at
        again = "assent_again" in request.form and assenting.send_again(session, keys(), one, at=at)
        if form.assent_code.data and not first and one.agreed_at is None:
            outcome = assenting.agree_by_code(session, keys(), one, form.assent_code.data, at=at)
        done = assenting.use(session, present, one, at=at)
    if done:
        assented(one.id)
        return None
    return _ask(form, one, answers, outcome, first=first, again=again, sound=sound)


def _ask(
    form: AssentForm,
    one: Assent,
    answers: list[tuple[str, str]],
    outcome: Outcome | None,
    *,
    first: bool,
    again: bool,
    sound: bool,
) -> Response:
    if sound and not first and "assent_again" not in request.form and one.refused_at is None:
        refuse_code(form, form.assent_code, outcome, sent=one.confirmation_id is not None)
    if first:
        form.assent_back.data = came_from()
    return page(
        "assisting/assent.html",
        200 if first or again else 422,
        form=form,
        one=one,
        deed=speaking().say(one.words, one.facts),
        answers=answers,
        back=safe_path(form.assent_back.data) or "",
        sent_again=again,
        changed=first and "assent_back" in request.form,
    )
