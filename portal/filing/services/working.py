"""Working a draft or a filed return out, and what other answers would come to."""

from dataclasses import dataclass
from decimal import Decimal

from portal.filing.models import FiledReturn, ReturnDraft
from portal.filing.rules.answers import Entries, Kept, Trace
from portal.filing.rules.path import known
from portal.taxes.difference import Difference, difference
from portal.taxes.sheets import sheet_named
from portal.taxes.working import Working


@dataclass(frozen=True)
class Trial:
    """What changing some answers would come to. Nothing of it is kept."""

    before: Working
    after: Working
    difference: Difference


def work(record: ReturnDraft | FiledReturn) -> Working:
    """A draft or filed return worked out with the law of its period."""
    sheet = sheet_named(record.sheet)
    return sheet.work_out(known(sheet, record.answers), on=record.on)


def levied(filed: FiledReturn) -> dict[str, Decimal]:
    """What a return came to as filed, by levy: positive is payable, negative is to be refunded."""
    return {levy.code: Decimal(filed.lines[levy.line]) for levy in sheet_named(filed.sheet).levies}


def what_if(draft: ReturnDraft, changes: Entries) -> Trial:
    """What a draft would come to with some answers changed. Nothing is kept."""
    sheet = sheet_named(draft.sheet)
    before = work(draft)
    changed = kept_of(draft).accept(changes, draft.version, "")
    after = sheet.work_out(known(sheet, changed.answers), on=draft.on)
    return Trial(before, after, difference(before, after))


def kept_of(record: ReturnDraft | FiledReturn) -> Kept:
    """The entries of a draft or a filed return with their traces."""
    return Kept(record.answers, {name: Trace.of(plain) for name, plain in record.provenance.items()})
