"""The work list, and a matter: opened with a purpose, held, worked on step by step, decided."""

from typing import Any
from uuid import UUID

from flask import abort, redirect, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.billing.queries.repayments import account_named
from portal.billing.services import REFUND
from portal.core import clock
from portal.core.access import ANY_ROLE, acting, allow
from portal.core.pages import ask, keys, page, reading, settings, transaction
from portal.core.wording import Phrase
from portal.counter import queries, services
from portal.counter.forms import DecisionForm, NoteForm, OpenForm, ReturnForm, StepForm
from portal.counter.queries import File
from portal.counter.routes.door import bp
from portal.counter.routes.showing import (
    decisions_shown,
    events_shown,
    info_shown,
    listed,
    refund_shown,
    steps_shown,
)
from portal.counter.rules import AFTERWARDS, OPEN_FOR
from portal.deregistration.rules.clearance import standing_between
from portal.deregistration.services import Office
from portal.deregistration.services.clearing import GENERAL
from portal.matters import queries as matters
from portal.matters import services as work
from portal.matters.models import Matter
from portal.matters.rules import STATES, Finding, Standard, Step, standard, standards
from portal.matters.rules.working import needs_reason
from portal.risk.queries import open_findings
from portal.taxpayers.queries import number_of


def _kinds() -> list[str]:
    """The kinds of matter in which the member's roles have a part."""
    return sorted(kind for kind, rule in standards().items() if rule.roles & acting().duties)


@bp.get("/")
@allow("staff", role=ANY_ROLE)
def index() -> Response:
    """Open matters of the kinds the member's roles cover, due first."""
    number = max(request.args.get("page", 1, type=int), 1)
    found = matters.waiting(reading(), _kinds(), page=number)
    return page(
        "counter/index.html",
        rows=[listed(one, acting(), clock.today()) for one in found[: matters.PAGE]],
        number=number,
        more=len(found) > matters.PAGE,
    )


@bp.get("/matters/<uuid:matter_id>")
@allow("staff", role=ANY_ROLE)
def show(matter_id: UUID) -> Response:
    """A matter that this member opened lately; else the question why it is to be opened."""
    found = _file(matter_id)
    if not found.opened:
        return _closed(OpenForm(), found.matter)
    return page("counter/show.html", **_shown(reading(), found))


def _closed(form: OpenForm, matter: Matter) -> Response:
    """The question why it is to be opened, and whether a colleague was asked to let this member in."""
    asked = queries.asked(reading(), acting(), matter.taxpayer_id, clock.now())
    return ask("counter/open_file.html", form, matter=matter, rule=standard(matter.kind), asked=asked)


def _shown(session: Session, found: File) -> dict[str, Any]:
    matter, rule = found.matter, standard(found.matter.kind)
    rows = matters.written(session, matter.id)
    done = matters.standing(matter, rows)
    return {
        "matter": matter,
        "rule": rule,
        "states": STATES,
        "who": found.who,
        "number": number_of(found.who, keys()).number,
        "steps": steps_shown(
            matter, rule, rows, done, acting(), matters.usual_steps(session, matter.kind, clock.now())
        ),
        "decisions": decisions_shown(matter, rule, done, acting()),
        "rows": rows,
        "events": events_shown(matter, matters.events_of(session, matter.id)),
        **_about(session, matter, rule),
        "mine": matter.owner_id == acting().account_id,
        "can_return": bool(done) and bool(rule.steps_in(matter.state)),
        "afterwards": AFTERWARDS.get((matter.kind, matter.state), Phrase("")),
    }


def _about(session: Session, matter: Matter, rule: Standard) -> dict[str, Any]:
    """What the office looks at for this kind: what stands between a firm and its clearance, or a return."""
    if matter.kind == GENERAL and matter.closed_at is not None:
        return {"between": None, "info": info_shown(matter, rule, None)}  # the list is of today, not of then
    if matter.kind == GENERAL:
        hits = open_findings(session, matter.taxpayer_id, clock.today())
        between = [hit.finding for hit in standing_between(hits)]
        return {"between": between, "info": info_shown(matter, rule, None)}
    filed = queries.return_behind(session, matter)
    info = info_shown(matter, rule, filed)
    if matter.kind == REFUND:
        info += refund_shown(matter, account_named(session, matter.taxpayer_id))
    return {"between": None, "info": info}


def _file(matter_id: UUID) -> File:
    found = queries.file(reading(), acting(), _kinds(), matter_id, clock.now() - OPEN_FOR)
    return found or abort(404)


