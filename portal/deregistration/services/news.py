"""News for the market register: a firm is cleared, or its clearance is void; told until it is heard."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from portal.core import clock
from portal.core.db import Database
from portal.core.jobs import enqueue
from portal.core.keys import new_id
from portal.deregistration import queries
from portal.deregistration.models import Clearance
from portal.gateways import Gateways
from portal.gateways.market import Cleared, News, NotTaken, Reopened
from portal.matters.queries import matter_about
from portal.matters.services import open_matter
from portal.settings import Settings
from portal.taxpayers.models import Firm

KIND = "market-news"
"""The matter by which a person settles with the register what it would not take."""
BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 10, 60, 360))
"""How long until the next try after each clear no: the register may not know the firm yet, or be mistaken for
a while. After the last, most of a working day later, a person has to look."""
LONG = timedelta(hours=24)
"""News not confirmed for so long is named to whoever runs the portal, whatever keeps it."""

log = structlog.get_logger()


def announce(session: Session, clearance: Clearance, *, at: datetime) -> None:
    """Have the register told of a clearance, in the transaction that makes it."""
    _ask(session, {"clearance": str(clearance.id), "message": str(clearance.certificate_id)}, at)


def revoke(session: Session, clearance: Clearance, *, at: datetime) -> None:
    """Have the register told that a clearance is void, in the transaction that reopens it."""
    job = {"clearance": str(clearance.id), "message": str(new_id()), "on": clock.day_of(at).isoformat()}
    _ask(session, {**job, "voids": str(clearance.certificate_id)}, at)


def _ask(session: Session, job: Mapping[str, str], at: datetime) -> None:
    dedupe = f"tell-market:{job['message']}:{job.get('tries', 0)}"
    enqueue(session, "tell-market", dict(job), run_at=at, dedupe=dedupe)


def tell_market(database: Database, gateways: Gateways, _settings: Settings, job: Mapping[str, str]) -> None:
    """Tell the market register, until it confirms; told twice, it applies it once.

    A clear no is tried again later, and after the last time given to a person. Raises `Unavailable` without a
    clear answer: the job is tried again.
    """
    with database.reading() as session:
        clearance = session.get_one(Clearance, UUID(job["clearance"]))
        news = _news(session, clearance, job)
    if news is None:
        return
    try:
        gateways.market.tell(news)
    except NotTaken as refused:
        with database.transaction() as session:
            _not_taken(session, clearance.taxpayer_id, job, str(refused), clock.now())
        return
    with database.transaction() as session:
        now = session.get_one(Clearance, clearance.id, with_for_update=True)
        if _is_latest(now, news):
            now.told_at = clock.now()


def _news(session: Session, clearance: Clearance, job: Mapping[str, str]) -> News | None:
    """What there is to tell; None where the register knows it, or it is so no longer."""
    firm = session.get_one(Firm, clearance.taxpayer_id)
    number = queries.matter_of(session, clearance).number
    message = UUID(job["message"])
    if "voids" in job:
        return Reopened(message, firm.code, number, UUID(job["voids"]), date.fromisoformat(job["on"]))
    if clearance.told_at is not None or clearance.cleared_on is None or clearance.certificate_id != message:
        return None
    return Cleared(message, firm.code, number, clearance.cleared_on)


def _is_latest(clearance: Clearance, news: News) -> bool:
    """Whether nothing has happened since that the register has to be told as well."""
    if isinstance(news, Reopened):
        return clearance.cleared_on is None and clearance.certificate_id == news.voids
    return clearance.cleared_on is not None and clearance.certificate_id == news.id


def _not_taken(session: Session, whose: UUID, job: Mapping[str, str], why: str, at: datetime) -> None:
    tries = int(job.get("tries", 0))
    log.error(
        "the market register does not take what it is told", why=why, message=job["message"], tries=tries
    )
    if tries < len(BACK_OFF):
        _ask(session, {**job, "tries": str(tries + 1)}, at + BACK_OFF[tries])
    elif matter_about(session, whose, KIND, UUID(job["message"])) is None:
        open_matter(session, None, KIND, whose, UUID(job["message"]), at=at, note=why)


def news_problems(session: Session, at: datetime) -> Iterator[str]:
    """Every firm of whose clearance or reopening the register has not confirmed for long, a line each."""
    for clearance, code, number in queries.untold(session):
        since = clearance.closed_at or clearance.reopened_at
        if since is not None and at - since > LONG:
            what = "reopening" if clearance.cleared_on is None else "clearance"
            yield f"{what} {number} of {code}: not confirmed by the market register since {since:%Y-%m-%d}"


def tell_again(session: Session, *, at: datetime) -> int:
    """Have the register told once more of everything that it has not confirmed; how much that is."""
    waiting = queries.untold(session)
    for clearance, _, _ in waiting:
        again = {"clearance": str(clearance.id), "tries": str(len(BACK_OFF))}
        if clearance.cleared_on is not None:
            again["message"] = str(clearance.certificate_id)
        else:
            again |= {"message": str(new_id()), "voids": str(clearance.certificate_id)}
            again["on"] = clock.day_of(clearance.reopened_at or at).isoformat()
        enqueue(session, "tell-market", again, run_at=at)
    return len(waiting)
