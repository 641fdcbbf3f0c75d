"""The pages of the accounts room as people use them."""

import json
import threading
from datetime import timedelta

import pytest

from portal.accounts.rules.codes import MOST_TRIES
from portal.core import clock
from tests.accounts.conftest import PASSWORD, sign_in, state
from tests.visitor import Visitor

OPEN = "/accounts/open"


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06d}"


# Opening


def test_a_person_opens_an_account_and_is_proven_at_once(visitor, register, phone):
    who = register.somebody()
    page = state(visitor.open(OPEN), who, 电子邮箱="jingyi@example.test").press("提交并获取验证码")
    assert page.heading == "填写短信验证码"
    page.says(f"{who.mobile[:3]}****{who.mobile[-4:]}")
    [text] = phone.texts(who.mobile)
    assert text.startswith("【自助办税】")
    page = page.answer("验证码", phone.code(who.mobile)).press("开通账户")
    assert page.heading == "账户已开通，您已实名"
    profile = visitor.open("/accounts/profile").says(who.name, f"{who.number[:4]}**********{who.number[-4:]}")
    assert who.number not in profile.response.get_data(as_text=True)
    visitor.open("/accounts/level").says("您的实名等级：已实名", "身份登记信息与本人手机号码比对")


def test_somebody_elses_mobile_opens_an_account_that_can_be_raised(visitor, register, phone, opened):
    who = register.somebody()
    opened(who, 手机号码=who.other_mobile)
    page = visitor.open("/accounts/level").says("您的实名等级：已验证联系方式")
    page = page.follow("换一个手机号码").answer("新的手机号码", who.mobile).answer("当前密码", PASSWORD)
    page = page.press("获取验证码").says("这个号码在您本人名下")
    before = visitor.client.get_cookie("portal").value
    page = page.answer("验证码", phone.code(who.mobile)).press("更改手机号码").says("手机号码已更改")
    assert visitor.client.get_cookie("portal").value != before
    visitor.open("/accounts/level").says("您的实名等级：已实名")


def test_raising_the_level_leads_back_to_where_one_was_going(visitor, register, phone, opened):
    who = register.somebody()
    opened(who, 手机号码=who.other_mobile)
    page = visitor.open("/account/trail")
    assert page.path == "/accounts/level"
    page = page.follow("换一个手机号码").answer("新的手机号码", who.mobile).answer("当前密码", PASSWORD)
    page = page.press("获取验证码").answer("验证码", phone.code(who.mobile)).press("更改手机号码")
    assert page.path == "/account/trail"


@pytest.mark.parametrize(
    ("answers", "beside", "said"),
    [
        ({"证件号码": "440300190001010016"}, "证件号码", "最后一位校验码与前17位不符"),
        ({"证件号码": "440300190002290039"}, "证件号码", "不是真实的日期"),
        ({"证件号码": "4403001900010100"}, "证件号码", "应为18位"),
        ({"证件类型": "护照", "证件号码": "E12345678"}, "护照签发国", "请选择护照签发国"),
        ({"手机号码": "12345"}, "手机号码", "有误"),
        ({"设置密码": "short"}, "设置密码", "至少15个字符"),
        ({"设置密码": ""}, "设置密码", "请填写密码"),
        ({"设置密码": "雨" * 201}, "设置密码", "密码最多 200 个字，您填写了 201 个"),
        ({"设置密码": "taxbureau2017!!!"}, "设置密码", "容易被猜到"),
        ({"设置密码": "李静怡199003071990李静怡"}, "设置密码", "容易被猜到"),
        ({"姓名": ""}, "姓名", "请填写姓名"),
        ({"我已阅读并同意个人信息处理告知书": False}, "我已阅读并同意个人信息处理告知书", "请先勾选确认"),
    ],
)
def test_mistakes_stand_beside_their_question_and_nothing_typed_is_lost(
    visitor, register, answers, beside, said
):
    who = register.somebody()
    page = state(visitor.open(OPEN), who, **answers).press("提交并获取验证码", 422)
    assert said in page.errors[beside]
    typed = {c.get("name"): c.get("value") for c in page.soup.find_all("input")}
    assert typed["mobile"] == answers.get("手机号码", who.mobile)
    assert typed["number"] == answers.get("证件号码", who.number)
    assert PASSWORD not in page.response.get_data(as_text=True)
    assert "设置密码" in page.errors  # it has to be typed again, and the page says so


