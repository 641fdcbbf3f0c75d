"""Someone who uses the portal without script, and audits every page they land on.

A visitor can only do what a page offers: follow its links, answer its questions, press its buttons.

    page = visitor.open("/sign-in")
    page = page.answer("手机号码", "19900000001").answer("密码", "…").press("登录")
    assert page.heading == "…"
"""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import date
from io import BytesIO
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from portal.core.access import Allowed, allowed_of
from tests import page_audit, statement_count
from tests.page_audit import words

Answer = str | bool | int | date | Sequence[Any] | tuple[bytes, str] | None
REDIRECTS = {301, 302, 303, 307, 308}
MOST_REDIRECTS = 5
MOST_STATEMENTS = {
    "taxpayer": statement_count.MOST_PER_PAGE,
    "staff": statement_count.MOST_PER_PAGE_OF_THE_OFFICE,
}
"""Of one page, by audience."""
MORE_WHILE_ASSISTING = 8
"""Of one page of a taxpayer that a clerk looks at: whose, by which consent, and the row that says so."""
CONTROLS = ["input", "select", "textarea"]


class NotOffered(AssertionError):
    """The page does not offer what the test wanted to do."""


def audience_of(app: Flask, endpoint: str) -> Allowed | None:
    """What an endpoint demands of whoever asks; None if nothing is said."""
    with app.app_context():
        return allowed_of(endpoint)


@dataclass
class Left:
    """The visitor was sent on to another origin, such as the hosted payment page."""

    url: str


class Visitor:
    """One browser: its cookies, its language, the application it talks to."""

    origin = "http://localhost"
    assists = False
    """Whether this is a clerk's, who works on pages of taxpayers."""

    def __init__(self, app: Flask, language: str = "zh") -> None:
        self.app = app
        self.language = language
        self.client: FlaskClient = app.test_client()
        if language != "zh":
            self.client.set_cookie("lang", language)

    def is_here(self, target: SplitResult) -> bool:
        """Whether an address is the portal's own."""
        return target.netloc == urlsplit(self.origin).netloc

    @property
    def signed_in(self) -> bool:
        return self.client.get_cookie(self.cookie) is not None

    @property
    def cookie(self) -> str:
        """The name of the cookie that carries the session."""
        return str(self.app.extensions["session_cookie"])

    def knows_statements(self) -> bool:
        """Whether the portal runs in this process, so that its questions to the database are heard."""
        return True

    def _listening(self) -> AbstractContextManager[list[str]]:
        # Listeners belong to the process: visitors of distant portals may go about in several threads.
        return statement_count.listening() if self.knows_statements() else nullcontext([])

    def carry(self, token: str) -> "Visitor":
        """Use this session token from now on."""
        self.client.set_cookie(self.cookie, token)
        return self

    def open(self, path: str, status: int = 200) -> "Page":
        """Type an address; follows redirects within the portal. The page at the end has `status`."""
        return self._here(self.send("GET", path, status))

    def send(
        self,
        method: str,
        path: str,
        status: int | Collection[int],
        data: Any = None,
        referrer: str | None = None,
    ) -> "Page | Left":
        """Send one request and follow where it leads; audits the page it ends on."""
        headers = {"Referer": urljoin(self.origin, referrer)} if referrer else {}
        for _ in range(MOST_REDIRECTS):
            with self._listening() as statements:
                response = self.client.open(path, method=method, data=data, headers=headers)
            if response.status_code not in REDIRECTS:
                return self._land(response, status, tuple(statements))
            target = urlsplit(urljoin(f"{self.origin}{path}", response.headers["Location"]))
            if not self.is_here(target):
                return Left(target.geturl())
            path, method, data = f"{target.path}?{target.query}".rstrip("?"), "GET", None
        raise AssertionError(f"more than {MOST_REDIRECTS} redirects, last to {path}")

    def _land(
        self, response: TestResponse, status: int | Collection[int], statements: tuple[str, ...]
    ) -> "Page":
        page = Page(self, response, statements)
        wanted = {status} if isinstance(status, int) else status
        assert response.status_code in wanted, f"{page.path} answered {response.status_code}: {page.gist}"
        if page.is_html:
            page_audit.audit(page.soup, response.headers, language=self.language, signed_in=self.signed_in)
            if self.knows_statements():
                page._has_few_statements()
        return page

    @staticmethod
    def _here(outcome: "Page | Left") -> "Page":
        assert isinstance(outcome, Page), f"sent away to {outcome.url}"
        return outcome


