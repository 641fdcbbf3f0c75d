"""For the holder: asking for certificates, waiting for them, having them."""

from collections.abc import Sequence
from uuid import UUID

from flask import abort, jsonify, make_response, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.billing.queries.treasury import Entry, payments_of_year, years_with_payments
from portal.certificates import queries, services
from portal.certificates.forms import RequestForm
from portal.certificates.routes.door import bp
from portal.certificates.rules.lines import ITEMS, SURCHARGE
from portal.certificates.rules.record import KINDS
from portal.certificates.rules.state import STATES, State
from portal.certificates.services.records import issuer_of, opened
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.forms import Option
from portal.core.money import ZERO
from portal.core.pages import gateways, invalid, lang, page, reading, settings, speaking, transaction
from portal.taxes.periods import Period

Payments = dict[UUID, list[Entry]]
"""What each payment paid, by the ledger's journal."""


@bp.get("/certificates/")
@allow("taxpayer", right=Right.VIEW)
def index() -> Response:
    """The taxpayer's certificates, newest first."""
    before = request.args.get("before", type=UUID)
    found = queries.certificates_of(reading(), acting().taxpayer_id, before=before)
    more = found[queries.PAGE - 1].id if len(found) > queries.PAGE else None
    return page(
        "certificates/index.html",
        certificates=found[: queries.PAGE],
        more=more,
        states=STATES,
        kinds=KINDS,
    )


@bp.get("/certificates/new")
@allow("taxpayer", right=Right.CERTIFY)
def new() -> Response:
    """Choose payments of one year."""
    years, year, payments = _payments()
    form = _request_form(payments)
    return page("certificates/new.html", form=form, years=years, year=year)


@bp.post("/certificates/new")
@allow("taxpayer", right=Right.CERTIFY, by_clerk="prepares")
def ask() -> Response:
    """Ask for the certificate of the chosen payments."""
    years, year, payments = _payments()
    form = _request_form(payments)
    if not form.validate_on_submit():
        return invalid("certificates/new.html", form=form, years=years, year=year)
    with transaction() as session:
        made = services.request_certificate(
            session,
            settings().keyring,
            issuer_of(settings()),
            acting(),
            form.chosen(),
            form.speech.data,
            at=clock.now(),
        )
    return redirect(url_for("certificates.show", certificate_id=made.id), 303)


@bp.get("/certificates/<uuid:certificate_id>")
@allow("taxpayer", right=Right.VIEW)
def show(certificate_id: UUID) -> Response:
    """One certificate: being made, ready to download, or why not."""
    found = queries.own_certificate(reading(), acting().taxpayer_id, certificate_id) or abort(404)
    return page(
        "certificates/show.html",
        certificate=found,
        record=opened(found, settings().keyring),
        kinds=KINDS,
        states=STATES,
    )


@bp.get("/certificates/<uuid:certificate_id>/status")
@allow("taxpayer", right=Right.VIEW)
def status(certificate_id: UUID) -> Response:
    """For the waiting page: whether its wait is over."""
    found = queries.own_certificate(reading(), acting().taxpayer_id, certificate_id) or abort(404)
    return jsonify(final=found.standing.state != State.REQUESTED)


@bp.get("/certificates/<uuid:certificate_id>/file")
@allow("taxpayer", right=Right.CERTIFY)
def download(certificate_id: UUID) -> Response:
    """The issued bytes, the same every time. Damage in storage is an incident, never a download."""
    found = queries.own_certificate(reading(), acting().taxpayer_id, certificate_id) or abort(404)
    file = found.file or abort(404)
    response = make_response(gateways().storage.get(file.content_key, file.sha256))
    response.headers["Content-Type"] = "application/pdf"
    response.headers["Content-Disposition"] = f'attachment; filename="{found.number}.pdf"'
    return response


def _payments() -> tuple[list[int], int | None, Payments]:
    """Years with payments, the year asked for, and its payments that can be certified."""
    taxpayer = acting().taxpayer_id
    years = years_with_payments(reading(), taxpayer)
    asked = request.args.get("year", type=int)
    year = asked if asked in years else next(iter(years), None)
    payments: Payments = {}
    for entry in payments_of_year(reading(), taxpayer, year) if year else ():
        if entry.bill.levy in ITEMS:
            payments.setdefault(entry.journal_id, []).append(entry)
    return years, year, payments


def _request_form(payments: Payments) -> RequestForm:
    form = RequestForm(speech=lang())
    form.payments.options = [
        Option(str(journal_id), _words(entries), _detail(entries)) for journal_id, entries in payments.items()
    ]
    return form


def _words(entries: Sequence[Entry]) -> str:
    """A payment in a line: its day and its sum."""
    total = sum((entry.amount for entry in entries), ZERO)
    return f"{speaking().day(entries[0].effective_on)} {speaking().words(total)}"


def _detail(entries: Sequence[Entry]) -> str:
    """What a payment paid, and its voucher."""
    paid = dict.fromkeys(
        f"{_(SURCHARGE if entry.surcharge else ITEMS[entry.bill.levy][0])} {_period(entry)}"
        for entry in entries
    )
    return str(_("%(paid)s，凭证号 %(voucher)s", paid=_("、").join(paid), voucher=entries[0].voucher))


def _period(entry: Entry) -> str:
    return Period.parse(entry.bill.period).said(speaking().phrase)
