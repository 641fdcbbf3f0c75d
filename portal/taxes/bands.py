"""Progressive tables: the rates of a tax by bands, and the proof that each row meets the one below."""

from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import Any, ClassVar

from portal.taxes.kinds import Kind, Percent, Say, Yuan


@dataclass(frozen=True)
class Band:
    """One row: up to and including `up_to` (None: no upper end), its rate and quick deduction."""

    up_to: Decimal | None
    rate: Decimal
    quick: Decimal


@dataclass(frozen=True)
class BandTable:
    """A progressive table. Tax = base x rate - quick deduction of the row the base falls in.

    Raises ValueError unless the rows rise, end open, and meet: a quick deduction that differs from
    band-by-band arithmetic would make the tax jump at a boundary.
    """

    bands: tuple[Band, ...]

    def __post_init__(self) -> None:
        if not self.bands or self.bands[-1].up_to is not None or self.bands[0].quick:
            raise ValueError("a table starts without a quick deduction and ends with an open row")
        floor = Decimal(0)
        for lower, upper in pairwise(self.bands):
            if lower.up_to is None or lower.up_to <= floor:
                raise ValueError("the rows of a table rise")
            floor = lower.up_to
            if floor * (upper.rate - lower.rate) != upper.quick - lower.quick:
                raise ValueError(f"the quick deduction {upper.quick} does not meet the row below at {floor}")

    def band(self, base: Decimal) -> Band:
        """The row for `base`. The upper end belongs to its row (以下 includes the number itself)."""
        for band in self.bands[:-1]:
            if base <= band.up_to:  # type: ignore[operator]  # only the last row is open
                return band
        return self.bands[-1]

    def tax(self, base: Decimal) -> Decimal:
        """Tax on `base`, exact."""
        band = self.band(base)
        return base * band.rate - band.quick


@dataclass(frozen=True)
class Bands(Kind):
    """The kind of a law figure that is a whole table."""

    code: ClassVar[str] = "table"

    def read(self, raw: Any) -> BandTable:
        return BandTable(
            tuple(Band(Decimal(up_to) if up_to else None, Decimal(r), Decimal(q)) for up_to, r, q in raw)
        )

    def write(self, value: BandTable) -> list[list[str]]:
        return [[str(b.up_to or ""), str(b.rate), str(b.quick)] for b in value.bands]

    def show(self, value: BandTable, say: Say = str) -> str:
        rows = (
            f"{_end(b.up_to)} {Percent().show(b.rate, say)} {Yuan().formula(b.quick, say)}"
            for b in value.bands
        )
        return "; ".join(rows)


def _end(up_to: Decimal | None) -> str:
    return "∞" if up_to is None else f"≤ {up_to:,}"
