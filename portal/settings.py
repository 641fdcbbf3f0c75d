"""What an installation decides, read once from the environment; unsafe values are refused in production.

Every setting is an environment variable with the prefix PORTAL_; `NAME_FILE` names a file that holds the
value instead, for secrets.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from portal.core.crypto import Keyring

SAMPLE_SECRET = "development-only"  # noqa: S105 - refused in production
_DEVELOPMENT_FIELD_KEYS = f"index:{'A' * 43}= 1:{'B' * 43}="


class UnsafeSettings(Exception):
    """Raised at start when production would run with a value that is only good for development."""


@dataclass(frozen=True)
class Office:
    """The deploying office in both languages; the code names no real authority."""

    service_zh: str
    service_en: str
    name_zh: str
    name_en: str
    area: str
    """Six-digit area code that stands in certificate numbers."""


@dataclass(frozen=True)
class Settings:
    """Everything that differs between installations."""

    environment: str
    database_url: str
    base_url: str
    secret_key: str
    field_keys: str
    office: Office
    home: Path
    """Directory of everything a small installation keeps beside its database."""
    storage: Path
    payments_url: str
    payments_public_url: str
    payments_key: str
    webhook_secrets: tuple[str, ...]
    identity_url: str
    identity_key: str
    market_url: str
    market_key: str
    treasury_url: str
    treasury_key: str
    sms_url: str
    sms_key: str
    mail_url: str
    mail_from: str
    signing_p12: Path
    signing_passphrase_file: Path
    qr_key: Path
    trust: Path
    """Directory with what anyone may have: the published root and the signed list of keys."""
    proxies: int
    """How many trusted reverse proxies stand in front; 0 trusts no forwarded header."""
    redis_url: str
    rate: str
    """Requests one network may send, as in "1200 per minute"."""
    clock: datetime | timedelta | None
    """Another instant to start from, or seconds beside the machine's clock; never in production."""
    demo: bool

    @property
    def production(self) -> bool:
        return self.environment == "production"

    @property
    def secure(self) -> bool:
        """Whether browsers reach the portal by https."""
        return self.base_url.startswith("https://")

    @property
    def trusted_hosts(self) -> list[str]:
        """Hosts this portal answers as: the configured one, and this machine's own names in development."""
        host = urlsplit(self.base_url).hostname or ""
        return [host] if self.production else [host, "127.0.0.1", "localhost"]

    @property
    def keyring(self) -> Keyring:
        return Keyring.parse(self.field_keys)

    @property
    def payments_origin(self) -> str:
        """The origin of the hosted payment page, for the one page whose form leads there."""
        parts = urlsplit(self.payments_public_url)
        return f"{parts.scheme}://{parts.netloc}"

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> "Settings":
        """Read and check. Raises `UnsafeSettings` or ValueError naming the variable."""
        read = _Reader(environ)
        environment = read.text("ENV", "development")
        if environment not in {"development", "test", "production"}:
            raise ValueError("PORTAL_ENV is development, test or production")
        var = Path(read.text("HOME", "var")).resolve()
        settings = cls(
            environment=environment,
            database_url=_driver(read.text("DATABASE_URL", f"sqlite:///{var / 'portal.db'}")),
            base_url=read.text("BASE_URL", "http://127.0.0.1:8000").rstrip("/"),
            secret_key=read.text("SECRET_KEY", SAMPLE_SECRET),
            field_keys=read.text("FIELD_KEYS", _DEVELOPMENT_FIELD_KEYS),
            office=Office(
                read.text("SERVICE_ZH", "自助办税"),
                read.text("SERVICE_EN", "Tax Self-Service"),
                read.text("OFFICE_ZH", "滨海市税务局"),
                read.text("OFFICE_EN", "Binhai Tax Office"),
                read.text("AREA", "440399"),
            ),
            home=var,
            storage=Path(read.text("STORAGE", str(var / "storage"))),
            payments_url=read.text("PAYMENTS_URL", "http://127.0.0.1:8010"),
            payments_public_url=read.text(
                "PAYMENTS_PUBLIC_URL", read.text("PAYMENTS_URL", "http://127.0.0.1:8010")
            ),
            payments_key=read.text("PAYMENTS_KEY", "sk_test_development"),
            webhook_secrets=tuple(read.text("WEBHOOK_SECRETS", "whsec_development").split()),
            identity_url=read.text("IDENTITY_URL", "http://127.0.0.1:8011"),
            identity_key=read.text("IDENTITY_KEY", "register-development"),
            market_url=read.text("MARKET_URL", read.text("IDENTITY_URL", "http://127.0.0.1:8011")),
            market_key=read.text("MARKET_KEY", read.text("IDENTITY_KEY", "register-development")),
            treasury_url=read.text("TREASURY_URL", read.text("IDENTITY_URL", "http://127.0.0.1:8011")),
            treasury_key=read.text("TREASURY_KEY", read.text("IDENTITY_KEY", "register-development")),
            sms_url=read.text("SMS_URL", "http://127.0.0.1:8012"),
            sms_key=read.text("SMS_KEY", "sms-development"),
            mail_url=read.text("MAIL_URL", "smtp://127.0.0.1:8013"),
            mail_from=read.text("MAIL_FROM", "portal@example.invalid"),
            signing_p12=Path(read.text("SIGNING_P12", str(var / "authority" / "signer.p12"))),
            signing_passphrase_file=Path(
                read.text("SIGNING_PASSPHRASE_FILE", str(var / "authority" / "signer.passphrase"))
            ),
            qr_key=Path(read.text("QR_KEY", str(var / "authority" / "qr.key"))),
            trust=Path(read.text("TRUST", str(var / "authority" / "published"))),
            proxies=int(read.text("PROXIES", "0")),
            redis_url=read.text("REDIS_URL", ""),
            rate=read.text("RATE", "1200 per minute"),
            clock=_clock(read.text("CLOCK", "")),
            demo=read.text("DEMO", "no") == "yes",
        )
        if settings.production:
            settings._refuse_unsafe()
        return settings

    def _refuse_unsafe(self) -> None:
        wrong = {
            "PORTAL_SECRET_KEY": len(self.secret_key) < 32,
            "PORTAL_FIELD_KEYS": self.field_keys == _DEVELOPMENT_FIELD_KEYS,
            "PORTAL_BASE_URL": not self.secure,
            "PORTAL_PAYMENTS_KEY": self.payments_key.endswith("development"),
            "PORTAL_WEBHOOK_SECRETS": any(s.endswith("development") for s in self.webhook_secrets),
            "PORTAL_IDENTITY_KEY": self.identity_key.endswith("development"),
            "PORTAL_MARKET_KEY": self.market_key.endswith("development"),
            "PORTAL_TREASURY_KEY": self.treasury_key.endswith("development"),
            "PORTAL_SMS_KEY": self.sms_key.endswith("development"),
            "PORTAL_CLOCK": self.clock is not None,
            "PORTAL_DEMO": self.demo,
        }
        named = sorted(name for name, unsafe in wrong.items() if unsafe)
        if named:
            raise UnsafeSettings(f"not safe for production: {', '.join(named)}")


class _Reader:
    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ

    def text(self, name: str, default: str) -> str:
        file = self._environ.get(f"PORTAL_{name}_FILE")
        if file:
            return Path(file).read_text(encoding="utf-8").strip()
        return self._environ.get(f"PORTAL_{name}") or default


def _clock(text: str) -> datetime | timedelta | None:
    """An instant in ISO form, or seconds with a sign."""
    if text[:1] in {"+", "-"}:
        return timedelta(seconds=int(text))
    return datetime.fromisoformat(text) if text else None


def _driver(url: str) -> str:
    """psycopg 3 for a plain PostgreSQL address."""
    for plain in ("postgres://", "postgresql://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url