def test_a_minor_is_told_the_way(visitor, register):
    who = register.somebody(born=f"{clock.today().year - 10}0307")
    page = state(visitor.open(OPEN), who).press("提交并获取验证码", 409)
    page.says("监护人")


def test_a_wrong_name_and_an_unknown_number_are_answered_alike(visitor, register):
    known, unknown = register.somebody(), register.somebody()
    texts = []
    for answers in ({"姓名": "王建国"}, {"证件号码": unknown.number[:-4] + "9996"}):
        number = answers.get("证件号码", known.number)
        body = number[:17]
        from portal.taxpayers.rules import check_digit

        page = state(visitor.open(OPEN), known, **answers | {"证件号码": body + check_digit(body)})
        page = page.press("提交并获取验证码", 422)
        texts.append(page.errors["姓名"])
    assert texts[0] == texts[1]
    assert "不相符" in texts[0]


@pytest.mark.parametrize("fault", ["outage", "error_before", "garbage"])
def test_when_the_register_is_down_nothing_typed_is_lost(visitor, register, fault):
    who = register.somebody()
    register.fail(fault)
    page = state(visitor.open(OPEN), who).press("提交并获取验证码", 503)
    page.says("身份登记系统暂时没有应答")
    assert page.response.headers["Retry-After"]
    register.sandbox.identity.forget("faults")
    page = page.answer("设置密码", PASSWORD).press("提交并获取验证码")
    assert page.heading == "填写短信验证码"


def test_who_has_an_account_already_sees_the_same_page_and_the_holder_is_told(app, register, phone, opened):
    holder = register.somebody()
    opened(holder)
    phone.texts(holder.mobile)
    fresh = register.somebody()
    pages = []
    for who, mobile in ((holder, holder.other_mobile), (fresh, fresh.other_mobile)):
        page = state(Visitor(app).open(OPEN), who, 手机号码=mobile).press("提交并获取验证码")
        pages.append(page.text.replace(mobile[-4:], "####"))
    assert pages[0] == pages[1]
    assert phone.texts(holder.other_mobile) == []
    assert "有人用您的证件号码尝试开户" in phone.texts(holder.mobile)[0]


def test_five_wrong_codes_then_a_new_one(visitor, register, phone):
    who = register.somebody()
    page = state(visitor.open(OPEN), who).press("提交并获取验证码")
    code = phone.code(who.mobile)
    for _ in range(MOST_TRIES):
        page = page.answer("验证码", wrong(code)).press("开通账户", 422)
        assert "验证码不正确" in page.errors["验证码"]
    page = page.answer("验证码", code).press("开通账户", 422)
    assert "已经失效" in page.errors["验证码"]
    page = page.press("重新获取验证码").says("新的验证码已经发出")
    page = page.answer("验证码", phone.code(who.mobile)).press("开通账户")
    assert page.heading == "账户已开通，您已实名"


def test_a_finished_opening_says_so(visitor, register, phone):
    who = register.somebody()
    page = state(visitor.open(OPEN), who).press("提交并获取验证码")
    address = page.path
    page.answer("验证码", phone.code(who.mobile)).press("开通账户")
    visitor.open(address, 409).says("已经完成")


def test_one_number_is_asked_about_five_times_a_day(visitor, register):
    who = register.somebody()
    for _ in range(5):
        state(visitor.open(OPEN), who, 姓名="王建国").press("提交并获取验证码", 422)
    page = state(visitor.open(OPEN), who).press("提交并获取验证码", 429)
    page.says("尝试次数过多")
    assert int(page.response.headers["Retry-After"]) > 3600


