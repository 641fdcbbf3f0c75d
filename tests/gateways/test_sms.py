"""Texts leave once, whatever happens on the way."""

import pytest

from portal.core.refusal import Unavailable
from portal.gateways.sms import HttpSmsSender
from portal.settings import Settings
from tests.live import environment


@pytest.fixture
def sender(sandbox, tmp_path):
    sandbox.sms.tell("reset")
    known = environment("sqlite://", sandbox, tmp_path, storage=tmp_path, base_url="http://localhost")
    return HttpSmsSender(Settings.from_environment(known))


def texts(sandbox, to="19900000001"):
    return [message["text"] for message in sandbox.sms.ask(f"messages?to={to}")]


def test_a_text_arrives(sender, sandbox):
    sender.send("19900000001", "验证码 123456", "text-1")
    assert texts(sandbox) == ["验证码 123456"]


def test_the_same_reference_sends_once(sender, sandbox):
    for _ in range(3):
        sender.send("19900000001", "验证码 123456", "text-2")
    assert len(texts(sandbox)) == 1


def test_an_answer_lost_on_the_way_back_is_made_good_by_asking_again(sender, sandbox):
    sandbox.sms.tell("faults", kind="cut_after", path="/messages")
    with pytest.raises(Unavailable):
        sender.send("19900000001", "验证码 654321", "text-3")
    sender.send("19900000001", "验证码 654321", "text-3")
    assert texts(sandbox) == ["验证码 654321"]


def test_a_reference_used_for_other_words_is_refused(sender, sandbox):
    sender.send("19900000001", "一", "text-4")
    with pytest.raises(Unavailable):
        sender.send("19900000001", "二", "text-4")
    assert texts(sandbox) == ["一"]
