"""Killing the portal while people use it, and finding afterwards what was lost, doubled or halved."""

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Lock
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

import httpx
from flask.testing import FlaskClient
from sqlalchemy import func, select

from portal.audit import services as audit
from portal.billing import services as billing
from portal.billing.models import Attempt, InboxEvent, Journal, PaymentOrder, Repayment
from portal.billing.rules.chart import JournalKind
from portal.billing.rules.states import AttemptState
from portal.certificates import services as certificates
from portal.certificates.models import Certificate
from portal.core import clock
from portal.core.db import Database
from portal.core.jobs import LEASE, Job
from portal.core.money import to_fen
from portal.filing import services as filing
from portal.filing.models import FiledReturn
from portal.gateways import Gateways
from sandbox.launch import Running
from tests.distant import DistantVisitor
from tests.given import LAST_YEAR, Given, Person
from tests.live import LivePortal
from tests.page_audit import words
from tests.reliability.giving_back import give_back
from tests.visitor import Left, Page
from tests.waiting import let_pass, until

CLIENTS = 4
WAITS = 120.0
"""Seconds somebody waits at most for the next thing to happen, on however busy a machine."""
USEFUL = (0.3, 0.8)
"""Seconds that what is to be killed has done useful work before it is."""
ANSWERS = 2
"""Answers to people that lie between two kills at least."""
AHEAD = LEASE + timedelta(minutes=4)
"""How far the last worker's clock runs ahead: every lease has ended, doubtful attempts are asked about."""
MOST_COMPLAINTS = 50
"""So many people do not meet a fault in a portal that has only one."""
VICTIMS = {"web": 4, "worker": 4, "everything": 2}
"""What is killed, and how often of ten times."""

DECLARED = "我已核对以上内容，所填真实、完整，并承担相应法律责任。"
NUMBER = re.compile(r"R-[0-9]{8}-[A-Z0-9]{7}-[A-Z0-9]", re.ASCII)


class NotAnswered(OSError):
    """The portal died under a request, is not there, or asked to come again: nothing was acknowledged."""


@dataclass
class Acknowledged:
    """What people were told was done, by the keys they know; the numbers that they were shown."""

    answers: list[str] = field(default_factory=list)
    """Every answered act, by its address."""
    submitted: set[UUID] = field(default_factory=set)
    """Drafts whose submission was answered."""
    returns: dict[UUID, str] = field(default_factory=dict)
    sessions: set[str] = field(default_factory=set)
    """Sessions at the gateway that payers were led to."""
    receipts: dict[UUID, str] = field(default_factory=dict)
    certificates: set[UUID] = field(default_factory=set)

    def hear(self, method: str, path: str, status: int, leads_to: str) -> None:
        """Keep what an answer promises. It counts from here, whatever becomes of the page it leads to."""
        if method != "POST" or status != 303:
            return
        self.answers.append(path)
        parts = path.strip("/").split("/")
        if parts[-1] == "submit":
            self.submitted.add(UUID(parts[1]))
        elif path == "/billing/pay" and "://" in leads_to:
            self.sessions.add(leads_to.rpartition("/")[2])
        elif parts[0] == "certificates":
            self.certificates.add(UUID(leads_to.rpartition("/")[2]))


class Wire:
    """A visitor's wire that is listened to."""

    def __init__(self, wire: Any, told: Acknowledged) -> None:
        self._wire = wire
        self._told = told

    def open(self, path: str, **request: Any) -> Any:
        """Send a request. Raises `NotAnswered`, also where the portal asks to come again later."""
        try:
            answer = self._wire.open(path, **request)
        except httpx.HTTPError as error:
            raise NotAnswered(str(error)) from error
        if answer.status_code == 503:
            raise NotAnswered("come again later")
        self._told.hear(request["method"], path, answer.status_code, answer.headers.get("Location", ""))
        return answer

    def close(self) -> None:
        self._wire.close()

    def get_cookie(self, name: str) -> str | None:
        return self._wire.get_cookie(name)

    def set_cookie(self, name: str, value: str) -> None:
        self._wire.set_cookie(name, value)


