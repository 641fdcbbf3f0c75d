"""The stylesheet is whole, small, keeps to its tokens and to what old browsers know; it can be read."""

import gzip
import re

import pytest
import tinycss2

from portal.core.pages import STATIC
from tests.frontend import stylesheet as sheet

CSS = (STATIC / "portal.css").read_text("utf-8")
RULES = sheet.rules(CSS)
LIGHT, DARK = sheet.tokens(CSS)

TEXT, EDGE = 4.5, 3.0
PAIRS = [
    *[
        ("ink", ground, TEXT)
        for ground in ("paper", "card", "brand-tint", "warn-tint", "ok-tint", "seal-tint")
    ],
    *[("ink-2", ground, TEXT) for ground in ("paper", "card", "brand-tint", "warn-tint", "ok-tint")],
    *[("link", ground, TEXT) for ground in ("paper", "card", "brand-tint", "ok-tint", "warn-tint")],
    *[("visited", ground, TEXT) for ground in ("paper", "card")],
    *[("seal", ground, TEXT) for ground in ("paper", "card", "seal-tint", "warn-tint")],
    *[("tint-ink", ground, TEXT) for ground in ("brand-tint", "paper", "card")],
    *[("ok", ground, TEXT) for ground in ("card", "ok-tint")],
    *[("warn", ground, TEXT) for ground in ("card", "warn-tint")],
    *[("brand", ground, TEXT) for ground in ("paper", "card")],
    ("on-brand", "brand", TEXT),
    ("on-hover", "hover-fill", TEXT),
    ("on-seal", "seal", TEXT),
    ("on-bar", "brand-2", TEXT),
    ("on-brand-2", "brand-2", TEXT),
    ("badge-ink", "badge", TEXT),
    ("qr-ink", "qr-ground", TEXT),
    *[("rule-2", ground, EDGE) for ground in ("paper", "card")],
    ("bar-edge", "brand-2", EDGE),
    *[("ring", ground, EDGE) for ground in ("paper", "card", "ring-gap")],
    ("on-bar", "brand-2", EDGE),
]
"""Text or edge, the ground it stands on, and the contrast it needs."""

FORBIDDEN = {
    ":has(": "Chromium 105",
    "light-dark(": "Chromium 123",
    "@container": "Chromium 105",
    "@layer": "Chromium 99",
    "color-mix(": "Chromium 111",
    "oklch(": "Chromium 111",
    "dvh": "Chromium 108",
    ":is(": "Chromium 88",
    ":where(": "Chromium 88",
    "inset:": "Chromium 87",
    "underline 1px": "Safari 15: the whole underline would go",
    "aspect-ratio": "Chromium 88",
    "gradient(": "the design is flat",
    "@import": "one file",
    "url(": "no further request",
    "italic": "no italics in Chinese",
    "letter-spacing": "no letter-spacing in Chinese",
}
DOUBLE = {".grand", ".computed tr.final .num > span", ".data .sum .num > span"}


def test_every_brace_closes():
    assert sheet.unclosed(CSS) == 0


@pytest.mark.parametrize(
    "broken", ["a { color: var(--ink);", "@media print { a { top: 0; }", "a { top: 0; } }"]
)
def test_a_lost_brace_is_found(broken):
    assert sheet.unclosed(broken) != 0


def test_the_last_blocks_are_still_there():
    """A brace lost above swallows what follows; printing stands at the end."""
    assert any("@media print" in rule.within for rule in RULES)
    assert any("forced-colors" in " ".join(rule.within) for rule in RULES)


def test_every_token_is_known():
    assert {name for rule in RULES for name in sheet.tokens_used(rule)} - LIGHT.keys() == set()


def test_every_token_is_used():
    reserved = {"--s7"}  # a step of the scale that no component needs yet
    assert LIGHT.keys() - {name for rule in RULES for name in sheet.tokens_used(rule)} == reserved


def test_the_dark_scheme_changes_only_tokens_of_the_light_one():
    assert DARK.keys() == LIGHT.keys()
    assert DARK != LIGHT


def test_colours_stand_only_in_the_token_blocks():
    assert [colour for rule in RULES if not rule.is_token_block for colour in sheet.colours(rule)] == []


def test_a_colour_outside_the_token_blocks_is_found():
    for colour in ("#fff", "red", "rgb(1, 2, 3)", "1px solid #123456"):
        assert sheet.colours(sheet.rules(f"a {{ border: {colour}; }}")[0])


@pytest.mark.parametrize("feature", FORBIDDEN)
def test_what_the_oldest_browser_lacks_carries_nothing(feature):
    assert feature not in re.sub(r"/\*.*?\*/", "", CSS, flags=re.S), FORBIDDEN[feature]


def test_rules_are_not_nested():
    assert all("&" not in rule.selector for rule in RULES)


def test_a_double_rule_stands_only_beneath_a_final_total():
    doubled = {
        r.selector for r in RULES for v in r.declarations.values() if "double" in tinycss2.serialize(v)
    }
    assert doubled == DOUBLE


def test_nothing_hides_the_focus():
    """An outline is only taken away where a ring or the page's own place shows the focus."""
    hidden = {
        rule.selector
        for rule in RULES
        if any(getattr(t, "value", "") == "none" for t in rule.declarations.get("outline", []))
    }
    assert hidden == {"main:focus"}


@pytest.mark.parametrize(("scheme", "values"), [("light", LIGHT), ("dark", DARK)])
@pytest.mark.parametrize(("text", "ground", "needed"), PAIRS)
def test_contrast(scheme, values, text, ground, needed):
    assert sheet.contrast(values[f"--{text}"], values[f"--{ground}"]) >= needed


def test_contrast_is_reckoned_as_the_standard_says():
    assert sheet.contrast("#ffffff", "#000000") == pytest.approx(21)
    assert sheet.contrast("#0b4f5c", "#ffffff") == pytest.approx(9.18, abs=0.01)
    assert sheet.contrast("#ff9c86", "#182227") == pytest.approx(7.98, abs=0.01)


def test_the_weight_of_what_every_page_loads():
    assert len(gzip.compress(CSS.encode(), 9)) <= 12 * 1024
    assert len(gzip.compress((STATIC / "portal.js").read_bytes(), 9)) <= 4 * 1024
    assert (STATIC / "mark.svg").stat().st_size <= 1024


NEWER = (
    r"\?\?=",
    r"\|\|=",
    r"&&=",
    r"\.at\(",
    r"replaceAll",
    r"#[a-z]+\b(?=\s*[=(])",
    r"structuredClone",
    r"Object\.hasOwn",
    r"import ",
    r"static \{",
)
RISKY = (
    r"innerHTML",
    r"outerHTML",
    r"insertAdjacentHTML",
    r"eval\(",
    r"Function\(",
    r"document\.write",
    r"\.style\b",
    r"https?://",
    r"localStorage",
    r"setAttribute\(\"style",
)


@pytest.mark.parametrize("pattern", [*NEWER, *RISKY])
def test_the_module_keeps_to_old_syntax_and_to_safe_doings(pattern):
    assert re.search(pattern, (STATIC / "portal.js").read_text("utf-8")) is None
