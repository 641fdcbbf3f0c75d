"""The kinds of notice: what each says, in the taxpayer's language, from its facts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from portal.core.wording import N_, Phrase
from portal.taxes.periods import Period


@dataclass(frozen=True)
class Kind:
    """One kind of notice. `title` and `body` take `{facts}`; a statutory one cannot be unsubscribed.

    `leads_to` is the page about it: an endpoint, and the fact that is its argument.
    """

    title: Phrase
    body: Phrase
    statutory: bool = False
    leads_to: tuple[str, str] | None = None


KINDS: dict[str, Kind] = {
    "limits-released": Kind(
        N_("登录限制已解除"),
        N_(
            "工作人员在窗口核对证件以后，于 {moment} 为您解除了登录限制：{why}。"
            "不是您本人办理的，请更改密码并联系我们。"
        ),
        statutory=True,
    ),
    "firm-cleared": Kind(
        N_("已清税"),
        N_("清税事项 {number} 已办结，清税证明 {certificate} 正在制作，登记机关会收到清税信息。"),
        statutory=True,
    ),
    "clearance-refused": Kind(
        N_("清税申请未获准"),
        N_("清税事项 {number} 未获准：{reasons}。办结以后可以再次申请。"),
        statutory=True,
    ),
    "clearance-reopened": Kind(
        N_("清税后发现未办结事项"),
        N_("清税事项 {number} 办结以后又有未办结的事项，清税证明不再有效。请运行注销体检，办结后再次清税。"),
        statutory=True,
    ),
    "promise-due": Kind(
        N_("承诺补办的事项快到期了"),
        N_("“{title}”承诺在 {due} 前补办。逾期未补办的，纳税信用直接判为 D 级。"),
        statutory=True,
    ),
    "promise-kept": Kind(
        N_("承诺补办的事项已办结"),
        N_("“{title}”已经办结，承诺已经履行。"),
        statutory=True,
    ),
    "promise-broken": Kind(
        N_("承诺补办的事项逾期未办结"),
        N_(
            "“{title}”承诺在 {due} 前补办，没有办结。"
            "纳税信用判为 D 级，法定代表人和财务负责人记入未履行承诺的记录。"
        ),
        statutory=True,
    ),
    "promise-broken-answerable": Kind(
        N_("您被记入未履行承诺的记录"),
        N_(
            "{firm}清税时承诺在 {due} 前补办“{title}”，没有办结。您当时是它的{role}，因此被记录"
            "（{cite}；条文待核对）。有异议请到办税服务厅提出。"
        ),
        statutory=True,
    ),
    "assistance-asked": Kind(
        N_("工作人员请求在窗口协助您"),
        N_(
            "工作人员 {who} 请求在窗口协助您办理（{number}）。"
            "同意或不同意，都在“窗口协办”页面上；您不在办税厅的，请不要同意。"
        ),
        leads_to=("assisting.mine", "assistance"),
    ),
    "assistance-ended": Kind(
        N_("窗口协助已结束"),
        N_("工作人员 {who} 的协助（{number}）已结束。看过和做过的每一件事都在“谁看过我的信息”里。"),
        leads_to=("assisting.mine", "assistance"),
    ),
    "appointment-booked": Kind(
        N_("预约成功"),
        N_("已预约 {moment} 到 {hall} 办税，预约号 {number}。材料见预约页面；两小时前可以改期或取消。"),
        statutory=True,
        leads_to=("appointments.show", "booking_id"),
    ),
    "appointment-moved": Kind(
        N_("预约已改期"),
        N_("预约已改为 {moment}，地点 {hall}，新的预约号 {number}。原来的时段已经退回。"),
        statutory=True,
        leads_to=("appointments.show", "booking_id"),
    ),
    "appointment-tomorrow": Kind(
        N_("下一个工作日有预约"),
        N_("您预约了 {moment} 到 {hall} 办税，预约号 {number}。来不了请提前两小时取消，把名额让给别人。"),
        statutory=True,
        leads_to=("appointments.show", "booking_id"),
    ),
    "appointment-cancelled": Kind(
        N_("预约已取消"),
        N_("{moment} 到 {hall} 的预约（{number}）已取消。"),
        statutory=True,
    ),
    "appointment-called-off": Kind(
        N_("预约被办税服务厅取消"),
        N_("{hall} 当天不能接待：{reasons}。您 {moment} 的预约已取消，请另选时段。给您带来不便，十分抱歉。"),
        statutory=True,
    ),
    "appointment-missed": Kind(
        N_("预约未到场"),
        N_("{moment} 到 {hall} 的预约没有到场。一个月三次未到场，当月不能再预约；有正当原因请 15 天内申诉。"),
        statutory=True,
        leads_to=("appointments.show", "booking_id"),
    ),
    "absence-not-excused": Kind(
        N_("未到场的申诉未获接受"),
        N_("{moment} 到 {hall} 的未到场仍然计算：{reasons}。对答复有异议的，请向办税服务厅负责人提出。"),
        statutory=True,
    ),
    "absence-excused": Kind(
        N_("未到场的申诉成立"),
        N_("{moment} 到 {hall} 的未到场不再计算：{reasons}。"),
        statutory=True,
    ),
    "seat-offered": Kind(
        N_("候补有名额了"),
        N_("{hall} {moment} 有一个名额，为您保留到 {until}，请在此前确认；逾时让给下一位，候补结束。"),
        statutory=True,
        leads_to=("appointments.show", "booking_id"),
    ),
    "account-opened": Kind(
        N_("账户已开通"),
        N_("您的实名账户已开通。您现在可以查询收入、申报和缴款。"),
    ),
    "new-device": Kind(
        N_("新设备登录"),
        N_("{moment} 有新设备登录您的账户（{device}）。若不是您本人，请立即更改密码并结束其他登录。"),
        statutory=True,
    ),
    "open-again": Kind(
        N_("有人用您的证件开户"),
        N_("{moment} 有人用您的证件号码尝试开户，没有成功，您的账户没有变化。若是您本人，请直接登录。"),
        statutory=True,
    ),
    "password-changed": Kind(
        N_("密码已更改"),
        N_("您的密码已于 {moment} 更改，其他设备上的登录已结束。若不是您本人，请拨打 12366。"),
        statutory=True,
    ),
    "contact-changed": Kind(
        N_("联系方式已更改"),
        N_("您的联系方式已于 {moment} 更改。若不是您本人，请拨打 12366。"),
        statutory=True,
    ),
    "return-submitted": Kind(
        N_("申报已提交"),
        N_("您{period}的{title}已提交，回执号 {number}。"),
        statutory=True,
        leads_to=("filing.filed", "return_id"),
    ),
    "payment-received": Kind(
        N_("缴款成功"),
        N_("已收到您缴纳的 {amount}，凭证号 {number}。您可以开具完税证明。"),
        statutory=True,
    ),
    "payment-reversed": Kind(
        N_("窗口收款已冲正"),
        N_(
            "凭证号 {number} 的窗口 POS 收款 {amount} 入账有误，已经冲正：{reasons}。相应的税款恢复为待缴，"
            "入账到冲正期间不加收滞纳金。有疑问请到办税服务厅核对签购单。"
        ),
        statutory=True,
    ),
    "money-unallocated": Kind(
        N_("有一笔款项待处理"),
        N_("收到 {amount}，没有对应的应缴税款，已记入待处理款项。您可以用它抵缴，也可以申请退还。"),
        statutory=True,
    ),
    "refund-paid": Kind(
        N_("退税款已退还"),
        N_("退税事项 {number} 的 {amount} 已经退还。银行或者支付机构入账可能还要几天。"),
        statutory=True,
    ),
    "refund-came-back": Kind(
        N_("退税款没有退成"),
        N_("退税事项 {number} 的 {amount} 没有退成，已回到您的待处理款项，重新审核。请登记本人的银行账户。"),
        statutory=True,
    ),
    "refund-needs-account": Kind(
        N_("请登记退税账户"),
        N_("退税事项 {number} 已核准，{amount} 不能原路退回。请登记本人的银行账户，登记后随即退还。"),
        statutory=True,
    ),
    "refund-account-named": Kind(
        N_("退税账户已登记"),
        N_("{moment} 登记了尾号 {ending} 的退税账户。若不是您本人，请立即更改密码并拨打 12366。"),
        statutory=True,
    ),
    "mandate-proposed": Kind(
        N_("有企业请您办税"),
        N_("{firm} 请您担任{role}。接受以后您才能代表它办理；不认识这家企业的，请不要接受。"),
        statutory=True,
    ),
    "mandate-accepted": Kind(
        N_("授权已被接受"),
        N_("{who} 已于 {moment} 接受担任{role}，在授权期限内可以代表本企业办理。"),
        statutory=True,
    ),
    "mandate-declined": Kind(
        N_("授权未被接受"),
        N_("{who} 没有接受担任{role}。"),
        statutory=True,
    ),
    "mandate-ended-by-firm": Kind(
        N_("授权已终止"),
        N_("{firm} 已于 {moment} 终止您的授权（{role}）。您不能再代表它办理。"),
        statutory=True,
    ),
    "mandate-ended-by-holder": Kind(
        N_("授权已终止"),
        N_("{who} 已于 {moment} 终止担任{role}，不能再代表本企业办理。"),
        statutory=True,
    ),
    "representative-now": Kind(
        N_("您是企业的法定代表人"),
        N_("按照市场监管部门的登记，您是 {firm} 的法定代表人，可以代表它办理全部业务。"),
        statutory=True,
    ),
    "representative-left": Kind(
        N_("您不再是企业的法定代表人"),
        N_("按照市场监管部门的登记，您已不是 {firm} 的法定代表人，从 {moment} 起不能再代表它办理。"),
        statutory=True,
    ),
    "representative-changed": Kind(
        N_("法定代表人已按登记更新"),
        N_("按照市场监管部门的登记，本企业的法定代表人是 {who}。"),
        statutory=True,
    ),
    "certificate-ready": Kind(
        N_("完税证明已开具"),
        N_("您申请的完税证明（{number}）已开具，可以下载。"),
    ),
    "certificate-referred": Kind(
        N_("完税证明需要到窗口办理"),
        N_("您申请的完税证明无法自动开具：{why}。请到办税服务厅窗口办理，您的申请已保留。"),
    ),
    "clearance-ready": Kind(
        N_("清税证明已出具"),
        N_("清税证明（{number}）已出具，可以下载，凭它向市场主体登记机关申请注销登记。"),
        statutory=True,
    ),
    "clearance-referred": Kind(
        N_("清税证明到窗口领取"),
        N_("您的企业已经清税，清税证明（{number}）无法自动出具：{why}。请到办税服务厅窗口领取。"),
        statutory=True,
    ),
}


class Name(str):
    """A fact that is a name: no phrase, and Chinese in whatever language the rest is said."""

    __slots__ = ()


def words_of(
    kind: str, facts: Mapping[str, Any], say: Callable[[str, Mapping[str, Any]], str], language: str
) -> tuple[str, str]:
    """Title and body of a notice, `say` speaking the reader's `language`.

    Facts are kept as JSON; by their names, `amount` is yuan, `moment` an instant, `period` a
    period, `due` a day, `until` an instant; `firm`, `who`, `hall`, `cite` and `reasons` are said as they are,
    a hall with its English name where it has one.
    """
    read_back: dict[str, Callable[[str], object]] = {
        "amount": Decimal,
        "moment": datetime.fromisoformat,
        "period": Period.parse,
        "due": date.fromisoformat,
        "until": datetime.fromisoformat,
        "hall": Name,
        "reasons": Name,
        "firm": Name,
        "who": Name,
        "cite": Name,
    }
    known = {name: read_back.get(name, str)(str(value)) for name, value in facts.items()}
    if language == "en" and "hall_en" in known:
        known["hall"] = known["hall_en"]
    return say(KINDS[kind].title, known), say(KINDS[kind].body, known)
