"""The taxes the portal can work out, one file or folder each."""

from functools import cache
from importlib import import_module

from portal.taxes.worksheet import Worksheet

_MODULES = {"iit-annual": "individual_income_annual", "vat-small-scale": "vat_small_scale"}
"""Code of each sheet and the module that defines it; a module is loaded when its sheet is first asked for."""


@cache
def sheet_named(code: str) -> Worksheet:
    """The sheet `code`. Raises ValueError when there is none."""
    if code not in _MODULES:
        raise ValueError(f"no sheet is called {code!r}; there are: {', '.join(_MODULES)}")
    sheet: Worksheet = import_module(f"portal.taxes.sheets.{_MODULES[code]}").sheet
    return sheet


def sheets() -> list[Worksheet]:
    """Every sheet."""
    return [sheet_named(code) for code in _MODULES]
