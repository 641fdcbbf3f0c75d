"""What waits for a code: how long, how many tries, and what the code's message says."""

from datetime import timedelta

from portal.core.refusal import reason
from portal.core.wording import N_, Phrase

DIGITS = 6
CODE_FOR = timedelta(minutes=10)
MOST_TRIES = 5
"""Wrong entries after which a code is void."""
MOST_CODES = 3
"""Codes sent for one act; after the last one it starts anew."""

ACT_FOR = {
    "opening": timedelta(minutes=30),
    "mobile": timedelta(minutes=30),
    "email": timedelta(minutes=30),
    "reset": timedelta(minutes=30),
    "assist": timedelta(minutes=15),
    "assent": timedelta(minutes=15),
}
"""How long an act waits for its code."""

MESSAGES: dict[str, Phrase] = {
    "opening": N_("{code} 是您开通办税账户的验证码，10分钟内有效。工作人员不会向您索要验证码。"),
    "mobile": N_("{code} 是您更换手机号码的验证码，10分钟内有效。工作人员不会向您索要验证码。"),
    "email": N_("{code} 是您更换电子邮箱的验证码，10分钟内有效。工作人员不会向您索要验证码。"),
    "reset": N_("{code} 是您重设密码的验证码，10分钟内有效。若不是您本人操作，请不要告诉任何人。"),
    "assist": N_(
        "工作人员{clerk}请求在窗口协助您办理（{number}）。同意的，请把验证码 {code} 告诉他，10分钟内有效；"
        "您不在办税厅，或者不同意的，不要告诉任何人。"
    ),
    "assent": N_(
        "工作人员{clerk}请您确认：{deed}。同意的，请把验证码 {code} 告诉他，10分钟内有效；"
        "内容不对的，不要告诉任何人。"
    ),
}
SUBJECT: Phrase = N_("验证码")
"""Subject line of a code sent by mail."""

ACT_OVER = reason(
    "act-over",
    N_("这项操作已经完成，或者超过30分钟没有完成，已经失效。"),
    N_("请回到开始的页面重新操作。之前填写的内容没有生效。"),
)
NO_MORE_CODES = reason(
    "no-more-codes",
    N_("这项操作的验证码已经发送了{most}次，不能再发送。"),
    N_("请确认联系方式填写正确，再回到开始的页面重新操作。"),
)
TOO_MANY_CODES = reason(
    "too-many-codes",
    N_("发往这个号码或邮箱的验证码过多，{moment}以后才能再发送。"),
    N_("之前的验证码在10分钟内仍然有效，请先查看最近一条消息。"),
)
