"""What the first people of the town have done so far, told through the same services that pages use."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account
from portal.audit import services as audit
from portal.billing import services as billing
from portal.billing.queries.debts import open_bills
from portal.core.acting import Acting, Level, Right
from portal.core.clock import day_of, start_of
from portal.core.db import Database
from portal.core.keys import new_id
from portal.core.money import ZERO
from portal.filing import services as filing
from portal.filing.rules import season
from portal.gateways.payments import NotKnown, NotRefunded, Payment, Refund, Request, Standing
from portal.taxes.periods import Period

SHEET = "iit-annual"
PAID_LATE = timedelta(days=240)
"""How long ago the earlier year was paid: within the twelve months that the first page shows."""
NO_PAGES = billing.Door(return_url="", cancel_url="", language="zh")
ABOUT = {
    "李静怡": "has last year's return to file and a refund to come; has a flower shop",
    "王建国": "paid one year late and owes the last, overdue once its window closes; represents a firm",
    "陈思远": "filed, paid, and can ask for a certificate; represents a company and a tax agency",
    "张晓峰": "has an account whose identity is not proven yet",
}


def tell(database: Database, known: Mapping[str, UUID], at: datetime) -> None:
    """Let the stories happen, on days before `at`."""
    for name in ABOUT:
        with database.transaction() as session:
            audit.record(session, None, "income-received", at=at, taxpayer_id=known[name])
    earlier, last = settled_years(day_of(at))
    for year in (earlier, last):
        with_the_others = _hour(year, 5, 20, at)
        _file(database, known, "陈思远", year, with_the_others)
        _pay(database, known, "陈思远", min(with_the_others + timedelta(days=3), at))
    late = at - PAID_LATE
    _file(database, known, "王建国", earlier, late)
    _pay(database, known, "王建国", late)
    _file(database, known, "王建国", last, _hour(last, 6, 12, at))


def settled_years(today: date) -> tuple[int, int]:
    """The two latest tax years whose filing window has opened."""
    latest = today.year - 1 if season.window(today.year - 1).opens <= today else today.year - 2
    return latest - 1, latest


def _hour(tax_year: int, month: int, day: int, at: datetime) -> datetime:
    """Ten in the morning of a day in the year after a tax year; never later than `at`."""
    return min(start_of(date(tax_year + 1, month, day)) + timedelta(hours=10), at)


def _file(database: Database, known: Mapping[str, UUID], name: str, year: int, at: datetime) -> None:
    with database.transaction() as session:
        acting = _acting(session, name, known[name])
        draft = filing.start_or_resume(session, acting, SHEET, Period(year), at=at)
        filing.submit(session, acting, draft.id, seen=draft.version, at=at)


def _pay(database: Database, known: Mapping[str, UUID], name: str, at: datetime) -> None:
    """Everything open in one order."""
    with database.transaction() as session:
        acting = _acting(session, name, known[name])
        bills = [owed.bill.id for owed in open_bills(session, acting.taxpayer_id, day_of(at))]
        quote = billing.quote_for(session, acting.taxpayer_id, bills, at)
        order = billing.open_order(session, acting, bills, quote.digest, at=at)
    billing.lead_to_gateway(database, PaidLongAgo(at), order.id, NO_PAGES, at=at)


class PaidLongAgo:
    """A gateway where the payer paid as the page opened: the demo's past has no hosted pages."""

    live = False

    def __init__(self, at: datetime) -> None:
        self._at = at

    def open(self, request: Request) -> Payment:
        return Payment(
            standing=Standing.PAID,
            session_id=f"cs_demo_{request.attempt_id.hex}",
            intent_id=f"pi_demo_{request.attempt_id.hex}",
            order_id=request.order_id,
            attempt_id=request.attempt_id,
            amount=sum((line.amount for line in request.lines), ZERO),
            currency="cny",
            live=False,
            paid_at=self._at,
        )

    def fetch(self, session_id: str, *, hurry: bool = False) -> Payment:  # noqa: ARG002 - one answer
        raise NotKnown(session_id)

    def close(self, session_id: str) -> Payment:
        raise NotKnown(session_id)

    def find(self, attempt_id: UUID, since: datetime) -> Payment | None:  # noqa: ARG002
        return None

    def received(self, since: datetime, until: datetime) -> Iterator[Payment]:  # noqa: ARG002
        return iter(())

    def refund(self, repayment_id: UUID, intent_id: str, amount: Decimal, key: str) -> Refund:  # noqa: ARG002
        raise NotRefunded(intent_id)

    def refunds_of(self, intent_id: str) -> Sequence[Refund]:  # noqa: ARG002
        return ()

    def refunded(self, since: datetime, until: datetime) -> Iterator[Refund]:  # noqa: ARG002
        return iter(())


def account_of(session: Session, person: UUID) -> Account:
    """The account of one of the town's people."""
    return session.scalars(select(Account).where(Account.person_id == person)).one()


def _acting(session: Session, name: str, person: UUID) -> Acting:
    account = account_of(session, person)
    return Acting(account.id, person, name, person, name, Level.PROVEN, frozenset(Right), new_id())
