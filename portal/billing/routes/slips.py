"""缴款凭证 of a payment at a terminal, and what both its printed and its online form say."""

from typing import Any
from uuid import UUID

from flask import abort
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from portal.billing.queries.slips import SlipShown, own_slip, paid_by_slip
from portal.billing.routes.door import bp
from portal.billing.routes.wording import paid_line, total_line
from portal.billing.rules.terminals import SlipState
from portal.billing.rules.wording import PRINTED
from portal.core import clock, money
from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.pages import foreign, lang, page, reading, speaking


@bp.get("/billing/slips/<uuid:slip_id>/receipt")
@allow("taxpayer", right=Right.VIEW)
def slip_receipt(slip_id: UUID) -> Response:
    """缴款凭证: what a payment at the counter paid, and at which desks it was keyed and confirmed."""
    found = own_slip(reading(), acting().taxpayer_id, slip_id) or abort(404)
    return page("billing/slip_receipt.html", **receipt_of(reading(), found))


def receipt_of(session: Session, found: SlipShown) -> dict[str, Any]:
    """What a receipt says, on the taxpayer's page and on the paper from the counter."""
    slip = found.slip
    lines = [paid_line(n, line) for n, line in enumerate(paid_by_slip(session, str(slip.source_ref)), 1)]
    return {
        "slip": slip,
        "reversed": slip.state == SlipState.REVERSED,
        "facts_shown": [
            (_("缴款人"), foreign(found.who.name)),
            (_("缴款方式"), _("窗口 POS")),
            (_("办税服务厅"), found.hall.name_en if lang() == "en" else found.hall.name),
            (_("终端"), found.terminal),
            (_("批次号和凭证号"), f"{found.shift.batch} / {slip.trace}"),
            (_("签购单时间"), speaking().moment(slip.paid_at)),
            (_("录入窗口"), desk_words(found.keyed_desk)),
            (_("复核窗口"), desk_words(found.confirmed_desk)),
            (_("实缴金额"), money.show(slip.amount)),
            (_("金额大写"), foreign(money.in_capitals(slip.amount))),
        ],
        "lines": [*lines, total_line(slip.amount)],
        "source": speaking().say(PRINTED, {"moment": clock.now()}),
    }


def desk_words(number: int | None) -> str:
    """A desk by its number; of a clerk without one only that it was in the hall."""
    return str(_("%(number)s 号窗口", number=number) if number is not None else _("本厅"))
