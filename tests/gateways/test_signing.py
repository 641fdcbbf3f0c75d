"""Signatures hold in two independent readers, break at any change, and cost one reading of the key."""

import io
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import cbor2
import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.fields import SigFieldSpec
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner

from portal.gateways.printing import WeasyPrinter
from portal.gateways.signing import BadTrust, FileSigner, Trust, UnusableKey, cose
from portal.gateways.signing.authority import make_code_key, make_demo_authority
from portal.gateways.signing.inspection import LARGEST, Finding, Inspection, Inspector
from portal.gateways.signing.pades import DocumentSigner
from portal.settings import Settings
from tests.certificates.papers import Desk, facts, record

NOON = datetime(2026, 3, 9, 4, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(tmp_path_factory.mktemp("desk"))


@pytest.fixture(scope="module")
def unsigned(desk: Desk) -> bytes:
    printer = WeasyPrinter()
    pdf = desk.paper(printer, record(facts(3))).pdf
    printer.close()
    return pdf


@pytest.fixture(scope="module")
def signed(desk: Desk, unsigned: bytes) -> bytes:
    return desk.signer.sign_document(unsigned)


@pytest.fixture(scope="module")
def found(desk: Desk) -> Iterator[Callable[[bytes], Finding]]:
    """What our own check says about a file."""
    inspector = Inspector()
    yield lambda pdf: inspector.inspect(pdf, desk.trust.root).finding
    inspector.close()


def signed_ranges(pdf: bytes) -> tuple[range, range, range]:
    """The first signed range, the gap with the signature, the second signed range."""
    [numbers] = re.findall(rb"/ByteRange \[(\d+) (\d+) (\d+) (\d+)", pdf)
    start, length, second, rest = (int(number) for number in numbers)
    return range(start, length), range(length, second), range(second, second + rest)


def flipped(pdf: bytes, at: int, bit: int) -> bytes:
    return pdf[:at] + bytes([pdf[at] ^ (1 << bit)]) + pdf[at + 1 :]


def test_a_signed_document_is_valid_here_and_in_another_tool(
    signed: bytes, found: Callable[[bytes], Finding], tmp_path: Path
) -> None:
    assert found(signed) is Finding.VALID
    file = tmp_path / "paper.pdf"
    file.write_bytes(signed)
    said = subprocess.run(["pdfsig", str(file)], capture_output=True, text=True).stdout
    assert "Signature is Valid." in said
    assert "Total document signed" in said
    assert "ETSI.CAdES.detached" in said


def test_signing_leaves_the_unsigned_document_as_it_was(signed: bytes, unsigned: bytes) -> None:
    assert signed.startswith(unsigned)


def test_no_change_of_signed_bytes_is_accepted(signed: bytes, found: Callable[[bytes], Finding]) -> None:
    chance = random.Random(20260309)
    before, _, after = signed_ranges(signed)
    places = chance.sample(before, 60) + chance.sample(after, 20)
    verdicts = [found(flipped(signed, at, chance.randrange(8))) for at in places]
    assert Finding.VALID not in verdicts


@pytest.mark.soak
def test_no_change_of_any_signed_byte_is_accepted(signed: bytes, found: Callable[[bytes], Finding]) -> None:
    chance = random.Random()
    before, _, after = signed_ranges(signed)
    for at in [*before, *after]:
        assert found(flipped(signed, at, chance.randrange(8))) is not Finding.VALID, at


def appended(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """The file with one more revision."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def catalog_key(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/Extra"] = generic.TextStringObject("x")
    writer.update_root()


def overlay_annotation(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    box = generic.ArrayObject([generic.NumberObject(n) for n in (50, 400, 300, 450)])
    note = generic.DictionaryObject(
        {
            generic.NameObject("/Type"): generic.NameObject("/Annot"),
            generic.NameObject("/Subtype"): generic.NameObject("/FreeText"),
            generic.NameObject("/Rect"): box,
            generic.NameObject("/Contents"): generic.TextStringObject("¥9,999,999.99"),
        }
    )
    page["/Annots"] = generic.ArrayObject([*page.get("/Annots", []), writer.add_object(note)])
    writer.mark_update(writer.root["/Pages"]["/Kids"].raw_get(0))


def page_content(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0].get_object()
    stream = generic.StreamObject(stream_data=page["/Contents"].data + b"\n0 0 999 999 re f")
    page["/Contents"] = writer.add_object(stream)
    writer.mark_update(writer.root["/Pages"]["/Kids"].raw_get(0))


def form_field(writer: IncrementalPdfFileWriter) -> None:
    form = writer.root["/AcroForm"]
    field = generic.DictionaryObject(
        {
            generic.NameObject("/FT"): generic.NameObject("/Tx"),
            generic.NameObject("/T"): generic.TextStringObject("total"),
            generic.NameObject("/V"): generic.TextStringObject("9,999,999.99"),
        }
    )
    form["/Fields"].append(writer.add_object(field))
    writer.update_container(form["/Fields"])


@pytest.mark.parametrize("change", [catalog_key, overlay_annotation, page_content, form_field])
def test_no_later_revision_is_accepted(
    signed: bytes,
    found: Callable[[bytes], Finding],
    change: Callable[[IncrementalPdfFileWriter], None],
) -> None:
    assert found(appended(signed, change)) is Finding.ALTERED


class Heedless(PdfSigner):
    """Signs even where the first signature forbids it."""

    def _enforce_certification_constraints(self, reader: object) -> None:
        pass


def test_no_second_signature_is_accepted(
    desk: Desk, signed: bytes, found: Callable[[bytes], Finding]
) -> None:
    signer = SimpleSigner.load_pkcs12(
        str(desk.authority.signer), passphrase=desk.authority.passphrase.read_bytes()
    )
    second = Heedless(
        PdfSignatureMetadata(field_name="Second"), signer=signer, new_field_spec=SigFieldSpec("Second")
    )
    with ThreadPoolExecutor(1) as apart:  # a browser of this run may hold an event loop in this thread
        out = apart.submit(second.sign_pdf, IncrementalPdfFileWriter(io.BytesIO(signed))).result()
    assert found(out.getvalue()) is Finding.ALTERED


def test_bytes_after_the_end_are_a_change(signed: bytes, found: Callable[[bytes], Finding]) -> None:
    assert found(signed + b"\n% nothing, really") is Finding.ALTERED


def test_a_document_signed_under_another_root_is_foreign(
    unsigned: bytes, found: Callable[[bytes], Finding], tmp_path: Path
) -> None:
    assert found(Desk(tmp_path).signer.sign_document(unsigned)) is Finding.FOREIGN


def test_an_unsigned_document_is_not_one_of_ours(unsigned: bytes, found: Callable[[bytes], Finding]) -> None:
    assert found(unsigned) is Finding.NOT_SIGNED


@pytest.mark.parametrize(
    "hostile",
    [
        b"",
        b"%PDF-1.7\n",
        b"not a document",
        b"%PDF-1.7\n1 0 obj\n" + b"[" * 200_000,
        b"%PDF-1.7\nxref\n0 1\ntrailer\n<</Root 1 0 R/Prev 9/Size 1>>\nstartxref\n9\n%%EOF",
    ],
)
def test_hostile_files_are_only_ever_refused(hostile: bytes, found: Callable[[bytes], Finding]) -> None:
    assert found(hostile) in {Finding.ALTERED, Finding.UNREADABLE}


def test_half_a_document_is_refused(signed: bytes, found: Callable[[bytes], Finding]) -> None:
    assert found(signed[: len(signed) // 2]) is not Finding.VALID


def test_a_file_larger_than_any_of_ours_is_not_even_read(desk: Desk, signed: bytes) -> None:
    inspector = Inspector()
    assert inspector.inspect(signed + bytes(LARGEST), desk.trust.root) == Inspection(Finding.UNREADABLE)
    [helper] = inspector._processes._all
    assert helper._process is None


def test_an_inspection_that_takes_too_long_is_ended(desk: Desk, signed: bytes) -> None:
    inspector = Inspector(seconds=0.01)
    assert inspector.inspect(signed, desk.trust.root).finding is Finding.UNREADABLE
    inspector.close()


def test_key_files_are_read_once_for_any_number_of_signatures(unsigned: bytes, tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.signer.sign_document(unsigned)
    desk.signer.sign_code(b"x")
    for file in (desk.authority.signer, desk.authority.passphrase, desk.authority.code_key):
        file.unlink()
    for _ in range(3):
        assert desk.signer.sign_document(unsigned) != unsigned
        assert desk.signer.sign_code(b"x")


class KeyThatOnlySigns:
    """A private key as a token would hold it: it signs, and nothing can load it again."""

    def __init__(self, desk: Desk) -> None:
        self.held = desk.signer._document_key
        self.signatures = 0

    def sign(self, data: bytes, algorithm: object) -> bytes:
        self.signatures += 1
        return self.held.private.sign(data, algorithm)  # type: ignore[arg-type]


def test_the_library_signs_once_a_document_and_never_loads_the_key_again(
    desk: Desk, unsigned: bytes, found: Callable[[bytes], Finding]
) -> None:
    key = KeyThatOnlySigns(desk)
    signer = DocumentSigner(key, key.held.certificate)  # type: ignore[arg-type]
    assert [found(signer.sign(unsigned)) for _ in range(3)] == [Finding.VALID] * 3
    assert key.signatures == 3


def test_a_sample_key_is_refused_in_production(tmp_path: Path, unsigned: bytes) -> None:
    make_demo_authority(tmp_path / "authority")
    settings = Settings.from_environment(
        {
            "PORTAL_HOME": str(tmp_path),
            "PORTAL_ENV": "production",
            "PORTAL_SECRET_KEY": "s" * 40,
            "PORTAL_FIELD_KEYS": f"index:{'C' * 43}= 1:{'D' * 43}=",
            "PORTAL_BASE_URL": "https://tax.example.invalid",
            "PORTAL_PAYMENTS_KEY": "sk_live_x",
            "PORTAL_WEBHOOK_SECRETS": "whsec_x",
            "PORTAL_IDENTITY_KEY": "x",
            "PORTAL_SMS_KEY": "x",
        }
    )
    with pytest.raises(UnusableKey, match="sample"):
        FileSigner(settings).sign_document(unsigned)


@pytest.mark.parametrize("file", ["signer", "passphrase", "code_key"])
def test_a_key_that_cannot_be_read_is_named(tmp_path: Path, unsigned: bytes, file: str) -> None:
    desk = Desk(tmp_path)
    getattr(desk.authority, file).write_bytes(b"nonsense")
    with pytest.raises(UnusableKey):
        desk.signer.sign_code(b"x") if file == "code_key" else desk.signer.sign_document(unsigned)


def test_secrets_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    authority = make_demo_authority(tmp_path)
    for file in (authority.signer, authority.passphrase, authority.code_key):
        assert file.stat().st_mode & 0o777 == 0o600


def test_an_authority_is_made_once(tmp_path: Path) -> None:
    made = make_demo_authority(tmp_path)
    before = made.signer.read_bytes()
    assert make_demo_authority(tmp_path) == made
    assert made.signer.read_bytes() == before


def test_a_signed_code_is_cose_sign1_to_any_reader_of_cbor(desk: Desk) -> None:
    message = cbor2.loads(desk.signer.sign_code(b"payload"))
    protected, unprotected, payload, signature = message.value
    assert message.tag == 18
    assert cbor2.loads(protected) == {1: -8, 4: bytes.fromhex(next(iter(desk.trust.keys)))}
    assert (unprotected, payload, len(signature)) == ({}, b"payload", 64)


@pytest.mark.parametrize("size", [0, 1, 23, 24, 255, 256, 700])
def test_a_signed_code_gives_back_its_payload(desk: Desk, size: int) -> None:
    payload = bytes(size)
    keys = {bytes.fromhex(kid): key.public for kid, key in desk.trust.keys.items()}
    assert cose.verify(desk.signer.sign_code(payload), keys.get) == (payload, next(iter(keys)))


def test_no_change_of_any_bit_of_a_signed_code_is_accepted(desk: Desk) -> None:
    message = desk.signer.sign_code(random.Random(1).randbytes(300))
    keys = {bytes.fromhex(kid): key.public for kid, key in desk.trust.keys.items()}
    for at in range(len(message)):
        for bit in range(8):
            with pytest.raises(cose.BadCode):
                cose.verify(flipped(message, at, bit), keys.get)


@pytest.mark.parametrize("message", [b"", b"\xd2", bytes(100), b"\xd2\x84" + bytes(9000), b"\xff" * 86])
def test_what_is_no_signed_code_is_refused(message: bytes) -> None:
    with pytest.raises(cose.BadCode):
        cose.verify(message, lambda _: None)


def test_keys_rotate_old_papers_stay_valid_and_withdrawals_are_listed(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    old = desk.signer.sign_code(b"old")
    [old_key] = desk.trust.keys
    make_code_key(desk.authority.code_key, since=date(2030, 1, 1))
    rotated = FileSigner(desk.settings)
    trust = rotated.publish({"WS-1": date(2030, 1, 2)}, datetime(2030, 1, 2, tzinfo=UTC))
    assert trust.withdrawn == {"WS-1": date(2030, 1, 2)}
    assert len(trust.keys) == 2
    assert trust.keys[old_key].covers(date(2030, 1, 2))
    assert not trust.keys[old_key].covers(date(2030, 1, 3))
    [new_key] = trust.keys.keys() - {old_key}
    assert trust.keys[new_key].covers(date(2031, 1, 1))
    keys = {bytes.fromhex(kid): key.public for kid, key in trust.keys.items()}
    assert cose.verify(old, keys.get)[0] == b"old"
    assert cose.verify(rotated.sign_code(b"new"), keys.get)[0] == b"new"


def test_publishing_again_keeps_the_key_in_use(desk: Desk) -> None:
    before = desk.trust.keys.keys()
    assert desk.signer.publish({}, NOON).keys.keys() == before


@pytest.mark.parametrize("change", ["list", "root", "gone", "nonsense"])
def test_a_published_folder_that_was_tampered_with_is_not_trusted(
    desk: Desk, tmp_path: Path, change: str
) -> None:
    folder = tmp_path / "published"
    shutil.copytree(desk.authority.published, folder)
    file = folder / "keys.json"
    if change == "list":
        file.write_bytes(file.read_bytes().replace(b"since", b"sInce"))
    elif change == "root":
        shutil.copy(make_demo_authority(tmp_path / "other").published / "root.pem", folder / "root.pem")
    elif change == "gone":
        file.unlink()
    else:
        file.write_bytes(b"[1, 2")
    with pytest.raises(BadTrust):
        Trust.load(folder)
