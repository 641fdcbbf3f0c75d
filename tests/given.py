"""Builds worlds for tests in the domain's words: a person who is signed in, income that payers reported."""

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import cache
from io import StringIO
from itertools import count
from typing import Any
from uuid import UUID

import pyotp
from sqlalchemy import select

from portal.accounts.models import Account, AccountSession, IdentityProof, Mandate
from portal.accounts.queries import acting_by_token
from portal.accounts.queries.staff import member as staff_member
from portal.accounts.rules.mandates import MOST_RIGHTS, Role, Side, Source, Standing
from portal.accounts.rules.sessions import token_hash
from portal.accounts.services import contexts, sessions, staff
from portal.accounts.services.passwords import hash_password
from portal.assisting.models import Assistance
from portal.assisting.queries import Candidate, Tied
from portal.assisting.queries import acting_by_token as assisting_by_token
from portal.assisting.rules import Tie
from portal.assisting.services import consenting
from portal.assisting.services.consenting import Asked
from portal.audit.models import AuditEntry
from portal.billing import services as billing
from portal.billing.queries.debts import open_bills
from portal.billing.queries.payments import live_attempt
from portal.billing.queries.treasury import payments_of_year
from portal.certificates import services as certificates
from portal.certificates.rules.record import Issuer, Wording
from portal.core import clock
from portal.core.acting import Acting, Level, Right
from portal.core.db import Database
from portal.core.keys import new_id, secret
from portal.counter import services as counter
from portal.counter.queries import asked as waiting_for
from portal.demo import town
from portal.filing import services as filing
from portal.gateways import Gateways
from portal.income import services as income
from portal.income.rules import AMOUNTS, COLUMNS
from portal.matters.models import Matter
from portal.matters.queries import matter_about, running
from portal.notices import services as notices
from portal.notices.models import Notice
from portal.notices.queries import unread_count
from portal.settings import Settings
from portal.taxes.periods import Period
from portal.taxpayers import services as taxpayers
from portal.taxpayers.rules import IdKind, IdNumber
from sandbox.launch import Running
from tests.market import firm_line
from tests.market import record as found

NO_PASSWORD = "opens nothing"
STAFF_PASSWORD = "七号窗口外的老槐树今年又开了一树白花"
FIRM = town.firms(1, clock.today())[0]
LAST_YEAR = clock.today().year - 1
SHEET = "iit-annual"


UNANSWERED = {Standing.PROPOSED, Standing.DECLINED, Standing.WITHDRAWN}
ENDED_BY = {Standing.ENDED: Side.FIRM, Standing.DECLINED: Side.HOLDER, Standing.WITHDRAWN: Side.FIRM}


@dataclass(frozen=True)
class Person:
    """Someone with an account, signed in: `visitor.carry(person.token)`."""

    taxpayer_id: UUID
    account_id: UUID
    name: str
    number: str
    mobile: str
    token: str


@dataclass(frozen=True)
class Clerk(Person):
    """A member of staff, signed in; the password is `STAFF_PASSWORD`."""

    staff_number: str
    secret: str

    def code(self, at: datetime) -> str:
        """What the authenticator shows."""
        return staff.code_of(self.secret, at)


@cache
def staff_password_hash() -> str:
    """Made once: it is slow on purpose."""
    return hash_password(STAFF_PASSWORD)


@dataclass(frozen=True)
class Firm:
    """A firm that is a taxpayer of the portal."""

    taxpayer_id: UUID
    code: str
    name: str


