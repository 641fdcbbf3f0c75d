"""A certificate authority for demonstrations: made at set-up, worth nothing in law, refused in production."""

import secrets
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from cryptography.x509.oid import NameOID

from portal.gateways.signing import cose, trust

WORTHLESS = "Demonstration only, worth nothing in law / 仅供演示，不具法律效力"
"""The organisation in every certificate made here; a signer that bears it is a sample."""
SINCE = datetime(2019, 1, 1, tzinfo=UTC)
"""Valid from so long ago because the clock of a demonstration may be set back."""
YEARS = 20
SIGNER, PASSPHRASE, CODE_KEY, PUBLISHED = "signer.p12", "signer.passphrase", "qr.key", "published"


@dataclass(frozen=True, slots=True)
class Authority:
    """Where `make_demo_authority` put things; the names are the defaults of the settings."""

    signer: Path
    passphrase: Path
    code_key: Path
    published: Path


def make_demo_authority(directory: Path, name: str = "Binhai Tax Office") -> Authority:
    """Make a root, a document signer, a key for codes and the published folder, unless they are there.

    The root's private key is not kept: it signs the one signer and is gone.
    """
    made = Authority(*(directory / part for part in (SIGNER, PASSPHRASE, CODE_KEY, PUBLISHED)))
    if (made.published / trust.LIST).exists():
        return made
    made.published.mkdir(parents=True, exist_ok=True)
    now = datetime.now(UTC)  # real time: of whoever checks, not of a demonstration
    until = now + timedelta(days=365 * YEARS)
    root_key, signer_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _root(_name(f"{name} demonstration root"), root_key, until)
    signer = _signer(_name(f"{name} demonstration signer"), signer_key, root, root_key, until)
    passphrase = secrets.token_urlsafe(24)
    _write_secret(made.passphrase, passphrase.encode())
    _write_secret(
        made.signer,
        pkcs12.serialize_key_and_certificates(
            b"signer", signer_key, signer, [root], BestAvailableEncryption(passphrase.encode())
        ),
    )
    code_key = make_code_key(made.code_key, since=SINCE.date())
    (made.published / trust.ROOT).write_bytes(root.public_bytes(Encoding.PEM))
    trust.publish(made.published, trust.sign_list([code_key], {}, now, signer_key, signer))
    return made


def make_code_key(path: Path, since: date) -> trust.CodeKey:
    """Write a fresh Ed25519 key for codes on paper; the public half, in use from `since`."""
    key = Ed25519PrivateKey.generate()
    _write_secret(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = key.public_key()
    return trust.CodeKey(cose.key_id(public).hex(), public, since, None)


def is_sample(certificate: x509.Certificate) -> bool:
    """Whether a certificate was made here."""
    organisations = certificate.issuer.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return any(organisation.value == WORTHLESS for organisation in organisations)


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "CN"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, WORTHLESS),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _root(name: x509.Name, key: ec.EllipticCurvePrivateKey, until: datetime) -> x509.Certificate:
    return (
        _certificate(name, name, key.public_key(), until)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(sign_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )


def _signer(
    name: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    root: x509.Certificate,
    root_key: ec.EllipticCurvePrivateKey,
    until: datetime,
) -> x509.Certificate:
    return (
        _certificate(name, root.subject, key.public_key(), until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(sign_certificates=False), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False
        )
        .sign(root_key, SHA256())
    )


def _certificate(
    subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(SINCE)
        .not_valid_after(until)
    )


def _usage(*, sign_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not sign_certificates,
        content_commitment=not sign_certificates,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=sign_certificates,
        crl_sign=sign_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def _write_secret(path: Path, content: bytes) -> None:
    """Create the file readable by its owner alone from its first byte."""
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(content)
