"""Puts obstacles in a firm's way: by the code of a finding, records that make it hold, or just do not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from portal.accounts.models import Account, IdentityProof
from portal.billing import services as billing
from portal.billing.models import Bill
from portal.billing.queries.debts import OpenBill, open_bills
from portal.billing.rules.chart import JournalKind
from portal.billing.services.bills import pay_with_resting
from portal.billing.services.ledger import Fact
from portal.core import clock
from portal.core.acting import Acting
from portal.core.keys import new_id
from portal.core.wording import Phrase
from portal.filing.models import Obligation
from portal.matters.models import Matter
from portal.risk.rules.facts import FactKind
from portal.risk.rules.own import CIT_ANNUAL, CIT_LIQUIDATION, WITHHOLDING
from portal.taxes.duties import duty_named
from portal.taxes.periods import Period, PeriodKind
from portal.taxpayers.models import Firm, FirmFact, TaxRegistration
from tests.given import Firm as KnownFirm
from tests.given import Given, Person

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Ground:
    """A firm whose representative is proven, and a day to look at it."""

    session: Session
    firm: Firm
    acting: Acting
    on: date

    @property
    def at(self) -> datetime:
        return clock.now()

    @property
    def whose(self) -> UUID:
        return self.firm.taxpayer_id


Put = Callable[[Ground], None]


def clean_firm(given: Given, **record: Any) -> tuple[KnownFirm, Acting]:
    """A firm in whose way nothing stands, and its representative acting for it."""
    by: Person = given.person()
    firm = given.firm(representative=by, **record)
    return firm, replace(given.acting(by), taxpayer_id=firm.taxpayer_id, taxpayer_name=firm.name)


def ground(session: Session, firm: KnownFirm, acting: Acting, on: date) -> Ground:
    return Ground(session, session.get_one(Firm, firm.taxpayer_id), acting, on)


def last_period(tax: str, on: date) -> Period:
    """The latest period of a tax that has ended; of a tax without periods, the year before."""
    kinds = duty_named(tax).kinds or (PeriodKind.YEAR,)
    return Period.holding(on, kinds[0]).previous


def period(tax: str = "vat-small-scale", *, opens: int = 0, filed: bool = False) -> Put:
    """The latest ended period of a tax, for which alone the firm was registered.

    `opens` says how many days from the day on it may be filed.
    """

    def put(g: Ground) -> None:
        of, opens_on = last_period(tax, g.on), g.on + opens * DAY
        g.session.add(
            Obligation(
                taxpayer_id=g.whose, tax=tax, period=str(of), opens_on=opens_on, due_on=opens_on + 15 * DAY,
                due_basis="published", filed_on=g.on if filed else None,
            )
        )  # fmt: skip
        if duty_named(tax).kinds:
            g.session.add(
                TaxRegistration(
                    taxpayer_id=g.whose, tax=tax, period_kind=of.kind, from_on=of.first, to_on=of.last
                )
            )

    return put


def bill(tax: str = "vat", *, due: int = 0, amount: str = "100.00") -> Put:
    """An unpaid bill that is due so many days from the day on."""

    def put(g: Ground) -> None:
        billing.raise_bill(
            g.session, taxpayer_id=g.whose, tax=tax, period="2026Q1", amount=Decimal(amount),
            title=Phrase("个人所得税综合所得年度汇算"), due_on=g.on + due * DAY,
            source=("test", new_id()), at=g.at,
        )  # fmt: skip

    return put


def resting(amount: str = "100.00") -> Put:
    """Money of the firm's that pays for nothing yet."""

    def put(g: Ground) -> None:
        billing.credit_refund_due(
            g.session, taxpayer_id=g.whose, tax="vat", period="2026Q1", amount=Decimal(amount),
            source=("test", new_id()), at=g.at,
        )  # fmt: skip

    return put


def offset(g: Ground) -> None:
    """What rests pays what is due, tax first."""
    billing.offset_all(g.session, g.acting, decision=new_id(), at=g.at)


def registered(tax: str, *, since: int = -365, until: int | None = None, **status_too: str) -> Put:
    """The firm is registered for a tax, for a year unless said."""

    def put(g: Ground) -> None:
        g.session.add(
            TaxRegistration(
                taxpayer_id=g.whose, tax=tax, period_kind="quarter", from_on=g.on + since * DAY,
                to_on=None if until is None else g.on + until * DAY,
            )
        )  # fmt: skip
        if status_too:
            status(**status_too)(g)

    return put


def matter(kind: str, *, closed: bool = False) -> Put:
    def put(g: Ground) -> None:
        g.session.add(
            Matter(
                taxpayer_id=g.whose, number=f"M{new_id().hex[-20:]}", kind=kind, state="requested",
                subject_id=new_id(), about="2025", channel="web", opened_at=g.at,
                closed_at=g.at if closed else None,
            )
        )  # fmt: skip

    return put


def fact(kind: str, *, since: int = 0, until: int | None = None, secret: bool = False, **facts: Any) -> Put:
    def put(g: Ground) -> None:
        g.session.add(
            FirmFact(
                taxpayer_id=g.whose, kind=kind, reference=new_id().hex[-12:], facts=facts,
                source="电子税务局", secret=secret, since=g.on + since * DAY, seq=1,
                until=None if until is None else g.on + until * DAY,
            )
        )  # fmt: skip

    return put


