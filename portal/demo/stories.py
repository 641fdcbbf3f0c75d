"""What the first people of the town have done so far, told through the same services that pages use."""

from datetime import datetime
from uuid import UUID

from portal.core.db import Database
from portal.settings import Settings

ABOUT = {
    "李静怡": "has last year's return to file and a refund to come",
    "王建国": "filed late and owes tax with surcharge",
    "陈思远": "filed, paid, and can ask for a certificate",
    "张晓峰": "has an account whose identity is not proven yet",
}


def tell(database: Database, settings: Settings, known: dict[str, UUID], at: datetime) -> None:
    """Let the stories happen."""
