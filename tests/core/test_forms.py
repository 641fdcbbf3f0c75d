"""Every field kind: what it takes, what it refuses and with which words, what it shows again."""

from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from flask import Flask, render_template_string
from flask_babel import Babel
from flask_wtf.csrf import generate_csrf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jinja2 import StrictUndefined

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
    ValidationError,
    WholeField,
)
from portal.core.language import LOCALES, TRANSLATIONS
from portal.core.pages import STATIC

TEMPLATE = """
{% from "ui/forms.html" import form_post, field, error_summary %}
{% call form_post(form, files=true) %}
{% for f in form if f.kind is defined and f.kind != "hidden" %}{{ field(f) }}{% endfor %}
{% endcall %}
{% set mistakes = form.errors_in_order() %}{% if mistakes %}{{ error_summary(mistakes) }}{% endif %}
"""


@pytest.fixture(scope="module")
def app() -> Flask:
    """An application that knows the languages and the macros, and nothing else."""
    made = Flask("portal", template_folder=str(STATIC.parent / "templates"))
    made.config.update(SECRET_KEY="of a test", WTF_CSRF_ENABLED=False)
    made.jinja_env.undefined = StrictUndefined
    made.jinja_env.globals.update(csrf_token=generate_csrf, acting_for=lambda: "")
    Babel(made, locale_selector=lambda: LOCALES["zh"], default_translation_directories=str(TRANSLATIONS))
    return made


@pytest.fixture
def read(app):
    """Posts `data` to a form with the one field `x`; the field, validated."""

    def posted(unbound, **data):
        form_class = type("OneQuestion", (Form,), {"x": unbound})
        with app.test_request_context("/", method="POST", data=data):
            form = form_class()
            form.validate()
            return form.x

    return posted


def ways(*cases):
    return pytest.mark.parametrize(("typed", "value"), cases, ids=lambda v: ascii(v)[:40])


def refusals(*cases):
    return pytest.mark.parametrize(("typed", "message"), cases, ids=lambda v: ascii(v)[:40])


