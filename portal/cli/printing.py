"""How commands answer."""

import json

import click


def print_json(value: object) -> None:
    """One JSON document, Chinese as it is."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))