@dataclass
class Question:
    """A question of a page: its words, its controls."""

    words: str
    controls: list[Tag] = field(default_factory=list)

    @property
    def names(self) -> set[str]:
        return {str(control["name"]) for control in self.controls}


class Page:
    """A page as a person without script sees it."""

    def __init__(self, visitor: Visitor, response: TestResponse, statements: tuple[str, ...] = ()) -> None:
        self.visitor = visitor
        self.response = response
        self.statements = statements
        self.path = response.request.path
        self.url = response.request.full_path.rstrip("?")
        self.is_html = response.mimetype == "text/html"
        self.soup = (
            BeautifulSoup(response.get_data(as_text=True), "lxml") if self.is_html else BeautifulSoup()
        )
        self._answers: dict[int, tuple[Tag, Any]] = {}

    # What it says.

    @property
    def title(self) -> str:
        return words(self.soup.title)

    @property
    def heading(self) -> str:
        return words(self.soup.h1)

    @property
    def text(self) -> str:
        """Everything in the main part, as one line."""
        return words(self.soup.find("main") or self.soup)

    @property
    def gist(self) -> str:
        return (
            f"{self.title} · {self.text[:400]}"
            if self.is_html
            else self.response.get_data(as_text=True)[:400]
        )

    @property
    def errors(self) -> dict[str, str]:
        """What is wrong, by question: the message that stands beside it."""
        found = {}
        for question in self.questions():
            described = " ".join(str(c.get("aria-describedby", "")) for c in question.controls).split()
            group = question.controls[0].find_parent("fieldset")
            described += str(group.get("aria-describedby", "")).split() if group else []
            messages = [self.soup.find(id=name) for name in dict.fromkeys(described)]
            if wrong := [words(m) for m in messages if m and "error" in str(m.get("id"))]:
                found[question.words] = " ".join(wrong)
        return found

    def rows(self, caption: str | None = None) -> list[list[str]]:
        """The cells of the page's table (the one with this caption), header row first."""
        for table in self.soup.find_all("table"):
            if caption is None or words(table.caption) == caption:
                return [[words(cell) for cell in row.find_all(["th", "td"])] for row in table.find_all("tr")]
        raise NotOffered(f"no table {caption!r} on {self.path}")

    def says(self, *parts: str) -> "Page":
        """The page holds each of these; for chaining."""
        for part in parts:
            assert part in self.text, f"{part!r} is not said on {self.path}: {self.text}"
        return self

    # What it offers.

    def follow(self, link: str, status: int = 200) -> "Page":
        """Follow the link with these words."""
        return self.visitor._here(self.leave_by(link, status))

    def leave_by(self, link: str, status: int = 200) -> "Page | Left":
        """Follow a link that may lead to another origin."""
        targets = {str(a["href"]) for a in self.soup.find_all("a", href=True) if words(a) == link}
        if len(targets) != 1:
            raise NotOffered(f"{len(targets)} links {link!r} on {self.path}; there are {self.links()}")
        target = urlsplit(urljoin(f"{self.visitor.origin}{self.url}", targets.pop()))
        if not self.visitor.is_here(target):
            return Left(target.geturl())
        return self.visitor.send(
            "GET", f"{target.path}?{target.query}".rstrip("?"), status, referrer=self.url
        )

    def links(self) -> list[str]:
        """The words of every link."""
        return [words(a) for a in self.soup.find_all("a", href=True)]

    def buttons(self) -> list[str]:
        """The words of every button."""
        return [words(b) for b in self.soup.find_all("button")]

    def questions(self) -> list[Question]:
        """Every question, in page order. Radios and the parts of a date are one question, by their legend."""
        found: list[Question] = []
        for control in self.soup.find_all(CONTROLS):
            if control.get("type") in {"hidden", "submit", "button"} or not control.get("name"):
                continue
            group = control.find_parent("fieldset")
            if group is None or _stands_alone(control, group):
                found.append(Question(_label(self.soup, control), [control]))
            elif found and found[-1].controls[0].find_parent("fieldset") is group:
                found[-1].controls.append(control)
            else:
                found.append(Question(_legend(group), [control]))
        return found

    def question(self, asked: str) -> Question:
        """The question with these words."""
        fitting = [q for q in self.questions() if q.words == asked]
        if not fitting:  # inside a group, a part may be answered by its own label
            parts = [c for q in self.questions() for c in q.controls if _label(self.soup, c) == asked]
            fitting = [Question(asked, [c]) for c in parts]
        if len(fitting) != 1:
            asks = [q.words for q in self.questions()]
            raise NotOffered(f"{len(fitting)} questions {asked!r} on {self.path}; it asks {asks}")
        return fitting[0]

    def answer(self, asked: str, value: Answer) -> "Page":
        """Answer a question: a date fills its three parts, True ticks a box, text chooses an option."""
        question = self.question(asked)
        kind = question.controls[0].get("type", "text")
        if kind in {"radio", "checkbox"}:
            self._choose(question, value)
        elif isinstance(value, date) and len(question.controls) == 3:
            for control in question.controls:  # year, month, day in the order of the page's language
                self._set(control, str(getattr(value, str(control["name"]).rpartition("-")[2])))
        elif len(question.controls) > 1:
            assert isinstance(value, Sequence), f"{asked!r} has {len(question.controls)} parts"
            for control, part in zip(question.controls, value, strict=True):
                self._set(control, str(part))
        elif question.controls[0].name == "select":
            self._set(question.controls[0], _option(question.controls[0], str(value)))
        else:
            self._set(question.controls[0], value if isinstance(value, tuple) else str(value))
        return self

    def press(self, button: str, status: int = 200) -> "Page":
        """Press a button: sends its form with what was there and what was answered."""
        return self.visitor._here(self.press_and_leave(button, status))

    def press_and_leave(self, button: str, status: int = 200) -> "Page | Left":
        """Press a button that may lead to another origin."""
        fitting = [
            b for b in self.soup.find_all("button") if words(b) == button and b.get("type") != "button"
        ]
        if len(fitting) != 1:
            raise NotOffered(f"{len(fitting)} buttons {button!r} on {self.path}; there are {self.buttons()}")
        return self.submit(fitting[0], status)

    def submit(self, button: Tag, status: int = 200) -> "Page | Left":
        """Press this very button."""
        form = self._form_of(button)
        data = self.form_data(form)
        if button.get("name"):
            data.add(str(button["name"]), str(button.get("value", "")))
        action = str(button.get("formaction") or form.get("action") or self.url)
        target = urlsplit(urljoin(f"{self.visitor.origin}{self.url}", action))
        assert self.visitor.is_here(target), f"a form of {self.path} posts to {target.geturl()}"
        path = f"{target.path}?{target.query}".rstrip("?")
        method = str(button.get("formmethod") or form.get("method", "get")).upper()
        if method == "GET":
            data_in_url = "&".join(f"{k}={v}" for k, v in data.items(multi=True))
            return self.visitor.send("GET", f"{target.path}?{data_in_url}", status, referrer=self.url)
        return self.visitor.send(method, path, status, data=data, referrer=self.url)

    def form_data(self, form: Tag) -> "MultiDict[str, Any]":
        """What a browser would send for this form now."""
        data: MultiDict[str, Any] = MultiDict()
        outside = (
            self.soup.find_all(["input", "select", "textarea"], form=form.get("id")) if form.get("id") else []
        )
        for control in [*form.find_all(CONTROLS), *outside]:
            value = self._answers[id(control)][1] if id(control) in self._answers else _value(control)
            if value is None or not control.get("name") or control.has_attr("disabled"):
                continue
            if isinstance(value, tuple):
                value = (BytesIO(value[0]), value[1])
            data.add(str(control["name"]), value)
        return data

    def _form_of(self, button: Tag) -> Tag:
        form = self.soup.find(id=button["form"]) if button.get("form") else button.find_parent("form")
        assert isinstance(form, Tag), f"the button {words(button)!r} belongs to no form"
        return form

    def _set(self, control: Tag, value: Any) -> None:
        self._answers[id(control)] = (control, value)

    def _choose(self, question: Question, value: Answer) -> None:
        if isinstance(value, bool):
            assert len(question.controls) == 1, f"{question.words!r} has {len(question.controls)} boxes"
            self._set(question.controls[0], str(question.controls[0].get("value", "on")) if value else None)
            return
        wanted = {value} if isinstance(value, str) else set(value or ())  # type: ignore[arg-type]
        labels = {_label(self.soup, control): control for control in question.controls}
        if not wanted <= labels.keys():
            raise NotOffered(
                f"{question.words!r} does not offer {wanted - labels.keys()}; it offers {list(labels)}"
            )
        for label, control in labels.items():
            self._set(control, str(control.get("value", "on")) if label in wanted else None)

    def _has_few_statements(self) -> None:
        request = self.response.request
        if request.method != "GET" or self.response.status_code != 200:
            return
        endpoint = self.visitor.app.url_map.bind("localhost").match(request.path)[0]
        allowed = audience_of(self.visitor.app, endpoint)
        if allowed is not None and allowed.audience in MOST_STATEMENTS:
            sent = "\n".join(self.statements)
            more = MORE_WHILE_ASSISTING if self.visitor.assists else 0
            assert len(self.statements) <= MOST_STATEMENTS[allowed.audience] + more, (
                f"{self.path} asked the database {len(self.statements)} times:\n{sent}"
            )


