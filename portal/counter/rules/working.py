"""What is shown of a matter before it is opened, and how long an opened one stays open."""

from datetime import timedelta

from portal.core.wording import N_, Phrase

OPEN_FOR = timedelta(minutes=30)
"""After this long a matter is opened again, with a reason, before anything of it is shown."""

MOST_PURPOSE = 100
"""Characters of the reason, which the taxpayer reads."""

AFTERWARDS: dict[tuple[str, str], Phrase] = {
    ("refund", "approved"): N_(
        "核准以后系统随即退款：线上缴的款原路退回，其他的由国库退到纳税人登记的银行账户，"
        "没有登记的等登记后再退。没有退成的，本事项回到待办。"
    ),
}
"""What a decision does not do by itself, by kind of matter and state."""
