"""Documents come out the same everywhere, say what their record says, and fetch nothing."""

import hashlib
import io
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from PIL import Image

from portal.certificates.rules.paper import chinese_day, english_day
from portal.certificates.rules.record import Clearance, Facts, Record
from portal.gateways.confined import ROOT, Busy, ConfinedProcess, ConfinedProcesses, Message
from portal.gateways.printing import FONTS, CannotPrint, Fault, WeasyPrinter
from tests.certificates.papers import Desk, clearance, facts, record, text_of


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def printer() -> Iterator[WeasyPrinter]:
    printer = WeasyPrinter()
    yield printer
    printer.close()


def printed_words(issued: Record) -> list[str]:
    """The words of a record that must be on its paper, without white space, line by line in order."""
    given = issued.facts
    words = [issued.number, given.payer.name, given.payer.id_number, given.office.zh, given.office.en]
    if given.clearance is not None:
        words += words_of_clearance(given.clearance)
    for line in given.lines:
        words += [line.voucher, line.tax.zh, line.tax.en, line.item.zh, line.item.en]
        words += [line.period_from.isoformat(), line.period_to.isoformat(), line.paid_on.isoformat()]
        words += [f"{'−' if line.fen < 0 else ''}{abs(line.fen) / 100:,.2f}"]
    words += [] if given.clearance else [f"¥{given.total / 100:,.2f}"]
    words += [given.remark.zh, issued.check_address, issued.code]
    return ["".join(word.split()) for word in words]


def words_of_clearance(given: Clearance) -> list[str]:
    words = [given.matter]
    for both in (given.reason, given.route, *(one.what for one in given.promises)):
        words += [both.zh, both.en]
    for day in (given.cleared_on, *(one.by for one in given.promises)):
        words += [chinese_day(day), english_day(day)]
    return words


def test_this_machine_can_print(printer: WeasyPrinter) -> None:
    assert printer.problems() == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("lines", [1, 24, 60])
def test_what_can_be_copied_out_is_what_the_record_says(
    desk: Desk, printer: WeasyPrinter, lines: int, language: str
) -> None:
    issued = record(facts(lines, language=language))
    text = text_of(desk.paper(printer, issued).pdf)
    missing = [word for word in printed_words(issued) if word not in text]
    assert missing == []
    vouchers = [text.index(line.voucher) for line in issued.facts.lines]
    assert vouchers == sorted(vouchers)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("promises", [0, 2])
def test_a_clearance_stands_on_one_page_and_can_be_copied_out(
    desk: Desk, printer: WeasyPrinter, promises: int, language: str
) -> None:
    issued = record(clearance(promises, language=language))
    printed = desk.paper(printer, issued)
    text = text_of(printed.pdf)
    assert printed.pages == 1
    assert [word for word in printed_words(issued) if word not in text] == []
    assert ("除下列书面承诺办理的事项外" in text) == bool(promises)
    assert ("exceptthosebelow" in text) == bool(promises)
    assert "税务事项已全部结清。特此证明。" in text
    assert str(pikepdf.open(io.BytesIO(printed.pdf)).Root.Lang) == {"zh": "zh-CN", "en": "en"}[language]


@pytest.mark.parametrize(
    "name",
    [
        "王䶮堃",
        "喆昇晞玥珺璟翀芃頔骉",
        "阿卜杜拉·买买提",
        "滨海市示范科技发展有限责任公司第一分公司暨国际贸易与供应链综合服务中心（特殊普通合伙）",
        'Ōkubo-Müller, Þórdís & Søn\'s <Trading> "Co"',
    ],
)
def test_every_name_comes_out_as_it_is_written(desk: Desk, printer: WeasyPrinter, name: str) -> None:
    text = text_of(desk.paper(printer, record(facts(1, name=name))).pdf)
    assert "".join(name.split()) in text


@pytest.mark.parametrize("of", [facts(), clearance(2)], ids=["payments", "clearance"])
def test_the_same_record_gives_the_same_bytes_in_any_process(desk: Desk, of: Facts) -> None:
    digests = set()
    for seed in ("1", "20260309"):
        printer = WeasyPrinter(environment={"PYTHONHASHSEED": seed})
        pdf = desk.paper(printer, record(of)).pdf
        printer.close()
        digests.add(hashlib.sha256(pdf).hexdigest())
    assert len(digests) == 1


def test_another_content_key_gives_another_identifier(desk: Desk, printer: WeasyPrinter) -> None:
    first, second = (desk.paper(printer, record(facts(n))).pdf for n in (1, 2))
    assert pikepdf.open(io.BytesIO(first)).trailer.ID != pikepdf.open(io.BytesIO(second)).trailer.ID


