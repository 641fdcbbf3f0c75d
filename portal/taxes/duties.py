"""The taxes a firm may be registered for: by which periods each is filed, by when, and on which sheet."""

from dataclasses import dataclass
from datetime import date

from portal.core.wording import N_, Phrase
from portal.taxes.calendar import DAY, Deadline, DueDay, due
from portal.taxes.periods import Period, PeriodKind

_MONTH, _QUARTER, _YEAR = PeriodKind.MONTH, PeriodKind.QUARTER, PeriodKind.YEAR


@dataclass(frozen=True)
class Duty:
    """That a tax must be filed, period after period.

    `kinds` are the kinds of period it may be filed by, the usual one first. `sheet` is the code of the sheet
    it is filed on; None where the portal has none yet and the duty is only named. `deadline` is None, and
    `kinds` is empty, for what is filed once, on an occasion that no calendar knows. `cite` is the clause, in
    Chinese.
    """

    code: str
    title: Phrase
    kinds: tuple[PeriodKind, ...]
    deadline: Deadline | None
    sheet: str | None
    cite: str

    def opens(self, period: Period) -> date:
        """The first day on which `period` can be filed: the day after it ends. Raises ValueError as `due`."""
        self._check(period)
        return period.last + DAY

    def due(self, period: Period) -> DueDay:
        """The last day on which `period` is filed on time, and how that is known.

        Raises ValueError for a period the duty is not filed by, NoLawInForce where the holidays that decide
        the day are not known yet.
        """
        return due(self._check(period), period)

    def earliest_due(self, period: Period) -> date:
        """The day the law names, before which the last day cannot be; known for every year.

        Raises ValueError as `due`.
        """
        return self._check(period).after(period)

    def _check(self, period: Period) -> Deadline:
        if self.deadline is None or period.kind not in self.kinds:
            raise ValueError(f"{self.code} is not filed for {period}")
        return self.deadline


DUTIES = (
    Duty(
        "vat-small-scale",
        N_("增值税及附加税费（小规模纳税人）"),
        (_QUARTER, _MONTH),
        Deadline.FIFTEENTH,
        "vat-small-scale",
        cite="增值税法 第三十条；增值税法实施条例 第四十三条；2026年以前：增值税暂行条例 第二十三条",
    ),
    Duty(
        "vat-general",
        N_("增值税及附加税费（一般纳税人）"),
        (_MONTH,),
        Deadline.FIFTEENTH,
        None,
        cite="增值税法 第三十条；2026年以前：增值税暂行条例 第二十三条",
    ),
    Duty(
        "cit-prepayment",
        N_("企业所得税预缴"),
        (_QUARTER, _MONTH),
        Deadline.FIFTEENTH,
        None,
        cite="企业所得税法 第五十四条第二款",
    ),
    Duty(
        "cit-annual",
        N_("企业所得税年度汇算清缴"),
        (_YEAR,),
        Deadline.END_OF_MAY,
        None,
        cite="企业所得税法 第五十四条第三款",
    ),
    Duty(
        "cit-liquidation",
        N_("企业所得税清算申报"),
        (),
        None,
        None,
        cite="企业所得税法 第五十五条第二款",
    ),
    Duty(
        "iit-withholding",
        N_("代扣代缴个人所得税"),
        (_MONTH,),
        Deadline.FIFTEENTH,
        None,
        cite="个人所得税法 第十四条",
    ),
    Duty(
        "iit-business-prepayment",
        N_("个人所得税经营所得预缴"),
        (_QUARTER, _MONTH),
        Deadline.FIFTEENTH,
        None,
        cite="个人所得税法 第十二条第一款",
    ),
    Duty(
        "iit-business-annual",
        N_("个人所得税经营所得年度汇算清缴"),
        (_YEAR,),
        Deadline.END_OF_MARCH,
        None,
        cite="个人所得税法 第十二条第一款",
    ),
)
"""Every duty, in the order in which lists show them."""

_BY_CODE = {duty.code: duty for duty in DUTIES}


def duty_named(code: str) -> Duty:
    """The duty `code`. Raises ValueError when there is none."""
    if code not in _BY_CODE:
        raise ValueError(f"no duty is called {code!r}; there are: {', '.join(_BY_CODE)}")
    return _BY_CODE[code]
