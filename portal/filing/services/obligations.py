"""What firms must file: rows made as periods end, discharged by returns; and silence that makes abnormal."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.db import Database, upsert
from portal.core.keys import new_id
from portal.core.refusal import Refusal
from portal.filing import queries
from portal.filing.models import FiledReturn, Obligation
from portal.filing.rules.obligations import Arisen, abnormal_from, arisen, covers
from portal.filing.rules.season import ANNUAL, duty_on, may_settle, season
from portal.filing.rules.submission import NOT_A_PERSON, NOT_REGISTERED, PERIOD_NOT_OVER
from portal.taxes.periods import Period
from portal.taxpayers import queries as taxpayers
from portal.taxpayers.models import Firm
from portal.taxpayers.rules.firms import TaxStatus

FIRMS_AT_ONCE = 200
"""Firms whose obligations one transaction brings up to date."""


def may_file(session: Session, taxpayer_id: UUID, sheet: str, period: Period, on: date) -> None:
    """Refuse a return that this taxpayer does not file, and one that cannot be filed yet."""
    if sheet == ANNUAL:
        may_settle(period.year, on)
        who = taxpayers.taxpayer(session, taxpayer_id)
        if who is None or who.kind != "person":
            raise Refusal(NOT_A_PERSON)
        return
    duty = duty_on(sheet)
    mine = taxpayers.registrations(session, taxpayer_id)
    if not any(covers(one, duty.code, period) for one in mine):
        raise Refusal(NOT_REGISTERED, period=period, tax=duty.title)
    if on < season(sheet, period).opens:
        raise Refusal(PERIOD_NOT_OVER, period=period, opens=season(sheet, period).opens)


def derive(session: Session, taxpayer_id: UUID, *, on: date) -> None:
    """Bring a firm's obligations up to a day: new periods in, moved last days noted, ended taxes out.

    May be called any number of times, by any number at once. What was filed stays as it was filed.
    """
    due = {
        (one.duty.code, str(one.period)): one
        for registration in taxpayers.registrations(session, taxpayer_id)
        for one in arisen(registration, on)
    }
    known = {(row.tax, row.period): row for row in queries.obligations_of(session, taxpayer_id)}
    missing = [_row(taxpayer_id, one) for key, one in due.items() if key not in known]
    if missing:
        session.execute(upsert(session, Obligation).values(missing).on_conflict_do_nothing())
    gone = [row.id for key, row in known.items() if key not in due and row.filed_on is None]
    if gone:
        session.execute(delete(Obligation).where(Obligation.id.in_(gone), Obligation.filed_on.is_(None)))
    for key, row in known.items():
        if row.filed_on is None and key in due:
            _move(row, due[key])
    session.flush()


def _row(taxpayer_id: UUID, one: Arisen) -> Mapping[str, Any]:
    when = one.season
    return {
        "id": new_id(),
        "taxpayer_id": taxpayer_id,
        "tax": one.duty.code,
        "period": str(one.period),
        "opens_on": when.opens,
        "due_on": when.on_time_until,
        "due_basis": when.status,
    }


def _move(row: Obligation, one: Arisen) -> None:
    """A last day that was only computed follows the calendar once it is published."""
    when = one.season
    if (row.due_on, row.due_basis) != (when.on_time_until, when.status):
        row.due_on, row.due_basis = when.on_time_until, when.status


def discharge(session: Session, filed: FiledReturn, on: date) -> None:
    """Note that the obligation a return is for has been met; a correction changes nothing of it."""
    if filed.sheet == ANNUAL:
        return
    derive(session, filed.taxpayer_id, on=on)
    session.execute(
        update(Obligation)
        .where(
            Obligation.taxpayer_id == filed.taxpayer_id,
            Obligation.tax == duty_on(filed.sheet).code,
            Obligation.period == filed.period,
            Obligation.filed_on.is_(None),
        )
        .values(filed_on=on, return_id=filed.id)
    )
    review(session, filed.taxpayer_id, on=on)


def review(session: Session, taxpayer_id: UUID, *, on: date) -> None:
    """Let three months of silence make a firm abnormal; all filed and fines paid, make it normal again."""
    firm = taxpayers.firm_of(session, taxpayer_id)
    if firm is None or firm.tax_status not in {TaxStatus.NORMAL, TaxStatus.ABNORMAL}:
        return
    missed = queries.missed_days(session, taxpayer_id, on)
    since = abnormal_from(missed, queries.last_filed_on(session, taxpayer_id), on)
    if firm.tax_status == TaxStatus.NORMAL and since is not None:
        _become(firm, TaxStatus.ABNORMAL, since, f"unfiled-since:{min(missed)}")
    elif (
        firm.tax_status == TaxStatus.ABNORMAL and not missed and not queries.owes_fines(session, taxpayer_id)
    ):
        _become(firm, TaxStatus.NORMAL, on, "all-filed")
    session.flush()


def _become(firm: Firm, status: TaxStatus, since: date, cause: str) -> None:
    firm.tax_status, firm.tax_status_since, firm.tax_status_cause = status, since, cause


def derive_one(database: Database, _gateways: object, _settings: object, job: Mapping[str, str]) -> None:
    """Bring one firm's obligations and standing up to today: when it is opened or the register changes it."""
    with database.transaction() as session:
        derive(session, UUID(job["taxpayer"]), on=clock.today())
        review(session, UUID(job["taxpayer"]), on=clock.today())


def derive_all(database: Database, _gateways: object, _settings: object, _job: object) -> None:
    """Bring the obligations and the standing of every firm up to today, some firms at a time."""
    after: UUID | None = None
    while True:
        with database.transaction() as session:
            firms = queries.firms_after(session, after, FIRMS_AT_ONCE)
            for firm in firms:
                derive(session, firm, on=clock.today())
                review(session, firm, on=clock.today())
        if len(firms) < FIRMS_AT_ONCE:
            return
        after = firms[-1]