def test_a_character_that_no_face_has_stops_the_paper_and_is_named(desk: Desk, printer: WeasyPrinter) -> None:
    with pytest.raises(CannotPrint) as refused:
        desk.paper(printer, record(facts(name="李𪨊明")))
    assert (refused.value.fault, refused.value.detail) == (Fault.GLYPH, "𪨊")


def in_the_worker(script: str) -> str:
    """Run a few lines beside the worker's own functions, in a process like the worker's."""
    done = subprocess.run(
        [sys.executable, "-c", f"from portal.gateways.printing import worker\n{script}"],
        cwd=ROOT,
        env={"FONTCONFIG_FILE": str(FONTS / "fonts.conf"), "LANG": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


WRITE = """
rule = "p {{ font-family: Portal Song, Noto Serif SC }}"
css = worker.weasyprint.CSS(string=rule, font_config=worker.fonts)
try:
    worker.write({html!r}, css, {{}}, bytes(16))
    print("written")
except worker.Fault as fault:
    print(fault.kind, fault.detail)
"""


def test_the_engine_would_be_heard_if_it_drew_a_box(printer: WeasyPrinter) -> None:
    """The second net: layout itself refuses, where the first look at the characters is passed by."""
    assert in_the_worker(WRITE.format(html="<html lang=zh><title>t</title><p>堃𪨊")).startswith(
        "layout .notdef"
    )
    assert in_the_worker(WRITE.format(html="<html lang=zh><title>t</title><p>堃")) == "written"


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A port on which nobody may knock."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


FETCHING = (
    '<img src="{url}" alt="x">',
    '<link rel="attachment" href="{url}">',
    '<link rel="stylesheet" href="{url}">',
    '<style>@import url("{url}");</style>',
    '<p style="background: url({url})">x</p>',
    '<object data="{url}" type="image/svg+xml">x</object>',
    '<svg xmlns="http://www.w3.org/2000/svg"><image href="{url}" width="9" height="9"/></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
    '<use xlink:href="{url}#a"/></svg>',
)


@pytest.mark.parametrize("markup", FETCHING)
def test_hostile_words_are_printed_and_fetch_nothing(
    desk: Desk, printer: WeasyPrinter, listener: socket.socket, tmp_path: Path, markup: str
) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text('<svg xmlns="http://www.w3.org/2000/svg"><text y="9">SECRET</text></svg>')
    for url in (secret.as_uri(), f"http://127.0.0.1:{listener.getsockname()[1]}/x.svg"):
        hostile = markup.format(url=url)
        pdf = desk.paper(printer, record(facts(1, name=hostile, item="{{ 7*7 }}"))).pdf
        text = text_of(pdf)
        assert "".join(hostile.split()) in text
        assert "{{7*7}}" in text
        assert "SECRET" not in text
        assert "/EmbeddedFiles" not in str(pikepdf.open(io.BytesIO(pdf)).Root.get("/Names"))
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize("markup", FETCHING)
def test_markup_that_did_get_through_would_stop_the_paper(listener: socket.socket, markup: str) -> None:
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/x.svg"
    page = f"<html lang=zh><title>t</title>{markup.format(url=url)}"
    said = in_the_worker(WRITE.format(html=page))
    assert said == "written" or said.startswith("layout ")
    with pytest.raises(BlockingIOError):
        listener.accept()


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "asset:../worker.py", "data:image/svg+xml,<svg/>", "x.svg"]
)
def test_only_the_documents_own_pictures_can_be_named(url: str) -> None:
    page = f'<html lang=zh><title>t</title><p><img src="{url}" alt="x">'
    assert in_the_worker(WRITE.format(html=page)).startswith("layout a document may not fetch")


