"""Builds worlds for tests in the domain's words: a person who is signed in, income that payers reported."""

import csv
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from itertools import count
from uuid import UUID

from portal.accounts.models import Account, AccountSession, IdentityProof
from portal.accounts.queries import acting_by_token
from portal.accounts.rules.sessions import token_hash
from portal.core import clock
from portal.core.acting import Acting, Level
from portal.core.db import Database
from portal.core.keys import new_id, secret
from portal.demo import town
from portal.filing import services as filing
from portal.income import services as income
from portal.income.rules import AMOUNTS, COLUMNS
from portal.settings import Settings
from portal.taxpayers import services as taxpayers
from portal.taxpayers.rules import IdKind, IdNumber

NO_PASSWORD = "opens nothing"
FIRM = town.firms(1, clock.today())[0]
LAST_YEAR = clock.today().year - 1
SHEET = "iit-annual"


@dataclass(frozen=True)
class Person:
    """Someone with an account, signed in: `visitor.carry(person.token)`."""

    taxpayer_id: UUID
    account_id: UUID
    name: str
    number: str
    mobile: str
    token: str


class Given:
    """What is the case before a test acts. Methods write through services, in transactions of their own."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self._people = town.people(10_000, clock.today())
        self._lines = count(1)

    def person(
        self, *, level: Level = Level.PROVEN, role: str = "taxpayer", at: datetime | None = None
    ) -> Person:
        """A natural person of this level, with an account and a session. Role "staff" is a clerk."""
        at = at or clock.now()
        known = next(self._people)
        with self.database.transaction() as session:
            number = IdNumber(IdKind.RESIDENT, known.number)
            taxpayer = taxpayers.register_person(session, self.settings.keyring, known.name, number, at=at)
            account = Account(
                id=new_id(), person_id=taxpayer.id, role=role, password_hash=NO_PASSWORD, opened_at=at
            )
            session.add(account)
            session.flush()
            proof = IdentityProof(account_id=account.id, level=int(level), method="test", at=at, by="test")
            session.add(proof)
        token = self.session(account.id, taxpayer.id, at=at)
        return Person(taxpayer.id, account.id, known.name, known.number, known.mobile, token)

    def newcomer(self) -> Person:
        """A person whose contact is confirmed and who is not yet matched with the identity register."""
        return self.person(level=Level.CONTACT)

    def session(self, account_id: UUID, taxpayer_id: UUID, *, at: datetime) -> str:
        """The token of a further session of an account."""
        token = secret()
        with self.database.transaction() as session:
            session.add(
                AccountSession(
                    account_id=account_id,
                    taxpayer_id=taxpayer_id,
                    token_hash=token_hash(token),
                    created_at=at,
                    last_seen_at=at,
                    device="Test",
                    origin="127.0.0.0/24",
                )
            )
        return token

    def acting(self, person: Person) -> Acting:
        """The person as services know whoever acts."""
        with self.database.reading() as session:
            found = acting_by_token(self.database, session, person.token)
        assert found is not None
        return found

    def income(
        self, person: Person, year: int, *, item: str = "wages", months: int = 12, **amounts: str
    ) -> None:
        """A line a month as an employer reports it; amounts by column, `income` 10,000.00 unless given."""
        file = StringIO()
        report = csv.DictWriter(file, COLUMNS)
        report.writeheader()
        for month in range(1, months + 1):
            row = {
                "source_line": f"T{next(self._lines)}",
                "period": f"{year}-{month:02}",
                "payer_code": FIRM.code,
                "payer_name": FIRM.name,
                "name": person.name,
                "id_kind": IdKind.RESIDENT.value,
                "id_number": person.number,
                "item": item,
                **dict.fromkeys(AMOUNTS, "0.00"),
                "income": "10000.00",
                **amounts,
            }
            report.writerow(row)
        file.seek(0)
        received = clock.now() - timedelta(days=1)
        done = income.take_in(self.database, self.settings.keyring, file, "report.csv", at=received)
        assert (done.loaded, done.quarantined) == (months, 0), done

    def draft(self, person: Person, year: int = LAST_YEAR, *, at: datetime | None = None) -> UUID:
        """An open return, prefilled with what payers reported; all questions have an answer."""
        acting = self.acting(person)
        with self.database.transaction() as session:
            return filing.start_or_resume(session, acting, SHEET, year, at=at or clock.now()).id

    def filed(self, person: Person, year: int = LAST_YEAR, *, at: datetime | None = None) -> UUID:
        """A submitted return, with whatever it made due."""
        at = at or clock.now()
        acting = self.acting(person)
        with self.database.transaction() as session:
            draft = filing.start_or_resume(session, acting, SHEET, year, at=at)
            filed = filing.submit(session, acting, draft.id, seen=draft.version, at=at)
        assert filed is not None
        return filed.id
