"""How a result and its reasons stand on a page: the computation, the tree behind a number, comparisons."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from portal.core.money import ZERO, show
from portal.filing.routes.shown import origin, row_origin
from portal.filing.routes.wording import _
from portal.filing.rules.answers import Kept, row_name, rows_of
from portal.taxes.difference import Change, Difference, difference
from portal.taxes.explained import Explained
from portal.taxes.working import SummaryRow, Working
from portal.taxes.worksheet import Worksheet

Plain = dict[str, Any]
"""What a macro takes."""
Amounts = Mapping[str, Decimal]
"""By levy."""

# Results


def heading(working: Working) -> str:
    """What submitting comes to, said first."""
    if working.result < ZERO:
        return _("提交后可退税 %(amount)s", amount=show(-working.result))
    if working.result > ZERO:
        return _("提交后需补税 %(amount)s", amount=show(working.result))
    return _("提交后不用补税，也没有退税")


def outcome(amount: Decimal) -> str:
    """What a filed return came to."""
    if amount < ZERO:
        return _("应退税 %(amount)s", amount=show(-amount))
    return _("应补税 %(amount)s", amount=show(amount)) if amount > ZERO else _("不补不退")


def levies(sheet: Worksheet, now: Amounts, before: Amounts) -> list[tuple[str, str]]:
    """Each levy of a filed return that is divided into several, and what it comes to; the others say nothing.

    `before` are the amounts of the return it replaces, by levy; empty where it replaces none.
    """
    if len(sheet.levies) == 1:
        return []
    amounts = [(_(one.title), now[one.code], before.get(one.code, ZERO)) for one in sheet.levies]
    return [
        (title, _("%(now)s；%(change)s", now=levied(amount), change=effect(amount - earlier)))
        if before and amount != earlier
        else (title, levied(amount))
        for title, amount, earlier in amounts
        if amount or earlier
    ]


def levied(amount: Decimal) -> str:
    """What one levy of a return came to."""
    if amount < ZERO:
        return _("应退 %(amount)s", amount=show(-amount))
    return _("应缴 %(amount)s", amount=show(amount)) if amount > ZERO else _("不补不退")


def result_label(amount: Decimal) -> str:
    """The name of the last amount of a computation."""
    if amount < ZERO:
        return _("应退税额")
    return _("应补税额") if amount > ZERO else _("应补（退）税额")


def running(working: Working) -> Plain:
    """The result so far, as it stands beside a form."""
    rows = [(_(row.explained.label), show(row.amount)) for row in working.summary[:-1]]
    return {"rows": rows, "label": result_label(working.result), "amount": abs(working.result)}


def computation(working: Working, kept: Kept) -> list[Plain]:
    """The summary as the computed table takes it: totals say of which letters they are made."""
    lines, since_total = [], list[SummaryRow]()
    for each in working.summary:
        last = each is working.summary[-1] or each.explained.name == working.sheet.result
        lines.append(
            {
                "name": each.explained.name,
                "letter": "" if last else each.letter,
                "label": result_label(each.amount) if last else _(each.explained.label),
                "why": _letters(since_total, each.amount) if each.total else _why(each.explained, kept),
                "amount": abs(each.amount) if last else each.amount,
                "rule": "final" if last else "sub" if each.total else "",
            }
        )
        since_total = [] if each.total else [*since_total, each]
    return lines


def _why(explained: Explained, kept: Kept) -> str:
    """How a row comes about; of one made of answers only, also where the first of them came from."""
    why = explained.why(_)
    answered = [used.name for used in explained.uses if used.name in kept.traces]
    if not answered or any(used.sort != "question" for used in explained.uses):
        return why
    return _("%(why)s（%(source)s）", why=why, source=row_origin(kept.traces[answered[0]]))


def _letters(rows: list[SummaryRow], total: Decimal) -> str:
    """E = A − B − C, or for a refund the other way round, so that it comes out above zero."""
    added = [row.letter for row in rows if row.amount >= ZERO]
    taken = [row.letter for row in rows if row.amount < ZERO]
    first, then = (taken, added) if total < ZERO else (added, taken)
    return " − ".join([" ＋ ".join(first), *then])


EXEMPT, DUTY, BY_CHOICE = "exempt", "duty_to_settle", "refund_by_choice"


def settlement_notes(working: Working) -> list[Plain]:
    """What the law says of paying or settling at all: an exemption, the duty, a refund that is a choice."""
    return [told(working.explain(name)) for name in (EXEMPT, DUTY, BY_CHOICE) if working.values.get(name)]


def verdict(change: Decimal) -> str:
    """What other answers would change, in a sentence."""
    if change == ZERO:
        return _("结果不变")
    if change < ZERO:
        return _("对您更有利，相差 %(amount)s", amount=show(-change))
    return _("要多缴或少退 %(amount)s", amount=show(change))


def effect(amount: Decimal) -> str:
    """What one answer does to the result."""
    if amount == ZERO:
        return _("没有影响")
    if amount < ZERO:
        return _("少缴或多退 %(amount)s", amount=show(-amount))
    return _("多缴或少退 %(amount)s", amount=show(amount))


# Reasons


def told(explained: Explained, href: str = "") -> Plain:
    """One line in words: its name, value, reason and clause, and where it can be changed."""
    return {
        "label": _(explained.label),
        "value": explained.shown(_),
        "why": explained.why(_),
        "clause": explained.clause,
        "href": href,
    }


def tree(explained: Explained, kept: Kept) -> Plain:
    """The tree behind a number, down to answers and law; what was told once is only named again."""
    return _node(explained, kept, set())


def _node(explained: Explained, kept: Kept, told: set[tuple[str, int | None]]) -> Plain:
    plain: Plain = {"label": _label(explained), "value": explained.shown(_)}
    if explained.sort == "question":
        return plain | {"origin": _leaf_origin(explained, kept)}
    if explained.sort != "line":
        return plain
    key = (explained.name, explained.row)
    if key in told:
        return plain | {"see": True}
    told.add(key)
    figures = [used for used in explained.uses if used.sort == "law"]
    return plain | {
        "formula": explained.why(_),
        "cite": explained.clause,
        "law": [{"name": _(used.label), "value": used.shown(_), "source": used.clause} for used in figures],
        "uses": [_node(used, kept, told) for used in explained.uses if used.sort != "law"],
    }


def _label(explained: Explained) -> str:
    of_row = explained.row_label(_)
    label = _(explained.label)
    return _("%(row)s：%(label)s", row=of_row, label=label) if of_row else label


def _leaf_origin(explained: Explained, kept: Kept) -> str:
    if explained.group is None or explained.row is None:
        trace = kept.traces.get(explained.name)
        return origin(explained.question, trace) if explained.question else ""
    keys = list(rows_of(kept.answers, explained.group))
    row_trace = kept.traces.get(row_name(explained.group, keys[explained.row]))
    return row_origin(row_trace) if row_trace else ""


# Comparisons


def compared(difference: Difference, before: Working, after: Working) -> list[Plain]:
    """What changes on the way from income to result, the result last."""
    shown = {row.explained.name for row in (*before.summary, *after.summary)} - {before.sheet.result}
    rows = [_changed(change) for change in difference.changes if change.after.name in shown]
    return [*rows, _result_row(before, after)]


def corrected(earlier: Working, working: Working) -> Plain:
    """What a change comes to: the computation before and after, and what each answer does to the result."""
    found = difference(earlier, working)
    return {
        "total": verdict(found.total),
        "rows": compared(found, earlier, working),
        "terms": [(_(term.label), effect(term.effect)) for term in found.terms],
    }


def _changed(change: Change) -> Plain:
    return {
        "label": _(change.after.label),
        "before": change.before.shown(_),
        "after": change.after.shown(_),
        "change": show(change.by),
        "better": None,
    }


def _result_row(before: Working, after: Working) -> Plain:
    by = after.result - before.result
    return {
        "label": _("应补（退）税额"),
        "before": outcome(before.result),
        "after": outcome(after.result),
        "change": show(by),
        "better": None if by == ZERO else by < ZERO,
        "sum": True,
    }
