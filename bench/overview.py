"""What the first page costs beside a bare page of the same content, request by request in turn.

    python -m bench.overview [REQUESTS]

Ours: GET /home through the whole application: a busy page (a bill, twelve months of payments, five looks of
others) and a quiet one (nothing but the frame). Bare: one Flask view with flask-login and its signed session,
a CSRF token, one SQLAlchemy statement for as many rows as ours shows, from the same database, and a Jinja
template with the same frame of links, compiled once; no second language, limits or headers of safety. It is
a floor, not a product. Rows are to-dos, months and looks; links do not count. All run in this process, signed
in, on SQLite, over a town of 200. Milliseconds are processor time of this process.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Flask, render_template
from flask.testing import FlaskClient
from flask_login import LoginManager, UserMixin, current_user, login_required, login_user
from flask_wtf.csrf import CSRFProtect
from jinja2 import DictLoader
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from portal.core import clock
from portal.core.db import Database
from portal.income.models import IncomeLine
from portal.taxpayers.models import Taxpayer
from tests.databases import migrate

if TYPE_CHECKING:
    from tests.given import Given, Person

WARM_UP = 20
LOOKS = 5
TOWN = 200
ROW = (b"<h3>", b'<tr><th scope="row">', b"<dt>")
"""What begins a to-do, a month and a look."""
SHELL = """<!DOCTYPE html><html lang="zh-Hans"><head><meta charset="utf-8"><title>首页</title>
<link rel="stylesheet" href="/portal.css"></head><body><header><a href="/">自助办税</a>
<a href="/messages">消息</a><a href="/?lang=en">English</a>{{ name }}
<a href="/profile">我的资料与授权</a><a href="/sessions">登录记录与设备</a><a href="/trail">谁看过我的信息</a>
<form method="post" action="/sign-out"><input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
<button>退出</button></form></header>
<nav><a href="/home">首页</a><a href="/file">我要办税</a><a href="/billing">我要查询</a>
<a href="/certificates">证明</a></nav><main>{% block main %}{% endblock %}</main>
<footer><a href="/verify">查验证明</a><a href="/accessibility">无障碍声明</a>
<a href="/privacy">隐私</a></footer>
</body></html>"""
PAGE = """{% extends "shell.html" %}{% block main %}<h1>{{ name }}</h1><table>
{% for row in rows %}<tr><th>{{ row.year }}-{{ row.month }}</th><td>{{ row.payer_name }}</td>
<td>{{ "{:,.2f}".format(row.income) }}</td><td>{{ "{:,.2f}".format(row.tax_withheld) }}</td></tr>{% endfor %}
</table>{% endblock %}"""
Ask = Callable[[], bytes]


def main(requests: int = 300) -> None:
    """Measure and print both sides, medians and the ratio, for each of the people."""
    with tempfile.TemporaryDirectory() as home:
        pages = _portal(Path(home))
        print(
            f"load {os.getloadavg()[0]:.1f}; flask {version('flask')}, sqlalchemy {version('sqlalchemy')};"
            " milliseconds: median (5th to 95th of a hundred)"
        )
        for who, ours in pages.items():
            rows = sum(ours().count(tag) for tag in ROW)
            _compare(
                who,
                rows,
                {"first page": ours, "bare page": _bare(f"sqlite:///{home}/portal.db", rows)},
                requests,
            )


def _compare(who: str, rows: int, sides: dict[str, Ask], requests: int) -> None:
    times: dict[str, list[float]] = {name: [] for name in sides}
    for turn in range(WARM_UP + requests):
        for name, ask in sides.items():
            before = time.process_time()
            ask()
            if turn >= WARM_UP:
                times[name].append(time.process_time() - before)
    medians = {name: statistics.median(spent) * 1000 for name, spent in times.items()}
    print(f"{who}, {rows} rows")
    for name, spent in times.items():
        low, high = (q * 1000 for q in statistics.quantiles(spent, n=20)[::18])
        print(f"  {name:10} {medians[name]:6.2f} ({low:.2f} to {high:.2f}), {len(sides[name]()):,} bytes")
    print(f"  ratio      {medians['first page'] / medians['bare page']:6.2f}")


def _portal(home: Path) -> dict[str, Ask]:
    """The portal over a small town, and the first page of each of the people, signed in."""
    os.environ.update(PORTAL_HOME=str(home), PORTAL_ENV="test", PORTAL_RATE="1000000 per minute")
    from portal.app import create_app
    from portal.demo import services as demo
    from portal.settings import Settings
    from tests.given import Given

    settings = Settings.from_environment(os.environ)
    migrate(settings.database_url)
    database = Database(settings.database_url)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        list(demo.build(database, settings, TOWN, clock.now(), progress=nowhere))
    app = create_app(settings, database)

    given = Given(database, settings)
    given.people = islice(given.people, TOWN, None)  # strangers to the town

    def signed_in(person: "Person") -> Ask:
        client = app.test_client()
        client.set_cookie(app.extensions["session_cookie"], person.token)
        return lambda: _body(client, "/home")

    return {"busy": signed_in(_busy(given)), "quiet": signed_in(given.person())}


def _busy(given: "Given") -> "Person":
    """Someone who paid for the year before last, owes for the last, and whose file others opened."""
    from portal.audit import services as audit
    from portal.billing import services as billing
    from portal.demo.stories import NO_PAGES, PaidLongAgo
    from tests.given import LAST_YEAR

    person, at = given.person(), clock.now()
    given.income(person, LAST_YEAR - 1, income="30000.00")
    given.filed(person, LAST_YEAR - 1)
    billing.lead_to_gateway(given.database, PaidLongAgo(at), given.ordered(person), NO_PAGES, at=at)
    given.income(person, LAST_YEAR, income="30000.00")
    given.filed(person, LAST_YEAR)
    with given.database.transaction() as session:
        for _ in range(LOOKS):
            audit.record(session, None, "income-received", at=at, taxpayer_id=person.taxpayer_id)
    return person


def _body(client: FlaskClient, path: str) -> bytes:
    answer = client.get(path)
    assert answer.status_code == 200, answer.status
    return answer.data


def _bare(url: str, rows: int) -> Ask:
    """The page a textbook would write, with as many rows as ours has."""
    app = Flask("bare")
    app.config["SECRET_KEY"] = "bare"  # noqa: S105 - measured, never served
    app.jinja_loader = DictLoader({"shell.html": SHELL, "page.html": PAGE})
    CSRFProtect(app)
    sessions = sessionmaker(Database(url).engine)
    manager = LoginManager(app)

    class User(UserMixin):
        def __init__(self, row: Taxpayer) -> None:
            self.id, self.name = str(row.id), row.name

    @manager.user_loader
    def load(key: str) -> User:
        with sessions() as session:
            return User(session.get_one(Taxpayer, UUID(key)))

    @app.get("/sign-in")
    def sign_in() -> str:
        with sessions() as session:
            login_user(User(session.scalars(select(Taxpayer).limit(1)).one()))
        return "ok"

    @app.get("/home")
    @login_required
    def home() -> str:
        with sessions() as session:
            found = session.scalars(select(IncomeLine).limit(rows)).all()
            return render_template("page.html", name=current_user.name, rows=found)

    client = app.test_client()
    _body(client, "/sign-in")
    return lambda: _body(client, "/home")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
