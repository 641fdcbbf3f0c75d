"""The acts of the accounts room, on a database, without the web."""

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest
from argon2 import PasswordHasher
from sqlalchemy import func, select

from portal.accounts import queries, services
from portal.accounts.models import (
    Account,
    AccountSession,
    Confirmation,
    Consent,
    DirectMessage,
    IdentityProof,
    Tries,
)
from portal.accounts.rules.codes import CODE_FOR, MOST_CODES, MOST_TRIES
from portal.accounts.rules.opening import PRIVACY_NOTICE, Applicant
from portal.accounts.rules.sessions import MOST_AT_ONCE, Browser
from portal.accounts.services import (
    codes,
    contacts,
    credentials,
    limits,
    messages,
    opening,
    passwords,
    sessions,
)
from portal.accounts.services.codes import Outcome, Recipient
from portal.audit.models import AuditEntry
from portal.core.acting import Level
from portal.core.crypto import Keyring
from portal.core.jobs import Job
from portal.notices.models import Notice
from portal.settings import Settings
from portal.taxpayers import queries as taxpayers
from portal.taxpayers.rules import IdKind, IdNumber, check_digit

AT = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
SETTINGS = Settings.from_environment({"PORTAL_FIELD_KEYS": Keyring.generate()})
KEYS = SETTINGS.keyring
HOME = Browser("Chrome · Windows", "203.0.113.0/24")
CAFE = Browser("Safari · iOS", "198.51.100.0/24")
NUMBERS = count(1)


def number() -> IdNumber:
    body = f"44039919900307{next(NUMBERS):03d}"
    return IdNumber(IdKind.RESIDENT, body + check_digit(body))


def applicant(**changed) -> Applicant:
    whole = Applicant("李静怡", number(), f"1990000{next(NUMBERS):04d}", "", PRIVACY_NOTICE, "zh")
    return replace(whole, **changed)


def code_sent(session, waiting) -> str:
    """The code as it stands in the latest message, which only the keys can read."""
    latest = session.scalars(select(DirectMessage).order_by(DirectMessage.id.desc())).first()
    text = KEYS.open(latest.content_sealed, messages.CONTENT, latest.id)
    return next(word for word in text.replace('"', " ").split() if word.isdigit() and len(word) == 6)


def open_account(database, who=None, *, matches=True, browser=HOME, at=AT, hashed="hash"):
    who = who or applicant()
    with database.transaction() as session:
        waiting = opening.begin(session, KEYS, who, hashed, mobile_matches=matches, at=at)
        code = code_sent(session, waiting)
    with database.transaction() as session:
        waiting = queries.waiting(session, waiting.id, "opening", at)
        outcome, token = opening.confirm(session, KEYS, waiting, code, browser, at=at)
    return outcome, token


def acting(database, token):
    with database.reading() as session:
        return queries.acting_by_token(database, session, token)


@pytest.fixture(autouse=True)
def clock_stands():
    from portal.core import clock

    clock.run_from(AT)
    yield clock
    clock.run_from(None)


# Opening


def test_a_mobile_in_ones_own_name_proves_who_one_is(database):
    who = applicant(email="jingyi@example.test")
    outcome, token = open_account(database, who)
    person = acting(database, token)
    assert outcome is Outcome.RIGHT
    assert (person.person_name, person.level, person.unread) == ("李静怡", Level.PROVEN, 1)
    with database.reading() as session:
        mine = queries.account(session, person.account_id)
        taxpayer = taxpayers.taxpayer(session, person.person_id)
        assert taxpayers.number_of(taxpayer, KEYS) == who.number
        assert queries.mobile_of(mine, KEYS) == who.mobile
        assert queries.contact_of(session, person.person_id, KEYS).email == ""  # not confirmed yet
        assert queries.email_of(mine, KEYS) == "jingyi@example.test"
        [proof] = queries.proofs(session, mine.id)
        assert (proof.method, proof.by, proof.at) == ("register-mobile", "register", AT)
        assert session.scalars(select(Consent.version)).all() == [PRIVACY_NOTICE]
        details = {d.kind: d.value for d in taxpayers.history(session, person.person_id, KEYS)}
        assert details == {"mobile": who.mobile, "email": who.email}
        acts = set(session.scalars(select(AuditEntry.act)))
        assert acts == {"account-opened", "identity-proven", "signed-in"}


