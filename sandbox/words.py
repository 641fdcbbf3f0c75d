"""The words of the sandbox's pages, in Chinese and English."""

from typing import NamedTuple


class Words(NamedTuple):
    """What the pages say, in one language."""

    simulated_phone: str = "模拟手机"
    simulated_phone_note: str = "这里显示沙箱短信网关收到的短信，没有任何短信真正发出。"
    simulated_mail: str = "模拟邮箱"
    simulated_mail_note: str = "这里显示沙箱邮件服务器收到的邮件，没有任何邮件真正发出。"
    all_phones: str = "全部手机"
    all_mail: str = "全部邮件"
    nothing_yet: str = "还没有收到任何内容。"
    refreshes: str = "本页每 3 秒自动刷新。"
    only: str = "只看"
    to: str = "收件人"
    sender: str = "发件人"
    received: str = "收到时间"
    attachments: str = "附件"
    other_language: str = "English"


ZH = Words()
EN = Words(
    simulated_phone="Simulated phone",
    simulated_phone_note="Text messages that the sandbox SMS gateway accepted. None was really sent.",
    simulated_mail="Simulated mailbox",
    simulated_mail_note="E-mail that the sandbox mail server accepted. None was really sent.",
    all_phones="All phones",
    all_mail="All mail",
    nothing_yet="Nothing has arrived yet.",
    refreshes="This page refreshes every 3 seconds.",
    only="Show only",
    to="To",
    sender="From",
    received="Received",
    attachments="Attachments",
    other_language="简体中文",
)


def words(lang: str) -> Words:
    """The words of a language, `zh` or `en`."""
    return EN if lang == "en" else ZH
