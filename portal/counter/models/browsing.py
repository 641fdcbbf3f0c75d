"""What the supervisor is told of how the office looked at files."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from portal.core.db import Key, Model, append_only
from portal.core.keys import new_id


@append_only
class BrowsingDay(Model):
    """How one member of staff looked at files on one day, against their own usual; written in the night."""

    __tablename__ = "browsing_days"
    __table_args__ = (UniqueConstraint("day", "account_id"),)

    id: Mapped[UUID] = mapped_column(Key, primary_key=True, default=new_id)
    day: Mapped[date]
    account_id: Mapped[UUID] = mapped_column(Key, ForeignKey("accounts.id"))
    searched: Mapped[int]
    opened: Mapped[int]
    """Taxpayers whose file was opened."""
    without_matter: Mapped[int]
    """Those of them for whom no matter was named."""
    refused: Mapped[int]
    """Taxpayers whose file was asked for without a purpose and not opened that day."""
    usual: Mapped[int | None]
    """Files opened without a matter on a day of theirs lately, rounded up; None without such days."""
    unusual: Mapped[bool]