def test_another_mobile_opens_an_account_that_is_only_reachable(database):
    _, token = open_account(database, matches=False)
    person = acting(database, token)
    assert (person.level, person.unread) == (Level.CONTACT, 0)


def test_nothing_typed_stands_readable_in_the_database(database):
    who = applicant(email="jingyi@example.test")
    with database.transaction() as session:
        opening.begin(session, KEYS, who, "hash", mobile_matches=True, at=AT)
    with database.engine.connect() as connection:
        for table in ("confirmations", "direct_messages", "jobs"):
            rows = str(connection.exec_driver_sql(f"SELECT * FROM {table}").fetchall())  # noqa: S608
            assert rows != "[]"
            for secret in (who.number.number, who.mobile, who.email, who.name, "hash"):
                assert secret not in rows.replace("code_hash", "")


def test_after_the_opening_what_was_typed_is_forgotten(database):
    open_account(database)
    with database.reading() as session:
        assert session.scalars(select(Confirmation.facts_sealed)).all() == [None]


def test_somebody_who_is_known_already_sees_no_difference_and_the_holder_is_told_once(database):
    who = applicant()
    _, token = open_account(database, who)
    again = replace(who, mobile="19900009999")
    with database.transaction() as session:
        waiting = opening.begin(session, KEYS, again, "hash", mobile_matches=True, at=AT)
        guess = code_sent(session, waiting)
    with database.transaction() as session:
        waiting = queries.waiting(session, waiting.id, "opening", AT)
        assert opening.confirm(session, KEYS, waiting, guess, CAFE, at=AT) == (Outcome.WRONG, "")
        assert codes.send_again(session, KEYS, waiting, at=AT)
    channels = sealed_channels(database)
    assert channels == ["sms", "holder", "nobody"]
    for message_id in message_ids(database)[1:] * 2:  # a job may be done twice
        messages.send_message(database, None, SETTINGS, {"message": str(message_id)})
    with database.reading() as session:
        kinds = session.scalars(select(Notice.kind).order_by(Notice.id)).all()
        assert kinds == ["account-opened", "open-again"]
        assert session.scalar(select(func.count(Account.id))) == 1
        acts = session.scalars(select(AuditEntry.act)).all()
        assert acts.count("identity-registered-again") == 1
    assert acting(database, token) is not None


def message_ids(database):
    with database.reading() as session:
        return session.scalars(select(DirectMessage.id).order_by(DirectMessage.id)).all()


def sealed_channels(database):
    with database.reading() as session:
        rows = session.scalars(select(DirectMessage).order_by(DirectMessage.id))
        return [json.loads(KEYS.open(r.content_sealed, messages.CONTENT, r.id))["channel"] for r in rows]


def test_who_proves_who_they_are_takes_over_an_account_that_never_was_proven(database):
    who = applicant()
    _, squatter = open_account(database, replace(who, mobile="19900008888"), matches=False)
    outcome, token = open_account(database, who, matches=True, browser=CAFE)
    assert outcome is Outcome.RIGHT
    assert acting(database, squatter) is None
    assert acting(database, token).level is Level.PROVEN
    with database.reading() as session:
        opened = session.scalars(select(Account).where(Account.closed_at.is_(None))).all()
        assert [queries.mobile_of(one, KEYS) for one in opened] == [who.mobile]


def test_without_proof_nobody_takes_over(database):
    who = applicant()
    _, first = open_account(database, replace(who, mobile="19900007777"), matches=False)
    outcome, _ = open_account(database, who, matches=False)
    assert outcome is Outcome.WRONG
    assert acting(database, first) is not None