def test_a_passport_is_asked_for_by_country(visitor, register, sandbox, phone):
    import json

    with sandbox.people.open("a", encoding="utf-8") as file:
        line = {
            "name": "ANNA SMITH",
            "id_kind": "passport",
            "id_number": "GB-123456789",
            "mobile": "19903000001",
        }
        file.write(json.dumps(line) + "\n")
    page = visitor.open(OPEN)
    for question, answer in {
        "姓名": "ANNA SMITH", "证件类型": "护照", "护照签发国": "英国", "证件号码": "123 456 789",
        "手机号码": "19903000001", "设置密码": PASSWORD, "我已阅读并同意个人信息处理告知书": True,
    }.items():  # fmt: skip
        page.answer(question, answer)
    page = page.press("提交并获取验证码")
    page = page.answer("验证码", phone.code("19903000001")).press("开通账户")
    assert page.heading == "账户已开通，您已实名"


# Signing in


def test_number_or_mobile_and_password_sign_in_and_lead_on(app, opened):
    who = opened()
    for name in (who.number, who.mobile, f"{who.number[:6]} {who.number[6:14]} {who.number[14:].lower()}"):
        page = sign_in(Visitor(app), name, path="/accounts/sign-in?next=/accounts/sessions")
        assert page.path == "/accounts/sessions"


def test_a_wrong_password_and_an_unknown_name_are_answered_alike(app, opened, register):
    who, nobody = opened(), register.somebody()
    bodies = set()
    for name in (who.number, who.mobile, nobody.number, nobody.mobile, "什么"):
        page = sign_in(Visitor(app), name, "错误的密码错误的密码错误的密码", 422)
        page.says("登录名或密码不正确")
        text = page.response.get_data(as_text=True).replace(name, "NAME")
        token = page.soup.find("input", attrs={"name": "csrf_token"})["value"]
        bodies.add(text.replace(token, "TOKEN"))
    assert len(bodies) == 1


def test_ten_wrong_passwords_stop_the_step_from_there_but_not_the_holder_at_home(app, opened):
    who = opened()
    for _ in range(10):
        stranger = Visitor(app)
        stranger.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
        sign_in(stranger, who.number, "错误的密码错误的密码错误的密码", 422)
    elsewhere = Visitor(app)
    elsewhere.client.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    page = sign_in(elsewhere, who.number, status=429).says("尝试次数过多")
    assert int(page.response.headers["Retry-After"]) <= 300
    assert (
        sign_in(Visitor(app), who.number, path="/accounts/sign-in?next=/accounts/level").path
        == "/accounts/level"
    )


def test_an_unknown_name_is_limited_the_same(app, register):
    nobody = register.somebody()
    for n in range(10):
        visitor = Visitor(app)
        visitor.client.environ_base["REMOTE_ADDR"] = f"198.51.100.{n}"
        sign_in(visitor, nobody.number, "错误的密码错误的密码错误的密码", 422)
    sign_in(Visitor(app), nobody.number, "错误的密码错误的密码错误的密码", 429)


def test_twenty_sign_ins_at_once_are_counted_before_they_are_hashed(app, opened):
    who = opened()
    statuses = []
    visitors = [Visitor(app) for _ in range(20)]
    pages = []
    for visitor in visitors:
        visitor.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
        page = visitor.open("/accounts/sign-in").answer("证件号码或手机号码", who.number)
        pages.append(page.answer("密码", "错误的密码错误的密码错误的密码"))

    def attempt(page):
        form = page.soup.find("form", method="post")
        response = page.visitor.client.post("/accounts/sign-in", data=page.form_data(form))
        statuses.append(response.status_code)

    threads = [threading.Thread(target=attempt, args=(page,)) for page in pages]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [422] * 10 + [429] * 10


