"""Triggers that refuse what the code never tries: a safety net under append-only tables, on both databases.

Migrations call these; a function here is never edited once a release used it, only followed by another.
"""

from alembic import op


def refuse_changes(table: str, *, allowing: str = "") -> None:
    """Rows of `table` are added and never changed or deleted.

    `allowing` is an SQL condition over OLD and NEW under which an UPDATE is let through all the same.
    """
    if _sqlite():
        when = f"WHEN NOT ({allowing})" if allowing else ""
        op.execute(
            f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} {when} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        f"BEGIN RAISE EXCEPTION '{table} is append-only'; END $$"
    )
    when = f"WHEN (NOT ({allowing}))" if allowing else ""
    op.execute(
        f"CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} "
        f"FOR EACH ROW {when} EXECUTE FUNCTION {table}_refuse()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {table}_refuse()"
    )


def allow_changes(table: str) -> None:
    """Take the guard away again (downgrades). SQLite drops its triggers with the table."""
    if _sqlite():
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_update")
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete")
        return
    for kind in ("update", "delete", "truncate"):
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_{kind} ON {table}")
    op.execute(f"DROP FUNCTION IF EXISTS {table}_refuse()")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