def status(**values: str) -> Put:
    def put(g: Ground) -> None:
        g.session.execute(update(Firm).where(Firm.taxpayer_id == g.whose).values(**values))

    return put


def branch(licence: str = "active") -> Put:
    """Another firm that says it is this one's branch; a firm like it in all else, itself clean."""

    def put(g: Ground) -> None:
        other = g.session.scalars(
            select(Firm).where(Firm.parent_code == SPARE, Firm.taxpayer_id != g.whose).limit(1)
        ).one()
        other.parent_code, other.licence = g.firm.code, licence
        g.session.flush()

    return put


SPARE = "SPARE"
"""What stands as the parent of firms that wait to become somebody's branch."""


def spare_branch(given: Given) -> KnownFirm:
    """A clean firm that waits to become somebody's branch."""
    firm, _ = clean_firm(given)
    with given.database.transaction() as session:
        session.execute(update(Firm).where(Firm.taxpayer_id == firm.taxpayer_id).values(parent_code=SPARE))
    return firm


def unproven(g: Ground) -> None:
    """The representative's latest proof is of their contact only."""
    g.session.add(
        IdentityProof(account_id=g.acting.account_id, level=1, method="test", at=g.at + DAY, by="test")
    )


def account_closed(g: Ground) -> None:
    """The representative was proven and left the portal."""
    g.session.execute(update(Account).where(Account.id == g.acting.account_id).values(closed_at=g.at))


def in_turn(*puts: Put) -> Put:
    def put(g: Ground) -> None:
        for one in puts:
            one(g)
            g.session.flush()

    return put


OBSTACLES: dict[str, Put] = {
    "unfiled": period(opens=0),
    "withholding": period("iit-withholding"),
    "withholding-unpaid": bill("iit-withholding", due=5),
    "cit-annual": period("cit-annual"),
    "cit-liquidation": registered("cit-prepayment", since=0),
    "arrears": bill(due=-1),
    "bill-open": bill(due=0),
    "surcharge": in_turn(bill(due=-30, amount="1000.00"), resting("1000.00"), offset),
    "fine": bill("fine", due=-1),
    "unallocated": resting("0.01"),
    "refund-open": matter("refund"),
    "dispute": matter("income-dispute"),
    "abnormal": status(tax_status="abnormal"),
    "branch": branch(),
    "representative-unproven": unproven,
    "licence-revoked": status(licence="revoked"),
    **{kind.value: fact(kind, since=0) for kind in FactKind},
    "credit-grade": fact("credit-grade", grade="D"),
}
"""By code, what makes that finding hold and no other."""

SURCHARGE_FIRST = ("surcharge", "withholding-unpaid", "arrears", "bill-open", "fine", "unallocated")
"""The order in which money obstacles are put up: an offset would use up what the others need."""

NEAR: list[tuple[str, Put, set[str]]] = [
    ("a period that opens tomorrow", period(opens=1), set()),
    ("a period that was filed", period(filed=True), set()),
    ("an annual settlement that was filed", period("cit-annual", filed=True), set()),
    ("withheld tax declared, not handed over", bill("iit-withholding", due=5), {"withholding-unpaid"}),
    ("withheld tax declared and overdue", bill("iit-withholding", due=-5), {"withholding-unpaid"}),
    ("a company that never filed a liquidation", registered("cit-prepayment"), {"cit-liquidation"}),
    ("a liquidation whose period was set", period("cit-liquidation"), {"cit-liquidation"}),
    ("a tax that begins tomorrow", registered("cit-prepayment", since=1), set()),
    ("a tax that ends today", registered("cit-annual", until=0), {"cit-liquidation"}),
    ("a tax that ended yesterday", registered("cit-annual", until=-1), set()),
    (
        "a liquidation that was filed",
        in_turn(registered("cit-annual"), period("cit-liquidation", filed=True)),
        set(),
    ),
    ("a branch, wound up with its head", registered("cit-annual", parent_code="OTHER"), set()),
    ("a firm registered for VAT", registered("vat-small-scale"), set()),
    ("a fine not yet due", bill("fine", due=9), {"fine"}),
    ("a bill due today", bill(due=0), {"bill-open"}),
    ("a bill due yesterday", bill(due=-1), {"arrears"}),
    ("a bill paid on time", in_turn(bill(due=3), resting(), offset), set()),
    ("a bill paid late by half", in_turn(bill(due=-30), resting("50.00"), offset), {"arrears", "surcharge"}),
    ("a refund that was decided", matter("refund", closed=True), set()),
    ("a dispute that was decided", matter("income-dispute", closed=True), set()),
    ("a matter of another kind", matter("certificate"), set()),
    ("a fact from tomorrow on", fact("inspection", since=1), set()),
    ("a fact that ended", fact("inspection", since=-9, until=-1), set()),
    ("a fact of a kind nobody named", fact("weather"), set()),
    ("credit grade C", fact("credit-grade", grade="C"), set()),
    ("a credit grade not stated", fact("credit-grade"), set()),
    ("a firm that is clearing", status(tax_status="clearing"), set()),
    ("a cancelled branch", branch("cancelled"), set()),
    ("a representative who left", account_closed, {"representative-unproven"}),
    ("a registration annulled", status(licence="annulled"), set()),
]  # fmt: skip
"""On either side of a boundary: what is the case, and what follows."""