def test_signing_in_gives_a_new_token_whatever_cookie_was_there(app, opened):
    who = opened()
    victim = Visitor(app).carry("a token that somebody planted")
    sign_in(victim, who.number, path="/accounts/sign-in?next=/accounts/level")
    token = victim.client.get_cookie("portal").value
    assert token != "a token that somebody planted"
    planted = Visitor(app).carry("a token that somebody planted")
    assert planted.open("/accounts/level").path == "/accounts/sign-in"


def test_after_signing_out_the_old_cookie_opens_nothing(app, visitor, opened):
    opened()
    token = visitor.client.get_cookie("portal").value
    page = visitor.open("/accounts/profile").press("退出")
    assert page.heading == "您已退出登录"
    assert visitor.client.get_cookie("portal") is None
    assert Visitor(app).carry(token).open("/accounts/profile").path == "/accounts/sign-in"


def test_signing_out_clears_what_the_browser_keeps(visitor, opened):
    opened()
    page = visitor.open("/accounts/profile")
    form = page.soup.find("form", action="/accounts/sign-out")
    response = visitor.client.post("/accounts/sign-out", data=page.form_data(form))
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'


ELSEWHERE = (
    "//evil.example", "https://evil.example", "http:evil.example", "/\\evil.example", "\\\\evil.example",
    "/\t/evil.example", "/\n/evil.example", " //evil.example", "javascript:alert(1)", "evil.example",
    "///evil.example", "/%5C/evil.example/\\", "\x00//evil.example", "////evil.example/%2f..", "",
    "data:text/html,x", "/ /evil.example",
)  # fmt: skip


def test_signing_in_never_leads_off_the_portal(app, opened):
    who = opened()
    visitor = Visitor(app)
    page = visitor.open("/accounts/sign-in").answer("证件号码或手机号码", who.number).answer("密码", PASSWORD)
    data = page.form_data(page.soup.find("form", method="post"))
    for target in ELSEWHERE:
        response = visitor.client.post("/accounts/sign-in", data=data, query_string={"next": target})
        assert (target, response.status_code, response.headers["Location"]) == (target, 303, "/")


# Sessions, contacts, passwords


def test_a_person_sees_and_ends_other_sessions(app, visitor, opened, phone):
    who = opened()
    other = Visitor(app)
    other.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36"
    sign_in(other, who.mobile, path="/accounts/sign-in?next=/accounts/level")
    assert "新设备登录" in phone.texts(who.mobile)[0] or "Chrome · Windows" in phone.texts(who.mobile)[0]
    page = visitor.open("/accounts/sessions").says("Chrome · Windows", "本机")
    page = page.press("结束其他所有登录")
    assert "Chrome · Windows" not in page.text
    assert other.open("/accounts/level").path == "/accounts/sign-in"
    assert visitor.open("/accounts/level").path == "/accounts/level"


def test_a_session_that_has_been_idle_ends_and_signing_in_leads_back(visitor, opened):
    who = opened()
    start = clock.now()
    clock.run_from(start + timedelta(minutes=21))
    try:
        page = visitor.open("/accounts/profile")
        assert page.path == "/accounts/sign-in"
        page = page.answer("证件号码或手机号码", who.number).answer("密码", PASSWORD).press("登录")
        assert page.path == "/accounts/profile"
    finally:
        clock.run_from(None)


def test_a_new_mobile_wants_the_password_and_a_code(visitor, register, opened, phone):
    who = opened()
    page = visitor.open("/accounts/mobile").answer("新的手机号码", who.other_mobile)
    page = page.answer("当前密码", "错误的密码错误的密码错误的密码").press("获取验证码", 422)
    assert page.errors == {"当前密码": "错误：密码不正确"}
    page = page.answer("当前密码", PASSWORD).press("获取验证码").says("实名等级会降低")
    page = page.answer("验证码", phone.code(who.other_mobile)).press("更改手机号码").says("手机号码已更改")
    page.says(f"{who.mobile[:3]}****{who.mobile[-4:]}")  # the old one, in the history
    assert any("联系方式已于" in text for text in phone.texts(who.other_mobile))


