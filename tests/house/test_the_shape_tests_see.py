"""Each shape test is shown the fault it is for."""

from pathlib import PurePath

import pytest

from tests.house import shape


@pytest.mark.parametrize(
    ("finds", "fault", "found"),
    [
        (shape.commits, "def pay(session):\n    session.commit()", ["session.commit"]),
        (shape.commits, "def pay(s):\n    s.connection().rollback()", [".rollback"]),
        (shape.clock_reads, "import datetime\ndatetime.datetime.now()", ["datetime.datetime.now"]),
        (shape.clock_reads, "from datetime import date\nx = date.today()", ["date.today"]),
        (shape.clock_reads, "import time\ntime.time()", ["time.time"]),
        (shape.clock_reads, "from time import time\ntime()", ["from time import time"]),
        (shape.clock_reads, "column = Column(default=func.now())", ["func.now"]),
        (shape.portal_imports, "def upgrade():\n    from portal.core.db import Yuan", ["portal.core.db"]),
        (shape.pretence, "from unittest.mock import patch", ["unittest.mock"]),
        (
            shape.pretence,
            "import stripe\nmonkeypatch.setattr(stripe, 'api_base', '')",
            ["monkeypatch.setattr"],
        ),
        (shape.pretence, "monkeypatch.setattr('portal.core.clock.now', x)", ["monkeypatch.setattr"]),
        (
            shape.pretence,
            "from portal.core import clock\nmonkeypatch.setattr(clock, 'now', x)",
            ["monkeypatch.setattr"],
        ),
        (shape.pretence, "stripe.api_base = 'http://127.0.0.1'", ["stripe.api_base"]),
        (shape.pretence, "import time\ntime.sleep(1)", ["time.sleep"]),
        (shape.pretence, "@pytest.mark.skip\ndef test_x(): assert 0", ["pytest.mark.skip"]),
        (shape.pretence, "def test_x():\n    pytest.skip('later')", ["pytest.skip"]),
        (shape.tests_without_a_claim, "def test_x():\n    x = 1", ["test_x"]),
        (shape.bare_words, "<p>您好</p>", ["<p>您好</p>"]),
        (shape.unsafe_markup, "{{ name|safe }}", ["|safe"]),
        (shape.unsafe_markup, '<p style="color:red">', ["style="]),
        (shape.unsafe_markup, "<script>1</script>", ["a script in the page"]),
        (shape.unsafe_markup, '<a onclick="x()">', ["an event attribute"]),
        (shape.unsafe_markup, '<img src="https://elsewhere.example/x.png">', ["an address elsewhere"]),
        (shape.loose_parts_of, "/my_returns/<id>", ["my_returns", "<id>"]),
        (shape.loose_parts_of, "/Returns/<string:id>/new", ["Returns", "<string:id>"]),
    ],
)
def test_a_planted_fault_is_found(finds, fault, found):
    assert finds(fault) == found


@pytest.mark.parametrize(
    ("finds", "sound"),
    [
        (shape.commits, "with database.transaction() as session:\n    session.flush()"),
        (shape.clock_reads, "import time\ntime.monotonic()\nclock.now()"),
        (shape.portal_imports, "import sqlalchemy as sa"),
        (shape.pretence, "import socket\nmonkeypatch.setattr(socket.socket, 'connect', no_network)"),
        (shape.pretence, "monkeypatch.setenv('PORTAL_ENV', 'test')"),
        (shape.bare_words, '{# 您好 #}{{ _("您好") }}{% trans %}您好{% endtrans %}<b lang="zh-Hans">税</b>'),
        (shape.unsafe_markup, '<script src="/static/portal.js"></script>'),
        (shape.loose_parts_of, "/file/<uuid:return_id>/sign-off"),
        (shape.loose_parts_of, "/static/<path:filename>"),
    ],
)
def test_sound_source_is_left_alone(finds, sound):
    assert finds(sound) == []


def test_names_that_say_nothing_are_found():
    assert shape.banned_names(PurePath("portal/core/utils.py")) == ["utils"]
    assert shape.banned_names(PurePath("portal/core/db.py"), "class SessionManager: ...") == [
        "SessionManager"
    ]
    assert shape.banned_names(PurePath("portal/core/db.py"), "class Database: ...") == []


def test_a_page_without_a_title_is_found():
    assert not shape.has_title('{% extends "layouts/page.html" %}{% block main %}{% endblock %}')
    assert shape.has_title('{% extends "layouts/page.html" %}{% block title %}x{% endblock %}')
