"""One of everything: a taxpayer with something behind every door, for tests that go through all doors."""

from collections.abc import Callable
from typing import Any

from flask import Flask
from werkzeug.routing import Rule

from portal.core.access import SAFE
from tests.given import Given, Person

NOWHERE = "00000000-0000-7000-8000-000000000000"

# Endpoint → the arguments of its address, for what belongs to the owner. An endpoint with arguments and no
# entry here fails the tests that go through all doors: whoever adds a route says what stands behind it.
PLACES: dict[str, Callable[["World"], dict[str, Any]]] = {}

ASIDE = {"gallery.": "shows the parts of pages to developers; not there in production"}
"""Endpoints that are no door of the portal, with the reason."""


class World:
    """The owner of everything, a stranger with an account as good, and a clerk without a matter."""

    def __init__(self, app: Flask, given: Given) -> None:
        self.app = app
        self.given = given
        self.owner: Person = given.person()
        self.stranger: Person = given.person()
        self.newcomer: Person = given.newcomer()
        self.clerk: Person = given.person(role="staff")

    def doors(self, *, reading: bool) -> list[Rule]:
        """Every route that only looks, or every route that acts."""
        rules = [r for r in self.app.url_map.iter_rules() if not r.endpoint.startswith(tuple(ASIDE))]
        return [rule for rule in rules if bool(rule.methods - SAFE) is not reading]

    def address(self, rule: Rule, arguments: dict[str, Any] | None = None) -> str:
        """The address of a route, leading to what the owner has."""
        if arguments is None:
            arguments = PLACES[rule.endpoint](self) if rule.arguments else {}
        return self.app.url_map.bind("localhost").build(rule.endpoint, arguments, method=self.method(rule))

    @staticmethod
    def method(rule: Rule) -> str:
        """The one method that matters of a route."""
        [method] = rule.methods - SAFE or {"GET"}
        return method