def test_the_helper_process_holds_no_secrets(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_SECRET_KEY", "a secret of the portal")
    printer = WeasyPrinter()
    assert printer.problems() == []
    [process] = [each._process for each in printer._processes._all]
    assert process is not None
    environment = Path(f"/proc/{process.pid}/environ").read_bytes()
    printer.close()
    assert b"FONTCONFIG_FILE" in environment
    assert b"PORTAL_" not in environment


def test_a_layout_that_takes_too_long_is_ended_and_the_next_one_works(desk: Desk) -> None:
    hasty = WeasyPrinter(seconds=0.05)
    with pytest.raises(CannotPrint) as ended:
        desk.paper(hasty, record())
    hasty.close()
    assert ended.value.fault is Fault.TIME


def test_a_killed_helper_process_is_replaced(desk: Desk) -> None:
    printer = WeasyPrinter()
    before = desk.paper(printer, record()).pdf
    [helper] = printer._processes._all
    assert helper._process is not None
    helper._process.kill()
    helper._process.wait()
    assert desk.paper(printer, record()).pdf == before
    printer.close()


def test_a_helper_process_is_recycled(desk: Desk) -> None:
    printer = WeasyPrinter(recycle_after=1)
    assert desk.paper(printer, record()).pdf
    [helper] = printer._processes._all
    assert helper._process is None
    assert desk.paper(printer, record()).pdf
    printer.close()


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_structure_can_be_read_aloud(desk: Desk, printer: WeasyPrinter, language: str) -> None:
    issued = record(facts(24, language=language))
    pdf = pikepdf.open(io.BytesIO(desk.paper(printer, issued).pdf))
    assert str(pdf.Root.Lang) == {"zh": "zh-CN", "en": "en"}[language]
    assert bool(pdf.Root.MarkInfo.Marked)
    assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)
    assert str(pdf.docinfo["/Title"]).endswith(issued.number)
    elements = [
        o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/StructElem"
    ]
    heads = [e for e in elements if e.S == "/TH"]
    figures = [e for e in elements if e.S == "/Figure"]
    scopes = [str(e.A.Scope) for e in heads]
    assert scopes.count("/Column") == 2 * 6, "six columns, on each of the two pages with lines"
    assert scopes.count("/Row") == len(scopes) - 2 * 6 == 6
    assert len(figures) == 2
    assert all(str(e.Alt) for e in figures)


@pytest.mark.parametrize("of", [facts(24), clearance(2)], ids=["payments", "clearance"])
def test_every_text_operator_stands_in_marked_content(desk: Desk, printer: WeasyPrinter, of: Facts) -> None:
    pdf = pikepdf.open(io.BytesIO(desk.paper(printer, record(of)).pdf))
    for page in pdf.pages:
        depth, outside = 0, []
        for operands, operator in pikepdf.parse_content_stream(page):
            name = str(operator)
            depth += {"BDC": 1, "BMC": 1, "EMC": -1}.get(name, 0)
            if name in {"Tj", "TJ"} and depth == 0:
                outside.append(operands)
        assert outside == []


@pytest.mark.parametrize(
    "of",
    [facts(1), facts(24), facts(60), clearance(), clearance(2)],
    ids=["1 line", "24 lines", "60 lines", "cleared", "promised"],
)
def test_the_symbol_on_the_paper_reads_as_the_signed_code(
    desk: Desk, printer: WeasyPrinter, of: Facts
) -> None:
    issued = record(of)
    printed = desk.paper(printer, issued)
    image = subprocess.run(
        ["pdftoppm", "-r", "150", "-gray", "-f", str(printed.pages), "-singlefile", "-"],
        input=printed.pdf,
        capture_output=True,
        check=True,
    ).stdout
    page = Image.open(io.BytesIO(image)).rotate(5, Image.Resampling.BICUBIC, fillcolor=255)
    [found] = zxingcpp.read_barcodes(page)
    assert found.text == desk.code_of(issued)


def test_a_document_has_no_more_pages_than_one_may_read() -> None:
    script = WRITE.format(html="<html lang=zh><title>t</title>" + "<p>一" * 400)
    assert in_the_worker(script) == "written"
    assert in_the_worker(f"worker.MOST_PAGES = 2\n{script}").startswith("length")


def test_a_certificate_is_small(desk: Desk, printer: WeasyPrinter) -> None:
    signed = desk.signer.sign_document(desk.paper(printer, record(facts(12))).pdf)
    assert len(signed) <= 90_000


class Slow(ConfinedProcess):
    """A process that has begun and answers when it is let."""

    def __init__(self) -> None:
        super().__init__("never started", seconds=1, recycle_after=1)
        self.begun, self.let = threading.Event(), threading.Event()

    def ask(self, question: Message) -> Message:
        self.begun.set()
        self.let.wait()
        return question


def test_who_finds_every_process_at_work_is_told_to_come_again() -> None:
    slow = Slow()
    processes = ConfinedProcesses(lambda: slow, 1, patience=0.05)
    with ThreadPoolExecutor(1) as other:
        first = other.submit(processes.ask, {"who": "first"})
        slow.begun.wait()
        with pytest.raises(Busy):
            processes.ask({"who": "second"})
        slow.let.set()
        assert first.result() == {"who": "first"}
    assert processes.ask({"who": "third"}) == {"who": "third"}
