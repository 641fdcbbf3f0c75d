"""收款台: shifts on terminals, taking a payment in an opened file, the second clerk, the close, the receipt.

What one clerk keyed is shown to nobody before another has keyed the same.
"""

from typing import Any
from uuid import UUID

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from portal.audit import services as audit
from portal.billing import queries as dues
from portal.billing import services as billing
from portal.billing.forms import BillsForm, CountForm, ReadingForm, ShiftForm, SlipForm, SlipWhyForm
from portal.billing.queries import OpenBill, terminals
from portal.billing.queries import slips as papers
from portal.billing.queries.slips import SlipShown
from portal.billing.queries.terminals import Batch, Place
from portal.billing.routes.slips import desk_words, receipt_of
from portal.billing.rules.naming import period_of
from portal.billing.rules.terminals import SlipState, moment, together
from portal.billing.rules.wording import DUE, OPTION, OVERDUE
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.forms import Form, Option
from portal.core.pages import ask, lang, masked_name, page, reading, settings, speaking, transaction
from portal.counter import queries, services
from portal.counter.queries import Opened
from portal.counter.routes.door import bp

TAKE, KEY, SECOND = (f"counter/{page}.html" for page in ("take_payment", "key_slip", "second_reading"))
CASHIER = "cashier"


@bp.route("/cashier", methods=["GET", "POST"])
@allow("staff", role=CASHIER)
def till() -> Response:
    """The terminals and who is on them; begin a shift on one that is free."""
    form, places = ShiftForm(), terminals.places(reading())
    form.terminal.options = [Option(str(one.terminal.id), _where(one)) for one in places if not one.shift]
    if form.validate_on_submit():
        with transaction() as session:
            billing.open_shift(session, acting(), UUID(form.terminal.data), form.batch.data, at=clock.now())
        return redirect(url_for("counter.till"), 303)
    return ask(
        "counter/till.html",
        form,
        places=[(one, _where(one)) for one in places],
        free=bool(form.terminal.options),
        mine=acting().account_id,
    )


def _where(one: Place) -> str:
    hall = one.hall.name_en if lang() == "en" else one.hall.name
    desk = desk_words(one.desk.number) if one.desk else ""
    return " ".join(part for part in (one.terminal.number, hall, desk) if part)


@bp.route("/cashier/files/<uuid:taxpayer_id>", methods=["GET", "POST"])
@allow("staff", role=CASHIER)
def take_payment(taxpayer_id: UUID) -> Response:
    """What is due now with the surcharge of today, and what of it is paid: all unless unticked."""
    opened, owed = _opened(taxpayer_id), dues.open_bills(reading(), taxpayer_id, clock.today())
    form = BillsForm(bills=[str(one.bill.id) for one in owed])
    form.bills.options = [_option(one) for one in owed]
    if form.validate_on_submit():
        return redirect(url_for("counter.key_slip", taxpayer_id=taxpayer_id, bill=form.chosen()), 303)
    return _show(
        TAKE,
        form,
        opened,
        owed=owed,
        total=together(one.total for one in owed),
        running=dues.under_way(reading(), taxpayer_id, billing.REFUND).orders,
    )


def _option(one: OpenBill) -> Option:
    say, late = speaking().say, (clock.today() - one.bill.due_on).days
    facts = {"title": one.bill.title, "period": period_of(one.bill.period), "amount": one.total}
    when = {"day": one.bill.due_on, "days": late, "surcharge": one.surcharge}
    return Option(str(one.bill.id), say(OPTION, facts), say(OVERDUE if late > 0 else DUE, when))


@bp.route("/cashier/files/<uuid:taxpayer_id>/slip", methods=["GET", "POST"])
@allow("staff", role=CASHIER)
def key_slip(taxpayer_id: UUID) -> Response:
    """The amount to type into the terminal for the bills that the address names; then what the slip says.

    Bills paid in the meantime stand in the way of nothing: the money has moved.
    """
    opened, owed = _opened(taxpayer_id), dues.open_bills(reading(), taxpayer_id, clock.today())
    asked = request.args.getlist("bill", type=UUID)
    chosen = [one for one in owed if one.bill.id in asked or not asked]
    form = SlipForm(bills=" ".join(str(one.bill.id) for one in chosen), on=clock.today())
    batches = terminals.batches_to_key(reading(), acting().account_id)
    form.shift.options = [Option(str(one.shift.id), one.name) for one in batches]
    if form.shift.data is None and batches:
        form.shift.data = str(batches[0].shift.id)
    if form.validate_on_submit():
        return _key(form, taxpayer_id)
    total = together(one.total for one in chosen)
    return _show(KEY, form, opened, chosen=chosen, total=total, batches=batches)


def _show(template: str, form: Form, opened: Opened, **shown: Any) -> Response:
    """A page that says who it is about: like every look at the file, it is on the taxpayer's trail."""
    with transaction() as session:
        services.note_look(session, acting(), opened, office=settings().office, at=clock.now())
    return ask(template, form, opened=opened, **shown)


def _opened(taxpayer_id: UUID) -> Opened:
    """The file, if this clerk stated a purpose that holds; else back to where one is stated."""
    opened = queries.opened(reading(), acting(), taxpayer_id, clock.now())
    return opened or abort(redirect(url_for("counter.taxpayer_file", taxpayer_id=taxpayer_id), 303))


