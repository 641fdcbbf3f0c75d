"""Who works at the demo town's tax office: two who review, one who approves, with printed sign-ins."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from portal.accounts.services import staff
from portal.accounts.services.staff import NewMember
from portal.core.crypto import Keyring
from portal.core.db import Database
from portal.demo.town import resident_number
from portal.taxpayers.rules import IdKind, IdNumber

SECRET = "BINHAIDEMOWORTHNOTHING2345672345"  # noqa: S105 - printed for everyone; refused in production
OFFICE = "Binhai demo"


@dataclass(frozen=True)
class Clerk:
    """A member of staff of the demo."""

    number: str
    name: str
    born: date
    does: str

    @property
    def roles(self) -> tuple[str, ...]:
        """The same part in every kind of matter; who reviews sits in the hall, who approves supervises."""
        at_desk = ("hall-desk", "counter", "identity-proof", "cashier")
        beside = at_desk if self.does == "review" else ("supervisor", "hall-admin")
        return (*(f"{kind}-{self.does}" for kind in ("refund", "clearance")), *beside)


CLERKS = (
    Clerk("0317", "陈亮", date(1951, 3, 17), "review"),
    Clerk("0318", "周敏", date(1952, 3, 18), "review"),
    Clerk("0402", "林国华", date(1953, 4, 2), "approve"),
)
"""Born before anybody else of the town, so that no number is somebody else's."""


def open_office(database: Database, keys: Keyring, password_hash: str, at: datetime) -> None:
    """Take everyone in, enrolled: their first code was that of the moment."""
    for clerk in CLERKS:
        identity = IdNumber(IdKind.RESIDENT, resident_number(clerk.born, 1))
        who = NewMember(clerk.name, identity, clerk.number, clerk.roles)
        with database.transaction() as session:
            handed = staff.add(session, keys, who, OFFICE, at=at, secret=SECRET)
            code = staff.code_of(SECRET, at)
            enrolled = staff.enrol(session, keys, clerk.number, handed.code, code, password_hash, at=at)
        assert enrolled, "the code of this moment, with a code handed out just now"


def sign_ins() -> Iterator[str]:
    """How to come in as one of them, a line each."""
    yield f"Staff sign in at /staff/sign-in: the same password, and a one-time code of the secret {SECRET}"
    yield "  (any authenticator app; or .venv/bin/flask --app wsgi staff demo-code)"
    for clerk in CLERKS:
        beside = "serves in the hall" if clerk.does == "review" else "supervises"
        yield f"  {clerk.name}  staff number {clerk.number}  {clerk.does}s refunds and clearances, {beside}"
