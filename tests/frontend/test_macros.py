"""Every page uses macros that exist, with arguments they take; every macro is described and on the list."""

import re

import pytest
from jinja2 import Environment, FileSystemLoader, nodes

from portal.core.pages import STATIC

FOLDER = STATIC.parent / "templates"
PAGES = sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.html"))
PARTS = sorted(path.name for path in (FOLDER / "ui").glob("*.html"))

environment = Environment(loader=FileSystemLoader(FOLDER), autoescape=True, extensions=["jinja2.ext.i18n"])


def parsed(name: str) -> nodes.Template:
    return environment.parse((FOLDER / name).read_text("utf-8"))


def macros(name: str) -> dict[str, nodes.Macro]:
    """The public macros of a template."""
    return {m.name: m for m in parsed(name).find_all(nodes.Macro) if not m.name.startswith("_")}


MACROS = {f"ui/{part}": macros(f"ui/{part}") for part in PARTS}


def imported(name: str) -> dict[str, tuple[str, str]]:
    """What a template imports from ui: local name to file and macro."""
    found = {}
    for statement in parsed(name).find_all(nodes.FromImport):
        source = statement.template.value
        for wanted in statement.names if source in MACROS else ():
            original, local = wanted if isinstance(wanted, tuple) else (wanted, wanted)
            found[local] = (source, original)
    return found


def misfit(call: nodes.Call, macro: nodes.Macro) -> str:
    """Why a call cannot be, or nothing."""
    names = [argument.name for argument in macro.args]
    given = {keyword.key for keyword in call.kwargs}
    demanded = names[len(call.args) : len(names) - len(macro.defaults)]
    if len(call.args) > len(names) or given - set(names):
        return f"{macro.name} does not take {sorted(given - set(names)) or len(call.args)}"
    lacking = [name for name in demanded if name not in given]
    return f"{macro.name} lacks {lacking}" if lacking else ""


def misfits(name: str) -> list[str]:
    """Every wrong use of a macro in a template."""
    local = imported(name)
    wrong = [f"{source} has no {macro}" for source, macro in local.values() if not _there(source, macro)]
    for call in parsed(name).find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name in local and call.dyn_args is None:
            source, macro = local[call.node.name]
            if macro in MACROS[source] and (why := misfit(call, MACROS[source][macro])):
                wrong.append(f"line {call.lineno}: {why}")
    return wrong


def _there(source: str, name: str) -> bool:
    assigned = {a.target.name for a in parsed(source).find_all(nodes.Assign) if hasattr(a.target, "name")}
    return name in MACROS[source] or name in assigned


@pytest.mark.parametrize("page", PAGES)
def test_a_template_uses_macros_as_they_are(page):
    assert misfits(page) == []


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{{ tag("x", colour="red") }}', "does not take"),
        ("{{ tag() }}", "lacks"),
        ('{{ tag("x", "ok", 3) }}', "does not take"),
    ],
)
def test_a_wrong_use_is_found(text, why):
    call = next(environment.parse(text).find_all(nodes.Call))
    assert why in misfit(call, MACROS["ui/tags.html"]["tag"])


@pytest.mark.parametrize("part", PARTS)
def test_every_macro_is_described_where_it_stands_and_on_the_list(part):
    text = (FOLDER / "ui" / part).read_text("utf-8")
    comments = " ".join(re.findall(r"\{#(.*?)#\}", text, re.S))
    listed = (FOLDER / "ui" / "README.md").read_text("utf-8")
    for macro in MACROS[f"ui/{part}"]:
        assert f"{macro}(" in comments, f"{macro} has no comment line"
        if part != "shell.html" and macro != "error_summary":
            assert f"`{macro}(" in listed, f"{macro} is not in templates/ui/README.md"