class Given:
    """What is the case before a test acts. Methods write through services, in transactions of their own."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self.database = database
        self.settings = settings
        self.people = town.people(10_000, clock.today())
        self._lines = count(1)
        self._firms = count(90_000)
        self._clerks = count(1)

    def person(
        self, *, level: Level = Level.PROVEN, role: str = "taxpayer", at: datetime | None = None
    ) -> Person:
        """A natural person of this level, with an account and a session. Role "staff" is a clerk."""
        at = at or clock.now()
        known = next(self.people)
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

    def staff(self, *roles: str, at: datetime | None = None) -> Clerk:
        """A member of staff who has enrolled, holds these roles and is signed in."""
        at = at or clock.now()
        known, number = next(self.people), f"9{next(self._clerks):03}"
        identity = IdNumber(IdKind.RESIDENT, known.number)
        who = staff.NewMember(known.name, identity, number, roles)
        secret_ = pyotp.random_base32()
        with self.database.transaction() as session:
            handed = staff.add(session, self.settings.keyring, who, "Test", at=at, secret=secret_)
            code = staff.code_of(secret_, at)
            done = (session, self.settings.keyring, number, handed.code, code)
            assert staff.enrol(*done, staff_password_hash(), at=at)
            member = staff_member(session, number)
            assert member is not None
            account_id = member.account_id
            person_id = session.get_one(Account, account_id).person_id
        token = self.session(account_id, person_id, at=at)
        return Clerk(person_id, account_id, known.name, known.number, known.mobile, token, number, secret_)

    def newcomer(self) -> Person:
        """A person whose contact is confirmed and who is not yet matched with the identity register."""
        return self.person(level=Level.CONTACT)

    def firm(
        self,
        *,
        name: str = "",
        code: str = "",
        representative: Person | town.Person | None = None,
        taxes: Sequence[str | dict[str, Any]] = (),
        parent: Firm | None = None,
        at: datetime | None = None,
        **record: Any,
    ) -> Firm:
        """A firm as the market register has it: represented by somebody unknown to the portal unless named.

        `taxes` are names of taxes filed by the quarter since 2024, or whole entries; `record` holds other
        fields of the record (`kind`, `status`, `vat_payer`, `agent`, …). Any later change wins.
        """
        serial = next(self._firms)
        code = code or town.credit_code(serial)
        if parent:
            record = {"kind": "branch", "parent_uscc": parent.code, **record}
        by = representative or next(self.people)
        line = firm_line(code, name or f"滨海第{serial}有限公司", by, taxes, **record)
        with self.database.transaction() as session:
            made = taxpayers.register_firm(
                session, self.settings.keyring, found(line, seq=0), at=at or clock.now()
            )
            return Firm(made.taxpayer_id, code, line["name"])

    def mandate(
        self,
        firm: Firm,
        holder: Person | Firm,
        *,
        role: Role = Role.TAX_HANDLER,
        rights: Collection[Right] | None = None,
        stands: Standing = Standing.IN_FORCE,
        to_on: date | None = None,
    ) -> UUID:
        """A mandate for a firm, as it stands today: with all rights of its role unless some are named."""
        today, now = clock.today(), clock.now()
        over, coming = stands is Standing.OVER, stands is Standing.COMING
        with self.database.transaction() as session:
            made = Mandate(
                id=new_id(),
                taxpayer_id=firm.taxpayer_id,
                holder_id=holder.taxpayer_id,
                role=role,
                rights=sorted(MOST_RIGHTS[role] if rights is None else rights),
                from_on=today + timedelta(days=1 if coming else -30),
                to_on=today - timedelta(days=1) if over else to_on,
                source=Source.REGISTER if role is Role.REPRESENTATIVE else Source.FIRM,
                proposed_at=now,
                accepted_at=None if stands in UNANSWERED else now,
                ended_at=now if stands in ENDED_BY else None,
                ended_by=ENDED_BY.get(stands, ""),
            )
            session.add(made)
        return made.id

    def ends(self, mandate_id: UUID) -> None:
        """A mandate ends now."""
        with self.database.transaction() as session:
            session.get_one(Mandate, mandate_id).ended_at = clock.now()

    def matter_number(self, person: Person | Firm) -> str:
        """The number of the one matter a taxpayer has open."""
        with self.database.reading() as session:
            [found] = running(session, person.taxpayer_id)
        return found.number

    def asks_to_assist(self, clerk: Clerk, person: Person, *, slip: str | None = None) -> UUID:
        """A clerk asked to work on a person's pages: by a code on its way, or by a signed paper."""
        theirs = self.acting(person)
        present = Candidate(theirs.account_id, theirs.mandate_id, theirs.person_name, theirs.office)
        tied = Tied(Tie.MATTER, new_id(), "M-20260101-0000000-0")
        asked = Asked(theirs.taxpayer_id, present, tied, slip)
        with self.database.transaction() as session:
            mine = self.acting(clerk)
            return consenting.ask(session, self.settings.keyring, mine, asked, at=clock.now()).id

    def assisting(self, clerk: Clerk, person: Person) -> Acting:
        """A clerk works on the pages of a person who agreed to it; as who the clerk is there."""
        asked = self.asks_to_assist(clerk, person, slip=secret(8))
        with self.database.transaction() as session:
            one = session.get_one(Assistance, asked)
            consenting.agree_on_phone(session, one, at=clock.now())
            consenting.begin(session, self.acting(clerk), one, at=clock.now())
        with self.database.reading() as session:
            found = assisting_by_token(self.database, session, clerk.token)
        assert found is not None
        assert found.assisting is not None
        return found.assisting

    def signs_out(self, person: Person) -> None:
        """Every session of a person is over."""
        with self.database.transaction() as session:
            sessions.end_all(session, person.account_id, at=clock.now())

    def acting_for(self, person: Person, mandate_id: UUID) -> Person:
        """The same person, who from now on acts by a mandate in this session."""
        acting = self.acting(person).for_oneself()
        with self.database.transaction() as session:
            return replace(person, token=contexts.switch(session, acting, mandate_id, at=clock.now()))

    def mandates_of(self, holder: Person | Firm) -> Sequence[Mandate]:
        """Every mandate somebody holds or was offered."""
        with self.database.reading() as session:
            return session.scalars(select(Mandate).where(Mandate.holder_id == holder.taxpayer_id)).all()

    def trail_of(self, taxpayer_id: UUID) -> Sequence[AuditEntry]:
        """What stands on a taxpayer's trail, the oldest first."""
        mine = select(AuditEntry).where(AuditEntry.taxpayer_id == taxpayer_id)
        with self.database.reading() as session:
            return session.scalars(mine.order_by(AuditEntry.n)).all()

    def notice(self, taxpayer_id: UUID) -> None:
        """A piece of news that nobody has read."""
        with self.database.transaction() as session:
            notices.tell(session, taxpayer_id, "account-opened", at=clock.now())

    def unread(self, taxpayer_id: UUID) -> int:
        """How many pieces of news wait."""
        with self.database.reading() as session:
            return session.scalar(unread_count().where(Notice.taxpayer_id == taxpayer_id)) or 0

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

    def income(self, person: Person, year: int, **report: Any) -> None:
        """What an employer reported for a person; see `report`."""
        self.report(person.name, person.number, year, **report)

    def report(
        self, name: str, number: str, year: int, *, item: str = "wages", months: int = 12, **amounts: str
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
                "name": name,
                "id_kind": IdKind.RESIDENT.value,
                "id_number": number,
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
            return filing.start_or_resume(session, acting, SHEET, Period(year), at=at or clock.now()).id

    def filed(self, person: Person, year: int = LAST_YEAR, *, at: datetime | None = None) -> UUID:
        """A submitted return, with whatever it made due."""
        at = at or clock.now()
        acting = self.acting(person)
        with self.database.transaction() as session:
            draft = filing.start_or_resume(session, acting, SHEET, Period(year), at=at)
            filed = filing.submit(session, acting, draft.id, seen=draft.version, at=at)
        assert filed is not None
        return filed.id

    def refund(self, person: Person, *, year: int = LAST_YEAR, at: datetime | None = None) -> UUID:
        """A refund that waits for the office: a year in which more was withheld than is due."""
        self.income(person, year, tax_withheld="500.00", months=1)
        filed = self.filed(person, year, at=at)
        with self.database.reading() as session:
            found = matter_about(session, person.taxpayer_id, "refund", filed)
        assert found is not None
        return found.id

    def opened(self, clerk: Clerk, matter_id: UUID, *, at: datetime | None = None) -> None:
        """A matter whose file this member of staff opened."""
        acting = self.acting(clerk)
        with self.database.transaction() as session:
            matter = session.get_one(Matter, matter_id)
            office = self.settings.office
            assert counter.open_file(session, acting, matter, "", office=office, at=at or clock.now())

    def looked_up(self, clerk: Clerk, person: Person | Firm, *, at: datetime | None = None) -> None:
        """A taxpayer whose file this member of staff may read at the counter, since they are there."""
        acting, purpose = self.acting(clerk), counter.Purpose("present", "本人到窗口询问")
        with self.database.transaction() as session:
            counter.open_for(session, acting, person.taxpayer_id, purpose, at=at or clock.now())

    def wants_guarded(self, boss: Person, whose: Person | Firm, *, guarded: bool = True) -> UUID:
        """A supervisor wants two people to open a file, or one again."""
        with self.database.transaction() as session:
            acting, who = self.acting(boss), whose.taxpayer_id
            return counter.guard(session, acting, who, guarded=guarded, why="公众人物", at=clock.now()).id

    def agreed_on(self, change: UUID) -> None:
        """A second member of staff agrees to how a file is guarded."""
        with self.database.transaction() as session:
            counter.decide_guard(
                session, self.acting(self.staff("counter")), change, agreed=True, at=clock.now()
            )

    def guarded(self, whose: Person | Firm) -> None:
        """A file that only two open, as two agreed."""
        self.agreed_on(self.wants_guarded(self.staff("supervisor"), whose))

    def asks_in(self, clerk: Person, whose: Person | Firm, *, at: datetime | None = None) -> UUID:
        """A member of staff asked to open a guarded file, and waits for a colleague."""
        at, acting, purpose = (
            at or clock.now(),
            self.acting(clerk),
            counter.Purpose("present", "本人到窗口询问"),
        )
        with self.database.transaction() as session:
            assert counter.open_or_ask(session, acting, whose.taxpayer_id, purpose, at=at) is None
            asked = waiting_for(session, acting, whose.taxpayer_id, at)
        assert asked is not None
        return asked.id

    def bills(self, person: Person) -> list[UUID]:
        """The bills on which something is owed."""
        with self.database.reading() as session:
            return [found.bill.id for found in open_bills(session, person.taxpayer_id, clock.today())]

    def ordered(self, person: Person, bills: Sequence[UUID] = (), *, at: datetime | None = None) -> UUID:
        """An open payment order over bills, all that are owed unless named."""
        at = at or clock.now()
        wanted = set(bills or self.bills(person))
        acting = self.acting(person)
        with self.database.transaction() as session:
            seen = billing.quote_for(session, person.taxpayer_id, wanted, at)
            return billing.open_order(session, acting, wanted, seen.digest, at=at).id

    def paid(self, order_id: UUID, payments: Running, *, at: datetime | None = None) -> None:
        """An order, paid at the sandbox's gateway and settled."""
        at = at or clock.now()
        gateway = Gateways.connect(self.settings).payments
        door = billing.Door(f"{self.settings.base_url}/", f"{self.settings.base_url}/", "zh")
        billing.lead_to_gateway(self.database, gateway, order_id, door, at=at)
        with self.database.reading() as session:
            attempt = live_attempt(session, order_id)
        assert attempt is not None
        payments.tell("pay", session=attempt.session_id, method="wechat_pay")
        billing.ask(self.database, gateway, order_id, at=at)

    def resting(self, person: Person, amount: str) -> None:
        """Money of a person that pays for nothing, and that nobody asked for yet."""
        with self.database.transaction() as session:
            billing.credit_refund_due(
                session, taxpayer_id=person.taxpayer_id, tax=SHEET, period="2019", amount=Decimal(amount),
                source=("test", new_id()), at=clock.now(),
            )  # fmt: skip

    def certificate(self, person: Person, *, issued: bool = False) -> UUID:
        """A certificate of everything this person paid this year, printed and signed if `issued`."""
        with self.database.reading() as session:
            year = clock.today().year
            paid = {entry.journal_id for entry in payments_of_year(session, person.taxpayer_id, year)}
        made = self.certificate_of(person, [*paid])
        if issued:
            job = {"certificate": str(made)}
            certificates.issue(self.database, Gateways.connect(self.settings), self.settings, job)
        return made

    def certificate_of(self, person: Person, journals: Sequence[UUID]) -> UUID:
        """A certificate of these payments, asked for and not yet printed."""
        acting, office, keys = self.acting(person), self.settings.office, self.settings.keyring
        name = Wording(office.name_zh, office.name_en)
        issuer = Issuer(name, office.area, f"{self.settings.base_url}/verify", worthless=True)
        with self.database.transaction() as session:
            asked = (session, keys, issuer, acting, journals, "zh")
            return certificates.request_certificate(*asked, at=clock.now()).id
