"""Money of an approved refund sets out: back by the payments it came by, the rest to an account.

Only rows are written here; the jobs asked for in the same transaction speak to whoever carries the money.
"""

from datetime import datetime
from decimal import Decimal

from sqlalchemy.orm import Session

from portal.audit import services as audit
from portal.billing.models import RefundAccount, Repayment
from portal.billing.queries.repayments import account_named, reserved, returnable_by_gateway
from portal.billing.rules import chart
from portal.billing.rules.chart import JournalKind, Leg
from portal.billing.rules.repaying import WayBack
from portal.billing.rules.states import RepaymentState
from portal.billing.services.ledger import Fact, book
from portal.billing.services.refunds import REFUND, at_rest
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.jobs import enqueue
from portal.core.keys import new_id
from portal.core.money import ZERO
from portal.matters.models import Matter
from portal.matters.queries import running
from portal.notices import services as notices
from portal.taxpayers.models import Taxpayer

NUMBER = "refund_accounts.number_sealed"
"""The place to which a sealed account number is bound."""
APPROVED = "approved"
"""The state in which two of the office let the money go."""


def pay_out(session: Session, matter: Matter, *, by: Acting | None, at: datetime) -> None:
    """Let the money of an approved refund set out, as far as it has not; what waits for an account says so.

    The caller holds the taxpayer's unallocated account (`at_rest`) and then the matter.
    """
    whose = matter.taxpayer_id
    left = min(reserved(session, [matter]), at_rest(session, whose))
    for intent, most in returnable_by_gateway(session, whose):
        part = min(left, most)
        if part > ZERO:
            left -= part
            _set_out(session, matter, WayBack.GATEWAY, part, by=by, at=at, intent=intent)
    account = account_named(session, whose)
    if left > ZERO and account is not None:
        _set_out(session, matter, WayBack.TREASURY, left, by=by, at=at, account=account)
    elif left > ZERO:
        told = {"amount": str(left), "number": matter.number}
        notices.tell(session, whose, "refund-needs-account", told, at=at)


def _set_out(
    session: Session,
    matter: Matter,
    way: WayBack,
    amount: Decimal,
    *,
    by: Acting | None,
    at: datetime,
    intent: str | None = None,
    account: RefundAccount | None = None,
) -> None:
    key, whose = new_id(), matter.taxpayer_id
    session.add(
        Repayment(
            id=key,
            taxpayer_id=whose,
            matter_id=matter.id,
            round=matter.round,
            way=way,
            amount=amount,
            state=RepaymentState.ASKED,
            idempotency_key=str(new_id()),
            intent_id=intent,
            account_id=account.id if account else None,
            tried_at=at,
            created_at=at,
        )
    )
    session.flush()
    actor = by.account_id if by else None
    fact = Fact(JournalKind.REPAY, str(key), day_of(at), whose, actor_id=actor)
    leg = Leg(chart.unallocated(whose), chart.in_transit(whose), amount)
    book(session, fact, (leg.debit, leg.credit), lambda _: [(fact, [leg])], at=at)
    enqueue(session, "repay", {"repayment": str(key)}, run_at=at, dedupe=f"repay:{key}")


def name_account(
    session: Session, keys: Keyring, acting: Acting, bank: str, number: str, *, at: datetime
) -> RefundAccount:
    """Name one's own account for refunds; what was approved and waited for one sets out to it.

    The holder is the taxpayer: it is not asked for. The same account again changes nothing.
    """
    whose = acting.taxpayer_id
    at_rest(session, whose)
    approved = [one for one in running(session, whose, REFUND, lock=True) if one.state == APPROVED]
    held = account_named(session, whose)
    if held is None or (held.bank, number_of(held, keys)) != (bank, number):
        held = _new_account(session, keys, acting, bank, number, at)
    for matter in reversed(approved):
        pay_out(session, matter, by=acting, at=at)
    return held


def _new_account(
    session: Session, keys: Keyring, acting: Acting, bank: str, number: str, at: datetime
) -> RefundAccount:
    key, whose = new_id(), session.get_one(Taxpayer, acting.taxpayer_id)
    account = RefundAccount(
        id=key,
        taxpayer_id=whose.id,
        bank=bank,
        holder=whose.name,
        number_sealed=keys.seal(number, NUMBER, key),
        ending=number[-4:],
        named_at=at,
    )
    session.add(account)
    session.flush()
    facts = {"bank": bank, "ending": account.ending}
    audit.record(session, acting, "refund-account-named", at=at, facts=facts)
    told = {"moment": at.isoformat(), "ending": account.ending}
    notices.tell(session, whose.id, "refund-account-named", told, at=at)
    return account


def number_of(account: RefundAccount, keys: Keyring) -> str:
    """The number in the clear: for the treasury, and to compare."""
    return keys.open(account.number_sealed, NUMBER, account.id)
