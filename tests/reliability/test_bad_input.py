"""Every question of every form, answered with what must not break anything.

Always a clear page beside the question or an answer that was taken as it was meant; never a defect, and
nothing of what was typed elsewhere on the form is lost.
"""

from collections.abc import Iterator
from urllib.parse import quote_from_bytes

import pytest
from bs4 import Tag
from werkzeug.datastructures import MultiDict

from tests.page_audit import words
from tests.visitor import Page, Visitor
from tests.world import Door, World

PAYLOADS: dict[str, bytes] = {
    "empty": b"",
    "blank": " \u3000\t ".encode(),
    "over-long": "长".encode() * 20_000,
    "full-width": "１２３４５６７８９０１２".encode(),
    "negative": b"-1",
    "true minus": "\u22121".encode(),
    "not a number": b"NaN",
    "infinite": b"Infinity",
    "1e400": b"1e400",
    "2^63": str(2**63).encode(),
    "many digits": b"9" * 400,
    "finer than a fen": b"0.001",
    "lone surrogate": b"\xed\xa0\x80",
    "not UTF-8": b"\xff\xfe\xfa",
    "NUL": b"a\x00b",
    "control characters": b"a\x1b[31m\x07b",
    "line ends": b"a\r\nSet-Cookie: x=1\r\nb",
    "turned around": "a\u202eb".encode(),
    "not a character": "a\ufffeb".encode(),
    "HTML": b"<script>alert(1)</script><img src=x onerror=alert(1)>",
    "formula": b'=HYPERLINK("http://x","y")',
    "full-width formula": "＝1+1".encode(),
    "placeholders": b"%(name)s {0} {name} {{7*7}} ${7*7}",
    "SQL": b"' OR 1=1; DROP TABLE taxpayers; --",
    "path": b"../../../../etc/passwd",
    "emoji and rare characters": "👨‍👩‍👧‍👦𠮷䶮".encode(),
}
NAMES = list(PAYLOADS)
TURNS = {f"{NAMES[n]} and after": NAMES[n : n + 7] for n in range(0, len(NAMES), 7)}
"""A few payloads a test: finding every form costs more than sending it."""

REFUSED_EVERYWHERE = {
    *("over-long", "NUL"),
    *("control characters", "turned around", "not a character"),
}
"""What no question of any kind takes, optional or not. Bytes that are no text arrive as their own spelling
("%FF"): Werkzeug decodes a form so, and a percent sign is a character like any other."""

TAKEN_AS_MEANT = 303
MARK = "甲乙丙"
ASKING = {"input", "select", "textarea"}


@pytest.fixture
def world(app, given, sandbox):
    return World(app, given, sandbox)


def forms(world: World) -> Iterator[tuple[Visitor, Door, int]]:
    """Every form with a question, on every page of the portal: who sees it, where, which one there."""
    for person in (None, world.owner):
        for door in world.doors(reading=True):
            visitor = Visitor(world.app)
            if person is not None:
                visitor.carry(person.token)
            response = visitor.client.get(world.address(door))
            if response.status_code != 200 or response.mimetype != "text/html":
                continue
            page = Page(visitor, response)
            for n, form in enumerate(page.soup.find_all("form")):
                if questions(form):
                    yield visitor, door, n


def questions(form: Tag) -> list[Tag]:
    """The controls of a form that a person can answer by typing or that a browser could be made to send."""
    controls = [c for c in form.find_all(ASKING) if c.get("name") and c["name"] != "csrf_token"]
    return [c for c in controls if c.get("type") not in {"submit", "button", "file"}]