def test_nobody_confirms_the_change_of_somebody_else(app, visitor, register, opened, phone):
    opened()
    page = (
        visitor.open("/accounts/email").answer("新的电子邮箱", "a@example.test").answer("当前密码", PASSWORD)
    )
    address = page.press("获取验证码").path
    other = Visitor(app)
    theirs = register.somebody()
    page = state(other.open(OPEN), theirs).press("提交并获取验证码")
    page.answer("验证码", phone.code(theirs.mobile)).press("开通账户")
    other.open(address, 409)


def test_a_mail_address_is_confirmed_by_a_letter(visitor, opened, phone):
    opened()
    page = (
        visitor.open("/accounts/email").answer("新的电子邮箱", "a@example.test").answer("当前密码", PASSWORD)
    )
    page = page.press("获取验证码")
    [letter] = phone.letters("a@example.test")
    assert letter["subject"] == "验证码"
    page = (
        page.answer("验证码", letter["text"][:6])
        .press("更改电子邮箱")
        .says("电子邮箱已更改", "a@example.test")
    )
    assert [one["subject"] for one in phone.letters("a@example.test")] == ["联系方式已更改", "验证码"]


def test_a_new_password_counts_at_once_and_ends_the_others(app, visitor, opened):
    who = opened()
    other = Visitor(app)
    sign_in(other, who.mobile, path="/accounts/sign-in?next=/accounts/level")
    new = "石板路尽头的邮筒还是绿色的"
    page = visitor.open("/accounts/password").answer("当前密码", PASSWORD).answer("新密码", new)
    page = page.press("更改密码", 422)
    assert "至少15个字符" in page.errors["新密码"]
    new += "吗我忘了"
    page = page.answer("当前密码", PASSWORD).answer("新密码", new).press("更改密码").says("密码已更改")
    assert other.open("/accounts/level").path == "/accounts/sign-in"
    sign_in(Visitor(app), who.number, PASSWORD, 422)
    sign_in(Visitor(app), who.number, new, path="/accounts/sign-in?next=/accounts/level")


def test_a_lost_password_is_reset_by_code_and_unknown_people_see_the_same(app, register, opened, phone):
    who, nobody = opened(), register.somebody()
    phone.texts(who.mobile)
    pages = {}
    for one in (who, nobody):
        page = Visitor(app).open("/accounts/reset").answer("证件号码", one.number)
        page = page.answer("开户时确认过的手机号码", one.mobile).press("获取验证码")
        pages[one] = page
    texts = {page.text.replace(one.mobile[-4:], "####") for one, page in pages.items()}
    assert len(texts) == 1
    assert phone.texts(nobody.mobile) == []
    new = "邮筒里躺着一封没有寄出的信呢" + "好吧"
    page = pages[who].answer("验证码", wrong(phone.code(who.mobile))).answer("新密码", new)
    page = page.press("设置新密码", 422)
    assert set(page.errors) == {"验证码", "新密码"}
    page = page.answer("验证码", phone.code(who.mobile)).answer("新密码", new).press("设置新密码")
    assert page.heading == "新密码已生效"
    sign_in(Visitor(app), who.number, new, path="/accounts/sign-in?next=/accounts/level")


def test_address_and_language_are_kept(visitor, opened):
    opened()
    page = visitor.open("/accounts/address").answer("联系地址", "滨海市红树路 8 号").press("保存地址")
    page.says("联系地址已更改", "滨海市红树路 8 号")
    visitor.language = "en"
    page = visitor.open("/accounts/language?lang=en").answer("Language of messages and texts", "English")
    page = page.press("Save").says("The language has been changed")