def test_the_faster_of_two_openings_wins(database):
    who = applicant()
    with database.transaction() as session:
        slow = opening.begin(session, KEYS, who, "slow", mobile_matches=True, at=AT)
        code = code_sent(session, slow)
    open_account(database, who)
    with database.transaction() as session:
        slow = queries.waiting(session, slow.id, "opening", AT)
        assert opening.confirm(session, KEYS, slow, code, HOME, at=AT) == (Outcome.VOID, "")
    with database.reading() as session:
        assert session.scalar(select(func.count(Account.id))) == 1


def test_a_mobile_that_passed_to_another_person_leaves_the_first_account(database):
    first = applicant()
    _, token = open_account(database, first)
    open_account(database, applicant(mobile=first.mobile))
    with database.reading() as session:
        old = queries.account(session, acting(database, token).account_id)
        assert queries.mobile_of(old, KEYS) == ""
        found = queries.by_name(session, KEYS, first.mobile, HOME, AT)
        assert found.account_id != old.id
        assert queries.by_name(session, KEYS, first.number.number, HOME, AT).account_id == old.id


# Codes


def start(database, at=AT):
    with database.transaction() as session:
        recipient = Recipient("sms", "19900000000", "en")
        waiting = codes.begin(session, KEYS, "reset", {}, recipient, at=at)
        return waiting, code_sent(session, waiting)


def check(database, waiting, code, at=AT):
    with database.transaction() as session:
        return codes.check(session, KEYS, waiting, code, at=at)


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


def test_a_code_works_in_time_and_not_after(database):
    waiting, code = start(database)
    assert check(database, waiting, code, AT + CODE_FOR) is Outcome.VOID
    assert check(database, waiting, code, AT + CODE_FOR - timedelta(seconds=1)) is Outcome.RIGHT


def test_the_right_code_after_five_wrong_ones_is_void(database):
    waiting, code = start(database)
    outcomes = [check(database, waiting, wrong(code)) for _ in range(MOST_TRIES)]
    assert outcomes == [Outcome.WRONG] * MOST_TRIES
    assert check(database, waiting, code) is Outcome.VOID


