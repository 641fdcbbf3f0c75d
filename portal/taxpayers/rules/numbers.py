"""Identity numbers: how they are written, which are sound, and what they say about birth and age."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from portal.core.refusal import Refusal, reason
from portal.core.wording import N_, Phrase


class IdKind(StrEnum):
    """The documents by which a person is known to the tax office."""

    RESIDENT = "resident-id"
    HMT_RESIDENCE = "hmt-residence-permit"
    FOREIGN_RESIDENCE = "foreign-permanent-residence"
    HM_TRAVEL = "hm-travel-permit"
    TAIWAN_TRAVEL = "taiwan-travel-permit"
    PASSPORT = "passport"


KIND_NAMES: dict[IdKind, Phrase] = {
    IdKind.RESIDENT: N_("居民身份证"),
    IdKind.HMT_RESIDENCE: N_("港澳台居民居住证"),
    IdKind.FOREIGN_RESIDENCE: N_("外国人永久居留身份证"),
    IdKind.HM_TRAVEL: N_("港澳居民来往内地通行证"),
    IdKind.TAIWAN_TRAVEL: N_("台湾居民来往大陆通行证"),
    IdKind.PASSPORT: N_("护照"),
}


class FirmNumber(StrEnum):
    """The number by which a firm is known; nobody proves who they are with it."""

    CREDIT_CODE = "credit-code"


NumberKind = IdKind | FirmNumber
NUMBER_NAMES: Mapping[NumberKind, Phrase] = {
    **dict(KIND_NAMES.items()),
    FirmNumber.CREDIT_CODE: N_("统一社会信用代码"),
}
"""Of everything a taxpayer may be known by. `KIND_NAMES` are those a person may choose from."""


def number_kind(text: str) -> NumberKind:
    """The kind a taxpayer's row names. Raises ValueError for any other."""
    return FirmNumber.CREDIT_CODE if text == FirmNumber.CREDIT_CODE else IdKind(text)


ADULT = 18
"""Full years from which a person acts alone (Civil Code art. 17, 18)."""

UNDER_AGE = reason(
    "account-under-age",
    N_("证件号码显示您未满18周岁。未满18周岁的人由监护人代理办税，不能自己在网上开户。"),
    N_(
        "请监护人携带双方证件到办税服务厅办理。已满16周岁、以自己的劳动收入为主要生活来源的，可以本人到厅办理。"
    ),
)
"""Civil Code art. 18 to 20, 23: a guardian represents a minor; the exception at 16 needs evidence."""


@dataclass(frozen=True)
class IdNumber:
    """A normalised number with its kind; `country` (ISO 3166 alpha-2) for passports only."""

    kind: NumberKind
    number: str
    country: str | None = None

    @property
    def as_registered(self) -> str:
        """As the identity register writes it: a passport's number behind its country."""
        return f"{self.country}-{self.number}" if self.country else self.number

    @property
    def key(self) -> str:
        """What makes it unique: two countries may give out the same passport number."""
        return f"{self.kind}|{self.country or ''}|{self.number}"


def from_register(kind: str, written: str) -> IdNumber:
    """A person's number as the registers write it; against `as_registered`. ValueError: no such kind."""
    if IdKind(kind) is not IdKind.PASSPORT:
        return IdNumber(IdKind(kind), written)
    country, _, number = written.rpartition("-")
    return IdNumber(IdKind.PASSPORT, number, country or None)


_FULL_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_CAPITALS = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212\u30fb\u00b7.]+")


def normalise(typed: str) -> str:
    """A number as people write it → as it is kept: ASCII, no spaces or hyphens, capitals."""
    return _SEPARATORS.sub("", typed.translate(_FULL_WIDTH)).translate(_CAPITALS)


_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def check_digit(first_17: str) -> str:
    """The last character of an 18-character number (GB 11643-1999: weighted sum modulo 11)."""
    return "10X98765432"[sum(int(d) * w for d, w in zip(first_17, _WEIGHTS, strict=True)) % 11]


