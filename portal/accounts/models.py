"""Accounts, proofs of identity, sessions, what waits for a code, messages on their way, tries."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Instant, Json, Key, Model, append_only
from portal.core.keys import new_id


class Account(Model):
    """One person's way in, in one role. A closed account keeps its rows and opens nothing.

    `mobile_index` makes the mobile a sign-in name; it belongs to whoever last confirmed the mobile, because
    numbers are given to other people in time.
    """

    __tablename__ = "accounts"
    __table_args__ = (
        Index(
            "uq_accounts_open",
            "person_id",
            "role",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    role: Mapped[str] = mapped_column(String(20), default="taxpayer")
    language: Mapped[str] = mapped_column(String(5), default="zh")
    password_hash: Mapped[str] = mapped_column(String(200))
    mobile_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    mobile_index: Mapped[str | None] = mapped_column(String(64), unique=True)
    email_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    email_confirmed: Mapped[bool] = mapped_column(default=False)
    opened_at: Mapped[datetime] = mapped_column(Instant)
    closed_at: Mapped[datetime | None] = mapped_column(Instant)


@append_only
class IdentityProof(Model):
    """How well the person is known from `at` on, by which method, attested by whom; the latest one counts."""

    __tablename__ = "identity_proofs"
    __table_args__ = (Index("ix_identity_proofs_latest", "account_id", "at"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    level: Mapped[int]
    method: Mapped[str] = mapped_column(String(30))
    at: Mapped[datetime] = mapped_column(Instant)
    by: Mapped[str] = mapped_column(String(100))


@append_only
class Consent(Model):
    """That the person agreed to a version of a notice."""

    __tablename__ = "consents"
    __table_args__ = (Index("ix_consents_of", "account_id", "document"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    document: Mapped[str] = mapped_column(String(30))
    version: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime] = mapped_column(Instant)


class Mandate(Model):
    """That somebody may act for a firm: as what, with which rights, from which day to which.

    The firm proposes, the holder accepts, either side ends it at once. The legal representative's comes from
    the market register and ends with it. The holder is a person, or an agent firm whose own people act.
    Nothing is ever taken back from a row but by its end.
    """

    __tablename__ = "mandates"
    __table_args__ = (
        Index("ix_mandates_of_firm", "taxpayer_id", "ended_at"),
        Index("ix_mandates_of_holder", "holder_id", "ended_at"),
        Index(
            "uq_mandates_open",
            "taxpayer_id",
            "holder_id",
            "role",
            unique=True,
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    holder_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    role: Mapped[str] = mapped_column(String(30))
    """legal-representative, finance-head, tax-handler or agent."""
    rights: Mapped[list[str]] = mapped_column(Json)
    """Values of `Right`, sorted."""
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    """The last day; None while no end is set."""
    source: Mapped[str] = mapped_column(String(10))
    """register or firm."""
    proposed_at: Mapped[datetime] = mapped_column(Instant)
    proposed_by: Mapped[UUID | None] = mapped_column(Key, ForeignKey("accounts.id"))
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    accepted_by: Mapped[UUID | None] = mapped_column(Key, ForeignKey("accounts.id"))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str] = mapped_column(String(10), default="")
    """firm, holder, register, or term: its last day had passed when a new one took its place."""


class AccountSession(Model):
    """One signed-in browser. Only the token's digest is kept; an ended session has none.

    `taxpayer_id` is the taxpayer acted for, `mandate_id` by which mandate (none for oneself); `origin` is the
    network the browser came from, without its host.
    """

    __tablename__ = "sessions"
    __table_args__ = (Index("ix_sessions_of", "account_id", "created_at"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    taxpayer_id: Mapped[UUID] = mapped_column(Key, ForeignKey("taxpayers.id"))
    mandate_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("mandates.id"))
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    last_seen_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    device: Mapped[str] = mapped_column(String(60))
    origin: Mapped[str] = mapped_column(String(50))
    assists: Mapped[bool] = mapped_column(default=False)
    """Of staff: whether it works on a taxpayer's pages, or has not been told that this is over; which pages,
    and by whose consent, the assisting room knows."""


class Confirmation(Model):
    """An act that takes effect when a code sent to a contact comes back: opening, new contact, reset.

    `facts_sealed` holds what was typed until the act is done. With `genuine` false the pages look the same
    and no code fits: the difference goes to the holder of the contact, never to the screen.
    """

    __tablename__ = "confirmations"

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    act: Mapped[str] = mapped_column(String(10))
    account_id: Mapped[UUID | None] = mapped_column(Key, ForeignKey("accounts.id"))
    genuine: Mapped[bool]
    facts_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    code_hash: Mapped[str] = mapped_column(String(64))
    code_until: Mapped[datetime] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(default=0)
    codes_sent: Mapped[int] = mapped_column(default=1)
    done_at: Mapped[datetime | None] = mapped_column(Instant)


class DirectMessage(Model):
    """A message on its way, sealed whole until it is sent and emptied afterwards."""

    __tablename__ = "direct_messages"

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    content_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    created_at: Mapped[datetime] = mapped_column(Instant)
    until: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)


class Tries(Model):
    """How often one subject (a sign-in name, an address, everyone) tried one step since `since`."""

    __tablename__ = "tries"

    step: Mapped[str] = mapped_column(String(60), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    since: Mapped[datetime] = mapped_column(Instant)
    count: Mapped[int]


class StaffMember(Model):
    """What a member of staff signs in with beside the password of the account.

    The secret of the one-time codes is sealed. `code_step` is the time step of the last code accepted: a code
    opens once. `enrol_hash` is the digest of the enrolment code, gone once it was used.
    """

    __tablename__ = "staff"

    account_id: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"), primary_key=True)
    number: Mapped[str] = mapped_column(String(20), unique=True)
    """The number people at the office know the member by; never given to somebody else."""
    secret_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    code_step: Mapped[int] = mapped_column(BigInteger, default=0)
    enrol_hash: Mapped[str | None] = mapped_column(String(64))
    enrol_until: Mapped[datetime | None] = mapped_column(Instant)
    enrolled_at: Mapped[datetime | None] = mapped_column(Instant)


class StaffRole(Model):
    """That a member of staff may do one kind of step, from a day to a day; both included."""

    __tablename__ = "staff_roles"
    __table_args__ = (Index("ix_staff_roles_of", "account_id", "from_on"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    account_id: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    role: Mapped[str] = mapped_column(String(40))
    from_on: Mapped[date]
    to_on: Mapped[date | None]
    given_at: Mapped[datetime] = mapped_column(Instant)
