"""Closed by default: endpoints have an audience, an address that reads well, a page named like them."""

import pytest
from flask import Flask, abort
from sqlalchemy.exc import OperationalError

from portal.app import create_app
from portal.core.access import MACHINES, SAFE, allow
from portal.core.refusal import Refusal, reason
from tests.house import shape
from tests.house.shape import ROOT
from tests.page_audit import audit
from tests.visitor import Visitor, audience_of

BECAUSE = reason("test-says-no", "这是测试中的拒绝，金额 {amount}。", "请返回上一页。")
STATUSES = (400, 403, 404, 405, 413, 429, 500)


def unsafe(app: Flask):
    """Every route that changes something, with its method."""
    for rule in app.url_map.iter_rules():
        for method in sorted(rule.methods - SAFE):
            yield rule, method


def path_of(app: Flask, rule) -> str:
    """Some address of a route, with arguments that name nothing."""
    nothing = {"uuid": "00000000-0000-7000-8000-000000000000", "int": "1", "path": "x"}
    parts = [
        nothing.get(type(c).__name__.removesuffix("Converter").lower(), "x")
        for c in rule._converters.values()
    ]
    values = dict(zip(rule._converters, parts, strict=True))
    return app.url_map.bind("localhost").build(rule.endpoint, values, method=next(iter(rule.methods)))


def test_every_endpoint_names_its_audience(bare_app):
    unnamed = [
        rule.endpoint for rule in bare_app.url_map.iter_rules() if not audience_of(bare_app, rule.endpoint)
    ]
    assert unnamed == []


def test_an_endpoint_without_an_audience_answers_nothing(app):
    app.add_url_rule("/unmarked", "unmarked", lambda: "secret")
    answer = app.test_client().get("/unmarked")
    assert answer.status_code == 404
    assert "secret" not in answer.get_data(as_text=True)


def test_addresses_are_kebab_case_and_typed(bare_app):
    rules = [r for r in bare_app.url_map.iter_rules() if not r.endpoint.startswith("gallery.")]
    found = {rule.rule: shape.loose_parts_of(rule.rule) for rule in rules}
    assert {address: parts for address, parts in found.items() if parts} == {}


def test_every_template_of_a_room_is_named_like_an_endpoint_or_a_part_of_a_page(bare_app):
    """templates/<room>/<endpoint>.html; parts that pages include begin with an underscore."""
    endpoints = {rule.endpoint for rule in bare_app.url_map.iter_rules()}
    rooms = set(bare_app.blueprints)
    strangers = []
    for file in shape.templates():
        room, *rest = file.relative_to(ROOT / "templates").parts
        if room in rooms and not rest[0].startswith("_"):
            endpoint = ".".join((room, rest[0].removesuffix(file.suffix)))
            if endpoint not in endpoints:
                strangers.append(f"{room}/{'/'.join(rest)}")
    assert strangers == []


def test_whatever_changes_something_refuses_without_a_token(app):
    client = app.test_client()
    let_in = []
    for rule, method in unsafe(app):
        allowed = audience_of(app, rule.endpoint)
        if allowed.audience in MACHINES:
            continue
        answer = client.open(path_of(app, rule), method=method)
        if answer.status_code != 400:
            let_in.append((rule.endpoint, answer.status_code))
    assert let_in == []


def test_whatever_changes_something_refuses_another_origin(app):
    client = app.test_client()
    for headers in ({"Origin": "https://elsewhere.example"}, {"Sec-Fetch-Site": "cross-site"}):
        for rule, method in unsafe(app):
            if audience_of(app, rule.endpoint).audience not in MACHINES:
                assert client.open(path_of(app, rule), method=method, headers=headers).status_code == 403


def test_a_machine_s_door_is_opened_by_nothing_a_browser_carries(app):
    """Gateways prove themselves; without that they are refused, and get no page and no cookie."""
    doors = [
        (rule, method) for rule, method in unsafe(app) if audience_of(app, rule.endpoint).audience in MACHINES
    ]
    assert doors
    for rule, method in doors:
        answer = app.test_client().open(path_of(app, rule), method=method)
        assert answer.status_code in {400, 401, 403, 404}
        assert answer.mimetype == "text/plain"
        assert "Set-Cookie" not in answer.headers


@pytest.fixture
def failing_app(settings, database):
    """The application with doors behind which everything goes wrong."""
    app = create_app(settings, database)

    @app.get("/wrong/status/<int:status>", endpoint="wrong_status")
    @allow("public")
    def status(status: int) -> str:
        abort(status)

    @app.get("/wrong/refused", endpoint="wrong_refused")
    @allow("public")
    def refused() -> str:
        raise Refusal(BECAUSE, amount="¥1.00")

    @app.get("/wrong/defect", endpoint="wrong_defect")
    @allow("public")
    def defect() -> str:
        raise ZeroDivisionError("a defect with a secret in it")

    @app.get("/wrong/database", endpoint="wrong_database")
    @allow("public")
    def database_down() -> str:
        raise OperationalError("SELECT secret", {}, Exception("secret host"))

    return app


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("path", "status"),
    [
        *((f"/wrong/status/{status}", status) for status in STATUSES),
        ("/no-such-page", 404),
        ("/wrong/refused", 409),
        ("/wrong/defect", 500),
        ("/wrong/database", 503),
    ],
)
def test_every_status_is_a_whole_page_with_all_headers(failing_app, path, status, language):
    if language == "zh" or status != 409:  # the words of this refusal are the test's own, in Chinese only
        page = Visitor(failing_app, language).open(path, status=status)
        assert "secret" not in page.text
        assert page.response.headers["Cache-Control"] == "no-store"
        assert page.links()


def test_when_the_database_is_down_the_visitor_is_told_when_to_return(failing_app):
    assert int(failing_app.test_client().get("/wrong/database").headers["Retry-After"]) > 0


def test_a_page_that_lacks_a_header_is_found(failing_app):
    answer = failing_app.test_client().get("/no-such-page")
    soup = Visitor(failing_app).open("/no-such-page", status=404).soup
    del answer.headers["Content-Security-Policy"]
    with pytest.raises(AssertionError, match="policy"):
        audit(soup, answer.headers, language="zh", signed_in=False)
