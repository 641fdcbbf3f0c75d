"""Both languages are complete, and what is compiled is what is written."""

import ast
from io import BytesIO

from babel.messages.mofile import read_mo

from tests.house import shape
from tests.house.shape import inside, sources
from tools import catalogues


def test_nothing_is_missing_unsure_contradictory_or_left_over():
    _, wrong = catalogues.make()
    assert wrong == []


def test_the_written_catalogue_is_up_to_date():
    made, _ = catalogues.make()
    po, mo = catalogues.written(made)
    assert catalogues.TARGET.read_bytes() == po
    assert catalogues.TARGET.with_suffix(".mo").read_bytes() == mo


def test_every_message_of_the_compiled_catalogue_says_something():
    compiled = read_mo(BytesIO(catalogues.TARGET.with_suffix(".mo").read_bytes()))
    made, _ = catalogues.make()
    assert ids(compiled) == ids(made)
    assert all(message.string for message in compiled)


def ids(catalogue):
    return {tuple(m.id) if isinstance(m.id, list | tuple) else m.id for m in catalogue if m.id}


def test_chinese_in_code_is_marked_for_translation():
    """A Chinese string that no catalogue knows would stand untranslated in an English page."""
    known = {form for m in catalogues.extract() for form in (m if isinstance(m, tuple) else (m,))}
    bare = {}
    for file in sources("portal"):
        if inside(file) in CHINESE_BY_NATURE:
            continue
        for text in literals(file.read_text("utf-8")):
            if shape.HAN.search(text) and text not in known:
                bare.setdefault(inside(file), []).append(text)
    assert bare == {}


CHINESE_BY_NATURE = {
    "portal/core/money.py": "amounts in Chinese capitals",
    "portal/certificates/services/rehearsing.py": "a specimen that is thrown away",
    "portal/settings.py": "the names of the office, which are settings in both languages",
    "portal/demo/town.py": "names of invented people, firms and places",
    "portal/demo/stories.py": "names of invented people",
    "portal/demo/office.py": "names of invented people",
    "portal/certificates/rules/paper.py": "the title of the legal form, Chinese on every paper",
    "portal/certificates/services/making.py": "labels of a paper that carries both languages",
    "portal/core/forms/numbers.py": "a unit that people type behind a figure",
    "portal/core/forms/days.py": "the pattern of a Chinese month",
    "portal/gateways/printing/worker.py": "rare characters that the faces must have",
    "portal/gateways/signing/authority.py": "a warning that stands in both languages at once",
}
"""Files whose Chinese is a thing in itself, with the reason."""


def literals(source: str) -> list[str]:
    """The strings of a source that are neither documentation nor a clause: the law is cited in Chinese."""
    tree = ast.parse(source)
    documentation = {
        id(node.value)
        for node in ast.walk(tree)
        if (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant))
        or (isinstance(node, ast.keyword) and node.arg == "cite")
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
    ]
