"""Someone at a real browser, in any language, width and with or without script; audits where they land."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import product

from playwright.sync_api import Locator, Page
from playwright.sync_api import TimeoutError as TookTooLong

from portal.core.language import language
from tests.browser import axe_violations, overflow
from tests.given import Person


@dataclass(frozen=True)
class Way:
    """One way of using the portal."""

    language: str = "zh"
    script: bool = True
    width: int = 1280

    def __str__(self) -> str:
        return f"{self.language}-{'script' if self.script else 'no-script'}-{self.width}"


EVERY_WAY = [Way(*choice) for choice in product(("zh", "en"), (True, False), (1280, 390))]
TWO_WAYS = [Way("zh", True, 1280), Way("en", False, 390)]
"""Between them they differ in everything."""


class Walker:
    """Does what a page offers, by its words; the test's Chinese is looked for in the way's language."""

    def __init__(self, page: Page, way: Way, address: str) -> None:
        self.page = page
        self.way = way
        self.address = address
        """Where the portal is."""
        self.desk = ""
        """Of a clerk: the address of the desk they work at."""
        self.landed = 0
        """How many pages were audited."""
        self.keep("lang", way.language)

    def say(self, chinese: str, **facts: object) -> str:
        """These words in the language of the page."""
        return language(self.way.language).say(chinese, facts or None)

    def carry(self, person: Person) -> "Walker":
        """From now on this person is signed in here, acting for whomever their session says."""
        return self.keep("portal", person.token)

    def keep(self, cookie: str, value: str) -> "Walker":
        """Have a cookie of the portal."""
        self.page.context.add_cookies([{"name": cookie, "value": value, "url": self.address}])
        return self

    @contextmanager
    def another_device(self) -> Iterator[Page]:
        """A page of the same person's phone: another browser, which knows nothing of this one."""
        assert self.page.context.browser is not None
        with self.page.context.browser.new_context(java_script_enabled=self.way.script) as phone:
            yield phone.new_page()

    def open(self, path: str) -> "Walker":
        """Type an address."""
        self.page.goto(path)
        return self.look()

    def answer(self, asked: str, value: str | bool | date) -> "Walker":
        """Answer the question with these words."""
        question = self.say(asked)
        if isinstance(value, bool):
            self.page.get_by_label(question, exact=True).set_checked(value)
        elif isinstance(value, date):
            group = self.page.get_by_role("group", name=question)
            for part in ("year", "month", "day"):  # their order is the language's
                group.locator(f"input[name$='-{part}']").fill(str(getattr(value, part)))
        else:
            self.page.get_by_label(question, exact=True).fill(value)
        return self

    def choose(self, asked: str, option: str) -> "Walker":
        """Choose an option of a group of radios."""
        group = self.page.get_by_role("group", name=self.say(asked))
        return self._click_label(group.get_by_label(self.say(option), exact=True))

    def tick(self, name: str) -> "Walker":
        """Tick the box of this field."""
        return self._click_label(self.page.locator(f"input[name={name}]").first)

    def _click_label(self, control: Locator) -> "Walker":
        """Click where a person would: the words, which cover the control."""
        self.page.locator(f"label[for='{control.get_attribute('id')}']").click()
        assert control.is_checked()
        return self

    def fact(self, label: str) -> str:
        """What stands beside this label in a list of facts."""
        term = self.page.locator("dt", has_text=self.say(label)).first
        return term.locator("xpath=following-sibling::dd[1]").inner_text()

    def press_about(self, subject: str, button: str = "") -> "Walker":
        """Press the one button that says it is about this, or of several the one with these words."""
        about = re.compile(f"^{re.escape(self.say(button) if button else '')}.*{re.escape(subject)}")
        return self.go_by(self.page.get_by_role("button", name=about))

    def press(self, button: str) -> "Walker":
        """Press the button with these words and look at where it leads."""
        return self.go_by(self.page.get_by_role("button", name=self.say(button), exact=True))

    def follow(self, link: str) -> "Walker":
        """Follow the link with these words and look at where it leads."""
        return self.go_by(self.page.get_by_role("link", name=self.say(link), exact=True).first)

    def follow_about(self, link: str, subject: str) -> "Walker":
        """Follow the link with these words that says it is about this."""
        about = re.compile(f"{re.escape(self.say(link))}.*{re.escape(self.say(subject))}")
        return self.go_by(self.page.get_by_role("link", name=about))

    def go_by(self, control: Locator) -> "Walker":
        """Press this very control; the next page is looked at once it is there."""
        try:
            with self.page.expect_navigation():
                control.click()
        except TookTooLong as error:
            raise AssertionError(
                f"not offered, or nothing came of it: {self.page.url}: {self.text}"
            ) from error
        return self.look()

    def until(self, there: Callable[[], bool], tries: int = 40) -> "Walker":
        """Load the page again until something is so: what a person does while an answer is on its way."""
        for _ in range(tries):
            if there():
                return self.look()
            self.page.wait_for_timeout(500)
            self.page.reload()
        raise AssertionError(f"not so after {tries} looks: {self.page.url}: {self.text}")

    def look(self) -> "Walker":
        """Audit the page: what axe-core finds, what is too wide, which language it says it is in."""
        self.landed += 1
        wrong = [*axe_violations(self.page, script=self.way.script), *overflow(self.page)]
        assert wrong == [], f"{self.page.url}: {wrong}"
        said = self.page.locator("html").get_attribute("lang") or ""
        assert said.startswith(self.way.language), f"{self.page.url} says it is in {said!r}"
        return self

    def sees(self, *words: str) -> "Walker":
        """The page says each of these."""
        for word in words:
            assert self.say(word) in self.text, (
                f"{self.say(word)!r} is not said on {self.page.url}: {self.text}"
            )
        return self

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()