class Client:
    """A person who files a return that ends in a payment and one that ends in a refund, pays, and asks for a
    certificate. Whoever is not answered tries again."""

    def __init__(self, url: str, payments: Running, person: Person, told: Acknowledged) -> None:
        self.payments = payments
        self.told = told
        self.visitor = DistantVisitor(url)
        self.wire = Wire(self.visitor.client, told)
        self.visitor.client = cast(FlaskClient, self.wire)
        self.visitor.carry(person.token)

    def live(self) -> None:
        """From the first return to the certificate. AssertionError where a page is not as it must be."""
        with closing(self.wire):
            self._live()

    def _live(self) -> None:
        for year in (LAST_YEAR, LAST_YEAR - 1):
            self.file(year)
        if self.pay():
            self.certify()

    def file(self, year: int) -> None:
        """File a year's return as it was prefilled."""
        check = _insist(lambda: self._begin(year)).answer(DECLARED, True)
        done = _insist(lambda: check.press("提交申报"))
        numbers = set(NUMBER.findall(done.text))
        assert len(numbers) == 1, f"{done.path} shows {numbers}"
        self.told.returns[UUID(done.path.split("/")[3])] = numbers.pop()

    def _begin(self, year: int) -> Page:
        """The page to check, of a draft begun now or by a request whose answer never came."""
        page = self.visitor.open("/file/")
        for button in page.soup.find_all("button"):
            if str(year) in words(button):
                begun = page.submit(button)
                assert isinstance(begun, Page)
                return begun
        [link] = [
            a for a in page.soup.select("main a") if str(year) in words(a) and "/returns/" not in a["href"]
        ]
        return self.visitor.open(f"{str(link['href']).rstrip('/')}/check")

    def pay(self) -> bool:
        """Pay everything; whether it is known to be paid by the time the payer is back."""
        led = _insist(lambda: self.visitor.open("/billing/").press_and_leave("缴款"))
        if not isinstance(led, Left):
            return False  # a killed request may have opened a session: the order's page says so
        paid = self.payments.tell("pay", session=led.url.rpartition("/")[2], method="wechat_pay")
        back = urlsplit(paid["session"]["success_url"])
        page = _insist(lambda: self.visitor.open(back.path))
        numbers = set(NUMBER.findall(page.text))
        for number in numbers:
            self.told.receipts[UUID(page.path.split("/")[3])] = number
        return bool(numbers)

    def certify(self) -> None:
        """Ask for a certificate of what was paid."""
        page = _insist(lambda: self.visitor.open("/certificates/new"))
        for box in page.soup.find_all("input", attrs={"name": "payments"}):
            page.answer(words(page.soup.find("label", attrs={"for": box["id"]})), True)
        _insist(lambda: page.press("开具证明"))


def _insist(act: Callable[[], Any]) -> Any:
    """Until it is answered."""
    return until(act, within=WAITS, every=0.2)


