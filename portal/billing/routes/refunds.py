"""退税: the way the money of a refund goes, and the account that a taxpayer names for it."""

from uuid import UUID

from flask import abort, redirect, url_for
from werkzeug.wrappers import Response

from portal.accounts.routes.door import password_again
from portal.billing import services
from portal.billing.forms import RefundAccountForm
from portal.billing.queries.repayments import account_named, ways_of
from portal.billing.routes.door import bp
from portal.billing.rules.wording import WENT
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Right
from portal.core.money import ZERO
from portal.core.pages import ask, keys, page, reading, transaction
from portal.matters import queries as matters

ACCOUNT = "billing/refund_account.html"


@bp.get("/billing/refunds/<uuid:matter_id>")
@allow("taxpayer", right=Right.VIEW)
def repayments(matter_id: UUID) -> Response:
    """Every way on which the money of one refund set out, and what waits for an account."""
    whose = acting().taxpayer_id
    matter = matters.own_matter(reading(), whose, matter_id)
    if matter is None or matter.kind != services.REFUND:
        abort(404)
    ways = ways_of(reading(), whose, matter.id)
    gone = sum((way.repayment.amount for way in ways if way.counts(matter.round)), ZERO)
    return page(
        "billing/repayments.html",
        matter=matter,
        ways=ways,
        waiting=(matter.amount or ZERO) - gone if matter.state == services.APPROVED else ZERO,
        words=WENT,
    )


@bp.route("/billing/refund-account", methods=["GET", "POST"])
@allow("taxpayer", right=Right.PAY)
def refund_account() -> Response:
    """The account for refunds, and the question for another; the password is asked again."""
    form = RefundAccountForm(firm=acting().for_another)
    named = account_named(reading(), acting().taxpayer_id)
    shown = {"named": named, "holder": acting().taxpayer_name}
    if not form.validate_on_submit():
        return ask(ACCOUNT, form, **shown)
    if (status := password_again(form.current)) != 200:
        return page(ACCOUNT, status, form=form, **shown)
    bank, number, at = form.bank.data, form.number.data, clock.now()
    with transaction() as session:
        services.name_account(session, keys(), acting(), bank, number, at=at)
    return redirect(url_for("billing.refund_account"), 303)
