"""Sample pages of every component in every state, for those who build pages. Never in production."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import segno
from flask import Blueprint, jsonify
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from portal.core.access import allow
from portal.core.acting import Acting, Level, Right
from portal.core.forms import (
    ChoiceField,
    ChoicesField,
    CodeField,
    DayField,
    EmailField,
    FileField,
    Form,
    HiddenField,
    IdNumberField,
    LongTextField,
    MobileField,
    MoneyField,
    MonthField,
    QueryForm,
    SecretField,
    SelectField,
    TextField,
    TickField,
    WholeField,
)
from portal.core.money import yuan
from portal.core.pages import invalid, page
from portal.core.wording import N_

bp = Blueprint("gallery", __name__, url_prefix="/_ui")

NOBODY = UUID(int=0)
SOMEONE = Acting(
    account_id=NOBODY,
    person_id=NOBODY,
    person_name="Li Jingyi",
    taxpayer_id=NOBODY,
    taxpayer_name="Li Jingyi",
    level=Level.PROVEN,
    rights=frozenset(Right),
    session_id=NOBODY,
    unread=3,
)
HANDLER = replace(
    SOMEONE,
    taxpayer_id=UUID(int=1),
    taxpayer_name="Binhai Qinghe Catering Management Co., Ltd., Second Branch",
    mandate_id=NOBODY,
    office="tax-handler",
)
"""The same person, acting for a firm: on the page of lists."""
CITIES = (
    ("1500", N_("直辖市、省会城市、计划单列市")),
    ("1100", N_("市辖区户籍人口超过 100 万的城市"), N_("以统计部门公布的数字为准")),
    ("800", N_("其他城市")),
)


class Rent(Form):
    """One step of a filing."""

    version = HiddenField(default="1")
    city = ChoiceField(N_("租房所在城市"), CITIES, missing=N_("请选择租房所在城市"))
    months = WholeField(N_("租了几个月"), least=1, most=12, unit=N_("个月"))
    landlord = TextField(N_("出租人姓名或名称"), hint=N_("与租房合同上一致"))
    number = IdNumberField(N_("出租人身份证号码"), hint=N_("18 位，可以带空格，最后一位可以是 X"))


class Every(Form):
    """Every field kind once, declared in another order than the page asks."""

    true = TickField(N_("我已核对以上内容，所填真实、完整，并承担相应法律责任。"))
    paper = FileField(N_("证明文件"), hint=N_("PDF，最多 2 MB"))
    name = TextField(N_("姓名"), most=50, width="medium", autocomplete="name")
    why = LongTextField(N_("更正的原因"), optional=True)
    mobile = MobileField(N_("手机号码"), autocomplete="tel")
    mail = EmailField(N_("电子邮箱"), autocomplete="email", optional=True)
    code = CodeField(N_("短信验证码"))
    number = IdNumberField(N_("身份证号码"))
    secret = SecretField(
        N_("密码"), autocomplete="new-password", least=15, hint=N_("至少 15 个字，可以是一句话")
    )
    wages = MoneyField(N_("工资薪金收入"), hint=N_("全年税前合计"))
    loss = MoneyField(N_("其他调整"), negative=True, optional=True)
    children = WholeField(N_("子女人数"), most=20)
    kind = SelectField(
        N_("证件种类"), (("id", N_("居民身份证")), ("permit", N_("港澳台居民居住证"))), autocomplete="off"
    )
    parents = ChoicesField(
        N_("赡养的老人"), (("father", N_("父亲")), ("mother", N_("母亲"))), missing=N_("请至少选择一位老人")
    )
    born = DayField(
        N_("出生日期"), hint=N_("例如 1990 年 3 月 9 日"), latest=date(2026, 3, 9), autocomplete="bday"
    )
    since = MonthField(N_("起租月份"))


class Year(QueryForm):
    """A bar of filters."""

    year = SelectField(
        N_("年度"), (("2026", "2026"), ("2025", "2025")), spoken=False, optional=True, blank=N_("全部")
    )


class More(Form):
    """The question at the end of a list of repeated facts."""

    another = ChoiceField(N_("还有其他子女吗"), (("y", N_("有，再添加一个")), ("n", N_("没有了"))))


def sample(template: str, **context: Any) -> Response:
    """A sample page with what sample data is made of."""
    who = HANDLER if template == "lists" else SOMEONE
    return page(f"gallery/{template}.html", acting_or_none=lambda: who, yuan=yuan, date=date, **context)


@bp.get("")
@allow("public")
def index() -> Response:
    return page("gallery/index.html")


@bp.get("/home")
@allow("public")
def home() -> Response:
    return sample("home")


@bp.get("/step")
@allow("public")
def step() -> Response:
    return sample("step", form=Rent())


@bp.post("/step")
@allow("public")
def step_wrong() -> Response:
    form = Rent()
    return sample("step", form=form) if form.validate() else _wrong("step", form)


@bp.get("/check")
@allow("public")
def check() -> Response:
    return sample("check")


@bp.get("/questions")
@allow("public")
def questions() -> Response:
    return sample("questions", form=Every())


@bp.post("/questions")
@allow("public")
def questions_wrong() -> Response:
    form = Every()
    return sample("questions", form=form) if form.validate() else _wrong("questions", form)


@bp.get("/pay")
@allow("public")
def pay() -> Response:
    return sample("pay", matrix=segno.make("https://portal.example/pay/1", error="m").matrix)


@bp.get("/lists")
@allow("public")
def lists() -> Response:
    return sample("lists", form=Year(), more=More())


@bp.get("/outcomes")
@allow("public")
def outcomes() -> Response:
    return sample("outcomes")


@bp.get("/parts")
@allow("public")
def parts() -> Response:
    return sample("parts")


@bp.post("/draft")
@allow("public")
def draft() -> Response:
    """What a saved draft answers: words for the status line, and the version the next save builds on."""
    return jsonify(message=_("草稿已保存于 10:42"), version="2")


@bp.get("/status")
@allow("public")
def status() -> Response:
    """What a payment that is not decided yet answers."""
    return jsonify(final=False)


def _wrong(template: str, form: Form) -> Response:
    return invalid(
        f"gallery/{template}.html", form=form, acting_or_none=lambda: SOMEONE, yuan=yuan, date=date
    )