class Killing:
    """People at a portal whose processes are killed, and what must be true when quiet has returned."""

    def __init__(self, portal: LivePortal, given: Given, database: Database, seed: int) -> None:
        self.portal = portal
        self.given = given
        self.database = database
        self.chance = random.Random(seed)
        self.told = Acknowledged()
        self.kills: Counter[str] = Counter()
        self.complaints: list[str] = []
        """What people met that nobody should: a page that is not there, a defect, an act not offered."""
        self._enough = Event()
        self._door = Lock()
        self._clients: list[Future[None]] = []

    @contextmanager
    def people(self) -> Iterator[None]:
        """People come and go while this lasts; whoever is inside at the end finishes."""
        self._enough.clear()
        pool = ThreadPoolExecutor(CLIENTS)
        self._clients = [pool.submit(self._come_and_go) for _ in range(CLIENTS)]
        try:
            yield
        finally:
            self._enough.set()
            pool.shutdown()
        for client in self._clients:
            client.result()

    def _come_and_go(self) -> None:
        while not self._enough.is_set():
            with self._door:
                person = self._person()
                give_back(self.given, self.database, self.portal)
            try:
                Client(self.portal.url, self.portal.payments, person, self.told).live()
            except AssertionError as complaint:
                if isinstance(complaint.__cause__, NotAnswered):
                    raise  # nobody is answered any more
                self.complaints.append(f"{person.taxpayer_id}: {complaint}")

    def _person(self) -> Person:
        """Someone from whom too little was withheld last year, and too much the year before."""
        person = self.given.person()
        cents = self.chance.randrange(100)
        self.given.income(person, LAST_YEAR, income=f"{self.chance.randrange(15_000, 40_000)}.{cents:02}")
        self.given.income(person, LAST_YEAR - 1, income="20000.00", tax_withheld="2500.00")
        return person

    # Killing

    def kill(self, victim: str = "") -> None:
        """Kill once, when the victim (any, unless named) has done useful work for a while."""
        victim = victim or self.chance.choices([*VICTIMS], [*VICTIMS.values()])[0]
        useful = {"web": [self._serves()], "worker": [self._serves(), self._works()]}
        for is_useful in useful.get(victim, useful["worker"]):
            until(lambda look=is_useful: look() or self._nobody_can(), within=WAITS)
        assert not self._nobody_can(), self.complaints[-3:]
        let_pass(self.chance.uniform(*USEFUL))
        getattr(self.portal, f"kill_{victim}")()
        self.kills[victim] += 1

    def _serves(self) -> Callable[[], bool]:
        before = len(self.told.answers)
        return lambda: len(self.told.answers) >= before + ANSWERS

    def _works(self) -> Callable[[], bool]:
        """Whether the worker has claimed something since now."""
        before = self._claims()
        return lambda: self._claims() > before

    def _claims(self) -> int:
        with self.database.reading() as session:
            return session.scalar(select(func.coalesce(func.sum(Job.tries), 0))) or 0

    def _nobody_can(self) -> bool:
        """Whether people meet nothing but faults, or cannot come any more."""
        return len(self.complaints) >= MOST_COMPLAINTS or any(client.done() for client in self._clients)

    # Quiet

    def become_quiet(self) -> None:
        """Let everything that was begun end: callbacks, leases of killed workers, attempts in doubt."""
        until(lambda: self.portal.payments.ask("idle?seconds=5").keys() == {"delivered"}, within=WAITS)
        ahead = clock.now() + AHEAD
        self.portal.environ["PORTAL_CLOCK"] = ahead.isoformat()
        self.portal.kill_worker()
        until(lambda: not self._unfinished(ahead), within=WAITS, every=0.5)

    def _unfinished(self, at: datetime) -> int:
        waiting = select(func.count()).where(Job.state == "waiting", Job.run_at <= at)
        doubtful = select(func.count()).where(
            Attempt.state.in_((AttemptState.CREATING, AttemptState.UNKNOWN))
        )
        with self.database.reading() as session:
            return (session.scalar(waiting) or 0) + (session.scalar(doubtful) or 0)

    # What must be true

    def acknowledged(self) -> int:
        """How many acts were answered: people's and the gateway's."""
        heard = sum(200 in one["answers"] for one in self.portal.payments.ask("deliveries"))
        return len(self.told.answers) + heard

    def lost(self) -> list[str]:
        """What was acknowledged and is not there, or not with the number that was shown."""
        heard = {one["event"] for one in self.portal.payments.ask("deliveries") if 200 in one["answers"]}
        with self.database.reading() as session:
            numbers = dict(session.execute(select(FiledReturn.id, FiledReturn.number)).all())
            receipts = dict(session.execute(select(PaymentOrder.id, PaymentOrder.receipt_number)).all())
            gone = {
                "submission": self.told.submitted - set(session.scalars(select(FiledReturn.draft_id))),
                "receipt of a return": self.told.returns.items() - numbers.items(),
                "payment": self.told.sessions - set(session.scalars(select(Attempt.session_id))),
                "receipt of a payment": self.told.receipts.items() - receipts.items(),
                "certificate": self.told.certificates - set(session.scalars(select(Certificate.id))),
                "callback": heard - set(session.scalars(select(InboxEvent.event_id))),
            }
        return [f"lost {what}: {one}" for what, ones in gone.items() for one in sorted(map(str, ones))]

    def disagreements(self) -> list[str]:
        """Where money at the gateway and in the books differ, returns are doubled, or work was given up."""
        taken = {
            row["intent"]: row["amount"]
            for row in self.portal.payments.ask("journal")
            if row["act"] == "paid"
        }
        given = Counter(
            row["metadata"]["repayment"]
            for row in self.portal.payments.ask("journal")
            if row["act"] == "refunded"
        )
        with self.database.reading() as session:
            repaid = set(
                session.scalars(select(Journal.source_ref).where(Journal.kind == JournalKind.REPAID))
            )
            set_out = {str(key) for key in session.scalars(select(Repayment.id))}
            booked = session.execute(
                select(Journal.source_ref, Journal.total).where(Journal.kind == JournalKind.PAYMENT)
            )
            credited = {ref: to_fen(total) for ref, total in booked}
            doubled = session.execute(
                select(FiledReturn.taxpayer_id, FiledReturn.period)
                .group_by(FiledReturn.taxpayer_id, FiledReturn.period)
                .having(func.count() > 1)
            ).all()
            failed = session.execute(select(Job.kind, Job.error).where(Job.state == "failed")).all()
        return [
            *(f"taken, not credited: {one}" for one in sorted(taken.items() - credited.items())),
            *(f"credited, not taken: {one}" for one in sorted(credited.items() - taken.items())),
            *(f"given back {times} times: {one}" for one, times in given.items() if times > 1),
            *(f"given back and not booked, or not given back: {one}" for one in sorted(set_out ^ repaid)),
            *(f"booked and not given back: {one}" for one in sorted(repaid - given.keys())),
            *(f"filed twice: {whose} {year}" for whose, year in doubled),
            *(f"given up: {kind}: {error}" for kind, error in failed),
        ]

    def broken(self) -> list[str]:
        """What the checkers of every room find."""
        settings = self.given.settings
        storage = Gateways.connect(settings).storage
        with self.database.snapshot() as session:
            return [
                *billing.verify_books(session),
                *billing.verify_payments(session),
                *filing.verify_filings(session),
                *certificates.verify_certificates(session, settings.keyring, storage),
                *audit.verify(session),
            ]
