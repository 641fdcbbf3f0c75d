"""One of everything: a taxpayer with something behind every door, for tests that go through all doors."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from portal.core.access import SAFE
from tests.given import Given, Person

# Endpoint → the arguments of its address, for what belongs to the owner. An endpoint with arguments and no
# entry here fails the tests that go through all doors: whoever adds a route says what stands behind it.
PLACES: dict[str, Callable[["World"], dict[str, Any]]] = {}

ASIDE = {"gallery.": "shows the parts of pages to developers; not there in production"}
"""Endpoints that are no door of the portal, with the reason."""


@dataclass(frozen=True)
class Door:
    """One method of one route."""

    rule: Rule
    method: str

    @property
    def endpoint(self) -> str:
        return self.rule.endpoint

    def __str__(self) -> str:
        return f"{self.method} {self.rule.rule}"


class World:
    """The owner of everything, a stranger with an account as good, a newcomer, and a clerk without a matter."""

    def __init__(self, app: Flask, given: Given) -> None:
        self.app = app
        self.given = given
        self.owner: Person = given.person()
        self.stranger: Person = given.person()
        self.newcomer: Person = given.newcomer()
        self.clerk: Person = given.person(role="staff")

    def doors(self, *, reading: bool) -> list[Door]:
        """Every way to look, or every way to act."""
        rules = [r for r in self.app.url_map.iter_rules() if not r.endpoint.startswith(tuple(ASIDE))]
        return [
            Door(rule, method)
            for rule in rules
            for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            if (method in SAFE) is reading
        ]

    def address(self, door: Door) -> str:
        """The address behind a door, leading to what the owner has."""
        arguments = PLACES[door.endpoint](self) if door.rule.arguments else {}
        return self.app.url_map.bind("localhost").build(door.endpoint, arguments, method=door.method)
