"""Every template compiles, names itself, is translated, and needs no exception from the security policy."""

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.house import shape
from tests.house.shape import ROOT, inside, templates

FOLDER = ROOT / "templates"
PAGES = [file for file in templates() if file.suffix == ".html" and shape.is_page(file.read_text("utf-8"))]
# Documents for paper and mail are no pages of the browser's: their type and colours stand with them.
DOCUMENTS = {"pdf", "mail", "sms"}


def each(files):
    return pytest.mark.parametrize("file", files, ids=inside)


@each(templates())
def test_a_template_compiles(file, bare_app):
    bare_app.jinja_env.get_template(file.relative_to(FOLDER).as_posix())


@each(templates())
def test_every_word_of_a_template_is_translated(file):
    assert shape.bare_words(file.read_text("utf-8")) == []


@each([file for file in templates() if file.relative_to(FOLDER).parts[0] not in DOCUMENTS])
def test_a_template_needs_nothing_inline(file):
    assert shape.unsafe_markup(file.read_text("utf-8")) == []


@each(PAGES)
def test_a_page_names_itself(file):
    text = file.read_text("utf-8")
    folder = file.relative_to(FOLDER).parts[0]
    framed = folder in DOCUMENTS and text.startswith("{% extends")  # its frame names it
    if folder != "layouts" and not framed:
        assert shape.has_title(text)


def test_undefined_names_are_errors(bare_app):
    assert bare_app.jinja_env.undefined is StrictUndefined
    assert bare_app.jinja_env.autoescape


def test_a_template_that_does_not_compile_is_found():
    broken = Environment(loader=FileSystemLoader(FOLDER), autoescape=True)
    with pytest.raises(Exception, match="Expected an expression"):
        broken.from_string("{% if %}")