class TestText:
    @ways(
        ("张三", "张三"),
        ("  张 \u3000 三\t", "张 三"),
        ("e\u0301", "\xe9"),
        ("一\u200b二\ufeff", "一二"),
        ("𠮷野", "𠮷野"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("=1+1", "=1+1"),
        ("一\r\n二", "一 二"),
    )
    def test_is_cleaned(self, read, typed, value):
        field = read(TextField("姓名"), x=typed)
        assert (field.data, field.wrong) == (value, "")

    @pytest.mark.parametrize(
        "sign",
        [
            "\0",
            "\x07",
            "\x1b",
            "\x7f",
            "\x85",
            "\u202e",
            "\u2066",
            "\u200f",
            "\ufffe",
            "\ufffd",
            "\U0010ffff",
        ],
        ids=ascii,
    )
    def test_with_a_refused_character_says_so_and_shows_where(self, read, sign):
        field = read(TextField("姓名"), x=f"张{sign}三")
        assert field.wrong == "姓名里有无法识别的字符，请删去后重新输入"
        assert field.data is None
        assert field.typed == "张\ufffd三"

    def test_bytes_that_are_no_text_are_refused(self, app):
        lone_surrogate = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n\xed\xa0\x80\r\n--b--\r\n'
        form_class = type("OneQuestion", (Form,), {"x": TextField("姓名")})
        with app.test_request_context(
            "/", method="POST", data=lone_surrogate, content_type="multipart/form-data; boundary=b"
        ):
            form = form_class()
            assert not form.validate()
            assert "无法识别" in form.x.wrong

    def test_that_is_too_long_says_how_long(self, read):
        field = read(TextField("姓名", most=5), x="一二三四五六")
        assert field.wrong == "姓名最多 5 个字，您填写了 6 个"
        assert field.typed == "一二三四五六"

    @pytest.mark.parametrize("typed", ["", "   ", "\u3000", "\u200b"], ids=ascii)
    def test_left_empty(self, read, typed):
        assert read(TextField("姓名"), x=typed).wrong == "请填写姓名"
        assert read(TextField("姓名", missing="请写您的姓名"), x=typed).wrong == "请写您的姓名"
        optional = read(TextField("姓名", optional=True), x=typed)
        assert (optional.data, optional.wrong, optional.hint) == ("", "", "选填。")

    def test_not_sent_at_all_is_empty(self, read):
        assert read(TextField("姓名")).wrong == "请填写姓名"

    def test_a_rule_says_what_is_wrong(self, read):
        field = read(
            TextField("姓名", check=lambda text: "%(subject)s有误" if text == "某" else None), x="某"
        )
        assert (field.data, field.wrong) == (None, "姓名有误")

    def test_of_several_lines_keeps_them(self, read):
        assert read(LongTextField("原因"), x=" 一 \r\n\r\n二\r").data == "一\n\n二"

    def test_a_file_in_its_place_is_no_text(self, read):
        assert read(TextField("姓名"), x=(BytesIO(b"x"), "x.txt")).wrong == "请填写姓名"


class TestMoney:
    @ways(
        ("1234.5", "1234.50"),
        ("1,234.50", "1234.50"),
        ("１，２３４．５０", "1234.50"),
        ("¥1,234.50", "1234.50"),
        ("￥ 1 234.50 元", "1234.50"),
        ("1234。5", "1234.50"),
        (".5", "0.50"),
        ("0", "0.00"),
        ("-0", "0.00"),
        ("1.100", "1.10"),
        ("999999999999.99", "999999999999.99"),
    )
    def test_is_read(self, read, typed, value):
        field = read(MoneyField("工资"), x=typed)
        assert (field.wrong, field.data) == ("", Decimal(value))
        assert str(field.data) == value

    @refusals(
        ("", "请填写工资"),
        ("一千", "工资应是用数字写的金额，例如 1234.50"),
        ("NaN", "工资应是用数字写的金额，例如 1234.50"),
        ("Infinity", "工资应是用数字写的金额，例如 1234.50"),
        ("1e400", "工资应是用数字写的金额，例如 1234.50"),
        ("0x10", "工资应是用数字写的金额，例如 1234.50"),
        ("=1+1", "工资应是用数字写的金额，例如 1234.50"),
        ("١٢", "工资应是用数字写的金额，例如 1234.50"),
        (".", "工资应是用数字写的金额，例如 1234.50"),
        ("--5", "工资应是用数字写的金额，例如 1234.50"),
        ("1,2345", "工资的逗号位置有误：每三位一个，例如 1,234.50，也可以不写逗号"),
        ("1234,50", "工资的逗号位置有误：每三位一个，例如 1,234.50，也可以不写逗号"),
        ("1.234", "工资最多两位小数，精确到分"),
        ("-5", "工资不能是负数"),
        ("\u22125", "工资不能是负数"),
        ("1000000000000", "工资不能超过 999,999,999,999.99"),
        (str(2**63), "工资不能超过 999,999,999,999.99"),
        ("9" * 61, "工资最多 60 个字，您填写了 61 个"),
    )
    def test_is_refused(self, read, typed, message):
        field = read(MoneyField("工资"), x=typed)
        assert (field.data, field.wrong, field.typed) == (None, message, typed)

    def test_may_be_negative_where_it_is_said(self, read):
        assert read(MoneyField("调整", negative=True), x="－5.00").data == Decimal("-5.00")

    def test_keeps_its_bounds(self, read):
        bounded = MoneyField("扣除", least=Decimal("10.00"), most=Decimal("20.00"))
        assert read(bounded, x="9.99").wrong == "扣除不能小于 10.00"
        assert read(bounded, x="20.01").wrong == "扣除不能超过 20.00"
        assert read(bounded, x="20").data == Decimal("20.00")

    def test_shows_a_known_amount_as_people_write_it(self, app):
        form_class = type("OneQuestion", (Form,), {"x": MoneyField("工资")})
        with app.test_request_context("/"):
            assert form_class(data={"x": Decimal("1234.50")}).x.typed == "1,234.50"
            assert form_class().x.typed == ""


class TestWhole:
    @ways(("12", 12), ("１２", 12), (" 1 ", 1), ("0012", 12))
    def test_is_read(self, read, typed, value):
        assert read(WholeField("月数", least=1, most=12), x=typed).data == value

    @refusals(
        ("", "请填写月数"),
        ("14", "月数应在 1 到 12 之间"),
        ("0", "月数应在 1 到 12 之间"),
        ("-1", "月数应在 1 到 12 之间"),
        (str(2**63), "月数应在 1 到 12 之间"),
        ("9" * 60, "月数应在 1 到 12 之间"),
        ("1.5", "月数应是整数，例如 12"),
        ("1e3", "月数应是整数，例如 12"),
        ("NaN", "月数应是整数，例如 12"),
        ("5²", "月数应是整数，例如 12"),
        ("①", "月数应是整数，例如 12"),
    )
    def test_is_refused(self, read, typed, message):
        field = read(WholeField("月数", least=1, most=12), x=typed)
        assert (field.data, field.wrong, field.typed) == (None, message, typed)


class TestCodes:
    @ways(("440399 19900307 0011", "440399199003070011"), ("44039919900307001x", "44039919900307001X"))
    def test_an_identity_number_loses_its_spaces(self, read, typed, value):
        assert read(IdNumberField("身份证号码"), x=typed).data == value
        full_width = typed.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789xX"})
        assert read(IdNumberField("身份证号码"), x=full_width).data == value

    def test_an_identity_number_has_only_letters_and_digits(self, read):
        assert read(IdNumberField("身份证号码"), x="4403;DROP").wrong == "身份证号码有误：只能有数字和字母"

    @ways(
        ("19900000001", "19900000001"),
        ("+86 199-0000-0001", "19900000001"),
        ("１９９００００００１１", "19900000011"),
        ("008619900000001", "19900000001"),
        ("12345", None),
        ("99900000001", None),
    )
    def test_a_mobile_number(self, read, typed, value):
        field = read(MobileField("手机号码"), x=typed)
        assert field.data == value
        assert bool(field.wrong) is (value is None)

    @ways(
        ("a@example.cn", "a@example.cn"),
        ("A.b+c@EXAMPLE.cn", "A.b+c@example.cn"),
        ("ａ＠example.cn", "a@example.cn"),
        ("a@b", None),
        ("a b@example.cn", None),
        ("a@example.cn, b@example.cn", None),
        ("a@example..cn", None),
        ("<a@example.cn>", None),
    )
    def test_an_address(self, read, typed, value):
        assert read(EmailField("邮箱"), x=typed).data == value

    @ways(("123456", "123456"), ("１２３ ４５６", "123456"), ("12345", None), ("12345a", None))
    def test_a_code(self, read, typed, value):
        assert read(CodeField("验证码"), x=typed).data == value

    def test_a_secret_is_taken_as_it_is_and_never_shown_again(self, read):
        field = read(SecretField("密码", autocomplete="new-password", least=8), x=" 我的 密码句子 ")
        assert field.data == " 我的 密码句子 "
        assert field.typed == ""
        short = read(SecretField("密码", autocomplete="new-password", least=8), x="短")
        assert (short.wrong, short.typed) == ("密码至少 8 个字", "")

    def test_a_hidden_value_that_was_altered_is_told_without_a_control(self, app):
        form_class = type("OneQuestion", (Form,), {"version": HiddenField()})
        with app.test_request_context("/", method="POST", data={"version": "1\0"}):
            form = form_class()
            assert not form.validate()
            [(control, message)] = form.errors_in_order()
            assert control is None
            assert "页面已过期" in message


OPTIONS = (("a", "甲"), ("b", "乙", "小字"))


class TestChoices:
    @pytest.mark.parametrize("kind", [ChoiceField, SelectField])
    def test_one_of_those_offered(self, read, kind):
        assert read(kind("城市", OPTIONS), x="b").data == "b"
        assert read(kind("城市", OPTIONS), x="").wrong == "请选择城市"
        assert read(kind("城市", OPTIONS)).wrong == "请选择城市"
        forged = read(kind("城市", OPTIONS), x="c")
        assert (forged.data, forged.wrong) == (None, "请从列出的选项中选择城市")
        assert read(kind("城市", OPTIONS, optional=True), x="").data is None

    def test_several_in_the_order_offered(self, read):
        assert read(ChoicesField("老人", OPTIONS), x=["b", "a", "b"]).data == ["a", "b"]
        assert read(ChoicesField("老人", OPTIONS)).wrong == "请选择老人"
        assert read(ChoicesField("老人", OPTIONS), x=["a", "c"]).wrong == "请从列出的选项中选择老人"
        assert read(ChoicesField("老人", OPTIONS, optional=True)).data == []

    def test_options_set_for_one_request_stay_there(self, app):
        form_class = type("OneQuestion", (Form,), {"x": ChoiceField("城市", OPTIONS)})
        with app.test_request_context("/", method="POST", data={"x": "c"}):
            one, other = form_class(), form_class()
            one.x.options = [("c", "丙")]
            assert one.validate()
            assert not other.validate()

    def test_a_box_must_be_ticked(self, read):
        assert read(TickField("我已核对"), x="y").data is True
        assert read(TickField("我已核对")).wrong == "请先勾选确认，再继续"
        assert read(TickField("我已核对"), x="1").data is False
        assert read(TickField("我已核对", optional=True)).wrong == ""


def day(year="", month="", on=""):
    return {"x-year": year, "x-month": month, "x-day": on}


class TestDays:
    def field(self):
        return DayField("出生日期", earliest=date(1900, 1, 1), latest=lambda: date(2026, 3, 9))

    @pytest.mark.parametrize("typed", [day("1990", "3", "9"), day("１９９０", "０３", " 9 ")])
    def test_is_read(self, read, typed):
        field = read(self.field(), **typed)
        assert (field.data, field.wrong) == (date(1990, 3, 9), "")

    @pytest.mark.parametrize(
        ("typed", "message", "control"),
        [
            (day(), "请填写出生日期", "x-year"),
            (day("1990", "", "9"), "出生日期还缺月份", "x-month"),
            (day("", "3", "9"), "出生日期还缺年份", "x-year"),
            (day("1990", "3", ""), "出生日期还缺日期", "x-day"),
            (day("90", "3", "9"), "出生日期的年份应是四位数字，例如 2025", "x-year"),
            (day("十年", "3", "9"), "出生日期的年份应是四位数字，例如 2025", "x-year"),
            (day("1990", "13", "9"), "出生日期的月份应在 1 到 12 之间", "x-month"),
            (day("1990", "0", "9"), "出生日期的月份应在 1 到 12 之间", "x-month"),
            (day("2025", "2", "29"), "出生日期的日期应在 1 到 28 之间", "x-day"),
            (day("2024", "2", "30"), "出生日期的日期应在 1 到 29 之间", "x-day"),
            (day("1990", "4", "-1"), "出生日期的日期应在 1 到 30 之间", "x-day"),
            (day("1899", "12", "31"), "出生日期不能早于 1900年1月1日", "x-year"),
            (day("2026", "3", "10"), "出生日期不能晚于 2026年3月9日", "x-year"),
            (day("9" * 400, "3", "9"), "出生日期的年份应是四位数字，例如 2025", "x-year"),
            (day("1990\0", "3", "9"), "出生日期的年份应是四位数字，例如 2025", "x-year"),
        ],
    )
    def test_the_message_says_which_part_is_wrong_and_the_link_leads_there(
        self, app, read, typed, message, control
    ):
        field = read(self.field(), **typed)
        with app.test_request_context("/"):
            assert (field.data, field.wrong, field.control_id) == (None, message, control)
            assert [p.typed for p in field.parts()] == [v.replace("\0", "\ufffd") for v in typed.values()]

    def test_a_known_day_is_shown_in_its_parts(self, app):
        form_class = type("OneQuestion", (Form,), {"x": self.field()})
        with app.test_request_context("/"):
            assert [p.typed for p in form_class(data={"x": date(1990, 3, 9)}).x.parts()] == ["1990", "3", "9"]

    def test_a_month_is_its_first_day(self, read):
        month = MonthField("起租月份", latest=date(2026, 3, 1))
        assert read(month, **{"x-year": "2025", "x-month": "12"}).data == date(2025, 12, 1)
        assert read(month, **{"x-year": "2026", "x-month": "4"}).wrong == "起租月份不能晚于 2026年3月"
        assert read(MonthField("起租月份", optional=True)).data is None


class TestFiles:
    @pytest.mark.parametrize(
        ("content", "name", "message"),
        [
            (b"%PDF-1.7 content", "a.pdf", ""),
            (b"", "a.pdf", "证明是空的"),
            (b"%PDF-" + b"x" * 1024, "a.pdf", "证明不能超过 0.000976562 MB"),
            (b"MZ not a document", "a.pdf", "证明应是 PDF 格式的文件"),
            (b"", "", "请选择证明"),
        ],
    )
    def test_size_and_content_decide(self, read, content, name, message):
        field = read(FileField("证明", most=1024), x=(BytesIO(content), name))
        assert field.wrong == message
        assert field.data == (None if message else content)

    def test_text_in_its_place_is_no_file(self, read):
        assert read(FileField("证明"), x="%PDF-").wrong == "请选择证明"


class Every(Form):
    """Every field kind once."""

    text = TextField("姓名")
    lines = LongTextField("原因")
    money = MoneyField("工资")
    whole = WholeField("月数", unit="个月")
    number = IdNumberField("号码")
    mobile = MobileField("手机")
    mail = EmailField("邮箱")
    code = CodeField("验证码")
    secret = SecretField("密码", autocomplete="new-password", least=8)
    one = ChoiceField("城市", OPTIONS)
    listed = SelectField("证件", OPTIONS)
    several = ChoicesField("老人", OPTIONS)
    tick = TickField("我已核对")
    born = DayField("出生日期")
    since = MonthField("起租月份")
    paper = FileField("证明")
    version = HiddenField()

    def validate_text(self, field):
        if field.data == "某":
            raise ValidationError("姓名有误")


NAMES = [name for name in Every.__dict__ if not name.startswith(("_", "validate"))]
PARTS = ["born-year", "born-month", "born-day", "since-year", "since-month"]
BAD = [
    "",
    "\0",
    "NaN",
    "1e400",
    "-1",
    str(2**63),
    "１２３",
    "<b>",
    "=1+1",
    "\u202e",
    "x" * 3000,
    "某",
    "a",
    "y",
    "2",
]
answers = st.dictionaries(
    st.sampled_from([*NAMES, *PARTS]),
    st.one_of(
        st.text(st.characters(blacklist_categories=["Cs"]), max_size=40),
        st.sampled_from(BAD),
        st.lists(st.sampled_from(BAD), max_size=3),
    ),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(posted=answers)
def test_whatever_is_posted_is_answered_and_shown_again(app, posted):
    """No post makes a form fail; each wrong field has one message, and the page can be drawn and sent."""
    with app.test_request_context("/", method="POST", data=posted):
        form = Every()
        sound = form.validate()
        html = render_template_string(TEMPLATE, form=form)
        html.encode("utf-8")
        assert sound == (form.errors_in_order() == [])
        assert "This field" not in html
        assert "Not a valid" not in html
        for field in form:
            if field.errors:
                assert field.wrong in html or field.wrong.replace("<", "&lt;") in html


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=400))
def test_bytes_of_any_kind_are_answered(app, body):
    for kind in ("application/x-www-form-urlencoded", "multipart/form-data; boundary=b", "application/json"):
        with app.test_request_context("/", method="POST", data=body, content_type=kind):
            form = Every()
            assert not form.validate()
            render_template_string(TEMPLATE, form=form).encode("utf-8")


