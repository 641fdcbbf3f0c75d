"""The tax law for programs: the sheets, what each asks and works out, and its answer for given facts."""

from contextlib import suppress
from datetime import date
from typing import Any

from portal.taxes.explained import PLUS
from portal.taxes.lines import Line, On
from portal.taxes.periods import Period
from portal.taxes.questions import Step
from portal.taxes.sheets import sheet_named, sheets


def list_sheets() -> list[tuple[str, str]]:
    """Code and title of every sheet."""
    return [(sheet.code, sheet.title) for sheet in sheets()]


def describe(code: str) -> dict[str, Any]:
    """Questions with names, kinds, bounds, meanings; lines with clauses. ValueError: no such sheet."""
    sheet = sheet_named(code)
    return {
        "code": sheet.code,
        "title": sheet.title,
        "period": sheet.period.name,
        "filed_by": list(sheet.period.kinds),
        "law": sheet.law,
        "result": sheet.result,
        "steps": [_step(step) for step in sheet.steps],
        "lines": [_line(line) for line in sheet.lines],
    }


def read_on(text: str) -> On:
    """A period (2025, 2025Q3, 2025-07) or a day (2025-12-31) as it is written. Raises ValueError."""
    for read in (Period.parse, date.fromisoformat):
        with suppress(ValueError):
            return read(text)
    raise ValueError(f"neither a period like 2025, 2025Q3, 2025-07 nor a day like 2025-12-31: {text!r}")


def work_out_json(code: str, on: On, answers: str | bytes) -> dict[str, Any]:
    """Every line of a sheet for JSON answers. Raises ValueError (WrongAnswer, NoLawInForce)."""
    return sheet_named(code).work_out(sheet_named(code).read_answers(answers), on=on).as_json()


def _step(step: Step) -> dict[str, Any]:
    pages = [
        {"code": page.code, "title": page.title, "questions": [item.as_json() for item in page.items]}
        for page in step.pages
    ]
    return {"code": step.code, "title": step.title, "pages": pages}


def _line(line: Line) -> dict[str, Any]:
    return {
        "name": line.name,
        "label": line.label,
        "kind": line.kind.code,
        "clause": line.cite,
        "why": PLUS.join(term for term, _ in line.terms),
        "uses": list(line.uses),
        "each": line.each,
        "from": line.from_ and line.from_.isoformat(),
        "to": line.to and line.to.isoformat(),
        "role": line.role.value,
    }