_EIGHTEEN = re.compile(r"[0-9]{17}[0-9X]")
_FORMATS = {
    IdKind.RESIDENT: _EIGHTEEN,
    IdKind.HMT_RESIDENCE: re.compile(r"8[123]0000[0-9]{11}[0-9X]"),
    IdKind.FOREIGN_RESIDENCE: re.compile(r"9[0-9]{16}[0-9X]|[A-Z]{3}[0-9]{12}"),
    IdKind.HM_TRAVEL: re.compile(r"[HM][0-9]{8}([0-9]{2})?"),
    IdKind.TAIWAN_TRAVEL: re.compile(r"[0-9]{8}|[0-9]{10}[A-Z]"),
    IdKind.PASSPORT: re.compile(r"[A-Z0-9]{5,20}"),
}
"""Residence permits: 国办发〔2018〕81号.

Foreigners' cards: 18 digits since 2023-12-01, 15 characters before.
"""

_FORMAT_FAULTS = {
    IdKind.RESIDENT: N_("居民身份证号码应为18位：17位数字，最后一位是数字或字母X"),
    IdKind.HMT_RESIDENCE: N_("港澳台居民居住证号码应为18位，以810000、820000或830000开头"),
    IdKind.FOREIGN_RESIDENCE: N_("永久居留证号码应为18位、以9开头，旧证为3个字母加12位数字"),
    IdKind.HM_TRAVEL: N_("港澳居民来往内地通行证号码应为字母H或M加8位或10位数字"),
    IdKind.TAIWAN_TRAVEL: N_("台湾居民来往大陆通行证号码应为8位数字，旧证为10位数字加1个字母"),
    IdKind.PASSPORT: N_("护照号码应为5至20位字母或数字"),
}


def fault(kind: IdKind, number: str, on: date) -> Phrase | None:
    """What is wrong with a normalised number on a day, in words, or None.

    Numbers by GB 11643 are checked to the last digit and the calendar, the others by their format. A sound
    number proves nobody's identity.
    """
    if not _FORMATS[kind].fullmatch(number):
        return _FORMAT_FAULTS[kind]
    if not _EIGHTEEN.fullmatch(number) or kind is IdKind.PASSPORT:
        return None
    if kind is IdKind.RESIDENT and number[:6] in {"810000", "820000", "830000"}:
        return N_("这是港澳台居民居住证号码，请选择对应的证件类型")
    if check_digit(number[:17]) != number[17]:
        return N_("证件号码有误：最后一位校验码与前17位不符，请对照证件核对")
    return _birth_fault(number, on)


def _birth_fault(number: str, on: date) -> Phrase | None:
    born = birth_day(number)
    if born is None:
        return N_("证件号码有误：第7至14位不是真实的日期，请对照证件核对")
    return N_("证件号码有误：其中的出生日期晚于今天，请对照证件核对") if born > on else None


def birth_day(number: str) -> date | None:
    """The day of birth that an 18-character number states; None if it states none or one that never was."""
    if not _EIGHTEEN.fullmatch(number):
        return None
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def age(born: date, on: date) -> int:
    """Full years of age on a day."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def require_adult(number: str, on: date) -> None:
    """Refuse a number whose holder is not of age yet. One without a day of birth passes."""
    born = birth_day(number)
    if born is not None and age(born, on) < ADULT:
        raise Refusal(UNDER_AGE)


_PROVINCES = {
    *range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66),
    71, 81, 82, 83
}  # fmt: skip


def area_is_known(number: str) -> bool:
    """Whether the number begins with a province's code.

    Only ever a hint: area codes come and go, and a card keeps the code of its day.
    """
    return number[:2].isdigit() and int(number[:2]) in _PROVINCES


def kinds_fitting(number: str) -> tuple[IdKind, ...]:
    """The kinds whose format a normalised number has; passports, which also need a country, left out."""
    return tuple(
        kind for kind, form in _FORMATS.items() if kind is not IdKind.PASSPORT and form.fullmatch(number)
    )
