"""Who lives in the demo town: the same people and firms every time, with numbers that no real one has.

Identity numbers carry the area code 440399, which was never given to a county; mobiles start with 154, which
no operator holds; credit codes carry the same area. All check characters are right.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from portal.taxpayers.rules import IdKind, check_digit

AREA = "440399"
_SURNAMES = (
    "王李张刘陈杨黄赵周吴徐孙马朱胡郭何林罗高郑梁谢宋唐许邓韩冯曹"
    "彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹"
)
_GIVEN = (
    "静怡建国思远晓峰雨桐子涵志强秀英明华丽娟海波文博佳琪俊杰雅芳国栋春梅宇航"
    "欣妍振美玲家豪诗伟东淑珍泽楷若曦天佑梦瑶浩然依诺立新慧敏鸿飞玉兰德胜清雪"
)
FIRST = ("李静怡", "王建国", "陈思远", "张晓峰", "赵雨桐")
"""The people whose stories the demo tells; everybody else is named by chance."""
_TRADES = ("软件", "贸易", "餐饮管理", "物流", "设计", "教育咨询", "机电", "生物科技", "文化传媒", "建筑工程")
_PLACES = ("海潮", "云帆", "青禾", "远山", "明港", "白鹭", "星湾", "南屿", "长汀", "红树")

_SMALL = 80_000
"""The serial number from which the codes of small firms count."""

_CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Firm:
    """A firm of the town: an employer, later a taxpayer of its own."""

    code: str
    name: str
    representative: "Person"
    established_on: date
    taxes_from: date
    kind: str = "company"
    status: str = "active"
    general: bool = False
    """Whether it is a general VAT payer."""
    parent_code: str | None = None
    agent: bool = False

    @property
    def taxes(self) -> tuple[tuple[str, str], ...]:
        """The taxes it files and by which period; what it withholds is loaded as reported already."""
        vat = ("vat-general", "month") if self.general else ("vat-small-scale", "quarter")
        if self.kind == "branch":
            return (vat,)
        if self.kind == "company":
            return (vat, ("cit-prepayment", "quarter"), ("cit-annual", "year"))
        return (vat, ("iit-business-prepayment", "quarter"), ("iit-business-annual", "year"))


@dataclass(frozen=True)
class Fact:
    """Something another office knows of a firm of the town."""

    code: str
    kind: str
    reference: str
    source: str
    since: date
    facts: dict[str, object]
    secret: bool = False


@dataclass(frozen=True)
class Person:
    """A person of the town, as the identity register knows them."""

    number: str
    name: str
    born: date
    mobile: str
    kind: IdKind = IdKind.RESIDENT


def resident_number(born: date, order: int, area: str = AREA) -> str:
    """A resident identity number with its right check character (GB 11643-1999)."""
    body = f"{area}{born:%Y%m%d}{order:03d}"
    return body + check_digit(body)


def credit_code(serial: int) -> str:
    """A unified social credit code with both check characters right (GB 32100-2015, GB 11714-1997)."""
    organisation = f"MAD{serial:05d}"
    total = sum(
        int(letter, 36) * weight for letter, weight in zip(organisation, _ORGANISATION_WEIGHTS, strict=True)
    )
    body = f"91{AREA}{organisation}{'0123456789X0'[(11 - total % 11)]}"
    check = sum(
        _CODE_LETTERS.index(letter) * weight for letter, weight in zip(body, _CODE_WEIGHTS, strict=True)
    )
    return body + _CODE_LETTERS[(31 - check % 31) % 31]


def people(count: int, on: date) -> Iterator[Person]:
    """The first `count` people of the town, adults of 20 to 69 on day `on`, always the same ones.

    A person's number follows from their place in the row alone, so no two are alike and no list is kept.
    """
    first_day = date(on.year - 69, 1, 1)
    days = (date(on.year - 20, 1, 1) - first_day).days
    for index in range(count):
        chance = random.Random(f"person {index}")  # noqa: S311 - the same town every time
        born = first_day + timedelta(days=(index * 7919) % days)
        surname = chance.choice(_SURNAMES)
        given = "".join(chance.choice(_GIVEN) for _ in range(chance.choice((1, 2, 2, 2))))
        yield Person(
            number=resident_number(born, 1 + index // days * 2 + index % 2),
            name=FIRST[index] if index < len(FIRST) else surname + given,
            born=born,
            mobile=f"154{index:08d}",
        )


def newcomers() -> list[Person]:
    """Two whom the identity register knows by other documents: a residence permit of Hong Kong, a passport.

    Neither number was ever given: no permit counts people born that day so high, no British passport has a 0
    in front of eight nines. The register writes a passport with the country that issued it.
    """
    born = date(1991, 4, 18)
    permit = resident_number(born, 997, "810000")
    return [
        Person(permit, "何嘉欣", born, "15499999901", IdKind.HMT_RESIDENCE),
        Person("GB-099999999", "ALICE EXAMPLE", date(1988, 9, 2), "15499999902", IdKind.PASSPORT),
    ]


def firms(count: int, on: date) -> list[Firm]:
    """The first `count` firms of the town, employers; their representatives are among its first people."""
    representatives = list(people(count, on))
    return [
        Firm(
            code=credit_code(serial),
            name=f"滨海{_PLACES[serial % 10]}{_TRADES[serial // 10 % 10]}有限公司"
            if serial < 100
            else f"滨海{_PLACES[serial % 10]}{_TRADES[serial // 10 % 10]}第{serial // 100}有限公司",
            representative=representatives[serial],
            established_on=date(on.year - 3, 1 + serial % 12, 6),
            taxes_from=_quarter_before(on),
            general=serial % 5 == 4,
        )
        for serial in range(count)
    ]


def small_firms(employers: list[Firm], on: date) -> list[Firm]:
    """The rest of the town's firms, by its first people: two branches, a shop, a studio, a tax agency."""
    lee, wang, chen = list(people(3, on))
    since = _quarter_before(on)

    def made(serial: int, name: str, who: Person, kind: str, **more: Any) -> Firm:
        opened = date(on.year - 2, 3, 12)
        return Firm(credit_code(_SMALL + serial), name, who, opened, since, kind, **more)

    parent = employers[1]
    return [
        made(0, f"{parent.name}南屿分公司", wang, "branch", parent_code=parent.code),
        made(1, f"{parent.name}长汀分公司", chen, "branch", parent_code=parent.code),
        made(2, "滨海静怡花店", lee, "individual-business"),
        made(3, "滨海思远摄影工作室", chen, "sole-proprietorship"),
        made(4, "滨海白鹭税务师事务所有限公司", chen, "company", agent=True),
    ]


def facts(employers: list[Firm], on: date) -> list[Fact]:
    """What others know of the town's firms: one has things to hand in, one is looked at and not told."""
    last_month = on - timedelta(days=30)
    keeper, watched = employers[1].code, employers[3].code
    return [
        Fact(keeper, "unused-invoices", "FP-0017", "发票管理系统", last_month, {"count": 12}),
        Fact(keeper, "tax-control-device", "SK-0017", "发票管理系统", last_month, {}),
        Fact(watched, "inspection", "JC-0003", "稽查局", last_month, {}, secret=True),
        Fact(watched, "credit-grade", "XY-0003", "纳税信用管理系统", last_month, {"grade": "D"}),
    ]


def _quarter_before(on: date) -> date:
    """The first day of the quarter before the one a day lies in: its returns are due or just past due."""
    first = date(on.year, (on.month - 1) // 3 * 3 + 1, 1)
    return date(first.year - 1, 10, 1) if first.month == 1 else first.replace(month=first.month - 3)