def test_the_languages_are_told_apart_from_that_of_this_browser(visitor, opened):
    opened()
    page = visitor.open("/accounts/language").says("只改变这个浏览器")
    page = page.answer("消息和短信使用的语言", "English")
    visitor.language = "en"
    page = page.press("保存").says("this browser only")
    visitor.language = "zh"
    visitor.open("/accounts/profile?lang=zh").says("消息和短信的语言 English", "只对这个浏览器有效")


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/open", "/accounts/sign-in", "/accounts/reset", "/accounts/signed-out",
        "/accounts/reset/done",
        "/accounts/opened", "/accounts/level", "/accounts/profile", "/accounts/sessions", "/accounts/mobile",
        "/accounts/email", "/accounts/password", "/accounts/address", "/accounts/language",
    ],
)  # fmt: skip
def test_every_page_reads_in_english(app, given, path):
    visitor = Visitor(app, "en")
    if path not in {"/accounts/open", "/accounts/sign-in", "/accounts/reset"}:
        visitor.carry(given.person().token)
    page = visitor.open(path)
    assert page.path == path


def test_a_page_of_ones_own_asks_the_database_four_times_at_most(app, given):
    visitor = Visitor(app).carry(given.person().token)
    for path in ("/accounts/profile", "/accounts/level", "/accounts/sessions"):
        assert len(visitor.open(path).statements) <= 4


def test_messages_go_out_in_the_language_of_the_page(app, register, phone):
    who = register.somebody()
    page = Visitor(app, "en").open(OPEN)
    for question, answer in {
        "Name": who.name,
        "Kind of identity document": "Resident identity card",
        "Number of the document": who.number,
        "Mobile number": who.mobile,
        "Choose a password": PASSWORD,
        "I have read the notice on personal information and agree to it": True,
    }.items():
        page.answer(question, answer)
    page = page.press("Submit and get a code")
    [text] = phone.texts(who.mobile)
    code = phone.code(who.mobile)
    assert text.startswith(f"[Tax Self-Service] {code} is your code for opening a tax account")
    page = page.answer("Code", code).press("Open an account")
    assert page.heading == "Your account is open and your identity proven"


# What is written down of it


def refusals(capsys, said="try refused"):
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    return [line for line in lines if line["event"] == said]


def test_every_try_at_a_secret_that_fails_is_one_line_without_who(app, opened, capsys):
    who = opened()
    capsys.readouterr()
    visitor = Visitor(app)
    visitor.client.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    for _ in range(10):
        sign_in(visitor, who.number, "错误的密码错误的密码错误的密码", 422)
    sign_in(visitor, who.number, "错误的密码错误的密码错误的密码", 429)
    lines = refusals(capsys)
    assert [line["why"] for line in lines] == ["password"] * 10 + ["limit"]
    assert {line["origin"] for line in lines} == {"198.51.100.0/24"}
    assert who.number not in json.dumps(lines)


def test_a_wrong_code_is_one_line(visitor, register, phone, capsys):
    who = register.somebody()
    page = state(visitor.open(OPEN), who).press("提交并获取验证码")
    capsys.readouterr()
    page.answer("验证码", wrong(phone.code(who.mobile))).press("开通账户", 422)
    assert [line["why"] for line in refusals(capsys)] == ["code wrong"]


def test_a_form_without_token_or_from_elsewhere_is_one_line(app, capsys):
    client = app.test_client()
    client.post("/accounts/sign-in")
    client.post("/accounts/sign-in", headers={"Origin": "https://elsewhere.example"})
    assert [line["why"] for line in refusals(capsys, "form refused")] == ["form token", "another origin"]


@pytest.mark.parametrize("host", ["elsewhere.example", "localhost.elsewhere.example", "a b"])
def test_under_another_name_the_portal_answers_nothing(app, host):
    answer = app.test_client().get("/accounts/sign-in", headers={"Host": host})
    assert (answer.status_code, answer.text) == (400, "no such host")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
