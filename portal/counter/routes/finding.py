"""Finding a taxpayer, the purpose for which a file is opened, the file; what a supervisor sees of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from flask import abort, redirect, url_for
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.accounts.queries import mobile_of
from portal.accounts.rules.contacts import masked_mobile
from portal.accounts.rules.ladder import RUNGS
from portal.billing.queries.debts import owed_by
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Level
from portal.core.money import ZERO
from portal.core.pages import ask, keys, masked, masked_name, page, reading, settings, speaking, transaction
from portal.counter import queries, services
from portal.counter.forms import FindForm, PurposeForm
from portal.counter.queries import Opened
from portal.counter.routes.door import bp
from portal.counter.rules import A_TICKET_ALONE, IDENTITY_PROOF, SearchKey, key_of
from portal.counter.services import FileSeen, Purpose
from portal.matters.rules import STATES, standard, standards
from portal.taxes.duties import duty_named
from portal.taxes.periods import Period
from portal.taxpayers.models import Taxpayer
from portal.taxpayers.queries import number_of, taxpayer
from portal.taxpayers.rules import normalise

FIND, OPEN = "counter/find.html", "counter/open_taxpayer.html"


@dataclass(frozen=True)
class Row:
    """A taxpayer as the search shows them, the number masked."""

    id: UUID
    name: str
    number: str
    is_firm: bool
    is_proven: bool
    owed: Decimal | None
    """None where that is shown in the opened file only."""


@bp.route("/find", methods=["GET", "POST"])
@allow("staff", role="counter")
def find() -> Response:
    """One field for every key. What is typed is posted, so that no address holds it."""
    form = FindForm()
    if not form.validate_on_submit():
        return ask(FIND, form, rows=None)
    with transaction() as session:
        found = services.search(
            session, keys(), acting(), form.key.data, form.ending.data or "", at=clock.now()
        )
    by_ticket = key_of(normalise(form.key.data)) is SearchKey.TICKET
    if by_ticket and not found:
        form.key.errors = [_(A_TICKET_ALONE)]
        return ask(FIND, form, rows=None)
    return page(FIND, form=form, rows=_rows(reading(), found, clock.today()))


def _rows(session: Session, people: Sequence[Taxpayer], today: date) -> list[Row]:
    found = [who.id for who in people]
    known, owed = queries.levels(session, found), owed_by(session, found, today)
    guarded = queries.guarded(session, found)
    return [
        Row(
            who.id,
            who.name,
            _shown_number(who),
            who.kind != "person",
            known.get(who.id, Level.NONE) >= Level.PROVEN,
            None if who.id in guarded else owed.get(who.id, ZERO),
        )
        for who in people
    ]


def _shown_number(who: Taxpayer) -> str:
    """First four and last four; of a firm the first eight, which only say where it is registered."""
    return masked(number_of(who, keys()).number, 4 if who.kind == "person" else 8)


@bp.route("/files/<uuid:taxpayer_id>/open", methods=["GET", "POST"])
@allow("staff", role="counter")
def open_taxpayer(taxpayer_id: UUID) -> Response:
    """Ask for what the file is opened. Without a purpose that holds it stays closed, and that is kept."""
    who, form = taxpayer(reading(), taxpayer_id) or abort(404), PurposeForm()
    shown = {"taxpayer_id": who.id, "name": masked_name(who.name), "number": _shown_number(who)}
    if form.validate_on_submit() and (purpose := _purpose(form, taxpayer_id)):
        with transaction() as session:
            opening = services.open_or_ask(session, acting(), taxpayer_id, purpose, at=clock.now())
        door = "counter.taxpayer_file" if opening else "counter.open_taxpayer"
        return redirect(url_for(door, taxpayer_id=taxpayer_id), 303)
    if form.is_submitted():
        with transaction() as session:
            services.note_refusal(session, acting(), taxpayer_id, at=clock.now())
    asked = queries.asked(reading(), acting(), taxpayer_id, clock.now())
    return ask(OPEN, form, asked=asked, **shown)


def _purpose(form: PurposeForm, taxpayer_id: UUID) -> Purpose | None:
    matter = None
    if form.matter.data:
        matter = queries.matter_numbered(reading(), taxpayer_id, form.matter.data)
        if matter is None:
            form.is_no_matter()
            return None
    return Purpose(form.reason.data, form.words.data or "", matter)


@bp.get("/files/<uuid:taxpayer_id>")
@allow("staff", role="counter")
def taxpayer_file(taxpayer_id: UUID) -> Response:
    """What the counter needs of a taxpayer, under a purpose that holds; every look is on their trail."""
    at = clock.now()
    with transaction() as session:
        opened = queries.opened(session, acting(), taxpayer_id, at)
        if opened is None:
            _closed(session, taxpayer_id)
            return redirect(url_for("counter.open_taxpayer", taxpayer_id=taxpayer_id), 303)
        seen = services.read_file(session, acting(), opened, office=settings().office, at=at)
    kinds = {kind for kind, rule in standards().items() if rule.roles & acting().duties}
    mobile = mobile_of(opened.account, keys()) if opened.account and opened.firm is None else ""
    return page(
        "counter/taxpayer_file.html",
        opened=opened,
        seen=seen,
        number=_shown_number(opened.who),
        mobile=masked_mobile(mobile) if mobile else "",
        rung=next((rung for rung in RUNGS if rung.level == opened.level), None),
        owed=sum((bill.total for bill in seen.bills), ZERO),
        today=clock.today(),
        kinds=kinds,
        stated=services.stated(opened.opening),
        can_prove=_can_prove(opened, seen),
        states=STATES,
        standard=standard,
        duty_named=duty_named,
        said=lambda period: Period.parse(period).said(speaking().phrase),
    )


@bp.post("/files/<uuid:taxpayer_id>/prove")
@allow("staff", role="counter")
def prove(taxpayer_id: UUID) -> Response:
    """Open the matter in which two of the office see the person and the document; under a purpose only."""
    at = clock.now()
    with transaction() as session:
        opened = queries.opened(session, acting(), taxpayer_id, at)
        if opened is not None:
            services.begin_proof(session, acting(), taxpayer_id, at=at)
    return redirect(url_for("counter.taxpayer_file", taxpayer_id=taxpayer_id), 303)


def _can_prove(opened: Opened, seen: FileSeen) -> bool:
    """Whether the person can be proven in person now: an account, not seen yet, no such matter open."""
    under_way = any(one.kind == IDENTITY_PROOF for one in seen.matters)
    person = opened.firm is None and opened.account is not None
    return person and opened.level < Level.IN_PERSON and not under_way


def _closed(session: Session, taxpayer_id: UUID) -> None:
    """Keep that a file was asked for that is not open. Nobody's file is nowhere."""
    if taxpayer(session, taxpayer_id) is None:
        abort(404)
    services.note_refusal(session, acting(), taxpayer_id, at=clock.now())


@bp.get("/browsing")
@allow("staff", role="supervisor")
def browsing() -> Response:
    """Who of the office opened how many files, day by day, against their own usual."""
    return page("counter/browsing.html", days=queries.browsing(reading(), clock.today()))