def _key(form: SlipForm, taxpayer_id: UUID) -> Response:
    paid_at = moment(form.on.data, form.time.data)
    shift = UUID(form.shift.data)
    keyed = billing.Keyed(taxpayer_id, form.chosen(), shift, form.reading(), paid_at)
    with transaction() as session:
        slip = billing.key_slip(session, acting(), keyed, at=clock.now())
    return redirect(url_for("counter.slips", done="keyed", _anchor=f"slip-{slip.id}"), 303)


@bp.get("/cashier/slips")
@allow("staff", role=CASHIER)
def slips() -> Response:
    """Slips that wait for a second clerk, or that a supervisor has to look at; no numbers of them."""
    return page("counter/slips.html", rows=_masked(papers.slips_waiting(reading())), mine=acting().account_id)


def _masked(found: list[SlipShown]) -> list[tuple[SlipShown, str]]:
    return [(one, masked_name(one.who.name)) for one in found]


def _slip(slip_id: UUID) -> SlipShown:
    return papers.slip_shown(reading(), slip_id) or abort(404)


@bp.route("/cashier/slips/<uuid:slip_id>", methods=["GET", "POST"])
@allow("staff", role=CASHIER)
def second_reading(slip_id: UUID) -> Response:
    """The second clerk keys the same paper. Told is only whether the two are the same."""
    found, form = _slip(slip_id), ReadingForm()
    shown: dict[str, Any] = {"found": found, "name": masked_name(found.who.name)}
    if not form.validate_on_submit():
        return ask(SECOND, form, differs=request.args.get("differs") == "yes", **shown)
    with transaction() as session:
        became = billing.confirm_slip(session, acting(), slip_id, form.reading(), at=clock.now())
    if became is SlipState.CREDITED:
        return redirect(url_for("counter.slip_receipt", slip_id=slip_id), 303)
    if became is SlipState.SET_ASIDE:
        return redirect(url_for("counter.slips", done="aside"), 303)
    return redirect(url_for("counter.second_reading", slip_id=slip_id, differs="yes"), 303)


@bp.route("/cashier/slips/<uuid:slip_id>/withdraw", methods=["GET", "POST"])
@allow("staff", role=CASHIER)
def withdraw_slip(slip_id: UUID) -> Response:
    """Take back what one keyed oneself and nobody confirmed."""
    found, form = _slip(slip_id), SlipWhyForm()
    if not form.validate_on_submit():
        return ask("counter/withdraw_slip.html", form, found=found, name=masked_name(found.who.name))
    with transaction() as session:
        billing.withdraw_slip(session, acting(), slip_id, form.why.data, at=clock.now())
    return redirect(url_for("counter.slips"), 303)


@bp.get("/cashier/slips/<uuid:slip_id>/receipt")
@allow("staff", role=CASHIER)
def slip_receipt(slip_id: UUID) -> Response:
    """The receipt on paper, for the two who took the money and whoever may read the file; on the trail."""
    found, at = _slip(slip_id), clock.now()
    two = {found.slip.keyed_by, found.slip.confirmed_by}
    if found.slip.receipt_number is None:
        abort(404)
    if acting().account_id not in two:
        _opened(found.slip.taxpayer_id)
    with transaction() as session:
        facts = {"number": found.slip.receipt_number}
        whose = found.slip.taxpayer_id
        audit.record(session, acting(), "receipt-printed", at=at, taxpayer_id=whose, facts=facts)
    return page("counter/slip_receipt.html", **receipt_of(reading(), found))


@bp.route("/cashier/shifts/<uuid:shift_id>", methods=["GET", "POST"])
@allow("staff", role=CASHIER)
def close_shift(shift_id: UUID) -> Response:
    """Key the terminal's totals without seeing ours; once they agree, the shift is closed."""
    found, form = _batch(shift_id), CountForm()
    if found.shift.closed_at is not None:
        return redirect(url_for("counter.closed_shift", shift_id=shift_id), 303)
    if not form.validate_on_submit():
        waiting = terminals.waiting_in(reading(), shift_id)
        differs = request.args.get("differs") == "yes"
        return ask("counter/close_shift.html", form, found=found, waiting=waiting, differs=differs)
    with transaction() as session:
        agrees = billing.close_shift(
            session, acting(), shift_id, form.slips.data, form.total.data, at=clock.now()
        )
    answer = None if agrees else "yes"
    return redirect(url_for("counter.close_shift", shift_id=shift_id, differs=answer), 303)


def _batch(shift_id: UUID) -> Batch:
    return terminals.batch_of(reading(), shift_id) or abort(404)


@bp.get("/cashier/shifts/<uuid:shift_id>/closed")
@allow("staff", role=CASHIER)
def closed_shift(shift_id: UUID) -> Response:
    """What a closed shift took, to be printed; while it is open nobody is shown that."""
    found = _batch(shift_id)
    if found.shift.closed_at is None:
        return redirect(url_for("counter.close_shift", shift_id=shift_id), 303)
    return page("counter/closed_shift.html", **_closed(found))


def _closed(found: Batch) -> dict[str, Any]:
    every = papers.slips_of(reading(), found.shift.id)
    stood = [one.slip for one in every if one.slip.state == SlipState.CREDITED]
    refs = [str(slip.source_ref) for slip in stood]
    return {
        "found": found,
        "slips": _masked([one for one in every if one.slip.receipt_number]),
        "totals": papers.totals_of(reading(), refs),
        "total": together(slip.amount for slip in stood),
        "count": len(stood),
    }
