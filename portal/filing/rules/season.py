"""When returns are filed: the season of each sheet and period, and where a return stands on a day."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from portal.core.refusal import Refusal, reason
from portal.core.wording import N_, Phrase
from portal.taxes.calendar import Window, settlement_window
from portal.taxes.duties import DUTIES, Duty
from portal.taxes.law import NoLawInForce
from portal.taxes.periods import Period

NOT_YET_OPEN = reason(
    "return-not-yet-open",
    "{year} 年度的汇算从{opens}起办理。",
    "请在{opens}之后再来，届时您的收入信息会预先填好。",
)
NO_SUCH_YEAR = reason(
    "return-no-such-year",
    "{year} 年度没有综合所得年度汇算。",
    "年度汇算从 2019 年度开始，请选择 2019 年及以后的年度。",
)


class Standing(StrEnum):
    """How far a year's return is."""

    NOT_YET = "not-yet"
    TO_DO = "to-do"
    STARTED = "started"
    LATE = "late"
    FILED = "filed"
    CORRECTING = "correcting"


STANDINGS: dict[Standing, tuple[Phrase, str]] = {
    Standing.NOT_YET: (N_("未到办理期"), ""),
    Standing.TO_DO: (N_("未开始"), ""),
    Standing.STARTED: (N_("进行中"), "warn"),
    Standing.LATE: (N_("已过办理期"), "bad"),
    Standing.FILED: (N_("已提交"), "ok"),
    Standing.CORRECTING: (N_("更正中"), "warn"),
}
"""What a page says of each standing, and the tone of its tag."""


ANNUAL = "iit-annual"
"""The sheet that a natural person settles each year."""
FIRST_YEAR = 2019
"""Comprehensive income is settled by the year since the law of 2018 (个人所得税法 第二条)."""


@dataclass(frozen=True)
class _Clause:
    cite: str


COMPUTED = _Clause(cite="个人所得税法 第十一条第一款；税收征收管理法实施细则 第一百零九条")
DAY = timedelta(days=1)
SATURDAY = 5


def window(year: int) -> Window:
    """When the return of a tax year is filed; after it a return is late, and still taken.

    As the calendar has it. For a year it does not hold yet, computed: 1 March to 30 June of the following
    year, and where that day is a Saturday or Sunday, to the next working day. Public holidays are known only
    once they are announced; none has fallen on these days so far.
    """
    try:
        return settlement_window(year)
    except NoLawInForce:
        closes = date(year + 1, 6, 30)
        on_time_until = closes
        while on_time_until.weekday() >= SATURDAY:
            on_time_until += DAY
        return Window(year, date(year + 1, 3, 1), closes, on_time_until, "computed", COMPUTED.cite, "K")


@dataclass(frozen=True)
class Season:
    """The days on which a period is filed. `closes` is the day that notices name.

    `status` says how the last day is known: published, computed, or statutory (the day the law names, where
    the holidays that may move it are not announced yet: it can only become later).
    """

    opens: date
    closes: date
    on_time_until: date
    status: str
    source: str

    def late_on(self, day: date) -> bool:
        """Whether a return filed on `day` is late."""
        return day > self.on_time_until


def season(sheet: str, period: Period) -> Season:
    """The season of a sheet's period. Raises ValueError for a period the sheet is not filed by."""
    if sheet != ANNUAL:
        return season_of_duty(duty_on(sheet), period)
    year = window(period.year)
    return Season(year.opens, year.closes, year.on_time_until, year.status, year.source)


def season_of_duty(duty: Duty, period: Period) -> Season:
    """The season of a duty's period, whether or not the portal has its sheet. Raises ValueError as above."""
    opens = duty.opens(period)
    try:
        due = duty.due(period)
    except NoLawInForce:
        day = duty.earliest_due(period)
        return Season(opens, day, day, "statutory", duty.cite)
    return Season(opens, due.day, due.day, due.status, due.source)


def duty_on(sheet: str) -> Duty:
    """The duty that is filed on a sheet. Raises ValueError where a firm has none such."""
    for duty in DUTIES:
        if duty.sheet == sheet:
            return duty
    raise ValueError(f"no duty is filed on {sheet!r}")


def years(on: date) -> range:
    """The years whose return can be started on a day."""
    return range(FIRST_YEAR, on.year if on >= window(on.year - 1).opens else on.year - 1)


def standing(of: Season, on: date, *, drafted: bool, filed: bool) -> Standing:
    """Where a return stands on a day."""
    if filed:
        return Standing.CORRECTING if drafted else Standing.FILED
    if on < of.opens:
        return Standing.NOT_YET
    if of.late_on(on):
        return Standing.STARTED if drafted else Standing.LATE
    return Standing.STARTED if drafted else Standing.TO_DO


def may_settle(year: int, on: date) -> None:
    """Refuse a year that has no such return, and one whose window has not opened."""
    if not FIRST_YEAR <= year <= on.year:
        raise Refusal(NO_SUCH_YEAR, year=year)
    if on < window(year).opens:
        raise Refusal(NOT_YET_OPEN, year=year, opens=window(year).opens)
