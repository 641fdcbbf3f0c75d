"""The mail server, by SMTP."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

from portal.core import clock
from portal.core.refusal import Unavailable

if TYPE_CHECKING:
    from portal.settings import Settings

SECONDS = 10.0


class MailSender(Protocol):
    """Who carries letters."""

    def send(self, to: str, subject: str, text: str, reference: str) -> None:
        """Hand over one letter. `reference` becomes its Message-ID, by which a second copy is recognised.

        Raises `Unavailable`, and ValueError for an address or subject that is no single line.
        """
        ...


class SmtpMailSender:
    """A server named by `smtp://[user:password@]host[:port]`, or `smtps://` for TLS from the first byte."""

    def __init__(self, settings: "Settings") -> None:
        self._server = urlsplit(settings.mail_url)
        self._from = settings.mail_from
        self._domain = settings.mail_from.rpartition("@")[2]

    def send(self, to: str, subject: str, text: str, reference: str) -> None:
        letter = self._letter(to, subject, text, reference)
        try:
            with self._connect() as server:
                server.send_message(letter, self._from, [to])
        except (OSError, smtplib.SMTPException) as failure:
            raise Unavailable("mail") from failure

    def _letter(self, to: str, subject: str, text: str, reference: str) -> EmailMessage:
        letter = EmailMessage()
        for name, value in {
            "From": self._from,
            "To": to,
            "Subject": subject,
            "Message-ID": f"<{reference}@{self._domain}>",
            "Date": formatdate(clock.now().timestamp()),
            "Auto-Submitted": "auto-generated",
        }.items():
            letter[name] = value  # refuses CR and LF with ValueError
        letter.set_content(text)
        return letter

    def _connect(self) -> smtplib.SMTP:
        host, trust = self._server.hostname or "localhost", ssl.create_default_context()
        if self._server.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, self._server.port or 465, timeout=SECONDS, context=trust
            )
        else:
            server = smtplib.SMTP(host, self._server.port or 25, timeout=SECONDS)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=trust)
        if self._server.username:
            server.login(unquote(self._server.username), unquote(self._server.password or ""))
        return server
