"""Writes the initial migration from the models. Until a first release there is one; after it, only new ones.

Run from the top of the tree: `.venv/bin/python tools/first_migration.py`.
"""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

from alembic.autogenerate import produce_migrations, render_python_code
from alembic.autogenerate.api import AutogenContext
from alembic.migration import MigrationContext
from sqlalchemy import TypeDecorator, create_engine

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))
EXTRA: tuple[str, ...] = ("guards.seal_ledger()", "guards.keep_inbox()")
"""Calls into migrations/guards.py made after the tables stand."""
UNDONE_BY: tuple[str, ...] = ("guards.open_ledger()",)
"""Calls that take them away again, before the tables go."""

HEAD = '''"""The house: every table of the first release, and the guards under those that only grow."""

import sqlalchemy as sa
from alembic import op

from migrations import guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    {up}


def downgrade() -> None:
    {down}
'''


def plain_type(kind: str, item: object, _context: AutogenContext) -> str | bool:
    """A migration names database types only, never a type of the portal."""
    if kind == "type" and isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


RENDER = {"sqlalchemy_module_prefix": "sa.", "alembic_module_prefix": "op.", "render_item": plain_type}


def main() -> None:
    from portal.core.db import APPEND_ONLY, Model

    import_module("portal.core.jobs")
    for file in sorted((ROOT / "portal").glob("*/models*")):
        import_module(f"portal.{file.parent.name}.models")
    with create_engine("sqlite://").connect() as connection:
        context = MigrationContext.configure(connection, opts={"target_metadata": Model.metadata})
        script = produce_migrations(context, Model.metadata)
        up = render_python_code(script.upgrade_ops, **RENDER)
        down = render_python_code(script.downgrade_ops, **RENDER)
    guarded = sorted(APPEND_ONLY)
    up += "".join(f'\n    guards.refuse_changes("{table}")' for table in guarded)
    up += "".join(f"\n    {call}" for call in EXTRA)
    down = "".join(f'guards.allow_changes("{table}")\n    ' for table in guarded) + down
    down = "".join(f"{call}\n    " for call in UNDONE_BY) + down
    target = ROOT / "migrations" / "versions" / "0001_the_house.py"
    target.write_text(HEAD.format(up=up.strip(), down=down.strip()), encoding="utf-8")
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", str(target)], check=True)
    sys.stdout.write(
        f"{target.relative_to(ROOT)}: {len(Model.metadata.tables)} tables, {len(guarded)} guarded\n"
    )


if __name__ == "__main__":
    main()