def test_what_was_typed_is_shown_again_as_text(app):
    with app.test_request_context("/", method="POST", data={"text": '"><script>', "money": "1.234"}):
        form = Every()
        form.validate()
        html = render_template_string(TEMPLATE, form=form)
    assert 'value="&#34;&gt;&lt;script&gt;"' in html
    assert 'value="1.234"' in html


def test_no_question_is_guarded_by_the_browser(app):
    """The browser's own bubbles would come before our summary, in its words."""
    with app.test_request_context("/"):
        html = render_template_string(TEMPLATE, form=Every())
    assert "novalidate" in html
    assert "required" not in html
    assert 'type="number"' not in html


def test_mistakes_have_the_order_in_which_the_page_asks(app):
    class Late(Form):
        b = TextField("乙")
        a = TextField("甲")

    with app.test_request_context("/", method="POST"):
        form = Late()
        form.validate()
        form.a.ask()
        form.b.ask()
        assert form.errors_in_order() == [("a", "请填写甲"), ("b", "请填写乙")]
        assert Late().errors_in_order() == []


def test_a_mistake_of_the_whole_form_is_told_without_a_control(app):
    with app.test_request_context("/", method="POST"):
        form = Form()
        form.validate()
        form.form_errors.append("两项只能选一项")
        assert form.errors_in_order() == [(None, "两项只能选一项")]


