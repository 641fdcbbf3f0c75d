"""授权管理: who may act for the taxpayer acted for, and for whom they may act; offers, answers, ends."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from flask import abort, redirect, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.accounts.forms import AgentProposalForm, PersonProposalForm
from portal.accounts.models import Mandate
from portal.accounts.queries.mandates import mandates_of_firm, mandates_of_holder
from portal.accounts.routes.door import bp, not_answering, source, too_many
from portal.accounts.rules import mandates as rules
from portal.accounts.rules.mandates import Role
from portal.accounts.services import limits
from portal.accounts.services import mandates as services
from portal.core import clock
from portal.core.access import acting, allow
from portal.core.acting import Acting, Deed, Right
from portal.core.pages import ask, gateways, keys, page, reading, transaction
from portal.core.refusal import Refusal, Unavailable
from portal.core.wording import N_, Phrase
from portal.taxpayers.services import register_firm, register_person

PERSON, AGENT = "accounts/propose_person.html", "accounts/propose_agent.html"
DONE = {
    "proposed": N_("已发出授权，等待对方接受。对方还没有开户的，开户后就能看到。"),
    "accepted": N_("已接受授权。在“为谁办理”中选择它，就可以代表它办理。"),
    "declined": N_("已拒绝，并通知了对方。"),
    "ended": N_("授权已终止，立即生效，并通知了对方。"),
}
Act = Callable[..., Mandate | None]


def _proposing() -> Deed | None:
    """Whom a firm would let act for it, in one sentence; None while nobody is named."""
    named = (request.form.get("name") or request.form.get("code") or "").strip()[:60]
    return (
        Deed(N_("授权 {who} 代表 {firm} 办税"), {"who": named, "firm": acting().taxpayer_name})
        if named
        else None
    )


def _answering(words: Phrase) -> Callable[[UUID], Deed]:
    """What is done with a mandate, in two words."""
    return lambda mandate_id: Deed(words)  # noqa: ARG005 - the answers of the form name the mandate


@bp.get("/mandates")
@allow("taxpayer", right=Right.VIEW)
def mandates() -> Response:
    """Who may act for the firm; for whom the firm, or the person, may act."""
    now, today, session = acting(), clock.today(), reading()
    return page(
        "accounts/mandates.html",
        now=now,
        given=mandates_of_firm(session, now.taxpayer_id, today) if now.mandate_id else [],
        held=mandates_of_holder(session, now.taxpayer_id, today),
        may_manage=Right.MANAGE in now.rights,
        roles=rules.ROLE_NAMES,
        rights=rules.RIGHT_NAMES,
        standings=rules.STANDING_NAMES,
        open=rules.OPEN,
        done=DONE.get(request.args.get("done", "")),
    )


@bp.route("/mandates/new", methods=["GET", "POST"])
@allow("taxpayer", right=Right.MANAGE, by_clerk=_proposing)
def propose_person() -> Response:
    """Offer a person a mandate; the identity register says whether name and number belong together."""
    form = PersonProposalForm(acting=_for_a_firm())
    if not form.validate_on_submit():
        return ask(PERSON, form)
    if (until := _limited("mandate-question", form.holder().key)) is not None:
        return too_many(PERSON, form, until)
    number = form.holder()
    try:
        match = gateways().identity.match(form.name.data, number.kind, number.as_registered)
    except Unavailable as down:
        return not_answering(PERSON, form, down)
    if not match.person:
        form.name.errors = [_("姓名与证件号码不相符，请对照证件核对姓名、证件类型和证件号码")]
        return ask(PERSON, form)
    with transaction() as session:
        holder = register_person(session, keys(), form.name.data, number, at=clock.now())
        services.propose(session, acting(), form.proposed(Role(form.role.data)), holder, at=clock.now())
    return redirect(url_for("accounts.mandates", done="proposed"), 303)


@bp.route("/mandates/new-agent", methods=["GET", "POST"])
@allow("taxpayer", right=Right.MANAGE, by_clerk=_proposing)
def propose_agent() -> Response:
    """Offer an agent firm a mandate; the market register says which firm it is."""
    form = AgentProposalForm(acting=_for_a_firm())
    if not form.validate_on_submit():
        return ask(AGENT, form)
    if (until := _limited("firm-question", str(acting().account_id))) is not None:
        return too_many(AGENT, form, until)
    record = gateways().market.find(form.code.data)
    if record is None:
        raise Refusal(rules.NOT_AN_AGENT)
    with transaction() as session:
        firm = register_firm(session, keys(), record, at=clock.now())
        services.propose_to_firm(session, acting(), form.proposed(Role.AGENT), firm, at=clock.now())
    return redirect(url_for("accounts.mandates", done="proposed"), 303)


def _for_a_firm() -> Acting:
    """Who acts for a firm: people who act for themselves appoint nobody here."""
    return acting() if acting().mandate_id else abort(404)


def _limited(step: str, subject: str) -> datetime | None:
    with transaction() as session:
        return limits.take(session, keys(), step, address=source(), subject=subject, at=clock.now())


@bp.post("/mandates/<uuid:mandate_id>/accept")
@allow("taxpayer", right=Right.MANAGE, by_clerk=_answering(N_("接受授权")))
def accept_mandate(mandate_id: UUID) -> Response:
    """Take what was offered."""
    return _do(services.accept, mandate_id, "accepted")


@bp.post("/mandates/<uuid:mandate_id>/decline")
@allow("taxpayer", right=Right.MANAGE, by_clerk=_answering(N_("拒绝授权")))
def decline_mandate(mandate_id: UUID) -> Response:
    """Say no to what was offered."""
    return _do(services.decline, mandate_id, "declined")


@bp.post("/mandates/<uuid:mandate_id>/end")
@allow("taxpayer", right=Right.MANAGE, by_clerk=_answering(N_("终止授权")))
def end_mandate(mandate_id: UUID) -> Response:
    """End a mandate at once, from either side."""
    return _do(services.end, mandate_id, "ended")


def _do(act: Act, mandate_id: UUID, done: str) -> Response:
    with transaction() as session:
        act(session, acting(), mandate_id, at=clock.now()) or abort(404)
    return redirect(url_for("accounts.mandates", done=done), 303)
