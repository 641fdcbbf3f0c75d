"""Letting a person sign in again whose tries are used up, once they stand at the counter."""

from portal.core.refusal import reason

THERE = "present"
"""The reason under which a file is open while its person is at the counter."""

NOT_THERE = reason(
    "limits-not-present",
    "解除登录限制须本人在窗口。",
    "请以“本人或经办人在窗口”为理由打开档案，并核对证件原件。",
)
RELEASED_TODAY = reason(
    "limits-released-today",
    "今天已经为这位纳税人解除过一次登录限制。",
    "请本人用短信验证码重设密码，或者明天再来。",
)
