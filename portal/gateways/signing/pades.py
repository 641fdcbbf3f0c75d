"""PAdES B-B signatures (ETSI EN 319 142-1) with pyHanko; imported when the first document is signed."""

import io
from concurrent.futures import ThreadPoolExecutor

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.content import RawContent
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.layout import BoxConstraints
from pyhanko.sign.fields import (
    InvisSigSettings,
    MDPPerm,
    SigFieldSpec,
    SigSeedSubFilter,
    append_signature_field,
)
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner
from pyhanko.sign.signers.pdf_cms import Signer
from pyhanko_certvalidator.registry import SimpleCertificateStore

FIELD = "Signature"
RESERVED = 8192
"""Hexadecimal digits kept free for the signature: 4 KB, enough for a B-B signature with one certificate.
Stated, because otherwise pyHanko builds every signature twice to learn its size."""


def add_field(writer: IncrementalPdfFileWriter) -> None:
    """An invisible field for the signature: hidden, so that no reader speaks it (PDF/UA-1), with the empty
    appearance that PDF/A asks of every field.
    """
    append_signature_field(
        writer, SigFieldSpec(FIELD, invis_sig_settings=InvisSigSettings(set_hidden_flag=True))
    )
    nothing = RawContent(b"", box=BoxConstraints(width=1, height=1)).as_form_xobject()
    field = writer.root["/AcroForm"]["/Fields"][0]
    appearance = {generic.NameObject("/N"): writer.add_object(nothing)}
    field["/AP"] = generic.DictionaryObject(appearance)  # type: ignore[no-untyped-call]


class HeldKey(Signer):
    """Signs with a key that is loaded once and kept; pyHanko's own signer loads it for every signature."""

    def __init__(self, key: EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        own = asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
        others = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        super().__init__(signing_cert=own, cert_registry=others, embed_roots=False)
        self._key = key

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """One ECDSA signature. Raises ValueError for a digest other than SHA-256."""
        if digest_algorithm != "sha256":
            raise ValueError(digest_algorithm)
        return bytes(RESERVED // 64) if dry_run else self._key.sign(data, ECDSA(SHA256()))


class DocumentSigner:
    """Signs finished documents so that no later change is allowed (DocMDP level 1)."""

    def __init__(self, key: EllipticCurvePrivateKey, certificate: x509.Certificate) -> None:
        self._signer = PdfSigner(
            PdfSignatureMetadata(
                field_name=FIELD,
                md_algorithm="sha256",
                subfilter=SigSeedSubFilter.PADES,
                certify=True,
                docmdp_permissions=MDPPerm.NO_CHANGES,
            ),
            signer=HeldKey(key, certificate),
        )
        # pyHanko runs an event loop for each signature and cannot where the caller's thread runs one already.
        self._apart = ThreadPoolExecutor(1, "signing")

    def sign(self, pdf: bytes) -> bytes:
        """The document with its signature as one increment over the whole file."""
        return self._apart.submit(self._sign, pdf).result()

    def _sign(self, pdf: bytes) -> bytes:
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
        add_field(writer)
        signed = self._signer.sign_pdf(writer, existing_fields_only=True, bytes_reserved=RESERVED)
        return bytes(signed.getvalue())
