"""Returns by chance: any answers a sheet may be given, made from its own questions."""

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from portal.taxes.kinds import Choice, Day, Text, Tick, Whole, YearMonth, Yuan
from portal.taxes.questions import Group
from portal.taxes.sheets import sheet_named

IIT = sheet_named("iit-annual")
YEARS = st.integers(2019, 2027)
ROUND = [Decimal(n) for n in (0, 400, 3000, 36000, 60000, 60400, 96000, 120000, 144000, 300000, 1020000)]
AMOUNTS = st.one_of(
    st.sampled_from(ROUND),
    st.builds(lambda base, fen: base + Decimal(fen) / 100, st.sampled_from(ROUND), st.integers(0, 3)),
    st.decimals(0, 3_000_000, places=2),
)


def value_of(kind):
    if isinstance(kind, Yuan):
        return AMOUNTS.map(lambda amount: f"{amount:.2f}")
    if isinstance(kind, Whole):
        return st.integers(kind.at_least, kind.at_most)
    return {
        Tick: st.booleans(),
        Choice: st.sampled_from(list(kind.options)) if isinstance(kind, Choice) else None,
        Text: st.sampled_from(["甲", "Li Lei", "王建国"]),
        Day: st.dates(date(2018, 1, 1), date(2028, 12, 31)).map(date.isoformat),
        YearMonth: st.builds(lambda y, m: f"{y}-{m:02}", st.integers(1930, 2028), st.integers(1, 12)),
    }[type(kind)]


def value_for(item):
    if not isinstance(item, Group):
        return value_of(item.kind)
    row = st.fixed_dictionaries({}, optional={q.name: value_of(q.kind) for q in item.questions})
    return st.lists(row, max_size=3)


def answers_to(sheet):
    return st.fixed_dictionaries({}, optional={name: value_for(item) for name, item in sheet.asking.items()})


RETURNS = answers_to(IIT)
