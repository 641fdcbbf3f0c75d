"""What a stylesheet holds: its rules, tokens, colours and contrasts, read by tinycss2."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import tinycss2
from tinycss2.color3 import parse_color

GENERIC = {"transparent", "currentcolor", "inherit", "none", "canvastext", "highlight"}
"""Words that are no colour of ours: they take the colour that is there."""


@dataclass
class Rule:
    """One style rule: the at-rules around it, its selector, its declarations."""

    within: tuple[str, ...]
    selector: str
    declarations: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def is_token_block(self) -> bool:
        return self.selector == ":root"


def rules(css: str) -> list[Rule]:
    """Every style rule. Raises ValueError where the parser found the text broken, such as a lost brace."""
    return list(_rules(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True), ()))


def _rules(nodes: list[Any], within: tuple[str, ...]) -> Iterator[Rule]:
    for node in nodes:
        if node.type == "error":
            raise ValueError(f"line {node.source_line}: {node.message}")
        prelude = tinycss2.serialize(node.prelude).strip()
        if node.type == "at-rule" and node.lower_at_keyword == "media":
            inner = tinycss2.parse_rule_list(node.content, skip_comments=True, skip_whitespace=True)
            yield from _rules(inner, (*within, f"@media {prelude}"))
        elif node.type == "at-rule":
            yield Rule(within, f"@{node.at_keyword} {prelude}", _declarations(node.content))
        else:
            yield Rule(within, prelude, _declarations(node.content))


def _declarations(content: list[Any]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for node in tinycss2.parse_blocks_contents(content, skip_comments=True, skip_whitespace=True):
        if node.type != "declaration":
            raise ValueError(f"line {node.source_line}: a {node.type} where a declaration should stand")
        found[node.name] = node.value
    return found


def unclosed(css: str) -> int:
    """Braces opened and not closed (or, negative, closed too often), outside comments and strings."""
    depth = 0
    for token in tinycss2.parse_component_value_list(css, skip_comments=True):
        if token.type == "error" and token.kind in {"}", ")", "]"}:
            depth -= 1
    return depth + _opened(css)


def _opened(css: str) -> int:
    """The parser closes open blocks at the end by itself, so blocks are written back and compared."""
    written = tinycss2.serialize(tinycss2.parse_component_value_list(css))
    return written.count("}") - css.count("}")


def tokens_used(rule: Rule) -> set[str]:
    """The custom properties a rule reads."""
    return {
        node.arguments[0].value
        for values in rule.declarations.values()
        for node in _nodes(values)
        if node.type == "function" and node.lower_name == "var"
    }


def colours(rule: Rule) -> list[str]:
    """Colours written out in a rule."""
    found = []
    for name, values in rule.declarations.items():
        if name in {"content", "font", "font-family", "grid-template-columns", "transition"}:
            continue
        for node in _nodes(values):
            is_word = node.type == "ident" and node.lower_value not in GENERIC
            if (is_word or node.type in {"hash", "function"}) and parse_color(node):
                found.append(f"{rule.selector}: {name}: {tinycss2.serialize([node])}")
    return found


def _nodes(values: list[Any]) -> Iterator[Any]:
    for node in values:
        yield node
        if node.type == "function":
            yield from _nodes(node.arguments)


def tokens(css: str) -> tuple[dict[str, str], dict[str, str]]:
    """The values of all tokens in the light and in the dark scheme."""
    light: dict[str, str] = {}
    dark: dict[str, str] = {}
    for rule in rules(css):
        if rule.is_token_block:
            values = {
                name: tinycss2.serialize(value).strip()
                for name, value in rule.declarations.items()
                if name.startswith("--")
            }
            if not rule.within:
                light |= values
            elif "dark" in rule.within[0]:
                dark |= values
    return light, light | dark


def contrast(one: str, other: str) -> float:
    """The contrast of two colours by WCAG, from 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue, _ = parse_color(colour)
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in (red, green, blue))
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
