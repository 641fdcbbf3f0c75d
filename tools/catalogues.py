"""Makes the English catalogue: words from code, templates and standards, English from translations/parts.

`python -m tools.catalogues` writes messages.po and .mo under translations/en and names what has no English
yet; `--check` writes nothing and fails when anything is missing, superfluous, contradictory or not compiled.
"""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
PARTS = ROOT / "translations" / "parts"
TARGET = ROOT / "translations" / "en" / "LC_MESSAGES" / "messages.po"

PHRASES: dict[str, tuple[int | str, ...]] = {
    "_": (0,),
    "_l": (0,),
    "N_": (0,),
    "gettext": (0,),
    "lazy_gettext": (0,),
    "reason": (1, 2),
}
"""Which arguments of which calls are words for people, by place or by name."""
PLURALS = {"ngettext", "_n"}
STANDARD_STEP = ("what", "how", "done_when")
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]|\{(\w+)\}")

HEADER = "# Made by `make catalogues` from translations/parts. Edit those, not this."
SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)
"""A date in the header that changed by itself would make every run a change."""

Message = str | tuple[str, str]


def extract() -> dict[Message, set[str]]:
    """Every message with the files it stands in."""
    found: dict[Message, set[str]] = {}
    for file, message in (*_from_code(), *_from_templates(), *_from_data()):
        found.setdefault(message, set()).add(file)
    return found


def _from_code() -> Iterator[tuple[str, Message]]:
    for file in sorted((ROOT / "portal").rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                for message in _of_call(node):
                    yield str(file.relative_to(ROOT)), message


def _of_call(call: ast.Call) -> Iterator[Message]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name in PLURALS:
        one, many = _literal(call.args[0]), _literal(call.args[1])
        if one and many:
            yield one, many
        return
    places = PHRASES.get(name, ())
    given = [*enumerate(call.args), *((keyword.arg, keyword.value) for keyword in call.keywords)]
    for place, value in given:
        if place in places and (text := _literal(value)):
            yield text


def _literal(node: ast.expr) -> str | None:
    return (
        node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value else None
    )


def _from_templates() -> Iterator[tuple[str, Message]]:
    methods = [("**.html", "jinja2"), ("**.txt", "jinja2")]
    options = {pattern: {"trimmed": "true", "silent": "false"} for pattern, _ in methods}
    folder = ROOT / "templates"
    for file, _, message, _, _ in extract_from_dir(folder, methods, options, strip_comment_tags=True):
        yield f"templates/{file}", message


def _from_data() -> Iterator[tuple[str, Message]]:
    yield from _from_standards()
    yield from _from_errands()
    yield from _from_law()


def _from_standards() -> Iterator[tuple[str, Message]]:
    for file in sorted((ROOT / "portal" / "matters" / "standards").glob("*.toml")):
        standard = tomllib.loads(file.read_text("utf-8"))
        words = [standard["title"], *(step[key] for step in standard["steps"] for key in STANDARD_STEP)]
        for word in words:
            yield str(file.relative_to(ROOT)), word


def _from_errands() -> Iterator[tuple[str, Message]]:
    file = ROOT / "portal" / "halls" / "errands.toml"
    data = tomllib.loads(file.read_text("utf-8"))
    words = list(data["skills"].values())
    for errand in data["errands"].values():
        words += [errand["title"], *errand["papers"]]
    for one in words:
        yield str(file.relative_to(ROOT)), one


def _from_law() -> Iterator[tuple[str, Message]]:
    for file in sorted((ROOT / "portal" / "taxes" / "law").glob("*.toml")):
        for figure in tomllib.loads(file.read_text("utf-8")).values():
            if isinstance(figure, dict):  # the calendar holds lists of days, without words
                yield str(file.relative_to(ROOT)), figure["label"]


def english() -> tuple[dict[Message, Message], list[str]]:
    """The English of every message in translations/parts, and where two parts disagree or are unsure."""
    known: dict[Message, tuple[Message, str]] = {}
    wrong = []
    for file in sorted(PARTS.glob("*.en.po")):
        with file.open("rb") as lines:
            part = read_po(lines, locale="en", abort_invalid=True)
        for message in part:
            if not message.id or not _whole(message.string):
                continue
            if message.fuzzy:
                wrong.append(f"{file.name}: fuzzy: {message.id!r}")
            earlier, other = known.setdefault(message.id, (message.string, file.name))
            if earlier != message.string:
                wrong.append(f"{file.name} and {other} translate {message.id!r} differently")
    return {message: text for message, (text, _) in known.items()}, wrong


def _whole(translation: Message) -> bool:
    return bool(translation) and all(translation if isinstance(translation, tuple) else (translation,))


def make() -> tuple[Catalog, list[str]]:
    """The catalogue, and everything that is wrong with it."""
    messages = extract()
    translated, wrong = english()
    catalogue = Catalog(
        locale="en",
        header_comment=HEADER,
        project="portal",
        version="1",
        last_translator="translations/parts",
        language_team="translations/parts",
        msgid_bugs_address="translations/parts",
        creation_date=SOME_DAY,
        revision_date=SOME_DAY,
        fuzzy=False,
    )
    for message, files in sorted(messages.items(), key=lambda entry: (min(entry[1]), str(entry[0]))):
        text = translated.get(message)
        if text is None:
            wrong.append(f"no English: {message!r} ({', '.join(sorted(files))})")
        elif placeholders(message) != placeholders(text):
            wrong.append(f"placeholders differ: {message!r} → {text!r}")
        catalogue.add(message, text or "", locations=[(file, None) for file in sorted(files)])
    wrong += [f"translated but nowhere used: {message!r}" for message in translated.keys() - messages.keys()]
    return catalogue, wrong


def placeholders(message: Message) -> set[str]:
    """The names that are filled in, over all plural forms."""
    forms = message if isinstance(message, tuple) else (message,)
    return {a or b for form in forms for a, b in PLACEHOLDER.findall(form)}


def written(catalogue: Catalog) -> tuple[bytes, bytes]:
    """The .po and .mo files of a catalogue."""
    po, mo = BytesIO(), BytesIO()
    write_po(po, catalogue, width=110, sort_by_file=False, include_lineno=False)
    write_mo(mo, catalogue)
    return po.getvalue(), mo.getvalue()


def main(arguments: Iterable[str]) -> int:
    catalogue, wrong = make()
    po, mo = written(catalogue)
    compiled = TARGET.with_suffix(".mo")
    if "--check" in arguments:
        stale = [f for f, made in ((TARGET, po), (compiled, mo)) if not f.exists() or f.read_bytes() != made]
        wrong += [f"{file.relative_to(ROOT)} is not up to date: make catalogues" for file in stale]
    else:
        TARGET.parent.mkdir(parents=True, exist_ok=True)
        TARGET.write_bytes(po)
        compiled.write_bytes(mo)
    for complaint in sorted(wrong):
        print(complaint, file=sys.stderr)
    print(f"{len(catalogue)} messages, {len(wrong)} complaints")
    return 1 if wrong and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
