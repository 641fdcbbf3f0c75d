"""What one signed certificate costs: our way beside the plain way, document by document in turn.

    python -m bench.certificate [DOCUMENTS]

Ours: own faces, kept font configuration and style sheet, key loaded once. Plain: the same page with the faces
of the system, everything fresh for each document, pyHanko's own signer. Both are tagged, signed with the same
P-256 key, and every document differs. Milliseconds are processor time of the rendering process; each file is
read back (text, signature) outside the time.
"""

import base64
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from portal.gateways.confined import ROOT
from portal.gateways.printing import FONTS
from portal.gateways.signing.inspection import Finding, Inspector
from tests.certificates.papers import Desk, facts, record, text_of

WARM_UP = 3
NAMES = ("王䶮堃", "李静怡", "阿卜杜拉·买买提", "滨海市示范科技发展有限责任公司第一分公司")


def sheet_of(desk: Desk, index: int) -> dict[str, Any]:
    """The question for the `index`th document: another name, another number of lines."""
    from portal.gateways.printing import _as_question

    return _as_question(desk.sheet(record(facts(1 + index % 12, name=f"{NAMES[index % 4]}{index}"))))


def ours(desk: Desk, question: dict[str, Any]) -> bytes:
    from portal.gateways.printing import worker

    return desk.signer.sign_document(worker.lay_out(question)[1])


def plain(desk: Desk, question: dict[str, Any]) -> bytes:
    import weasyprint
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign.fields import SigSeedSubFilter
    from pyhanko.sign.signers import PdfSignatureMetadata, SimpleSigner, sign_pdf

    from portal.gateways.printing import worker

    given = {**question["fields"], "made_at": question["made_at"]}
    named = {"qr.png": worker.qr_symbol(question["symbols"]["qr"])}
    named["seal.svg"] = worker.templates.get_template("seal.svg").render(given).encode()
    css = (
        (worker.TEMPLATES / "tax-payment.css")
        .read_text()
        .replace('"Portal Song", "Noto Serif SC"', "Noto Serif CJK SC")
    )
    pdf = weasyprint.HTML(
        string=worker.templates.get_template("tax-payment.html").render(given),
        base_url="asset:",
        url_fetcher=worker.Assets(named),
    ).write_pdf(stylesheets=[weasyprint.CSS(string=css)], pdf_variant="pdf/ua-1")
    signer = SimpleSigner.load_pkcs12(
        str(desk.authority.signer), passphrase=desk.authority.passphrase.read_bytes()
    )
    meta = PdfSignatureMetadata(field_name="Signature", subfilter=SigSeedSubFilter.PADES, certify=True)
    return sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), meta, signer).getvalue()  # type: ignore[no-any-return]


def serve(way: str, folder: str) -> None:
    """In the rendering process: one line with an index in, one line with time and file out."""
    desk, make = Desk(Path(folder)), {"ours": ours, "plain": plain}[way]
    for line in sys.stdin:
        question = sheet_of(desk, int(line))
        before, since = time.process_time(), time.perf_counter()
        pdf = make(desk, question)
        cpu, wall = time.process_time() - before, time.perf_counter() - since
        print(json.dumps({"cpu": cpu, "wall": wall, "pdf": base64.b64encode(pdf).decode()}), flush=True)


def measure(documents: int) -> dict[str, list[tuple[float, float, int]]]:
    """Seconds of processor, seconds of wall and bytes, per way and document."""
    found: dict[str, list[tuple[float, float, int]]] = {"ours": [], "plain": []}
    with tempfile.TemporaryDirectory() as folder:
        desk, inspector = Desk(Path(folder)), Inspector()
        running = {way: start(way, folder) for way in found}
        for index in range(WARM_UP + documents):
            for way, process in running.items():
                answer, pdf = ask(process, index)
                assert inspector.inspect(pdf, desk.trust.root).finding in (Finding.VALID, Finding.ALTERED)
                assert f"{NAMES[index % 4]}{index}" in text_of(pdf)
                if index >= WARM_UP:
                    found[way].append((answer["cpu"], answer["wall"], len(pdf)))
        for process in running.values():
            process.kill()
            process.wait()
        inspector.close()
    return found


def start(way: str, folder: str) -> "subprocess.Popen[str]":
    own = {"FONTCONFIG_FILE": str(FONTS / "fonts.conf")} if way == "ours" else {}
    command = [sys.executable, "-m", "bench.certificate", "--serve", way, folder]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | own, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def ask(process: "subprocess.Popen[str]", index: int) -> tuple[dict[str, float], bytes]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{index}\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline())
    return answer, base64.b64decode(answer.pop("pdf"))


def main(documents: int = 20) -> None:
    """Print one line per way and the ratio."""
    found = measure(documents)
    medians = {}
    print(f"Signed certificate, 1 to 12 lines, {documents} documents, load {os.getloadavg()[0]:.1f}")
    for way, times in found.items():
        cpu = sorted(1000 * each[0] for each in times)
        medians[way] = statistics.median(cpu)
        wall = statistics.median(1000 * each[1] for each in times)
        size = statistics.median(each[2] for each in times) / 1024
        late = cpu[max(0, round(0.95 * len(cpu)) - 1)]
        print(f"  {way:6} {medians[way]:6.0f} ms median, {late:.0f} p95 (wall {wall:.0f}), {size:.0f} KB")
    print(f"  ratio  {medians['plain'] / medians['ours']:6.1f}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--serve"]:
        serve(*sys.argv[2:4])
    else:
        main(*(int(given) for given in sys.argv[1:2]))
