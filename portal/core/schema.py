"""Whether the tables of a database are those this code was written for, whatever revision it names."""

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection

from portal.core.db import Model

HARMLESS = {"remove_table", "remove_index", "add_index"}
"""Differences with which every statement still works: what an administrator added, and speed."""


def differences(connection: Connection) -> list[str]:
    """What is wrong with the tables, a line each; nothing where they are as the models say.

    Until the first release there is one migration, written anew when models change: a database made by an
    earlier form of it names the same revision and lacks what came since.
    """
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    found = []
    for one in compare_metadata(context, Model.metadata):
        for kind, *about in one if isinstance(one, list) else [one]:
            if kind not in HARMLESS:
                names = [part for part in map(_name, about) if part]
                found.append(f"{kind.replace('_', ' ')}: {'.'.join(names)}")
    return sorted(set(found))


def _name(part: object) -> str:
    return part if isinstance(part, str) else str(getattr(part, "name", None) or "")