def test_of_twenty_guesses_at_once_at_most_five_are_compared(database):
    waiting, code = start(database)
    outcomes: list[Outcome] = []
    ready = threading.Barrier(20)

    def guess():
        ready.wait()
        outcomes.append(check(database, waiting, wrong(code)))

    threads = [threading.Thread(target=guess) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(o.value for o in outcomes) == ["void"] * 15 + ["wrong"] * 5
    with database.reading() as session:
        assert session.scalars(select(Confirmation.tries)).all() == [MOST_TRIES]


def test_a_new_code_makes_the_old_one_void_and_there_are_three(database):
    waiting, first = start(database)
    for _ in range(MOST_CODES - 1):
        with database.transaction() as session:
            waiting = queries.waiting(session, waiting.id, "reset", AT)
            assert codes.send_again(session, KEYS, waiting, at=AT)
            latest = code_sent(session, waiting)
    with database.transaction() as session:
        waiting = queries.waiting(session, waiting.id, "reset", AT)
        assert not codes.send_again(session, KEYS, waiting, at=AT)
    if first != latest:
        assert check(database, waiting, first) is Outcome.WRONG
    assert check(database, waiting, latest) is Outcome.RIGHT


def test_a_used_code_is_void(database):
    waiting, code = start(database)
    with database.transaction() as session:
        mine = queries.waiting(session, waiting.id, "reset", AT)
        assert codes.check(session, KEYS, mine, code, at=AT) is Outcome.RIGHT
        codes.finish(session, mine, at=AT)
    assert check(database, waiting, code) is Outcome.VOID


# Sessions


def test_a_session_ends_when_unused_and_at_its_age(database, clock_stands):
    _, token = open_account(database)
    clock_stands.run_from(AT + timedelta(minutes=20))
    assert acting(database, token) is None
    clock_stands.run_from(AT)
    for minutes in range(0, 12 * 60, 15):
        clock_stands.run_from(AT + timedelta(minutes=minutes))
        assert acting(database, token) is not None
    clock_stands.run_from(AT + timedelta(hours=12))
    assert acting(database, token) is None


def test_a_visit_is_noted_once_a_minute(database, clock_stands, statements):
    _, token = open_account(database)
    statements.clear()
    clock_stands.run_from(AT + timedelta(seconds=30))
    acting(database, token)
    assert len(statements) == 1
    clock_stands.run_from(AT + timedelta(seconds=61))
    acting(database, token)
    acting(database, token)
    assert [s.split()[0] for s in statements[1:]] == ["SELECT", "UPDATE", "SELECT"]


def test_tokens_are_kept_as_digests_and_an_ended_session_keeps_none(database):
    _, token = open_account(database)
    who = acting(database, token)
    with database.reading() as session:
        kept = session.scalars(select(AccountSession.token_hash)).one()
        assert len(kept) == 64
        assert token not in kept
    with database.transaction() as session:
        sessions.sign_out(session, who, at=AT)
    assert acting(database, token) is None
    with database.reading() as session:
        assert session.scalars(select(AccountSession.token_hash)).all() == [None]


def begin_session(database, who, browser=HOME, at=AT):
    with database.transaction() as session:
        return sessions.begin(session, queries.account(session, who.account_id), browser, at=at)


def test_a_new_device_or_network_is_told_once(database):
    _, token = open_account(database)
    who = acting(database, token)
    for browser in (HOME, CAFE, CAFE, replace(HOME, origin="192.0.2.0/24")):
        begin_session(database, who, browser)
    with database.reading() as session:
        notices = session.scalars(select(Notice).where(Notice.kind == "new-device")).all()
        assert [notice.facts["device"] for notice in notices] == ["Safari · iOS", "Chrome · Windows"]


def test_others_end_and_ones_own_stays(database):
    _, token = open_account(database)
    who = acting(database, token)
    other = begin_session(database, who)
    with database.transaction() as session:
        sessions.end_others(session, who, at=AT)
    assert acting(database, other) is None
    assert acting(database, token) is not None


def test_nobody_ends_a_session_of_another_account(database):
    _, mine = open_account(database)
    _, theirs = open_account(database)
    with database.transaction() as session:
        assert not sessions.end_one(
            session, acting(database, mine), acting(database, theirs).session_id, at=AT
        )
    assert acting(database, theirs) is not None


def test_one_session_too_many_ends_the_one_unused_for_longest(database):
    _, token = open_account(database)
    who = acting(database, token)
    later = [begin_session(database, who, at=AT + timedelta(seconds=n)) for n in range(1, MOST_AT_ONCE + 1)]
    assert acting(database, token) is None
    assert all(acting(database, one) for one in later)


def test_a_closed_account_opens_nothing(database):
    _, token = open_account(database)
    who = acting(database, token)
    with database.transaction() as session:
        queries.account(session, who.account_id).closed_at = AT
    assert acting(database, token) is None


# Contacts and passwords


def change_mobile(database, token, mobile, *, matches):
    with database.transaction() as session:
        who = acting(database, token)
        waiting = contacts.begin_mobile(session, KEYS, who, mobile, mobile_matches=matches, at=AT)
        code = code_sent(session, waiting)
    with database.transaction() as session:
        waiting = queries.waiting(session, waiting.id, "mobile", AT)
        return contacts.confirm_mobile(session, KEYS, who, waiting, code, at=AT)


def test_another_mobile_in_ones_own_name_raises_the_level_under_a_new_token(database):
    _, token = open_account(database, matches=False)
    outcome, renewed = change_mobile(database, token, "19900005555", matches=True)
    assert outcome is Outcome.RIGHT
    assert acting(database, token) is None
    assert acting(database, renewed).level is Level.PROVEN


def test_a_mobile_of_somebody_else_lowers_it_and_the_history_keeps_both(database):
    who = applicant()
    _, token = open_account(database, who)
    _, renewed = change_mobile(database, token, "19900006666", matches=False)
    person = acting(database, renewed)
    assert person.level is Level.CONTACT
    with database.reading() as session:
        values = [d.value for d in taxpayers.history(session, person.person_id, KEYS) if d.kind == "mobile"]
        assert values == ["19900006666", who.mobile]
        assert [p.level for p in queries.proofs(session, person.account_id)] == [1, 2]


def test_who_was_seen_in_person_stays_so(database):
    _, token = open_account(database)
    who = acting(database, token)
    with database.transaction() as session:
        session.add(IdentityProof(account_id=who.account_id, level=3, method="in-person", at=AT, by="甲、乙"))
    _, renewed = change_mobile(database, token, "19900003333", matches=False)
    assert acting(database, renewed).level is Level.IN_PERSON


def test_a_mail_address_counts_when_confirmed(database):
    _, token = open_account(database)
    who = acting(database, token)
    with database.transaction() as session:
        waiting = contacts.begin_email(session, KEYS, who, "a@example.test", at=AT)
        code = code_sent(session, waiting)
    with database.transaction() as session:
        waiting = queries.waiting(session, waiting.id, "email", AT)
        assert contacts.confirm_email(session, KEYS, who, waiting, code, at=AT) is Outcome.RIGHT
    with database.reading() as session:
        assert queries.contact_of(session, who.person_id, KEYS).email == "a@example.test"


def test_a_new_password_ends_the_other_sessions(database):
    _, token = open_account(database)
    who = acting(database, token)
    other = begin_session(database, who)
    with database.transaction() as session:
        renewed = credentials.change_password(session, who, "new hash", at=AT)
    assert [acting(database, one) is None for one in (token, other, renewed)] == [True, True, False]


def test_a_reset_needs_number_and_mobile_of_one_account_and_ends_every_session(database):
    who, stranger = applicant(), applicant()
    _, token = open_account(database, who)
    open_account(database, stranger)
    with database.transaction() as session:
        begun = [
            credentials.begin_reset(session, KEYS, n, m, "zh", at=AT)
            for n, m in [
                (who.number.number, stranger.mobile),
                ("440399190001010015", "19900001111"),
                (who.number.number, who.mobile),
            ]
        ]
        code = code_sent(session, begun[2])
    assert [one.genuine for one in begun] == [False, False, True]
    with database.transaction() as session:
        waiting = queries.waiting(session, begun[2].id, "reset", AT)
        outcome = credentials.confirm_reset(session, KEYS, waiting, code, "reset hash", at=AT)
    assert outcome is Outcome.RIGHT
    assert acting(database, token) is None
    with database.reading() as session:
        assert queries.by_name(session, KEYS, who.mobile, HOME, AT).password_hash == "reset hash"


def test_the_password_that_fitted_must_still_be_the_one_and_is_hashed_anew_when_made_too_cheaply(database):
    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash("x")
    _, token = open_account(database, hashed=cheap)
    who = acting(database, token)
    with database.transaction() as session:
        assert sessions.sign_in(session, who.account_id, "an older hash", "x", HOME, at=AT) is None
        assert sessions.sign_in(session, who.account_id, cheap, "x", HOME, at=AT) is not None
    with database.reading() as session:
        kept = queries.account(session, who.account_id).password_hash
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert passwords.fits(kept, "x")


def test_an_unknown_name_takes_a_hash_and_fits_nothing():
    assert passwords.NOBODY.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert not passwords.fits(None, "a" * 15)
    kept = passwords.hash_password("小雨打湿了三月的旧巷口和石板路")
    assert passwords.fits(kept, "小雨打湿了三月的旧巷口和石板路")
    assert not passwords.fits(kept, "小雨打湿了三月的旧巷口和石板")
    assert not passwords.needs_rehash(kept)


def test_long_passwords_are_compared_to_the_last_character():
    kept = passwords.hash_password("x" * 199 + "y")
    assert not passwords.fits(kept, "x" * 199 + "z")


def test_two_ways_of_typing_one_letter_are_one_password():
    assert passwords.fits(passwords.hash_password("ça suffit, non ?"), "ça suffit, non ?")


# Limits


def take(database, step="sign-in", address="192.0.2.1", subject="a", at=AT):
    with database.transaction() as session:
        return limits.take(session, KEYS, step, address=address, subject=subject, at=at)


def test_ten_tries_then_wait_until_the_stated_time(database):
    assert [take(database) for _ in range(10)] == [None] * 10
    assert take(database, address="192.0.2.2", at=AT + timedelta(minutes=1)) == AT + timedelta(minutes=5)
    assert take(database, address="192.0.2.2", subject="b") is None
    assert take(database, address="192.0.2.3", at=AT + timedelta(minutes=5)) is None


def test_an_address_over_its_limit_counts_against_no_name(database):
    for _ in range(10):
        take(database, subject="somebody")
    for _ in range(50):
        assert take(database, subject="victim") is not None
    assert take(database, address="192.0.2.9", subject="victim") is None


def test_everyone_together_is_limited(database):
    for n in range(1000):
        assert take(database, address=str(n), subject=str(n)) is None
    assert take(database, address="x", subject="x") is not None


def test_a_success_gives_its_try_back(database):
    for _ in range(30):
        assert take(database) is None
        with database.transaction() as session:
            limits.give_back(session, KEYS, "sign-in", address="192.0.2.1", subject="a")


def test_twenty_tries_at_once_are_counted_one_by_one(database):
    allowed: list[bool] = []
    ready = threading.Barrier(20)

    def attempt():
        ready.wait()
        allowed.append(take(database) is None)

    threads = [threading.Thread(target=attempt) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(allowed) == [False] * 10 + [True] * 10


# Sign-in names


def test_an_account_is_found_by_number_and_by_mobile_however_they_are_written(database):
    who = applicant()
    _, token = open_account(database, who)
    n = who.number.number
    for typed in (
        n,
        f"{n[:6]} {n[6:14]} {n[14:]}",
        n.lower(),
        who.mobile,
        f"{who.mobile[:3]} {who.mobile[3:]}",
    ):
        with database.reading() as session:
            found = queries.by_name(session, KEYS, typed, HOME, AT)
        assert found.account_id == acting(database, token).account_id
        assert found.familiar
    with database.reading() as session:
        assert queries.by_name(session, KEYS, "19911111111", HOME, AT) is None
        assert not queries.by_name(session, KEYS, n, CAFE, AT).familiar


def test_jobs_carry_no_personal_data(database):
    open_account(database, applicant(email="jingyi@example.test"))
    with database.reading() as session:
        for job in session.scalars(select(Job)):
            assert set(job.payload) <= {"message", "notice"}


# Forgetting


def test_what_nobody_comes_back_for_is_forgotten(database, clock_stands):
    with database.transaction() as session:
        opening.begin(session, KEYS, applicant(), "hash", mobile_matches=True, at=AT)
    take(database)
    _, token = open_account(database)
    who = acting(database, token)
    clock_stands.run_from(AT + timedelta(days=2))
    begin_session(database, who, at=AT + timedelta(days=2))
    services.forget_stale(database, None, None, {})
    with database.reading() as session:
        assert set(session.scalars(select(Confirmation.facts_sealed))) == {None}
        assert set(session.scalars(select(DirectMessage.content_sealed))) == {None}
        assert session.scalars(select(Tries)).all() == []
        assert session.scalar(select(func.count(AccountSession.id))) == 2
    clock_stands.run_from(AT + timedelta(days=181))
    services.forget_stale(database, None, None, {})
    with database.reading() as session:
        assert session.scalar(select(func.count(AccountSession.id))) == 1


def test_an_opening_still_under_way_is_not_forgotten(database):
    waiting, code = start(database)
    services.forget_stale(database, None, None, {})
    assert check(database, waiting, code) is Outcome.RIGHT
