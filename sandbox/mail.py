"""The mail server: takes every letter by SMTP, sends none on, and shows them on a page."""

import asyncio
import json
import socket
import threading
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask, Response, abort, jsonify, render_template, request

from sandbox.faults import Faults
from sandbox.web import is_loopback, language, new_app
from sandbox.words import words


class Letters:
    """The letters received, newest last; kept in an append-only file if a directory is given."""

    def __init__(self, directory: Path | None) -> None:
        self._lock = threading.Lock()
        self._file = directory / "mail.jsonl" if directory else None
        self._letters: list[dict[str, Any]] = []
        self.refusals: list[str] = []
        if self._file and self._file.exists():
            self._letters = [json.loads(line) for line in self._file.read_text("utf-8").splitlines()]

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 (aiosmtpd's name)
        """Keep a letter, or answer with the next planned refusal."""
        if self.refusals:
            return self.refusals.pop(0)
        content = envelope.content or b""
        letter = read_letter(content if isinstance(content, bytes) else content.encode(), envelope.rcpt_tos)
        with self._lock:
            letter["id"] = len(self._letters) + 1
            self._letters.append(letter)
            if self._file:
                with self._file.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(letter, ensure_ascii=False) + "\n")
        return "250 OK"

    def to(self, address: str | None) -> list[dict[str, Any]]:
        """The letters to one address, or to all, newest first."""
        with self._lock:
            return [
                letter for letter in reversed(self._letters) if address is None or address in letter["to"]
            ]

    def empty(self) -> None:
        """Forget everything."""
        with self._lock:
            self._letters.clear()
            self.refusals.clear()
            if self._file:
                self._file.unlink(missing_ok=True)


def read_letter(content: bytes, recipients: list[str]) -> dict[str, Any]:
    """The parts of a letter that a reader or a test looks at."""
    parsed = message_from_bytes(content, policy=default)
    assert isinstance(parsed, EmailMessage)
    plain, rich = parsed.get_body(("plain",)), parsed.get_body(("html",))
    return {
        "to": recipients,
        "from": str(parsed["From"] or ""),
        "subject": str(parsed["Subject"] or ""),
        "message_id": str(parsed["Message-ID"] or ""),
        "text": _lines(plain.get_content()) if plain else "",
        "html": _lines(rich.get_content()) if rich else None,
        "attachments": [part.get_filename() for part in parsed.iter_attachments()],
        "received_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


class SmtpServer:
    """An SMTP server in a thread of its own."""

    def __init__(self, letters: Letters, host: str, port: int) -> None:
        if not is_loopback(host):
            raise SystemExit(
                f"sandbox: {host} is not a loopback address; the sandbox serves this machine only"
            )
        self._loop = asyncio.new_event_loop()
        self._socket = socket.create_server((host, port))
        self.url = f"smtp://{host}:{self._socket.getsockname()[1]}"

        def speak() -> SMTP:
            return SMTP(letters, hostname="sandbox", loop=self._loop, enable_SMTPUTF8=True)

        self._loop.run_until_complete(self._loop.create_server(speak, sock=self._socket))
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def stop(self) -> None:
        """Accept no more letters."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._socket.close()


def create_app(run: str, faults: Faults, letters: Letters, smtp_url: str) -> Flask:
    """The page and the JSON over the letters received."""
    app = new_app("mail", run)

    @app.get("/")
    def inbox() -> str:
        shown = request.args.get("to") or None
        lang = language()
        return render_template(
            "letters.html", letters=letters.to(shown)[:200], shown=shown, lang=lang, w=words(lang)
        )

    @app.get("/letters/<int:letter_id>")
    def letter(letter_id: int) -> str:
        found = next((one for one in letters.to(None) if one["id"] == letter_id), None) or abort(404)
        lang = language()
        return render_template("letter.html", letter=found, lang=lang, w=words(lang))

    @app.get("/_sim/messages")
    def messages() -> Response:
        return jsonify(letters.to(request.args.get("to")))

    @app.get("/_sim/smtp")
    def smtp() -> Response:
        return jsonify(url=smtp_url)

    @app.post("/_sim/refuse")
    def refuse() -> tuple[str, int]:
        asked = request.get_json()
        letters.refusals += [str(asked.get("reply", "451 Try again later"))] * int(asked.get("times", 1))
        return "", 204

    @app.post("/_sim/reset")
    def reset() -> tuple[str, int]:
        letters.empty()
        faults.clear()
        return "", 204

    return app