def _value(control: Tag) -> str | None:
    """What a browser sends for an untouched control; None if nothing."""
    kind = control.get("type", "text")
    if kind in {"submit", "button"}:
        return None
    if kind in {"radio", "checkbox"}:
        return str(control.get("value", "on")) if control.has_attr("checked") else None
    if kind == "file":
        return None
    if control.name == "textarea":
        return control.get_text().removeprefix("\n")
    if control.name == "select":
        chosen = control.find("option", selected=True) or control.find("option")
        return str(chosen.get("value", words(chosen))) if isinstance(chosen, Tag) else None
    return str(control.get("value", ""))


def _label(soup: BeautifulSoup, control: Tag) -> str:
    """The words of the label of a control: `for`, or around it, or `aria-label`."""
    label = soup.find("label", attrs={"for": control.get("id")}) if control.get("id") else None
    label = label or control.find_parent("label")
    return words(label) if label else str(control.get("aria-label", ""))


def _stands_alone(control: Tag, group: Tag) -> bool:
    """A single box to tick asks by its own label, even inside a group."""
    return control.get("type") == "checkbox" and len(group.find_all("input", type="checkbox")) == 1


def _legend(group: Tag) -> str:
    return words(group.find("legend"))


def _option(select: Tag, wanted: str) -> str:
    for option in select.find_all("option"):
        if words(option) == wanted:
            return str(option.get("value", wanted))
    raise NotOffered(f"{select.get('name')} does not offer {wanted!r}")
