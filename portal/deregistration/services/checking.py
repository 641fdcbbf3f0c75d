"""Running a health check. It leaves its own record and a line in the trail, and changes nothing else."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from portal.audit.services import record as note
from portal.core.acting import Acting
from portal.core.clock import day_of
from portal.core.keys import new_id, public_number
from portal.core.refusal import Refusal
from portal.deregistration import queries
from portal.deregistration.models import HealthCheck
from portal.deregistration.rules import NOT_A_FIRM, shown, written
from portal.filing import services as filing
from portal.risk.queries import findings
from portal.risk.rules import Audience
from portal.taxpayers.queries import firm_of


def run(session: Session, acting: Acting, *, at: datetime) -> HealthCheck:
    """Look at the firm acted for and keep what stands open, as the firm may be told it.

    Raises `Refusal` where the taxpayer is a person.
    """
    on, whose = day_of(at), acting.taxpayer_id
    if firm_of(session, whose) is None:
        raise Refusal(NOT_A_FIRM)
    bring_up_to_date(session, whose, on)
    last = next(iter(queries.checks_of(session, whose, limit=1)), None)
    hits = findings(session, whose, on, Audience.FIRM)
    check = HealthCheck(
        id=new_id(),
        taxpayer_id=whose,
        number=public_number("H", on),
        at=at,
        on=on,
        by_name=acting.person_name,
        previous_id=last.id if last else None,
        findings=written(shown(hits)),
    )
    session.add(check)
    note(session, acting, "health-check-run", at=at, facts={"number": check.number, "findings": len(hits)})
    return check


def bring_up_to_date(session: Session, taxpayer_id: UUID, on: date) -> None:
    """Complete the records that a check reads: periods that have ended since, and what follows from silence.

    The one place for what must be worked out before anyone looks, here and at clearing.
    """
    filing.derive(session, taxpayer_id, on=on)
    filing.review(session, taxpayer_id, on=on)
