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


def seal_ledger() -> None:
    """Journals match their postings, no posting joins a journal that stands, amounts are whole numbers.

    The columns of an account never change but for sums, and these only grow. On PostgreSQL a deferred check
    catches the posting of a transaction that began before the journal was sealed.
    """
    fixed = ("id", "code", "kind", "taxpayer_id", "bill_id", "side", "tracked", "floor")
    kept = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in fixed)
    refuse_changes(
        "ledger_accounts", allowing=f"{kept} AND NEW.debits >= OLD.debits AND NEW.credits >= OLD.credits"
    )
    (_seal_on_sqlite if _sqlite() else _seal_on_postgresql)()


_COUNT = "(SELECT count(*) FROM ledger_postings WHERE journal_id = {id})"
_SUM = "(SELECT coalesce(sum(amount), 0) FROM ledger_postings WHERE journal_id = {id})"
_WHOLE_NUMBERS = {
    "ledger_postings": ("amount",),
    "ledger_journals": ("legs", "total"),
    "ledger_accounts": ("debits", "credits", "floor"),
}


def _seal_on_sqlite() -> None:
    count, total = _COUNT.format(id="NEW.id"), _SUM.format(id="NEW.id")
    op.execute(
        "CREATE TRIGGER ledger_journals_seal BEFORE INSERT ON ledger_journals "
        f"WHEN NEW.legs <> {count} OR NEW.total <> {total} "
        "BEGIN SELECT RAISE(ABORT, 'ledger_journals does not match its postings'); END"
    )
    op.execute(
        "CREATE TRIGGER ledger_postings_sealed BEFORE INSERT ON ledger_postings "
        "WHEN EXISTS (SELECT 1 FROM ledger_journals WHERE id = NEW.journal_id) "
        "BEGIN SELECT RAISE(ABORT, 'ledger_journals is sealed'); END"
    )
    for table, columns in _WHOLE_NUMBERS.items():
        fraction = " OR ".join(f"typeof(NEW.{column}) <> 'integer'" for column in columns)
        for act in ("INSERT", "UPDATE"):
            op.execute(
                f"CREATE TRIGGER {table}_whole_{act.lower()} BEFORE {act} ON {table} WHEN {fraction} "
                f"BEGIN SELECT RAISE(ABORT, '{table} holds whole numbers'); END"
            )


def _seal_on_postgresql() -> None:
    count, total = _COUNT.format(id="NEW.id"), _SUM.format(id="NEW.id")
    op.execute(
        "CREATE FUNCTION ledger_seal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NEW.legs <> {count} OR NEW.total <> {total} THEN "
        "RAISE EXCEPTION 'ledger_journals does not match its postings'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_journals_seal BEFORE INSERT ON ledger_journals "
        "FOR EACH ROW EXECUTE FUNCTION ledger_seal()"
    )
    op.execute(
        "CREATE FUNCTION ledger_sealed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF EXISTS (SELECT 1 FROM ledger_journals WHERE id = NEW.journal_id) THEN "
        "RAISE EXCEPTION 'ledger_journals is sealed'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER ledger_postings_sealed BEFORE INSERT ON ledger_postings "
        "FOR EACH ROW EXECUTE FUNCTION ledger_sealed()"
    )
    # Runs at commit, when what another transaction sealed in the meantime can be seen.
    count, total = _COUNT.format(id="NEW.journal_id"), _SUM.format(id="NEW.journal_id")
    standing = f"FROM ledger_journals WHERE id = NEW.journal_id AND legs = {count} AND total = {total}"
    op.execute(
        "CREATE FUNCTION ledger_still_sealed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NOT EXISTS (SELECT 1 {standing}) THEN "
        "RAISE EXCEPTION 'ledger_journals does not match its postings'; END IF; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE CONSTRAINT TRIGGER ledger_postings_still_sealed AFTER INSERT ON ledger_postings "
        "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_still_sealed()"
    )


def keep_inbox() -> None:
    """What the gateway sent stays as it came; only what became of it changes."""
    fixed = ("id", "event_id", "type", "api_version", "livemode", "raw", "signature", "received_at")
    kept = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in fixed)
    refuse_changes("webhook_inbox", allowing=kept)


def open_ledger() -> None:
    """Take the ledger's and the inbox's guards away again (downgrades)."""
    allow_changes("ledger_accounts")
    allow_changes("webhook_inbox")
    if _sqlite():
        return  # triggers go with their tables
    for trigger, table in (
        ("ledger_journals_seal", "ledger_journals"),
        ("ledger_postings_sealed", "ledger_postings"),
        ("ledger_postings_still_sealed", "ledger_postings"),
    ):
        op.execute(f"DROP TRIGGER IF EXISTS {trigger} ON {table}")
    for function in ("ledger_seal", "ledger_sealed", "ledger_still_sealed"):
        op.execute(f"DROP FUNCTION IF EXISTS {function}()")


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"
