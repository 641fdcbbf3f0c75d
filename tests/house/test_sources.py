"""The shape of the source: who may commit, read the clock, import what; what things are called."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house import shape
from tests.house.shape import ROOT, inside, sources

PORTAL = sources("portal")
TESTS = [file for file in sources("tests") if file.name.startswith("test_") or file.name == "conftest.py"]
OURS = sources("portal", "sandbox", "bench", "tools", "tests", "migrations")
PURE = [file for file in PORTAL if file.name == "rules.py" or {"rules", "taxes"} & set(file.parts)]
HEAVY = {"flask", "werkzeug", "jinja2", "wtforms", "sqlalchemy", "stripe", "weasyprint", "httpx"}


def each(files: list[Path]):
    return pytest.mark.parametrize("file", files, ids=inside)


def test_only_the_database_module_commits():
    found = {inside(f): shape.commits(f.read_text("utf-8")) for f in PORTAL}
    assert {file for file, calls in found.items() if calls} <= {"portal/core/db.py"}


def test_only_the_clock_module_reads_the_clock():
    found = {inside(f): shape.clock_reads(f.read_text("utf-8")) for f in PORTAL}
    assert {file for file, calls in found.items() if calls} == READ_THE_CLOCK.keys()


READ_THE_CLOCK = {
    "portal/core/clock.py": "the one place",
    "portal/gateways/signing/authority.py": "certificates live in the real time of whoever checks them",
}


def test_migrations_import_nothing_of_the_portal():
    versions = sources("migrations/versions")
    assert versions
    assert {inside(f): shape.portal_imports(f.read_text("utf-8")) for f in versions} == {
        inside(f): [] for f in versions
    }


def test_the_sandbox_imports_nothing_of_the_portal():
    assert [inside(f) for f in sources("sandbox") if shape.portal_imports(f.read_text("utf-8"))] == []


@each(TESTS)
def test_a_test_pretends_nothing(file):
    assert shape.pretence(file.read_text("utf-8")) == []


@each(TESTS)
def test_a_test_can_fail(file):
    assert shape.tests_without_a_claim(file.read_text("utf-8")) == []


def test_names_say_something():
    found = {inside(f): shape.banned_names(f.relative_to(ROOT), f.read_text("utf-8")) for f in OURS}
    found |= {inside(f): shape.banned_names(f.relative_to(ROOT)) for f in shape.templates()}
    assert {file: names for file, names in found.items() if names} == {}


def test_every_module_says_what_it_is_for():
    silent = [
        f for f in OURS if f.read_text("utf-8").strip() and not shape.docstring_of(f.read_text("utf-8"))
    ]
    assert [inside(f) for f in silent] == []


LOADING = """
import importlib, sys
for module in sys.argv[1:]:
    importlib.import_module(module)
    loaded = {heavy} & sys.modules.keys()
    if loaded:
        sys.exit(f"{{module}} loads {{loaded}}")
"""


def test_the_law_loads_neither_the_web_nor_the_database():
    """In a process of its own, so that nothing loaded earlier hides an import."""
    modules = [inside(file).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in PURE]
    assert len(modules) > 20
    assert load(*modules) == ""


def test_a_module_that_loads_the_web_is_found():
    assert "portal.core.pages loads" in load("portal.core.money", "portal.core.pages")


def load(*modules: str) -> str:
    """What a fresh process complains of when it loads these one after the other."""
    code = LOADING.format(heavy=HEAVY)
    done = subprocess.run([sys.executable, "-c", code, *modules], cwd=ROOT, capture_output=True, text=True)
    return done.stderr
