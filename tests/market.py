"""What the market register says, in its own words: lines of firms and of facts, and the changes they make."""

from datetime import date
from typing import Any

from portal.demo import town
from portal.gateways.market import Change, FirmRecord, read_change
from portal.taxpayers.rules import IdKind

Line = dict[str, Any]
SOMEONE = next(town.people(1, date(2026, 3, 9)))
CODE = town.credit_code(90_000)


def firm_line(
    code: str = CODE, name: str = "滨海青禾贸易有限公司", by: Any = SOMEONE, taxes: Any = (), **changes: Any
) -> Line:
    """The record of a firm represented by whoever has name and number. `taxes`: names or whole entries."""
    entries = [_tax(one) if isinstance(one, str) else one for one in taxes]
    return {
        "uscc": code,
        "name": name,
        "kind": "company",
        "status": "active",
        "legal_representative": {"name": by.name, "id_kind": IdKind.RESIDENT, "id_number": by.number},
        "vat_payer": "small-scale",
        "established_on": "2024-01-02",
        "changed_on": "2024-01-02",
        "taxes": entries,
    } | changes


def _tax(name: str) -> Line:
    return {"tax": name, "period_kind": "quarter", "from": "2024-01-02"}


def fact_line(
    kind: str = "unused-invoices", reference: str = "R-1", code: str = CODE, **changes: Any
) -> Line:
    """Something another office knows of a firm."""
    fact = {
        "kind": kind,
        "reference": reference,
        "source": "发票系统",
        "since": "2026-01-05",
        "secret": False,
    }
    return {"uscc": code, "fact": fact | {"facts": {}} | changes}


def change(seq: int, line: Line) -> Change:
    """A line as the feed sends it."""
    kind = "fact" if "fact" in line else "firm"
    return read_change(
        {"seq": seq, "kind": kind, "uscc": line["uscc"], kind: line["fact"] if kind == "fact" else line}
    )


def record(line: Line, seq: int = 1) -> FirmRecord:
    """A firm's line as the register finds it."""
    found = change(seq, line).about
    assert isinstance(found, FirmRecord)
    return found