def _opened(matter_id: UUID) -> File:
    """The file, if this member opened it lately; else back to where it is opened."""
    found = _file(matter_id)
    return found if found.opened else abort(_to(matter_id))


def _to(matter_id: UUID) -> Response:
    return redirect(url_for("counter.show", matter_id=matter_id), 303)


def _held(session: Session, matter_id: UUID) -> Matter:
    return matters.at_work(session, _kinds(), matter_id, lock=True) or abort(404)


@bp.post("/matters/<uuid:matter_id>/open")
@allow("staff", role=ANY_ROLE)
def open_file(matter_id: UUID) -> Response:
    """Note who opens the file and why, and show it; into a guarded one a colleague lets them first."""
    form, found = OpenForm(), _file(matter_id)
    if not form.validate_on_submit():
        return _closed(form, found.matter)
    with transaction() as session:
        matter = _held(session, matter_id)
        office = settings().office
        services.open_file(session, acting(), matter, form.purpose.data, office=office, at=clock.now())
    return _to(matter_id)


@bp.post("/matters/<uuid:matter_id>/take")
@allow("staff", role=ANY_ROLE)
def take(matter_id: UUID) -> Response:
    """Hold a matter."""
    _opened(matter_id)
    with transaction() as session:
        work.take(session, acting(), _held(session, matter_id), at=clock.now())
    return _to(matter_id)


@bp.post("/matters/<uuid:matter_id>/hand-back")
@allow("staff", role=ANY_ROLE)
def hand_back(matter_id: UUID) -> Response:
    """Let a matter go."""
    _file(matter_id)
    with transaction() as session:
        work.hand_back(session, acting(), _held(session, matter_id))
    return redirect(url_for("counter.index"), 303)


@bp.route("/matters/<uuid:matter_id>/steps/<word:code>", methods=["GET", "POST"])
@allow("staff", role=ANY_ROLE)
def step(matter_id: UUID, code: str) -> Response:
    """What came of one step, and what that rests on."""
    found, form = _opened(matter_id), StepForm()
    rule, named = _step(found.matter, code)
    if not form.validate_on_submit():
        return ask("counter/step.html", form, matter=found.matter, who=found.who, rule=rule, step=named)
    with transaction() as session:
        matter = _held(session, matter_id)
        finding = Finding(form.finding.data)
        work.record_step(session, acting(), matter, code, finding, form.evidence.data, at=clock.now())
    return _to(matter_id)


def _step(matter: Matter, code: str) -> tuple[Standard, Step]:
    rule = standard(matter.kind)
    found = rule.step(code)
    if found is None or not found.role:
        abort(404)
    return rule, found


@bp.route("/matters/<uuid:matter_id>/decisions/<word:code>", methods=["GET", "POST"])
@allow("staff", role=ANY_ROLE)
def decide(matter_id: UUID, code: str) -> Response:
    """Bring a matter to a state that the office decides."""
    found, form = _opened(matter_id), DecisionForm()
    rule = standard(found.matter.kind)
    if code not in rule.needs:
        abort(404)
    form.why.optional = not needs_reason(rule, code)
    if not form.validate_on_submit():
        facts = {"rule": rule, "to": STATES[code], "afterwards": AFTERWARDS.get((rule.kind, code), "")}
        return ask("counter/decide.html", form, matter=found.matter, who=found.who, **facts)
    with transaction() as session:
        matter = services.held(session, _kinds(), matter_id) or abort(404)
        services.decide(session, Office.of(settings()), acting(), matter, code, form.why.data, at=clock.now())
    return _to(matter_id)


@bp.route("/matters/<uuid:matter_id>/return", methods=["GET", "POST"])
@allow("staff", role=ANY_ROLE)
def send_back(matter_id: UUID) -> Response:
    """Let the steps begin again."""
    found, form = _opened(matter_id), ReturnForm()
    if not form.validate_on_submit():
        return ask("counter/send_back.html", form, matter=found.matter, rule=standard(found.matter.kind))
    with transaction() as session:
        work.send_back(session, acting(), _held(session, matter_id), form.why.data, at=clock.now())
    return _to(matter_id)


@bp.route("/matters/<uuid:matter_id>/note", methods=["GET", "POST"])
@allow("staff", role=ANY_ROLE)
def note(matter_id: UUID) -> Response:
    """Write something down for colleagues."""
    found, form = _opened(matter_id), NoteForm()
    if not form.validate_on_submit():
        return ask("counter/note.html", form, matter=found.matter, rule=standard(found.matter.kind))
    with transaction() as session:
        work.write_note(session, acting(), _held(session, matter_id), form.text.data, at=clock.now())
    return _to(matter_id)
