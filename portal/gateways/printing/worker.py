"""The helper process that lays out documents: the only place where WeasyPrint is imported.

Started by `WeasyPrinter`, never imported by the portal. It reads fonts, templates and style sheets of the
product and nothing else; whatever WeasyPrint would only warn about is an error here, because a paper with a
missing glyph or picture must not leave the house.
"""

import base64
import io
import logging
import warnings
from collections.abc import Mapping
from functools import cache

import pydyf
import segno
import weasyprint
from fontTools.ttLib import TTFont
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from weasyprint.text.ffi import harfbuzz, harfbuzz_subset
from weasyprint.text.fonts import FontConfiguration, get_hb_object_data
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from portal.gateways.confined import ROOT, Message, serve

FACES = (ROOT / "fonts/small/PortalSong-Regular.ttf", ROOT / "fonts/full/NotoSerifSC-Regular.ttf")
TEMPLATES = ROOT / "templates" / "pdf"
MOST_PAGES = 60
MEMORY = 2**30
CPU_SECONDS = 30
PICTURES = {"svg": "image/svg+xml", "png": "image/png"}
PIXELS = 4
"""Of a QR module each way; the page has them drawn without smoothing."""
RARE = "王䶮堃"
"""In no small face: set by the readiness check to see that the chain of faces holds."""


class Fault(Exception):
    """Why this sheet is not printed; `kind` is a value of `portal.gateways.printing.Fault`."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail


class Assets(URLFetcher):  # type: ignore[misc]  # the base class carries no types
    """Serves `asset:NAME` for this document's own pictures; every other address stops the rendering."""

    def __init__(self, named: Mapping[str, bytes]) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
        self._named = named

    def fetch(self, url: str, headers: object = None) -> URLFetcherResponse:  # noqa: ARG002
        scheme, _, name = url.partition(":")
        if scheme != "asset" or name not in self._named:
            raise PermissionError(f"a document may not fetch {url!r}")
        kind = PICTURES[name.rpartition(".")[2]]
        return URLFetcherResponse(url, self._named[name], {"Content-Type": kind})


class Complaints(logging.Handler):
    """Collects what the engine would only log."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.heard: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.heard.append(record.getMessage())


complaints = Complaints()
logging.getLogger("weasyprint").addHandler(complaints)
templates = Environment(
    loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=True, trim_blocks=True
)
fonts = FontConfiguration()


@cache
def style(template: str) -> weasyprint.CSS:
    """The parsed style sheet of a template, kept with the one font configuration of this process."""
    css = templates.get_template(f"{template}.css").render()
    return weasyprint.CSS(string=css, font_config=fonts, url_fetcher=Assets({}))


@cache
def glyphs() -> frozenset[int]:
    """Every character that one of our faces can draw."""
    return frozenset(code for face in FACES for code in TTFont(face, lazy=True).getBestCmap())


def refuse_missing_glyphs(text: str) -> None:
    """Before layout: a character outside our faces is a fault, and costs no layout."""
    missing = sorted({c for c in text if ord(c) not in glyphs() and c not in "\n\t"})
    if missing:
        raise Fault("glyph", "".join(missing))


def lay_out(question: Message) -> tuple[weasyprint.Document, bytes]:
    """One sheet to a document and its PDF. Raises `Fault`."""
    facts = {**question["fields"], "made_at": question["made_at"]}
    html = templates.get_template(question["template"] + ".html").render(facts)
    refuse_missing_glyphs(html)
    named = {f"{name}.png": qr_symbol(text) for name, text in question["symbols"].items()}
    named["seal.svg"] = templates.get_template("seal.svg").render(facts).encode()
    return write(html, style(question["template"]), named, bytes.fromhex(question["identifier"]))


def write(
    html: str, css: weasyprint.CSS, named: Mapping[str, bytes], identifier: bytes
) -> tuple[weasyprint.Document, bytes]:
    """Render and write, with every warning an error. Raises `Fault`."""
    complaints.heard.clear()
    try:
        page = weasyprint.HTML(string=html, base_url="asset:", url_fetcher=Assets(named))
        document = page.render(font_config=fonts, stylesheets=[css], cache={}, pdf_variant="pdf/ua-1")
        if len(document.pages) > MOST_PAGES:
            raise Fault("length", f"{len(document.pages)} pages")
        pdf = document.write_pdf(finisher=scope_headers, pdf_identifier=identifier, pdf_variant="pdf/ua-1")
    except FatalURLFetchingError as refused:
        raise Fault("layout", str(refused.__cause__ or refused)) from None
    if complaints.heard:
        raise Fault("layout", "; ".join(complaints.heard))
    return document, pdf


def scope_headers(document: weasyprint.Document, _pdf: pydyf.PDF) -> None:
    """Write the `scope` that each header cell has in the HTML into its tag (PDF/UA-1, 7.5).

    WeasyPrint reads the attribute to link cells with their headers but does not write it.
    """
    scopes = {"row": "/Row", "col": "/Column"}
    for page in document.pages:
        for box in page._page_box.descendants():
            if box.element_tag == "th" and hasattr(box, "mark"):
                box.mark["A"]["Scope"] = scopes[box.element.attrib["scope"]]


def qr_symbol(text: str) -> bytes:
    """A QR symbol at error correction M, as a PNG without quiet zone (the page leaves it).

    No path: its two thousand strokes cost the engine a sixth of the document, a picture a tenth of that.
    """
    drawing = io.BytesIO()
    segno.make_qr(text, error="m", boost_error=False).save(drawing, kind="png", border=0, scale=PIXELS)
    return drawing.getvalue()


def check() -> list[str]:
    """What is wrong with this process's libraries and faces; empty when a certificate may be printed."""
    found = []
    if harfbuzz_subset is None:
        found.append("libharfbuzz-subset is missing (Debian: libharfbuzz-subset0)")
    if not harfbuzz.hb_version_atleast(4, 1, 0):
        found.append("HarfBuzz is older than 4.1")
    if int(weasyprint.VERSION.split(".")[0]) < 70:
        found.append(f"WeasyPrint {weasyprint.VERSION} is older than 70")
    return found or check_faces()


def check_faces() -> list[str]:
    """Set three names and look which files their glyphs came from and what they would extract as."""
    html = f"<html lang=zh><title>{RARE}</title><p>{RARE}</p></html>"
    css = weasyprint.CSS(string="p { font-family: Portal Song, Noto Serif SC }", font_config=fonts)
    try:
        document, _ = write(html, css, {}, bytes(16))
    except Fault as fault:
        return [fault.detail]
    used = document.fonts.values()
    ours = {face.read_bytes() for face in FACES}
    found = [
        f"{font.family} comes from a file that is not ours"
        for font in used
        if get_hb_object_data(font.hb_face) not in ours
    ]
    readable = {text for font in used for text in font.to_unicode.values()}
    return found + [f"{c} does not extract as written" for c in RARE if c not in readable]


def answer(question: Message) -> Message:
    """What `serve` calls: a check, or a sheet."""
    if question.get("check"):
        return {"problems": check()}
    try:
        document, pdf = lay_out(question)
    except Fault as fault:
        return {"fault": fault.kind, "detail": fault.detail}
    return {"pdf": base64.b64encode(pdf).decode(), "pages": len(document.pages)}


def main() -> None:
    """Serve until the pipe closes."""
    warnings.simplefilter("ignore", DeprecationWarning)  # the readiness check says it better
    serve(answer, memory=MEMORY, cpu_seconds=CPU_SECONDS)


if __name__ == "__main__":
    main()