def send(visitor: Visitor, page: Page, form: Tag, asked: list[Tag], payload: bytes):
    """Send a form as it stands, every other empty text marked, with this payload in these controls."""
    struck = {control["name"] for control in asked}
    data: MultiDict[str, str] = page.form_data(form)
    for other in questions(form):
        if is_text(other) and other["name"] not in struck and not data.get(other["name"]):
            data[other["name"]] = MARK
    pairs = [(k, v.encode()) for k, v in data.items(multi=True) if k not in struck and isinstance(v, str)]
    pairs += [(name, payload) for name in struck]
    body = "&".join(
        f"{quote_from_bytes(k.encode(), safe='')}={quote_from_bytes(v, safe='')}" for k, v in pairs
    )
    path = form.get("action") or page.url
    if str(form.get("method", "get")).lower() == "get":
        return visitor.client.get(f"{path.partition('?')[0]}?{body}")
    return visitor.client.post(path, data=body, content_type="application/x-www-form-urlencoded")


def is_text(control: Tag) -> bool:
    return control.name == "textarea" or (control.name == "input" and control.get("type", "text") in TYPED)


TYPED = {"text", "email", "tel", "search", "url", "number"}


@pytest.mark.one_engine
@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.soak)], ids=["some", "every"])
@pytest.mark.parametrize("turn", TURNS)
def test_every_question_survives(world, turn, every):
    """All texts of a form at once, and alone: every question, or one of each form, another per payload."""
    tried = 0
    wrong = []
    for visitor, door, n in forms(world):
        page = visitor.open(world.address(door))
        asked = questions(page.soup.find_all("form")[n])
        texts = [place for place, control in enumerate(asked) if is_text(control)]
        for name in TURNS[turn]:
            alone = range(len(asked)) if every else [NAMES.index(name) % len(asked)]
            for places in filter(None, [texts, *([place] for place in alone)]):
                form = page.soup.find_all("form")[n]
                struck = [questions(form)[place] for place in places]
                answer = send(visitor, page, form, struck, PAYLOADS[name])
                tried += 1
                wrong += [f"{door}, {name}: {fault}" for fault in faults(visitor, answer, form, struck, name)]
                if answer.status_code == TAKEN_AS_MEANT:
                    world.forget()
                    page = visitor.open(world.address(door))
    assert tried > 20 * len(TURNS[turn])
    assert wrong == []


def faults(visitor: Visitor, answer, form: Tag, struck: list[Tag], name: str) -> Iterator[str]:
    """What is wrong with the answer to one payload in some questions."""
    gets = str(form.get("method", "get")).lower() == "get"
    asked = [control["name"] for control in struck]
    if answer.status_code >= 500 or answer.status_code in {404, 405}:
        yield f"{asked}: answered {answer.status_code}"
        return
    if answer.status_code in {TAKEN_AS_MEANT, 200}:
        if name in REFUSED_EVERYWHERE and any(map(is_text, struck)) and not gets:
            yield f"{asked}: taken"
        return
    if answer.status_code not in {400, 409, 413, 422, 429}:  # who sends so much is told to wait, too
        yield f"{asked}: answered {answer.status_code}"
        return
    if answer.status_code == 422:
        yield from _lost(Page(visitor, answer), form, struck, name)


def _lost(page: Page, form: Tag, struck: list[Tag], name: str) -> Iterator[str]:
    """On the page shown again: the questions have messages, and what was typed elsewhere is still there."""
    for control in struck:
        if name in REFUSED_EVERYWHERE and is_text(control) and "error" not in _said(page, control):
            yield f"{control['name']}: no message beside the question"
    names = {control["name"] for control in struck}
    for other in questions(form):
        if is_text(other) and other["name"] not in names:
            again = page.soup.find(attrs={"name": other["name"]})
            kept = (
                (again.get_text() if again.name == "textarea" else again.get("value", "")) if again else None
            )
            if not kept:
                yield f"what was typed into {other['name']} is lost after {sorted(names)}"
    if not words(page.soup.h1):
        yield "a page without a heading"


def _said(page: Page, control: Tag) -> str:
    """What describes a question on the page shown again."""
    shown = page.soup.find(attrs={"name": control["name"]})
    group = shown.find_parent("fieldset") if shown else None
    return " ".join(str(tag.get("aria-describedby", "")) for tag in (shown, group) if tag)
