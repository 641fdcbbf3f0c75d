"""收款台: a payment at the counter from the opened file to the paper receipt, by two clerks."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from portal.billing.models import Slip
from portal.billing.rules.terminals import MOST_MISMATCHES
from portal.certificates.models import Certificate
from portal.certificates.services.standing import is_overtaken
from portal.core import clock
from portal.core.keys import new_id
from tests.billing.cashiers import at_the_counter
from tests.billing.conftest import new_bill
from tests.visitor import Visitor


@pytest.fixture
def counter(given):
    return at_the_counter(given)


@pytest.fixture
def debtor(given, database):
    person = given.person()
    due = clock.today() - timedelta(days=10)
    new_bill(database, person.taxpayer_id, "1000.00", due, clock.now())
    return person


@pytest.fixture
def at(app):
    return lambda who: Visitor(app).carry(who.token)


def read_off(page, *, trace="7", amount="1005.00", on=None, time=None, press):
    """Key what a slip says."""
    on = on or clock.today()
    page = page.answer("签购单凭证号", trace).answer("金额", amount)
    page = page.answer("年", str(on.year)).answer("月", str(on.month)).answer("日", str(on.day))
    if time is not None:
        page = page.answer("时间", time)
    return page.press(press)


def led(page, words):
    """Follow the link of a row, which says behind the words which row it is."""
    [link] = [a for a in page.soup.select("main a[href]") if a.text.strip().startswith(f"{words}：")]
    return page.visitor.open(link["href"])


def now():
    return clock.time_of(clock.now())


def keyed(given, counter, at, person, **slip):
    """The first clerk, from the opened file to the list of slips that wait."""
    given.looked_up(counter.first, person)
    page = at(counter.first).open(f"/staff/files/{person.taxpayer_id}").follow("POS 收款")
    page.says("¥1,005.00").says("滞纳金")
    page = page.press("下一步：在终端上收款")
    assert page.heading == "在终端上输入 ¥1,005.00"
    return read_off(page, time=now(), press="录入，交第二人复核", **slip)


def test_from_the_file_to_the_receipt_by_two_clerks(given, app, counter, at, debtor):
    page = keyed(given, counter, at, debtor)
    page.says("已录入").says(counter.batch)
    assert "1,005" not in page.text
    assert "000007" not in page.text
    page = led(at(counter.second).open("/staff/cashier/slips"), "复核")
    assert "1,005" not in page.text
    assert debtor.name not in page.text
    page = read_off(page, press="复核并入账")
    assert page.heading == "缴款凭证"
    page.says("¥1,005.00").says("壹仟零伍元整").says(f"{counter.number}").says("000007").says("窗口 POS")
    mine = Visitor(app).carry(debtor.token)
    page = mine.open("/billing/statement").says(f"终端 {counter.number}")
    page = page.follow("窗口 POS 缴纳税款")
    page.says("窗口 POS").says(counter.number).says("000007").says("号窗口")
    mine.open("/account/trail").says(counter.first.name).says(counter.second.name).says("窗口打印缴款凭证")
    mine.open("/billing/").says("没有需要缴纳的款项")


def test_who_keyed_it_cannot_confirm_it(given, counter, at, debtor):
    keyed(given, counter, at, debtor)
    slip = led(at(counter.second).open("/staff/cashier/slips"), "复核")
    page = at(counter.first).open(slip.path)
    page = page.answer("签购单凭证号", "7").answer("金额", "1005.00")
    today = clock.today()
    page = page.answer("年", str(today.year)).answer("月", str(today.month)).answer("日", str(today.day))
    page.press("复核并入账", 409).says("不能由您复核")


def test_what_differs_is_told_to_both_and_shows_nothing_of_the_first(given, counter, at, debtor):
    keyed(given, counter, at, debtor)
    page = led(at(counter.second).open("/staff/cashier/slips"), "复核")
    for turn in range(MOST_MISMATCHES):
        page = read_off(page, amount="1050.00", press="复核并入账")
        page.says("不一致")
        assert "1,005" not in page.text
        if turn == 0:
            at(counter.first).open("/staff/cashier/slips").says("两人不一致")
    assert page.heading == "待复核的签购单"
    page.says("待督查处理")
    page = at(counter.boss).open("/staff/cashier/breaks")
    links = [a["href"] for a in page.soup.select("a[href*='/look']")]
    page = at(counter.boss).open(links[0])
    page.says("¥1,050.00").says("¥1,005.00")
    page.answer("理由", "请照签购单重新录入").press("作废")
    at(counter.first).open("/staff/cashier/slips").says("没有待复核的签购单")


def test_without_a_purpose_nothing_is_shown_or_taken(given, counter, at, debtor):
    for address in ("", "/slip"):
        page = at(counter.first).open(f"/staff/cashier/files/{debtor.taxpayer_id}{address}")
        assert page.heading == "打开档案"


def test_only_what_is_ticked_is_asked_for(given, database, counter, at, debtor):
    new_bill(database, debtor.taxpayer_id, "50.00", at=clock.now())
    given.looked_up(counter.first, debtor)
    page = at(counter.first).open(f"/staff/cashier/files/{debtor.taxpayer_id}")
    page.says("¥1,055.00")
    boxes = [box["value"] for box in page.soup.select("input[name=bills]")]
    page = at(counter.first).open(f"/staff/cashier/files/{debtor.taxpayer_id}/slip?bill={boxes[1]}")
    assert page.heading == "在终端上输入 ¥50.00"


def test_a_clerk_without_a_shift_is_led_to_begin_one(given, counter, at, debtor):
    assert counter.closed(0, "0.00")
    given.looked_up(counter.first, debtor)
    page = at(counter.first).open(f"/staff/cashier/files/{debtor.taxpayer_id}/slip")
    page.says("您没有开班")
    page = page.follow("去收款台")
    page = page.answer("终端", page.soup.select("select[name=terminal] option")[1].text).answer("批次号", "2")
    page.press("开班").says("您本人").says("000002")


def test_a_mistake_is_named_beside_its_question(given, counter, at, debtor):
    given.looked_up(counter.first, debtor)
    page = at(counter.first).open(f"/staff/cashier/files/{debtor.taxpayer_id}/slip")
    page = page.answer("签购单凭证号", "七号").answer("金额", "0").answer("时间", "25点")
    page = page.press("录入，交第二人复核", 422)
    page.says("请填写最多6位数字").says("应像 14:05")


def test_the_shift_closes_on_totals_keyed_blind_and_prints_what_it_took(given, counter, at, debtor):
    counter.taken(debtor, "1005.00")
    page = led(at(counter.first).open("/staff/cashier"), "结班")
    assert "1,005" not in page.text
    page = page.answer("笔数", "1").answer("合计金额", "1050.00").press("核对并结班")
    page.says("与账上不符，没有结班")
    assert "1,005" not in page.text
    at(counter.boss).open("/staff/cashier/breaks").says(f"{counter.number}/000001")
    page = page.answer("笔数", "1").answer("合计金额", "1005.00").press("核对并结班")
    assert page.heading == "已结班"
    page.says("¥1,005.00").says("滞纳金").says("¥5.00").says(counter.second.name)


def test_a_slip_that_waits_blocks_the_close(given, counter, at, debtor):
    counter.keyed(debtor)
    page = led(at(counter.first).open("/staff/cashier"), "结班")
    page.says("还不能结班").says("1 张签购单")


def test_a_supervisor_explains_a_difference_and_the_shift_closes(given, counter, at, debtor):
    counter.taken(debtor, "1005.00")
    counter.closed(2, "2010.00")
    page = at(counter.boss).open("/staff/cashier/breaks").follow(f"{counter.number}/000001")
    page.says("1 笔 ¥1,005.00").says("2 笔 ¥2,010.00")
    page = page.answer("说明", "终端重打了一笔，已与收单行核对").press("记下说明并结班")
    page.says("结班合计不符").says("终端重打了一笔").says("¥1,005.00")


def test_a_mistake_is_reversed_by_a_supervisor_and_the_taxpayer_reads_why(given, app, counter, at, debtor):
    slip = counter.taken(debtor, "1005.00")
    page = at(counter.boss).open(f"/staff/cashier/slips/{slip}/look")
    page.answer("理由", "记错了纳税人").press("冲正").says("已冲正")
    mine = Visitor(app).carry(debtor.token)
    mine.open(f"/billing/slips/{slip}/receipt").says("已冲正").says("记错了纳税人")
    mine.open("/billing/").says("¥1,005.00")
    mine.open("/messages/").says("窗口收款已冲正")


def test_the_receipt_is_for_those_who_took_the_money_or_may_read_the_file(given, counter, at, debtor):
    slip = counter.taken(debtor, "1005.00")
    third = given.staff("cashier", "counter")
    assert at(third).open(f"/staff/cashier/slips/{slip}/receipt").heading == "打开档案"
    given.looked_up(third, debtor)
    assert at(third).open(f"/staff/cashier/slips/{slip}/receipt").heading == "缴款凭证"
    printed = [entry for entry in given.trail_of(debtor.taxpayer_id) if entry.act == "receipt-printed"]
    assert [entry.actor_name for entry in printed] == [third.name]


def test_nobody_else_reads_the_receipt(given, app, counter, debtor):
    slip = counter.taken(debtor, "1005.00")
    waiting = counter.keyed(debtor, "1.00", bills=[])
    other = Visitor(app).carry(given.person().token)
    other.open(f"/billing/slips/{slip}/receipt", 404)
    Visitor(app).carry(debtor.token).open(f"/billing/slips/{waiting}/receipt", 404)
    other.open(f"/billing/slips/{new_id()}/receipt", 404)


def test_what_waits_is_hidden_from_a_supervisor_too(given, counter, at, debtor):
    waiting = counter.keyed(debtor, "1.00", bills=[])
    at(counter.boss).open(f"/staff/cashier/slips/{waiting}/look", 404)


def test_a_certificate_of_what_was_reversed_is_overtaken(given, database, counter, debtor):
    slip = counter.taken(debtor, "1005.00")
    certificate = given.certificate(debtor, issued=True)

    def overtaken():
        with database.reading() as session:
            made = session.get_one(Certificate, certificate)
            return is_overtaken(session, given.settings.keyring, made)

    assert not overtaken()
    counter.reversed(slip)
    assert overtaken()


@pytest.mark.parametrize(
    ("question", "typed"),
    [
        ("签购单凭证号", "1234567"),
        ("签购单凭证号", "'; DROP TABLE pos_slips; --"),
        ("金额", "-1005"),
        ("金额", "0.00"),
        ("金额", "1005.001"),
        ("金额", "99999999999"),
        ("时间", "24:61"),
        ("年", "0000"),
        ("日", "32"),
        ("终端和批次", "another"),
    ],
)
def test_what_cannot_stand_on_a_slip_is_asked_again(given, database, counter, at, debtor, question, typed):
    given.looked_up(counter.first, debtor)
    page = at(counter.first).open(f"/staff/cashier/files/{debtor.taxpayer_id}/slip")
    page = page.answer("签购单凭证号", "7").answer("金额", "1005.00").answer("时间", "00:00")
    data = page.form_data(page.soup.select("main form")[0])
    [control] = [n for n, words in NAMES.items() if words == question]
    data[control] = typed
    page.visitor.send("POST", page.path, 422, data=data)
    with database.reading() as session:
        assert session.scalars(select(Slip)).all() == []


NAMES = {
    "trace": "签购单凭证号",
    "amount": "金额",
    "time": "时间",
    "on-year": "年",
    "on-day": "日",
    "shift": "终端和批次",
}
