"""A town of firms made by SQL, the same on both databases: of one in so many each kind of obstacle."""

from collections.abc import Iterator, Mapping

from sqlalchemy import Engine, text

AT, DAY, EARLIER = "2026-01-05 03:00:00+00:00", "2026-01-05", "2025-10-01"
KINDS = ("person", "firm", "account", "proof", "period", "tax", "bill", "ledger", "fact", "matter")
TOWN = "WITH RECURSIVE town(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM town WHERE n < {firms})"
TAXPAYER = {"number_kind": "'none'"}


def load(engine: Engine, firms: int) -> None:
    """So many firms, a statement a table, and the planner's figures about them."""
    lite = engine.dialect.name == "sqlite"
    with engine.begin() as connection:
        for table, values, times in _rows(lite=lite):
            connection.execute(text(_insert(table, values, times, firms)))
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))


def _insert(table: str, values: Mapping[str, str], times: int, firms: int) -> str:
    numbers = " UNION ".join(f"SELECT {k} AS k" for k in range(1, times + 1))
    columns = ", ".join(f'"{name}"' for name in values)
    return (
        f"INSERT INTO {table} ({columns}) {TOWN.format(firms=firms)} "  # noqa: S608 - our own words
        f"SELECT {', '.join(values.values())} FROM town CROSS JOIN ({numbers}) AS times"
    )


def _rows(*, lite: bool) -> Iterator[tuple[str, dict[str, str], int]]:
    """Table, value of each column of the n-th firm's k-th row, and how many rows a firm has."""

    def key(kind: str, number: str = "n") -> str:
        whole = f"{KINDS.index(kind) + 1} * 100000000000 + {number}"
        return f"printf('%032x', {whole})" if lite else f"CAST(lpad(to_hex({whole}), 32, '0') AS uuid)"

    def day(written: str) -> str:
        return f"'{written}'" if lite else f"DATE '{written}'"

    def none_or(condition: str, value: str) -> str:
        return f"CASE WHEN {condition} THEN NULL ELSE {value} END"

    blob = "x'00'" if lite else "'\\x00'::bytea"
    yes, no = ("1", "0") if lite else ("true", "false")
    moment = "'2026-01-05 03:00:00.000000'" if lite else f"TIMESTAMPTZ '{AT}'"
    of_firm = {"taxpayer_id": key("firm")}
    for kind, what in (("person", "person"), ("firm", "company")):
        yield (
            "taxpayers",
            {
                **TAXPAYER,
                "id": key(kind),
                "kind": f"'{what}'",
                "name": f"'{kind} ' || n",
                "number_sealed": blob,
                "number_index": f"'{kind}-' || n",
                "opened_at": moment,
            },
            1,
        )
    yield (
        "accounts",
        {
            "id": key("account"),
            "person_id": key("person"),
            "role": "'taxpayer'",
            "language": "'zh'",
            "password_hash": "''",
            "email_confirmed": no,
            "opened_at": moment,
        },
        1,
    )
    yield (
        "identity_proofs",
        {
            "id": key("proof"),
            "account_id": key("account"),
            "level": "CASE WHEN n % 20 = 0 THEN 1 ELSE 2 END",
            "method": "'bench'",
            "at": moment,
            "by": "'bench'",
        },
        1,
    )
    yield (
        "firms",
        {
            **of_firm,
            "code": "'F' || n",
            "licence": "CASE WHEN n % 200 = 0 THEN 'revoked' ELSE 'active' END",
            "representative_name": "'person ' || n",
            "representative_sealed": blob,
            "representative_index": "'person-' || n",
            "parent_code": "CASE WHEN n % 50 = 0 THEN 'F' || (n - 1) END",
            "vat_payer": "'small-scale'",
            "agent": no,
            "established_on": day(EARLIER),
            "register_seq": "n",
            "changed_on": day(EARLIER),
            "tax_status": "CASE WHEN n % 40 = 0 THEN 'abnormal' ELSE 'normal' END",
            "tax_status_since": day(EARLIER),
            "tax_status_cause": "''",
        },
        1,
    )
    yield (
        "tax_registrations",
        {
            **of_firm,
            "id": key("tax"),
            "tax": "CASE WHEN n % 3 = 0 THEN 'cit-annual' ELSE 'vat-small-scale' END",
            "period_kind": "'quarter'",
            "from_on": day(EARLIER),
        },
        1,
    )
    yield (
        "obligations",
        {
            **of_firm,
            "id": key("period", "n * 10 + k"),
            "tax": "'vat-small-scale'",
            "period": "'p' || k",
            "opens_on": day(EARLIER),
            "due_on": day(DAY),
            "due_basis": "'computed'",
            "filed_on": none_or("k = 6 AND n % 5 = 0", day(DAY)),
        },
        6,
    )
    yield (
        "bills",
        {
            **of_firm,
            "id": key("bill", "n * 10 + k"),
            "tax": "CASE WHEN n % 30 = 0 THEN 'fine' ELSE 'vat-small-scale' END",
            "period": "'p'",
            "title": "'bench'",
            "amount": "100",
            "due_on": day(DAY),
            "source_kind": "'bench'",
            "source_id": key("bill", "n * 10 + k"),
            "raised_at": moment,
        },
        2,
    )
    account = {**of_firm, "tracked": yes, "floor": "0"}
    for place, (kind, unpaid) in enumerate((("tax-due", 6), ("surcharge-due", 25))):
        yield (
            "ledger_accounts",
            {
                **account,
                "id": key("ledger", f"n * 100 + k * 10 + {place}"),
                "code": f"'{kind}-' || n || '-' || k",
                "kind": f"'{kind}'",
                "bill_id": key("bill", "n * 10 + k"),
                "side": "1",
                "debits": "100",
                "credits": f"CASE WHEN k = 1 AND n % {unpaid} = 0 THEN 0 ELSE 100 END",
            },
            2,
        )
    yield (
        "ledger_accounts",
        {
            **account,
            "id": key("ledger", "n * 100 + 99"),
            "code": "'unallocated-' || n",
            "kind": "'unallocated'",
            "side": "-1",
            "debits": "CASE WHEN n % 15 = 0 THEN 0 ELSE 100 END",
            "credits": "100",
        },
        1,
    )
    yield (
        "firm_facts",
        {
            **of_firm,
            "id": key("fact"),
            "kind": "CASE n % 4 WHEN 0 THEN 'inspection' WHEN 1 THEN 'unused-invoices'"
            " WHEN 2 THEN 'social-insurance' ELSE 'credit-grade' END",
            "reference": "'r'",
            "facts": """'{"grade": "D"}'""" if lite else """CAST('{"grade": "D"}' AS json)""",
            "source": "'bench'",
            "secret": no,
            "since": day(EARLIER),
            "until": none_or("n % 3 = 0", day(DAY)),
            "seq": "n",
        },
        1,
    )
    yield (
        "matters",
        {
            **of_firm,
            "id": key("matter"),
            "number": "'M' || n",
            "kind": "'refund'",
            "state": "'requested'",
            "subject_id": key("matter"),
            "about": "''",
            "channel": "'web'",
            "owner": "''",
            "opened_at": moment,
            "closed_at": none_or("n % 60 = 0", moment),
        },
        1,
    )
