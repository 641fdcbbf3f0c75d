"""The helper process that reads a PDF somebody hands in and says what its signature is worth.

Started by `Inspector`, never imported by the portal. Valid means all of: exactly one signature, over the
entire file, certified against any change, and trusted under our root. A later increment is a change, even
where another tool still prints that the signature is valid.
"""

import base64
import io
import logging

from asn1crypto import x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.general import SigningError
from pyhanko.sign.validation import EmbeddedPdfSignature, validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from portal.gateways.confined import Message, serve

MEMORY = 768 * 2**20
CPU_SECONDS = 10
VALID, ALTERED, FOREIGN, NOT_SIGNED, UNREADABLE = "valid", "altered", "foreign", "not-signed", "unreadable"
UNSOUND = (
    *(PdfError, SigningError, SignatureValidationError),
    *(ValueError, LookupError, TypeError, AttributeError, ArithmeticError),
)
"""What reading a file that is not what it seems can raise; anything else ends the process: an answer too."""


def inspect(pdf: bytes, root: bytes) -> tuple[str, str]:
    """One of the five words above, and the title of a valid document."""
    try:
        reader = PdfFileReader(io.BytesIO(pdf))
        signatures = reader.embedded_signatures
    except UNSOUND:
        return UNREADABLE, ""
    if not signatures:
        return NOT_SIGNED, ""
    try:
        found = judge(signatures, x509.Certificate.load(root))
        return found, str(reader.trailer["/Info"]["/Title"]) if found == VALID else ""
    except UNSOUND:
        return ALTERED, ""  # we never made a signature that cannot be read


def judge(signatures: list[EmbeddedPdfSignature], root: x509.Certificate) -> str:
    """What the first signature is worth; a second one is an alteration, for we certify against any change."""
    first = signatures[0]
    claimed = first.self_reported_timestamp
    # Trust is judged at the claimed time: a B-B signature proves no other, the signing certificate ends long
    # before its papers do, and a lost key is answered by the list of withdrawals.
    context = ValidationContext(trust_roots=[root], other_certs=[], allow_fetching=False, moment=claimed)
    status = validate_pdf_signature(first, context)
    if not (status.valid and status.intact):
        return ALTERED
    if not status.trusted:
        return FOREIGN
    whole = (
        len(signatures) == 1
        and status.coverage == SignatureCoverageLevel.ENTIRE_FILE
        and status.docmdp_ok
        and first.docmdp_level == MDPPerm.NO_CHANGES
    )
    return VALID if whole else ALTERED


def answer(question: Message) -> Message:
    """What `serve` calls."""
    found, title = inspect(base64.b64decode(question["pdf"]), base64.b64decode(question["root"]))
    return {"found": found, "title": title}


def main() -> None:
    """Serve until the pipe closes."""
    logging.disable(logging.CRITICAL)  # a hostile file must not be able to fill a log
    serve(answer, memory=MEMORY, cpu_seconds=CPU_SECONDS)


if __name__ == "__main__":
    main()
