"""Opening an account: from what somebody states, past the register and a code, to a first session."""

from datetime import datetime

from sqlalchemy.orm import Session

from portal.accounts import queries
from portal.accounts.models import Account, Confirmation, Consent
from portal.accounts.rules.opening import Applicant, Standing, level_by, standing
from portal.accounts.rules.sessions import Browser
from portal.accounts.services import codes, contacts, sessions
from portal.accounts.services.codes import Outcome, Recipient
from portal.accounts.services.proving import prove
from portal.audit import services as audit
from portal.core.acting import Level
from portal.core.clock import day_of
from portal.core.crypto import Keyring
from portal.core.keys import new_id
from portal.notices import services as notices
from portal.taxpayers.services import record_detail, register_person


def begin(
    session: Session,
    keys: Keyring,
    applicant: Applicant,
    password_hash: str,
    *,
    mobile_matches: bool,
    at: datetime,
) -> Confirmation:
    """Keep an opening whose name and number the register knows, and send the code.

    For a person who has an account already everything looks the same, but the message goes to the holder.
    """
    found = queries.of_number(session, keys, applicant.number)
    known = standing(found[1] if found else None, mobile_matches=mobile_matches) is Standing.KNOWN
    facts = {
        "applicant": applicant.as_facts(),
        "password_hash": password_hash,
        "mobile_matches": mobile_matches,
    }
    recipient = Recipient("sms", applicant.mobile, applicant.language)
    return codes.begin(
        session,
        keys,
        "opening",
        facts,
        recipient,
        account_id=found[0].id if found and known else None,
        genuine=not known,
        at=at,
    )


def confirm(
    session: Session, keys: Keyring, waiting: Confirmation, code: str, browser: Browser, *, at: datetime
) -> tuple[Outcome, str]:
    """Open the account if the code is right; with the token of its first session, else an empty one."""
    outcome = codes.check(session, keys, waiting, code, at=at)
    if outcome is not Outcome.RIGHT:
        return outcome, ""
    facts = codes.facts_of(waiting, keys)
    applicant = Applicant.from_facts(facts["applicant"])
    codes.finish(session, waiting, at=at)
    person = register_person(session, keys, applicant.name, applicant.number, at=at)
    session.refresh(person, with_for_update=True)  # one opening at a time for one person
    found = queries.of_person(session, person.id)
    if found is not None:
        if standing(found[1], mobile_matches=facts["mobile_matches"]) is Standing.KNOWN:
            return Outcome.VOID, ""  # another opening was faster
        _close(session, found[0], at)
    whose = Account(
        id=new_id(),
        person_id=person.id,
        language=applicant.language,
        password_hash=facts["password_hash"],
        opened_at=at,
    )
    session.add(whose)
    session.flush()
    _furnish(session, keys, whose, applicant, at)
    token = sessions.begin(session, whose, browser, at=at)
    level = level_by(mobile_matches=facts["mobile_matches"])
    audit.record(session, None, "account-opened", taxpayer_id=person.id, at=at)
    prove(session, whose, level, "register-mobile" if level is Level.PROVEN else "mobile-code", at=at)
    if level is Level.PROVEN:
        notices.tell(session, person.id, "account-opened", at=at)
    return outcome, token


def _furnish(session: Session, keys: Keyring, whose: Account, applicant: Applicant, at: datetime) -> None:
    """Contacts and consent of a new account."""
    contacts.set_mobile(session, keys, whose, applicant.mobile, at=at)
    if applicant.email:
        contacts.set_email(keys, whose, applicant.email, confirmed=False)
        record_detail(
            session,
            keys,
            whose.person_id,
            "email",
            applicant.email,
            effective_from=day_of(at),
            source="holder",
            at=at,
        )
    session.add(Consent(account_id=whose.id, document="privacy", version=applicant.consent, at=at))
    session.flush()


def _close(session: Session, squatter: Account, at: datetime) -> None:
    """End an account without proof of identity: somebody has proved to be the person it was opened for."""
    sessions.end_all(session, squatter.id, at=at)
    squatter.closed_at = at
    squatter.mobile_index = None
    audit.record(session, None, "account-closed", taxpayer_id=squatter.person_id, at=at)
    session.flush()