def test_a_form_without_its_token_says_so_in_our_words(app):
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        with app.test_request_context("/", method="POST", data={"text": "x"}):
            form = type("OneQuestion", (Form,), {"text": TextField("姓名")})()
            assert not form.validate()
            assert form.errors_in_order() == [(None, "页面已过期或被改动过，请重新打开本页后再提交")]
    finally:
        app.config["WTF_CSRF_ENABLED"] = False


def test_a_query_form_reads_the_address_and_marks_nothing_optional(app):
    class Filters(QueryForm):
        year = SelectField("年度", (("2025", "2025"),), spoken=False, optional=True)

    with app.test_request_context("/?year=2025"):
        form = Filters()
        assert form.validate()
        assert (form.year.data, form.year.hint) == ("2025", "")
    with app.test_request_context("/?year=x"):
        assert not Filters().validate()


def test_messages_speak_the_language_of_the_page():
    made = Flask("portal")
    made.config.update(SECRET_KEY="of a test", WTF_CSRF_ENABLED=False)
    Babel(made, locale_selector=lambda: LOCALES["en"], default_translation_directories=str(TRANSLATIONS))
    with made.test_request_context("/", method="POST", data={"x": ""}):
        form = type("OneQuestion", (Form,), {"x": MobileField("手机号码"), "d": DayField("出生日期")})()
        form.validate()
        assert [message for _, message in form.errors_in_order()] == [
            "Enter mobile number",
            "Enter date of birth",
        ]
        assert form.d.control_id == "d-day"
        assert [part.words for part in form.d.parts()] == ["Day", "Month", "Year"]
