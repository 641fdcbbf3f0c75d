"""Who lives in the demo town: the same people and firms every time, with numbers that no real one has.

Identity numbers carry the area code 440399, which was never given to a county; mobiles start with 154, which
no operator holds; credit codes carry the same area. All check characters are right.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from portal.taxpayers.rules import check_digit

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

_CODE_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CODE_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True)
class Firm:
    """A firm of the town: an employer, later a taxpayer of its own."""

    code: str
    name: str
    representative: "Person"
    kind: str = "company"
    status: str = "active"


@dataclass(frozen=True)
class Person:
    """A person of the town, as the identity register knows them."""

    number: str
    name: str
    born: date
    mobile: str


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


def firms(count: int, on: date) -> list[Firm]:
    """The first `count` firms of the town; their representatives are among its first people."""
    representatives = list(people(count, on))
    return [
        Firm(
            code=credit_code(serial),
            name=f"滨海{_PLACES[serial % 10]}{_TRADES[serial // 10 % 10]}有限公司"
            if serial < 100
            else f"滨海{_PLACES[serial % 10]}{_TRADES[serial // 10 % 10]}第{serial // 100}有限公司",
            representative=representatives[serial],
        )
        for serial in range(count)
    ]
