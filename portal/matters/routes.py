"""办理进度: what a taxpayer asked for, and how far it is."""

import re
from decimal import Decimal
from uuid import UUID

from flask import Blueprint, abort, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.forms.cleaning import visible
from portal.core.money import show as show_money
from portal.core.pages import foreign, page, reading, speaking
from portal.matters import queries
from portal.matters.models import Matter, MatterEvent
from portal.matters.rules import STATES, standard, standards
from portal.matters.rules.searching import PLACES, kinds_named, names, words_of

bp = Blueprint("matters", __name__, url_prefix="/matters")

AMOUNT = re.compile(r"\d+\.\d\d")
"""How an event notes an amount."""


@bp.get("/")
@allow("taxpayer", right=Right.VIEW)
def index() -> Response:
    """All matters of the taxpayer acted for, newest first."""
    before = request.args.get("before", type=UUID)
    matters = queries.matters_of(reading(), acting().taxpayer_id, before=before)
    more = matters[queries.PAGE - 1].id if len(matters) > queries.PAGE else None
    return page(
        "matters/index.html", matters=matters[: queries.PAGE], more=more, standard=standard, states=STATES
    )


@bp.get("/search")
@allow("taxpayer", right=Right.VIEW)
def search() -> Response:
    """Matters by number, kind and period, and the pages a word names; without a word, the newest matters."""
    words = words_of(visible(request.args.get("q", "")))
    titles = {kind: _(rule.title) for kind, rule in standards().items()}
    wanted = [(word, kinds_named(word, titles)) for word in words]
    matters = queries.matters_found(reading(), acting().taxpayer_id, wanted)
    places = [
        (endpoint, name)
        for endpoint, (name, also) in PLACES.items()
        if words and all(names(word, (name, also, _(name), _(also))) for word in words)
    ]
    return page(
        "matters/search.html",
        asked=" ".join(words),
        matters=matters[: queries.PAGE],
        more=len(matters) > queries.PAGE,
        places=places,
        standard=standard,
        states=STATES,
    )


@bp.get("/<uuid:matter_id>")
@allow("taxpayer", right=Right.VIEW)
def show(matter_id: UUID) -> Response:
    """One matter: its steps, who acts next, and everything that happened to it."""
    matter = queries.own_matter(reading(), acting().taxpayer_id, matter_id) or abort(404)
    events = [
        {
            "words": _(STATES[event.state]) + _asked(matter, event),
            "when": speaking().moment(event.at),
            "who": _who(event),
            "why": foreign(event.note) if event.by_role == "staff" and event.note else "",
            "state": "done",
        }
        for event in matter.events
    ]
    if matter.closed_at is None:
        events[-1]["state"] = "now"
    return page(
        "matters/show.html",
        matter=matter,
        standard=standard(matter.kind),
        states=STATES,
        events=events,
        rows=_facts(matter),
    )


def _asked(matter: Matter, event: MatterEvent) -> str:
    """What a matter about money asked for from this event on, where the event noted it."""
    if matter.amount is None or event.by_role == "staff" or not AMOUNT.fullmatch(event.note):
        return ""
    return f" {show_money(Decimal(event.note))}"


def _who(event: MatterEvent) -> str:
    return _("系统") if event.by_role == "system" else foreign(event.by_name)


def _facts(matter: Matter) -> list[tuple[str, str]]:
    """What identifies the matter and what clock runs."""
    facts = [(_("编号"), matter.number), (_("受理时间"), speaking().moment(matter.opened_at))]
    if matter.amount is not None:
        facts.append((_("金额"), show_money(matter.amount)))
    if matter.due_on is not None:
        facts.append((_("最晚答复"), speaking().day(matter.due_on)))
    if matter.closed_at is not None:
        facts.append((_("办结时间"), speaking().moment(matter.closed_at)))
    return [*facts, (_("依据"), foreign(standard(matter.kind).basis))]
