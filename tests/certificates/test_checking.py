"""A paper and a file prove themselves with nothing but what is published: no database, no network."""

import json
import random
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from portal.certificates.rules import code
from portal.certificates.rules.state import Answer
from portal.certificates.services.checking import check_code, verify_offline
from portal.gateways.confined import ROOT
from portal.gateways.printing import WeasyPrinter
from portal.gateways.signing import BadTrust, FileSigner, cose
from portal.gateways.signing.authority import make_code_key
from tests.certificates.papers import Desk, clearance, facts, record


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def file(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    printer = WeasyPrinter()
    path = tmp_path_factory.mktemp("papers") / "certificate.pdf"
    path.write_bytes(desk.signer.sign_document(desk.paper(printer, record()).pdf))
    printer.close()
    return path


@pytest.fixture
def trust(desk: Desk, tmp_path: Path) -> Path:
    """The published folder as somebody far away holds it."""
    return Path(shutil.copytree(desk.authority.published, tmp_path / "trust"))


ALONE = """
import sys
def refuse(event, arguments):
    if event.startswith(("socket.", "sqlite3.")):
        raise RuntimeError(event)
sys.addaudithook(refuse)
from pathlib import Path
from portal.certificates.services.checking import verify_offline
verdict = verify_offline(sys.argv[1], Path(sys.argv[2]))
print(verdict.answer, verdict.number)
"""


def test_a_check_needs_neither_network_nor_database(desk: Desk, file: Path, trust: Path) -> None:
    for given in (str(file), desk.code_of(record())):
        done = subprocess.run(
            [sys.executable, "-c", ALONE, given, str(trust)], cwd=ROOT, capture_output=True, text=True
        )
        assert done.stdout.split() == ["valid", record().number], done.stderr


def test_an_altered_file_does_not(file: Path, trust: Path, tmp_path: Path) -> None:
    altered = tmp_path / "altered.pdf"
    altered.write_bytes(file.read_bytes().replace(b"/Title", b"/Titel", 1))
    assert verify_offline(str(altered), trust).answer is Answer.ALTERED


def test_a_file_of_somebody_else_is_unknown(trust: Path, tmp_path: Path, file: Path) -> None:
    forger = Desk(tmp_path / "forger")
    printer = WeasyPrinter()
    forged = tmp_path / "forged.pdf"
    forged.write_bytes(forger.signer.sign_document(forger.paper(printer, record()).pdf))
    printer.close()
    assert verify_offline(str(forged), trust).answer is Answer.UNKNOWN


@pytest.mark.parametrize("lines", [1, 24, 60])
def test_a_code_proves_the_paper_offline(desk: Desk, trust: Path, lines: int) -> None:
    issued = record(facts(lines))
    verdict = verify_offline(desk.code_of(issued), trust)
    assert verdict.answer is Answer.VALID
    assert verdict.content is not None
    assert verdict.content.total == issued.facts.total
    assert verdict.content.complete == (lines < 60)


def test_a_code_may_come_in_a_text_file(desk: Desk, trust: Path, tmp_path: Path) -> None:
    path = tmp_path / "scanned.txt"
    path.write_text(desk.code_of(record()) + "\n")
    assert verify_offline(str(path), trust).answer is Answer.VALID


def test_no_change_of_any_bit_of_a_code_is_accepted(desk: Desk) -> None:
    message = code.from_text(desk.code_of(record(facts(12))))
    trust = desk.trust
    for at in range(len(message)):
        for bit in range(8):
            forged = message[:at] + bytes([message[at] ^ (1 << bit)]) + message[at + 1 :]
            verdict = check_code(code.as_text(forged), trust)
            assert verdict.answer in {Answer.ALTERED, Answer.UNKNOWN}
            assert verdict.content is None


def test_no_change_of_a_character_of_the_text_is_accepted(desk: Desk) -> None:
    text, trust, chance = desk.code_of(record()), desk.trust, random.Random(9)
    for at in range(len(text)):
        other = chance.choice([c for c in code._ALPHABET if c != text[at]])
        assert check_code(text[:at] + other + text[at + 1 :], trust).answer is not Answer.VALID


def test_a_code_signed_by_somebody_else_is_unknown(trust: Path, tmp_path: Path) -> None:
    assert verify_offline(Desk(tmp_path).code_of(record()), trust).answer is Answer.UNKNOWN


@pytest.mark.parametrize("text", ["TC1:", "TC1:BB8", "TC1:" + "A" * 3000, "TC1:测试", "TC1:HELLO WORLD"])
def test_nonsense_under_our_prefix_was_never_one_of_ours(trust: Path, text: str) -> None:
    """Who pasted it is not told that a certificate was altered: none was."""
    assert verify_offline(text, trust).answer is Answer.UNKNOWN


def test_a_code_that_was_cut_or_changed_behind_its_beginning_is_altered(desk: Desk) -> None:
    text = desk.code_of(record())
    for damaged in (text[:-1], text[: len(text) // 2], text[:-9] + "000000000", text + "A", text + "测试"):
        assert check_code(damaged, desk.trust).answer is Answer.ALTERED


def test_a_withdrawn_certificate_says_so_by_paper_and_by_file(tmp_path: Path, file: Path) -> None:
    desk = Desk(tmp_path)
    printer = WeasyPrinter()
    path = tmp_path / "paper.pdf"
    path.write_bytes(desk.signer.sign_document(desk.paper(printer, record()).pdf))
    printer.close()
    desk.signer.publish({record().number: date(2026, 4, 1)}, datetime(2026, 4, 1, tzinfo=UTC))
    assert verify_offline(str(path), desk.authority.published).answer is Answer.WITHDRAWN
    verdict = verify_offline(desk.code_of(record()), desk.authority.published)
    assert (verdict.answer, verdict.as_of) == (Answer.WITHDRAWN, datetime(2026, 4, 1, tzinfo=UTC))


def test_a_retired_key_signs_no_later_day(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    stolen = desk.authority.code_key.read_bytes()
    make_code_key(desk.authority.code_key, since=date(2026, 1, 1))
    trust = FileSigner(desk.settings).publish({}, datetime(2026, 1, 1, tzinfo=UTC))
    desk.authority.code_key.write_bytes(stolen)
    backdated_key = FileSigner(desk.settings)
    assert cose.verify(backdated_key.sign_code(b""), lambda kid: trust.keys[kid.hex()].public)
    text = code.as_text(backdated_key.sign_code(code.payload(record())))
    assert check_code(text, trust).answer is Answer.UNKNOWN, (
        "dated 9 March 2026, the key was retired in January"
    )


def test_without_a_folder_to_trust_nothing_is_said(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(BadTrust):
        verify_offline(desk.code_of(record()), tmp_path)


def test_a_verdict_can_be_read_by_programs(desk: Desk, trust: Path) -> None:
    issued = record(facts(2))
    told = json.loads(json.dumps(verify_offline(desk.code_of(issued), trust).to_json()))
    assert told["answer"] == "valid"
    assert told["number"] == issued.number
    assert [line["voucher"] for line in told["content"]["lines"]] == [
        line.voucher for line in issued.facts.lines
    ]
    assert told["content"]["issued_on"] == "2026-03-09"


@pytest.fixture(scope="module")
def clearance_file(desk: Desk, tmp_path_factory: pytest.TempPathFactory) -> Path:
    printer = WeasyPrinter()
    path = tmp_path_factory.mktemp("papers") / "clearance.pdf"
    path.write_bytes(desk.signer.sign_document(desk.paper(printer, record(clearance(1))).pdf))
    printer.close()
    return path


def test_the_code_of_a_clearance_proves_it_offline_and_tells_what_the_paper_says(
    desk: Desk, trust: Path
) -> None:
    issued = record(clearance(1))
    told = verify_offline(desk.code_of(issued), trust).to_json()
    assert (told["answer"], told["number"]) == ("valid", "QS-2026-440399-7K3MP9QR-C")
    assert told["content"]["clearance"] == {
        "matter": "M-20260309-AB12CD",
        "reason": "解散：经营期满",
        "route": "承诺容缺办理",
        "cleared_on": "2026-03-08",
        "promises": [{"what": "房产税税源没有终止", "by": "2026-04-08"}],
    }
    paper = json.dumps(issued.to_json(), ensure_ascii=False)
    for said in ("name", "id_number", "office", "code"):
        assert told["content"][said] in paper
    assert told["content"]["total"] is None
    assert json.loads(json.dumps(told)) == told


def test_the_file_of_a_clearance_is_checked_offline(
    clearance_file: Path, trust: Path, tmp_path: Path
) -> None:
    verdict = verify_offline(str(clearance_file), trust)
    assert (verdict.answer, verdict.number) == (Answer.VALID, "QS-2026-440399-7K3MP9QR-C")
    changed = tmp_path / "changed.pdf"
    changed.write_bytes(clearance_file.read_bytes().replace(b"/Title", b"/Titel", 1))
    assert verify_offline(str(changed), trust).answer is Answer.ALTERED


def test_no_character_of_the_code_of_a_clearance_can_be_changed(desk: Desk, trust: Path) -> None:
    text = desk.code_of(record(clearance(1)))
    chance = random.Random(20260309)
    for at in chance.sample(range(len(code.PREFIX), len(text)), 60):
        other = "0" if text[at] != "0" else "1"
        assert verify_offline(text[:at] + other + text[at + 1 :], trust).answer in {
            Answer.ALTERED,
            Answer.UNKNOWN,
        }


def test_a_withdrawn_clearance_is_withdrawn_offline_once_the_list_says_so(
    desk: Desk, clearance_file: Path, tmp_path: Path
) -> None:
    number = record(clearance(1)).number
    held = Path(shutil.copytree(desk.authority.published, tmp_path / "before"))
    desk.signer.publish({number: date(2026, 4, 1)}, datetime(2026, 4, 1, tzinfo=UTC))
    for given in (str(clearance_file), desk.code_of(record(clearance(1)))):
        assert verify_offline(given, held).answer is Answer.VALID, "as of the older list"
        assert verify_offline(given, desk.authority.published).answer is Answer.WITHDRAWN
