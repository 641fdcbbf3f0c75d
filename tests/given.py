"""Builds worlds for tests in the domain's words: a person, a firm, a bill."""

from dataclasses import dataclass

from portal.core.db import Database
from portal.settings import Settings


@dataclass
class Given:
    """What is the case before a test acts. Methods write through services, in transactions of their own."""

    database: Database
    settings: Settings
