"""Sessions, sources, devices, passwords, limits and the ladder, without a database."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.accounts.rules import codes, contacts, ladder, limits, opening, passwords, sessions
from portal.accounts.rules.limits import Counted
from portal.accounts.rules.opening import Standing
from portal.core.acting import Level
from portal.taxpayers.rules import IdKind, IdNumber

AT = datetime(2026, 3, 9, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize(("role", "idle", "absolute"), [("taxpayer", 20, 12 * 60), ("staff", 10, 8 * 60)])
def test_a_session_lives_to_the_minute_and_no_longer(role, idle, absolute):
    assert sessions.is_live(role, AT, AT, AT + idle * MINUTE - timedelta(seconds=1))
    assert not sessions.is_live(role, AT, AT, AT + idle * MINUTE)
    end = AT + absolute * MINUTE
    assert sessions.is_live(role, AT, end - MINUTE, end - timedelta(seconds=1))
    assert not sessions.is_live(role, AT, end - MINUTE, end)


@pytest.mark.parametrize(
    ("address", "source", "origin"),
    [
        ("203.0.113.77", "203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.77", "203.0.113.77", "203.0.113.0/24"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/64"),
        ("", "unknown", "unknown"),
        ("not an address", "unknown", "unknown"),
    ],
)
def test_what_counts_as_one_source(address, source, origin):
    assert (sessions.source(address), sessions.origin(address)) == (source, origin)


@given(st.text(max_size=60))
def test_no_address_is_too_strange(address):
    assert sessions.source(address)
    assert sessions.origin(address)


CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (CHROME, "Chrome · Windows"),
        (CHROME + " Edg/140.0", "Edge · Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari · iOS"),
        (
            "Mozilla/5.0 (Linux; Android 14) Chrome/120.0 MicroMessenger/8.0",
            "WeChat · Android",
        ),
        ("Mozilla/5.0 (Phone; OpenHarmony 5.0) Chrome/114.0 Safari/537.36", "Chrome · HarmonyOS"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "Safari · macOS"),
        ("curl/8.0", ""),
        ("<script>alert(1)</script>", ""),
    ],
)
def test_a_device_is_named_in_our_words(user_agent, device):
    assert sessions.device(user_agent) == device


@given(st.text(max_size=300))
def test_a_device_name_fits_its_column(user_agent):
    assert len(sessions.device(user_agent)) <= 60


PERSONAL = passwords.personal_words("李静怡", "440399199003071234", "13800138000", "jingyi@example.test")


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "小雨打湿了三月的旧巷口和石板路",
        "kX9#mP2$vL5@nQ8",
        "MyDogLikesBones2019",
        "三月 旧巷口 post office 绿",
    ],
)
def test_a_password_nobody_guesses_will_do_without_any_composition(password):
    assert passwords.fault(password, PERSONAL) is None


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword", "Password123456!", "123456789012345", "aaaaaaaaaaaaaaa", "qwertyuiopasdfgh",
        "qazwsxedcrfvtgb", "abcabcabcabcabc", "taxbureau2017!!!", "深圳地税2017税务自助办税密码",
        "iloveyou19900101!!",
        "李静怡13800138000李静怡", "jingyi1990jingyi1990", "LiJingyi440399199003071234",
        "ＰＡＳＳＷＯＲＤ１２３４５６７",
        "Shenzhen2025Shuiwu!",
    ],
)  # fmt: skip
def test_what_is_tried_first_will_not_do(password):
    assert "容易被猜到" in passwords.fault(password, PERSONAL)


def test_length_is_counted_in_characters_and_bounded():
    assert "至少15个字符" in passwords.fault("小雨打湿了三月的旧巷口和石板")
    assert passwords.fault("小雨打湿了三月的旧巷口和石板路") is None
    assert "最多200个字符" in passwords.fault("Ab3$ " * 40 + "x")


@given(st.text(max_size=200))
def test_adding_a_word_never_makes_a_password_weaker(text):
    assert passwords.strength(text + "。旧巷口") >= passwords.strength(text)


def test_two_ways_of_writing_a_letter_are_one():
    assert passwords.normalise("cafe\u0301") == passwords.normalise("caf\u00e9")


def test_limits_as_promised():
    promised = {
        (limit.counted, limit.most, limit.within)
        for limit in limits.LIMITS["sign-in"]
        if limit.within == timedelta(minutes=5)
    }
    assert promised == {
        (Counted.EVERYONE, 1000, timedelta(minutes=5)),
        (Counted.ADDRESS, 10, timedelta(minutes=5)),
        (Counted.SUBJECT, 10, timedelta(minutes=5)),
    }


@pytest.mark.parametrize("step", limits.LIMITS)
def test_outer_limits_come_first_and_keys_fit_their_column(step):
    order = [Counted.EVERYONE, Counted.ADDRESS, Counted.SUBJECT]
    places = [order.index(limit.counted) for limit in limits.LIMITS[step]]
    assert places == sorted(places)
    assert all(len(limit.key(step)) <= 60 for limit in limits.LIMITS[step])


@pytest.mark.parametrize(
    ("existing", "matches", "standing"),
    [
        (None, True, Standing.NEW),
        (None, False, Standing.NEW),
        (Level.CONTACT, True, Standing.TAKES_OVER),
        (Level.CONTACT, False, Standing.KNOWN),
        (Level.PROVEN, True, Standing.KNOWN),
        (Level.PROVEN, False, Standing.KNOWN),
        (Level.IN_PERSON, True, Standing.KNOWN),
    ],
)
def test_only_proof_beats_an_account_without_proof(existing, matches, standing):
    assert opening.standing(existing, mobile_matches=matches) is standing


def test_the_ladder_leads_up_one_rung_at_a_time():
    ways = [ladder.way_up(level) for level in Level]
    assert [way.level if way else None for way in ways] == [
        Level.CONTACT, Level.PROVEN, Level.IN_PERSON, None,
    ]  # fmt: skip


def test_contacts_are_shown_in_part():
    assert contacts.masked_mobile("13800138000") == "138****8000"
    assert contacts.masked_email("jingyi@example.test") == "j***@example.test"


def test_every_act_that_waits_has_its_time_and_its_message():
    assert codes.ACT_FOR.keys() == codes.MESSAGES.keys()
    assert all("{code}" in words for words in codes.MESSAGES.values())
    assert min(codes.ACT_FOR.values()) > codes.CODE_FOR


def test_each_limit_counts_its_own_subject():
    counted = [limits.subject_of(kind, "192.0.2.1", "somebody") for kind in Counted]
    assert counted == ["", "192.0.2.1", "somebody"]
    limit = limits.LIMITS["password-again"][0]
    assert limits.released_at(AT, limit) == AT + limit.within


def test_an_applicant_is_kept_as_plain_values_and_read_back():
    passport = IdNumber(IdKind.PASSPORT, "E1234567", "GB")
    who = opening.Applicant("ANNA SMITH", passport, "13800138000", "", "2026-01", "en")
    kept = json.loads(json.dumps(who.as_facts()))
    assert opening.Applicant.from_facts(kept) == who
    assert passport.as_registered == "GB-E1234567"


def test_a_mobile_in_ones_own_name_is_proof():
    assert opening.level_by(mobile_matches=True) is Level.PROVEN
    assert opening.level_by(mobile_matches=False) is Level.CONTACT


def test_a_session_keeps_the_digest_of_its_token_and_a_few_words_on_its_browser():
    assert sessions.token_hash("t") == hashlib.sha256(b"t").hexdigest()
    assert sessions.Browser.of(CHROME, "203.0.113.77") == sessions.Browser(
        "Chrome · Windows", "203.0.113.0/24"
    )
