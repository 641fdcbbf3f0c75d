"""The documents name what there is."""

import re

from portal.jobs import NIGHTLY, RECURRING
from tests.house.shape import ROOT

OPERATIONS = (ROOT / "docs" / "operations.md").read_text("utf-8")


def test_every_setting_is_documented():
    read = set(re.findall(r'read\.text\(\s*"(\w+)"', (ROOT / "portal" / "settings.py").read_text("utf-8")))
    assert len(read) > 20
    documented = set(re.findall(r"PORTAL_(\w+)", OPERATIONS))
    assert read - documented == set()
    assert documented - read - {"FILE"} == set()


def test_every_command_of_the_makefile_is_listed_by_help():
    made = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    helped = set(re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.M))
    assert made == helped


def test_the_documents_name_no_file_that_is_not_there():
    for document in (*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")):
        for name in re.findall(r"\]\(([\w./-]+)\)", document.read_text("utf-8")):
            assert (document.parent / name).exists(), f"{document.name} names {name}"


def test_every_job_of_the_clock_is_in_the_list_of_the_operators():
    assert [kind for kind in (*RECURRING, *NIGHTLY) if f"`{kind}`" not in OPERATIONS] == []
