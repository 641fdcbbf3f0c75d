"""Writes the table of findings in docs/findings.md from the list itself: `python -m tools.findings`."""

from pathlib import Path

from portal.core.language import language
from portal.risk.rules import FINDINGS, OFFICES, SEVERITIES, Finding, Page

FILE = Path(__file__).resolve().parents[1] / "docs" / "findings.md"
START, END = "<!-- table: python -m tools.findings -->\n", "<!-- end of table -->"
HEADS = ("code", "what is the case", "weight", "law", "in charge", "cure", "shuts")


def table() -> str:
    """The table in Markdown, in English but for the clauses."""
    lines = [HEADS, ("--",) * len(HEADS), *(_row(finding) for finding in FINDINGS)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _row(finding: Finding) -> tuple[str, ...]:
    say, cure = language("en").phrase, finding.cure
    done = f"`{cure.endpoint}`" if isinstance(cure, Page) else f"visit: {say(cure.words)}"
    shuts = ", ".join(sorted(finding.closes)) or "—"
    return (
        f"`{finding.code}`",
        say(finding.title),
        say(SEVERITIES[finding.severity]),
        finding.cite,
        say(OFFICES[finding.owner]),
        done,
        shuts,
    )


def put_into(document: str) -> str:
    """The document with the table of now between its two marks."""
    before, rest = document.split(START)
    return f"{before}{START}{table()}{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    FILE.write_text(put_into(FILE.read_text("utf-8")), "utf-8")
