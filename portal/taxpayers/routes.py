"""登记信息: what the market register and others say of the firm one acts for."""

from flask import Blueprint, abort
from werkzeug.wrappers import Response

from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.pages import page, reading, settings, speaking
from portal.core.wording import Phrase
from portal.taxes.duties import DUTIES
from portal.taxpayers import queries
from portal.taxpayers.rules import firms

bp = Blueprint("taxpayers", __name__, url_prefix="/firm")
TAXES: dict[str, Phrase] = {duty.code: duty.title for duty in DUTIES}


@bp.get("")
@allow("taxpayer", right=Right.VIEW)
def firm() -> Response:
    """The registration of the firm acted for; a person has none."""
    session, mine, today = reading(), acting().taxpayer_id, clock.today()
    family = queries.family(session, mine) or abort(404)
    known = family.me.firm
    kind = firms.FirmKind(family.me.who.kind)
    words, about = firms.cause_of(known.tax_status_cause)
    return page(
        "taxpayers/firm.html",
        name=family.me.who.name,
        firm=known,
        kind=firms.FIRM_KINDS[kind],
        title=firms.REPRESENTATIVE_TITLES[kind],
        licence=firms.LICENCES[firms.Licence(known.licence)],
        vat_payer=firms.VAT_PAYERS[firms.VatPayer(known.vat_payer)],
        cause=speaking().say(words, {"fact": about}) if words else "",
        tax_status=firms.TAX_STATUSES[firms.TaxStatus(known.tax_status)],
        number=queries.representative_number(known, settings().keyring),
        parent=family.parent,
        branches=[(one, firms.LICENCES[firms.Licence(one.firm.licence)]) for one in family.branches],
        taxes=[
            (TAXES.get(one.tax, one.tax), firms.PERIOD_KINDS[one.period_kind], one)
            for one in queries.registrations(session, mine)
        ],
        facts=[
            (firms.FACTS.get(one.kind, firms.OTHER_FACT), one)
            for one in queries.facts_open(session, mine, today)
        ],
        own_source=firms.OWN_SOURCE,
        today=today,
    )
