"""What the shape of the source must be: functions from text to the faults found in it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path, PurePath

ROOT = Path(__file__).parents[2]

BANNED = {"util", "utils", "helper", "helpers", "common", "misc", "manager", "managers", "base"}
CLOCKS = {
    *(f"datetime.{name}" for name in ("now", "utcnow", "today")),
    *(f"datetime.datetime.{name}" for name in ("now", "utcnow", "today")),
    "date.today",
    "datetime.date.today",
    *(f"time.{name}" for name in ("time", "time_ns", "localtime", "gmtime", "ctime", "strftime")),
    "func.now",
    "func.current_timestamp",
    "func.current_date",
}
HAN = re.compile("[\u3400-\u9fff]")


def sources(*folders: str) -> list[Path]:
    """The Python files of these folders, ours only."""
    found = [file for folder in folders for file in sorted((ROOT / folder).rglob("*.py"))]
    return [file for file in found if "vendor" not in file.parts and "__pycache__" not in file.parts]


def templates() -> list[Path]:
    """Every template."""
    return [file for file in sorted((ROOT / "templates").rglob("*.*")) if file.suffix in {".html", ".txt"}]


def inside(path: Path) -> str:
    """A path as it is said: from the top of the tree, with slashes."""
    return path.relative_to(ROOT).as_posix()


def calls(source: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the dotted name of what is called."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield _dotted(node.func), node


def commits(source: str) -> list[str]:
    """Calls that end a transaction."""
    return [name for name, _ in calls(source) if name.endswith((".commit", ".rollback"))]


def clock_reads(source: str) -> list[str]:
    """Calls that read the clock."""
    called = [name for name, _ in calls(source)]
    imported = [
        f"from time import {alias.name}"
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.ImportFrom) and node.module == "time"
        for alias in node.names
        if f"time.{alias.name}" in CLOCKS
    ]
    return [name for name in called if name in CLOCKS] + imported


def portal_imports(source: str) -> list[str]:
    """Modules of the portal that a source imports."""
    return [name for name in imports(source) if name.split(".")[0] == "portal"]


def imports(source: str) -> list[str]:
    """Every module a source imports, wherever in the file."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
    return found


def pretence(source: str) -> list[str]:
    """In a test: what replaces our code or an SDK, lets time pass, or does not run."""
    wrong = [
        name for name in imports(source) if name.split(".")[:2] == ["unittest", "mock"] or name == "mock"
    ]
    ours = _names_of(source, OURS)
    for name, call in calls(source):
        if name in {"monkeypatch.setattr", "monkeypatch.delattr"} and _is_ours(call.args[0], ours):
            wrong.append(name)
        if name in {"time.sleep", "sleep", "pytest.skip", "pytest.importorskip", "pytest.xfail"}:
            wrong.append(name)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and _dotted(node) in SKIPS:
            wrong.append(_dotted(node))
        if isinstance(node, ast.Assign):
            wrong += [_dotted(target) for target in node.targets if _dotted(target).startswith("stripe.")]
    return wrong


OURS = {"portal", "sandbox", "stripe"}
"""What no test replaces: our own code, and the SDK whose behaviour we rely on."""


def _names_of(source: str, packages: set[str]) -> set[str]:
    """The names under which a source knows anything of these packages."""
    known = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found = [a for a in node.names if a.name.split(".")[0] in packages]
            known |= {alias.asname or alias.name.split(".")[0] for alias in found}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in packages:
            known |= {alias.asname or alias.name for alias in node.names}
    return known


def _is_ours(target: ast.expr, ours: set[str]) -> bool:
    if isinstance(target, ast.Constant):
        return str(target.value).split(".")[0] in OURS
    return _dotted(target).split(".")[0] in ours


SKIPS = {"pytest.mark.skip", "pytest.mark.skipif", "pytest.mark.xfail"}


def tests_without_a_claim(source: str) -> list[str]:
    """Tests that cannot fail: no assertion, no expected error, no call that checks."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            claims = any(isinstance(part, ast.Assert | ast.Call | ast.Raise) for part in ast.walk(node))
            if not claims:
                found.append(node.name)
    return found


def banned_names(path: PurePath, source: str = "") -> list[str]:
    """Parts of a path, and classes of a source, whose names say nothing."""
    stems = [part.removesuffix(path.suffix) for part in path.parts]
    wrong = [stem for stem in stems if stem.lower() in BANNED]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ClassDef):
            words = re.findall(r"[A-Z][a-z]*", node.name)
            wrong += [node.name] if words and words[-1].lower() in BANNED else []
    return wrong


def docstring_of(source: str) -> str:
    """What a module is for, or nothing."""
    return ast.get_docstring(ast.parse(source)) or ""


TEMPLATE_COMMENT = re.compile(r"\{#.*?#\}", re.S)
TRANSLATED_BLOCK = re.compile(r"\{%-?\s*trans\b.*?endtrans\s*-?%\}", re.S)
EXPRESSION = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.S)
ELEMENT_IN_CHINESE = re.compile(r"""<(\w+)[^>]*\blang="zh-Hans"[^>]*>.*?</\1>""", re.S)


def bare_words(template: str) -> list[str]:
    """Chinese that stands in a template without being marked for translation."""
    rest = TEMPLATE_COMMENT.sub("", template)
    rest = TRANSLATED_BLOCK.sub("", rest)
    rest = ELEMENT_IN_CHINESE.sub("", rest)
    rest = EXPRESSION.sub("", rest)
    return re.findall("[^\n]*[\u3400-\u9fff][^\n]*", rest)


UNSAFE = (
    (re.compile(r"\|\s*safe\b"), "|safe"),
    (re.compile(r"\bstyle\s*="), "style="),
    (re.compile(r"<style\b"), "a style element"),
    (re.compile(r"<script(?![^>]*\bsrc=)"), "a script in the page"),
    (re.compile(r"\son[a-z]+\s*=\s*[\"']"), "an event attribute"),
    (re.compile(r"autoescape\s+false"), "autoescape off"),
    (re.compile(r"(?:src|href|action)\s*=\s*[\"']https?:"), "an address elsewhere"),
)


def unsafe_markup(template: str) -> list[str]:
    """What the content security policy would block, or what would let it be needed."""
    text = TEMPLATE_COMMENT.sub("", template)
    return [name for pattern, name in UNSAFE if pattern.search(text)]


def has_title(template: str) -> bool:
    """A page names itself: it fills the title of its layout, or is a document with a title of its own."""
    return bool(re.search(r"\{%-?\s*block\s+title\b|<title>|\{%-?\s*set\s+title\b", template))


def is_page(template: str) -> bool:
    """Whether a template is a whole page rather than a part, a macro file or a layout."""
    return bool(re.search(r"\{%-?\s*extends\b", template))


def loose_parts_of(rule: str) -> list[str]:
    """Parts of an address that are neither kebab-case words nor typed variables."""
    wrong = []
    for part in rule.strip("/").split("/"):
        variable = re.fullmatch(r"<(?:(\w+)(?:\([^>]*\))?:)?(\w+)>", part)
        sound = variable[1] not in {None, "string"} if variable else KEBAB.fullmatch(part)
        if not sound:
            wrong.append(part)
    return wrong


KEBAB = re.compile(r"_?(?:[a-z0-9]+(?:[-.][a-z0-9]+)*)?")


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""