def put_up(g: Ground, codes: set[str]) -> None:
    """Several obstacles at once."""
    for code in sorted(codes, key=lambda code: (code not in SURCHARGE_FIRST, code)):
        if code in SURCHARGE_FIRST:
            continue
        OBSTACLES[code](g)
    for code in SURCHARGE_FIRST:
        if code in codes:
            OBSTACLES[code](g)
            g.session.flush()


def take_away(g: Ground, code: str) -> None:
    """What cures a finding, as the records show it."""
    CURES[code](g)
    g.session.flush()


def _filed(*taxes: str, besides: Sequence[str] = ()) -> Put:
    """The open periods of these taxes, or of every tax besides some, are filed."""

    def put(g: Ground) -> None:
        of = Obligation.tax.in_(taxes) if taxes else Obligation.tax.not_in(besides)
        mine = (Obligation.taxpayer_id == g.whose, Obligation.filed_on.is_(None), of)
        g.session.execute(update(Obligation).where(*mine).values(filed_on=g.on))

    return put


def _ended(kind: str) -> Put:
    """What is known of this kind has ended."""

    def put(g: Ground) -> None:
        mine = (FirmFact.taxpayer_id == g.whose, FirmFact.kind == kind, FirmFact.until.is_(None))
        g.session.execute(update(FirmFact).where(*mine).values(until=g.on))

    return put


def _closed(kind: str) -> Put:
    """The matters of this kind are decided."""

    def put(g: Ground) -> None:
        mine = (Matter.taxpayer_id == g.whose, Matter.kind == kind, Matter.closed_at.is_(None))
        g.session.execute(update(Matter).where(*mine).values(closed_at=g.at))

    return put


def _paid(is_it: Callable[[OpenBill, date], bool]) -> Put:
    """The bills that are meant, and no other, are paid with their surcharge, from exactly as much."""

    def put(g: Ground) -> None:
        for owed in open_bills(g.session, g.whose, g.on):
            if is_it(owed, g.on):
                resting(str(owed.total))(g)
                _pay(g, owed.bill, owed.total)

    return put


def _is_tax_of_its_own(owed: OpenBill) -> bool:
    return owed.tax > 0 and owed.bill.tax not in {"fine", WITHHOLDING}


def _pay(g: Ground, bill: Bill, amount: Decimal) -> None:
    decision = Fact(JournalKind.OFFSET, new_id().hex, g.on, g.whose)
    assert pay_with_resting(g.session, decision, [bill], at=g.at, most=amount) == amount


def _used(g: Ground) -> None:
    """The resting money pays a bill of the same amount."""
    held = billing.at_rest(g.session, g.whose)
    source = ("test", new_id())
    made = billing.raise_bill(
        g.session, taxpayer_id=g.whose, tax="vat", period="2026Q1", amount=held,
        title=Phrase("个人所得税综合所得年度汇算"), due_on=g.on + 9 * DAY, source=source, at=g.at,
    )  # fmt: skip
    _pay(g, made, held)


def _branch_gone(g: Ground) -> None:
    g.session.execute(update(Firm).where(Firm.parent_code == g.firm.code).values(licence="cancelled"))


def _proven(g: Ground) -> None:
    g.session.add(
        IdentityProof(account_id=g.acting.account_id, level=2, method="test", at=g.at + 2 * DAY, by="test")
    )


CURES: dict[str, Put] = {
    "unfiled": _filed(besides=(WITHHOLDING, CIT_ANNUAL, CIT_LIQUIDATION)),
    "withholding": _filed(WITHHOLDING),
    "cit-annual": _filed(CIT_ANNUAL),
    "cit-liquidation": period("cit-liquidation", filed=True),
    "arrears": _paid(lambda owed, on: _is_tax_of_its_own(owed) and owed.bill.due_on < on),
    "bill-open": _paid(lambda owed, on: _is_tax_of_its_own(owed) and owed.bill.due_on >= on),
    "surcharge": _paid(lambda owed, _: owed.tax == 0),
    "fine": _paid(lambda owed, _: owed.bill.tax == "fine"),
    "withholding-unpaid": _paid(lambda owed, _: owed.bill.tax == WITHHOLDING),
    "unallocated": _used,
    "refund-open": _closed("refund"),
    "dispute": _closed("income-dispute"),
    "abnormal": status(tax_status="normal"),
    "branch": _branch_gone,
    "representative-unproven": _proven,
    "licence-revoked": status(licence="active"),
    **{kind.value: _ended(kind) for kind in FactKind},
}

__all__ = [
    "CURES",
    "NEAR",
    "OBSTACLES",
    "clean_firm",
    "fact",
    "ground",
    "put_up",
    "spare_branch",
    "take_away",
]
