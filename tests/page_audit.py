"""What must be true of every page, whoever sees it."""

import re
from collections import Counter
from itertools import pairwise
from typing import Any

from bs4 import BeautifulSoup, NavigableString, Tag
from bs4.element import Comment
from werkzeug.datastructures import Headers

LANGUAGES = {"zh": "zh-Hans", "en": "en-GB"}
HAN = re.compile(r"[\u3400-\u9fff\uff00-\uffef]+")
UNASKED = {"hidden", "submit"}
GLOSS = re.compile(r"\([\u3400-\u9fff、，“”]+\)")
"""A Chinese legal term in brackets behind its English, as the writing rules ask at first use."""
INLINE = re.compile(r"^on[a-z]+$")


def words(part: Any) -> str:
    """The text of a part of a page in one line, or nothing."""
    return re.sub(r"\s+", " ", part.get_text()).strip() if part else ""


def audit(soup: BeautifulSoup, headers: Headers, *, language: str, signed_in: bool) -> None:
    """Raise AssertionError, with all that is wrong with a page."""
    wrong = [
        *_frame(soup, language),
        *_structure(soup),
        *_controls(soup),
        *_no_inline(soup),
        *_headers(headers, signed_in),
        *(_untranslated(soup) if language == "en" else ()),
    ]
    assert not wrong, f"{words(soup.title)}: " + "; ".join(wrong)


def _frame(soup: BeautifulSoup, language: str) -> list[str]:
    wrong = []
    if not words(soup.title):
        wrong.append("no title")
    said = str(soup.html.get("lang", "")) if soup.html else ""
    if said.split("-")[0] != language:
        wrong.append(f"lang is {said!r} in a page in {language}")
    if len(soup.find_all("h1")) != 1 or not words(soup.h1):
        wrong.append(f"{len(soup.find_all('h1'))} h1")
    if len(soup.find_all("main")) != 1:
        wrong.append("not one main part")
    return wrong


def _structure(soup: BeautifulSoup) -> list[str]:
    ids = Counter(str(tag["id"]) for tag in soup.find_all(id=True))
    wrong = [f"id {name!r} {times} times" for name, times in ids.items() if times > 1]
    for attribute in ("aria-describedby", "aria-labelledby", "for", "aria-controls"):
        for tag in soup.find_all(attrs={attribute: True}):
            named = tag[attribute] if isinstance(tag[attribute], list) else str(tag[attribute]).split()
            wrong += [f"{attribute} names {name!r}, which is not there" for name in named if name not in ids]
    for link in soup.find_all("a", href=re.compile("^#.")):
        if str(link["href"])[1:] not in ids:
            wrong.append(f"a link leads to {link['href']}, which is not there")
    levels = [int(tag.name[1]) for tag in soup.find_all(re.compile("^h[1-6]$"))]
    wrong += [f"h{low} after h{high}" for high, low in pairwise(levels) if low > high + 1]
    wrong += [f"an image without alt: {tag.get('src')}" for tag in soup.find_all("img", alt=False)]
    return wrong


def _controls(soup: BeautifulSoup) -> list[str]:
    controls = [c for c in soup.find_all(["input", "select", "textarea"]) if c.get("type") not in UNASKED]
    posting = soup.find_all("form", method=re.compile("post", re.I))
    return [
        *(f"no label for {c.get('name')}" for c in controls if not _named(soup, c)),
        *("a fieldset without a legend" for g in soup.find_all("fieldset") if not words(g.find("legend"))),
        *(
            "a button without words"
            for b in soup.find_all("button")
            if not words(b) and not b.get("aria-label")
        ),
        *(
            f"no token in the form to {f.get('action')}"
            for f in posting
            if not f.find(attrs={"name": "csrf_token"})
        ),
    ]


def _named(soup: BeautifulSoup, control: Tag) -> bool:
    label = soup.find("label", attrs={"for": control.get("id")}) if control.get("id") else None
    label = label or control.find_parent("label")
    return bool(words(label) or control.get("aria-label") or control.get("aria-labelledby"))


def _no_inline(soup: BeautifulSoup) -> list[str]:
    wrong = [f"style= on {tag.name}" for tag in soup.find_all(style=True)]
    wrong += ["a style element"] * len(soup.find_all("style"))
    wrong += ["a script in the page"] * len(soup.find_all("script", src=False))
    wrong += [
        f"{name}= on {tag.name}" for tag in soup.find_all(True) for name in tag.attrs if INLINE.match(name)
    ]
    return wrong


def _headers(headers: Headers, signed_in: bool) -> list[str]:
    policy = headers.get("Content-Security-Policy", "")
    wrong = [] if "default-src 'none'" in policy and "unsafe" not in policy else [f"policy {policy!r}"]
    if headers.get("X-Content-Type-Options") != "nosniff":
        wrong.append("no nosniff")
    if headers.get("Referrer-Policy") != "same-origin":
        wrong.append("no Referrer-Policy")
    if signed_in and headers.get("Cache-Control") != "no-store":
        wrong.append(f"a signed-in page may be kept: {headers.get('Cache-Control')!r}")
    return wrong


def _untranslated(soup: BeautifulSoup) -> list[str]:
    """Chinese in an English page, outside the parts that say they are Chinese."""
    found = []
    for text in soup.find_all(string=HAN):
        if not isinstance(text, NavigableString) or isinstance(text, Comment):
            continue
        if HAN.search(GLOSS.sub("", text)) and not _said_to_be_chinese(text.parent):
            found.append(f"not translated: {text.strip()[:60]!r}")
    for attribute in ("title", "alt", "aria-label", "placeholder", "value"):
        for tag in soup.find_all(attrs={attribute: HAN}):
            if tag.name not in {"input", "option"} and not _said_to_be_chinese(tag):
                found.append(f"not translated: {attribute}={str(tag[attribute])[:60]!r}")
    return found


def _said_to_be_chinese(tag: Tag | None) -> bool:
    """Whether the nearest language named around a part is Chinese. What a person typed is theirs."""
    while tag is not None:
        if tag.name == "textarea":
            return True
        if tag.get("lang"):
            return str(tag["lang"]).startswith("zh")
        tag = tag.parent
    return False
