"""Building the demo town in an empty database, and the stories of the few people one can sign in as."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import TextIO
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.accounts.models import Account, IdentityProof
from portal.accounts.services.contacts import set_email, set_mobile
from portal.accounts.services.passwords import hash_password
from portal.core.acting import Level
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.db import Database
from portal.core.keys import new_id
from portal.demo import office, registers, stories
from portal.demo.halls import open_halls, place_terminals
from portal.demo.loading import load, load_firms
from portal.demo.town import FIRST, Person, facts, firms, newcomers, people, small_firms
from portal.demo.visits import tell_visits
from portal.demo.wages import Tables
from portal.settings import Settings
from portal.taxes.law import NoLawInForce, law
from portal.taxpayers.models import Taxpayer

PASSWORD = "binhai-demo-2026"  # noqa: S105 - printed for everyone; refused in production with the whole demo
SPARE = 50
"""People in the identity register who are not known to the portal yet, so that one can open an account."""
LEVELS = (Level.PROVEN, Level.PROVEN, Level.PROVEN, Level.CONTACT)
"""Of the first people, who have accounts; the one after them has none yet."""


def build(
    database: Database, settings: Settings, taxpayers: int, at: datetime, *, progress: TextIO
) -> Iterator[str]:
    """Fill an empty database; a filled one is left as it is. Yields the sign-ins, a line each."""
    today, keys = day_of(at), settings.keyring
    count = max(taxpayers, len(FIRST))
    everyone = list(people(min(count, len(FIRST)), today))
    if not _is_filled(database):
        employers = firms(max(4, count // 50), today)
        every_firm = [*employers, *small_firms(employers, today)]
        others_know = facts(employers, today)
        in_register = [*people(count + SPARE, today), *newcomers()]
        registers.write(settings.home / "demo", in_register, every_firm, others_know)

        def show(done: int, of: int) -> None:
            progress.write(f"\r{done:,} of {of:,} taxpayers")
            progress.flush()

        known = load(database, keys, people(count, today), count, employers, at, today, _tables, show)
        progress.write("\n")
        _open_accounts(database, keys, everyone, known, at)
        load_firms(database, keys, registers.changes(every_firm, others_know), at)
        stories.tell(database, known, at)
        others = [key for name, key in known.items() if name not in FIRST]
        if others:
            tell_visits(database, others, at)
    yield from _sign_ins(everyone)


def _is_filled(database: Database) -> bool:
    with database.reading() as session:
        return session.scalar(select(Taxpayer.id).limit(1)) is not None


def _tables(year: int) -> Tables:
    in_force = law("individual-income").on(date(year, 12, 31))
    try:
        bonus = in_force["bonus_bands"].value
    except NoLawInForce:
        bonus = None
    return Tables(in_force["annual_bands"].value, bonus)


def _open_accounts(
    database: Database, keys: Keyring, everyone: list[Person], known: dict[str, UUID], at: datetime
) -> None:
    secret = hash_password(PASSWORD)
    office.open_office(database, keys, secret, at)
    open_halls(database, at)
    place_terminals(database)
    with database.transaction() as session:
        for person, level in zip(everyone, LEVELS, strict=False):
            _open_account(session, keys, person, known[person.name], level, secret, at)


def _open_account(
    session: Session, keys: Keyring, person: Person, taxpayer: UUID, level: Level, secret: str, at: datetime
) -> None:
    account = Account(id=new_id(), person_id=taxpayer, password_hash=secret, opened_at=at)
    session.add(account)
    session.flush()
    set_mobile(session, keys, account, person.mobile, at=at)
    set_email(keys, account, f"{person.mobile}@example.invalid", confirmed=True)
    method, by = ("register-mobile", "register") if level >= Level.PROVEN else ("mobile-code", "portal")
    session.add(IdentityProof(account_id=account.id, level=int(level), method=method, at=at, by=by))
    session.flush()


def _sign_ins(everyone: list[Person]) -> Iterator[str]:
    yield f"Password of every demo account: {PASSWORD}"
    for person, level in zip(everyone, LEVELS, strict=False):
        yield f"  {person.name}  {person.mobile}  {stories.ABOUT[person.name]} (level {level.name})"
    for newcomer in (*everyone[len(LEVELS) :], *newcomers()):
        yield (
            f"  {newcomer.name}  has no account yet: open one with {newcomer.kind} {newcomer.number}"
            f" and mobile {newcomer.mobile}"
        )
    yield from office.sign_ins()
