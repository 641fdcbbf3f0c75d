"""Letters arrive as written, and their heads take no second line."""

import pytest

from portal.core.refusal import Unavailable
from portal.gateways.mail import SmtpMailSender
from portal.settings import Settings
from tests.live import environment

TO = "jingyi@example.test"


@pytest.fixture
def sender(sandbox, tmp_path):
    sandbox.mail.tell("reset")
    known = environment("sqlite://", sandbox, tmp_path, storage=tmp_path, base_url="http://localhost")
    return SmtpMailSender(Settings.from_environment(known))


def test_a_letter_arrives_in_chinese(sender, sandbox):
    sender.send(TO, "新设备登录", "您好，\n2026-03-09 有新设备登录。\n", "notice-1")
    [letter] = sandbox.mail.ask(f"messages?to={TO}")
    assert letter["subject"] == "新设备登录"
    assert letter["text"].splitlines() == ["您好，", "2026-03-09 有新设备登录。"]
    assert letter["message_id"].startswith("<notice-1@")


@pytest.mark.parametrize(
    ("to", "subject"),
    [(TO, "a\r\nBcc: x@example.test"), (f"{TO}\nBcc: x@example.test", "a"), (TO, "a\nb")],
)
def test_no_second_line_gets_into_the_head(sender, sandbox, to, subject):
    with pytest.raises(ValueError):
        sender.send(to, subject, "x", "notice-2")
    assert sandbox.mail.ask("messages") == []


@pytest.mark.parametrize("reply", ["451 Try again later", "550 No such user"])
def test_a_refused_letter_is_unavailable(sender, sandbox, reply):
    sandbox.mail.tell("refuse", reply=reply)
    with pytest.raises(Unavailable):
        sender.send(TO, "一", "二", "notice-3")


def test_no_server_is_unavailable(sandbox, tmp_path):
    known = environment("sqlite://", sandbox, tmp_path, storage=tmp_path, base_url="http://localhost")
    alone = SmtpMailSender(Settings.from_environment(known | {"PORTAL_MAIL_URL": "smtp://127.0.0.1:1"}))
    with pytest.raises(Unavailable):
        alone.send(TO, "一", "二", "notice-4")
