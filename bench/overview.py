"""What the first page costs beside a bare page of the same content, request by request in turn.

    python -m bench.overview [REQUESTS]

Ours: GET /home of a person with bills, payments and a trail, through the whole application. Bare: one Flask
view with flask-login, a CSRF token, SQLAlchemy rows of the same number from the same database and a Jinja
template. Both run in this process, signed in, on SQLite. Milliseconds are processor time of this process.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

from flask import Flask, render_template_string
from flask_login import LoginManager, UserMixin, current_user, login_required
from flask_wtf.csrf import CSRFProtect, generate_csrf
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from portal.core import clock
from portal.core.db import Database
from portal.income.models import IncomeLine
from portal.taxpayers.models import Taxpayer
from tests.databases import migrate

WARM_UP = 20
BARE = """<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Bare</title></head><body>
<h1>{{ name }}</h1><form method="post"><input type="hidden" name="csrf_token" value="{{ csrf }}">
<button>Sign out</button></form><table>
{% for row in rows %}<tr><th>{{ row.year }}-{{ row.month }}</th><td>{{ row.payer_name }}</td>
<td>{{ "{:,.2f}".format(row.income) }}</td><td>{{ "{:,.2f}".format(row.tax_withheld) }}</td></tr>{% endfor %}
</table></body></html>"""


def main(requests: int = 300) -> None:
    """Measure and print both sides, medians and the ratio."""
    with tempfile.TemporaryDirectory() as home:
        ours, rows = _portal(Path(home))
        bare = _bare(f"sqlite:///{home}/portal.db", rows)
        sides = {"first page": ours, "bare page": bare}
        times: dict[str, list[float]] = {name: [] for name in sides}
        sizes = {name: len(ask()) for name, ask in sides.items()}
        for turn in range(WARM_UP + requests):
            for name, ask in sides.items():
                before = time.process_time()
                ask()
                if turn >= WARM_UP:
                    times[name].append(time.process_time() - before)
    _print(times, sizes, rows)


def _portal(home: Path) -> tuple[Callable[[], bytes], int]:
    """The portal over a small town, and someone signed in with something on every part of the page."""
    os.environ.update(PORTAL_HOME=str(home), PORTAL_ENV="test", PORTAL_RATE="1000000 per minute")
    from portal.app import create_app
    from portal.demo import services as demo
    from portal.demo import stories
    from portal.settings import Settings
    from tests.given import Given

    settings = Settings.from_environment(os.environ)
    migrate(settings.database_url)
    database = Database(settings.database_url)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        list(demo.build(database, settings, 200, clock.now(), progress=nowhere))
    app = create_app(settings, database)
    with database.reading() as session:
        owing = session.scalars(select(Taxpayer.id).where(Taxpayer.name == "王建国").limit(1)).one()
        whose = stories.account_of(session, owing)
    token = Given(database, settings).session(whose.id, whose.person_id, at=clock.now())
    client = app.test_client()
    client.set_cookie(app.extensions["session_cookie"], token)

    def ask() -> bytes:
        answer = client.get("/home")
        assert answer.status_code == 200, answer.status
        return answer.data

    return ask, ask().count(b"<tr") + ask().count(b"<li")


def _bare(url: str, rows: int) -> Callable[[], bytes]:
    """The page a textbook would write, with as many rows as ours has."""
    app = Flask("bare")
    app.config["SECRET_KEY"] = "bare"  # noqa: S105 - measured, never served
    CSRFProtect(app)
    sessions = sessionmaker(Database(url).engine)
    manager = LoginManager(app)

    @manager.request_loader
    def load(_: object) -> UserMixin:
        user = UserMixin()
        with sessions() as session:
            user.id = session.scalars(select(IncomeLine.taxpayer_id).limit(1)).one()
        return user

    @app.get("/")
    @login_required
    def index() -> str:
        with sessions() as session:
            found = session.scalars(select(IncomeLine).limit(rows)).all()
            return render_template_string(BARE, name=current_user.id, rows=found, csrf=generate_csrf())

    client = app.test_client()
    return lambda: client.get("/").data


def _print(times: dict[str, list[float]], sizes: dict[str, int], rows: int) -> None:
    medians = {name: statistics.median(spent) * 1000 for name, spent in times.items()}
    print(
        f"{rows} rows; load {os.getloadavg()[0]:.1f};"
        f" flask {version('flask')}, sqlalchemy {version('sqlalchemy')}"
    )
    for name, spent in times.items():
        low, high = (q * 1000 for q in statistics.quantiles(spent, n=20)[::18])
        print(f"{name:12} {medians[name]:6.2f} ms median ({low:.2f} to {high:.2f}), {sizes[name]:,} bytes")
    print(f"ratio {medians['first page'] / medians['bare page']:.2f}")


if __name__ == "__main__":
    main(*(int(word) for word in sys.argv[1:]))
