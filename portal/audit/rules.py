"""What the trail knows: the acts it names, and how an entry is chained to the one before it."""

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime

from portal.core.wording import N_, Phrase

START = "0" * 64
"""The digest before the first entry of a taxpayer's chain."""

CHAINED = (
    "id", "taxpayer_id", "n", "at", "act", "actor_id", "actor_name", "actor_role", "channel",
    "mandate_id", "matter_id", "reason", "facts",
)  # fmt: skip
"""The columns of an entry that its digest covers."""

FILE_READ = "file-read"
"""The act by which a member of staff opens a file."""
ACTS: dict[str, Phrase] = {
    "account-opened": N_("开通账户"),
    "account-closed": N_("关闭未实名的账户"),
    "identity-proven": N_("完成实名核验"),
    "identity-registered-again": N_("有人用您的证件尝试开户"),
    "signed-in": N_("登录"),
    "signed-in-new-device": N_("在新设备上登录"),
    "signed-out": N_("退出登录"),
    "session-ended": N_("结束其他登录"),
    "password-changed": N_("更改密码"),
    "password-reset": N_("重设密码"),
    "mobile-changed": N_("更改手机号码"),
    "email-changed": N_("更改电子邮箱"),
    "address-changed": N_("更改联系地址"),
    "language-changed": N_("更改语言"),
    "return-started": N_("开始填写申报"),
    "return-submitted": N_("提交申报"),
    "return-corrected": N_("更正申报"),
    "return-discarded": N_("放弃申报草稿"),
    "payment-opened": N_("发起缴款"),
    "payment-cancelled": N_("取消缴款"),
    "payment-received": N_("缴款入账"),
    "pos-slip-keyed": N_("窗口录入 POS 签购单，待第二人复核"),
    "pos-slip-differs": N_("POS 签购单两人录入不一致，未入账"),
    "pos-slip-withdrawn": N_("作废未入账的 POS 签购单"),
    "pos-slip-reversed": N_("冲正窗口 POS 收款"),
    "receipt-printed": N_("窗口打印缴款凭证"),
    "pos-shift-opened": N_("在收款终端开班"),
    "pos-shift-closed": N_("收款终端结班"),
    "pos-shift-differs": N_("收款终端结班合计不符，未结班"),
    "pos-shift-explained": N_("说明差异后结班"),
    "pos-break-explained": N_("说明终端与账簿的差异"),
    "money-offset": N_("用待处理款项抵缴"),
    "refund-requested": N_("申请退还待处理款项"),
    "refund-account-named": N_("登记退税账户"),
    "refund-paid": N_("退税款已退还"),
    "refund-came-back": N_("退税款未退成"),
    "certificate-requested": N_("申请开具完税证明"),
    "clearance-certified": N_("出具清税证明"),
    "certificate-issued": N_("证明已开具"),
    "certificate-withdrawn": N_("作废证明"),
    "certificate-checked": N_("有人查验您的证明"),
    "income-received": N_("收到扣缴义务人申报的收入信息"),
    "firm-joined": N_("企业开通网上办税"),
    "mandate-proposed": N_("提出授权"),
    "mandate-accepted": N_("接受授权"),
    "mandate-declined": N_("未接受授权"),
    "mandate-ended": N_("终止授权"),
    "representative-appointed": N_("按登记信息更新法定代表人"),
    "acting-began": N_("切换到代表企业办理"),
    "acting-ended": N_("结束代表企业办理"),
    "health-check-run": N_("做注销体检"),
    "clearance-applied": N_("申请清税"),
    "clearance-withdrawn": N_("撤回清税申请"),
    "clearance-refused": N_("清税申请未获准"),
    "firm-cleared": N_("清税"),
    "clearance-reopened": N_("清税后发现未办结事项，重新办理"),
    "promise-kept": N_("承诺补办的事项已办结"),
    "promise-broken": N_("承诺补办的事项逾期未办结"),
    "promise-broken-answerable": N_("因企业未履行清税承诺，您作为责任人被记录"),
    "seat-held": N_("选定预约时段，待确认"),
    "seat-given-up": N_("放弃待确认的时段"),
    "appointment-booked": N_("预约办税"),
    "appointment-moved": N_("更改预约时间"),
    "appointment-cancelled": N_("取消预约"),
    "appointment-called-off": N_("办税服务厅取消预约"),
    "appointment-missed": N_("预约未到场"),
    "absence-appealed": N_("就未到场提出申诉"),
    "absence-excused": N_("未到场的申诉成立"),
    "absence-not-excused": N_("未到场的申诉未获接受"),
    "wish-made": N_("登记候补"),
    "wish-withdrawn": N_("撤回候补"),
    "seat-offered": N_("候补有了名额"),
    "offer-lapsed": N_("候补的名额没有确认，已退回"),
    "hall-checked-in": N_("到办税厅取号"),
    "matter-at-the-desk": N_("在窗口登记您的事项"),
    "staff-added": N_("开设工作人员账户"),
    "staff-enrolled": N_("启用工作人员账户"),
    "staff-left": N_("关闭工作人员账户"),
    "assistance-asked": N_("工作人员请求在窗口协助您"),
    "assistance-began": N_("经您同意，窗口协办开始"),
    "assistance-declined": N_("未同意窗口协办"),
    "assistance-ended": N_("窗口协助结束"),
    "assent-asked": N_("工作人员请您确认一项办理"),
    "assent-given": N_("经您确认，由工作人员代为操作"),
    "assent-refused": N_("未同意工作人员代为操作"),
    "matter-worked": N_("工作人员办理您的事项"),
    "matter-decided": N_("对您的事项作出决定"),
    FILE_READ: N_("查看您的信息"),
    "certificate-printed": N_("窗口打印您的证明"),
    "limits-released": N_("在窗口解除登录限制"),
    "file-released": N_("同意同事打开您的档案"),
    "file-guarded": N_("您的档案设为须两名工作人员共同打开"),
    "file-unguarded": N_("您的档案不再须两名工作人员共同打开"),
}
"""Code of an act → what the taxpayer reads. An act without words is not recorded."""


def chained(previous: str, entry: Mapping[str, object]) -> str:
    """The digest of an entry given the digest before it: SHA-256 over both, in canonical JSON."""
    plain = json.dumps(dict(entry), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)
    return hashlib.sha256(f"{previous}\n{plain}".encode()).hexdigest()


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
