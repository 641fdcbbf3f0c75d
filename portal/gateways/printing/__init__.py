"""Documents on paper: lays a sheet out as a tagged PDF, the same bytes for the same sheet.

The layout engine is imported only in the helper process (`worker.py`), which gets its fonts from our own
folder and may fetch nothing.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import partial
from typing import Any, Protocol

from portal.core.refusal import Unavailable
from portal.gateways.confined import ROOT, Busy, ConfinedProcess, ConfinedProcesses, Message, Stopped

FONTS = ROOT / "fonts"
WORKER = "portal.gateways.printing.worker"
SECONDS = 30.0
RECYCLE_AFTER = 500
PATIENCE = 20.0


class Fault(StrEnum):
    """Why a sheet cannot be printed. Each is a case for a person, not for another try."""

    GLYPH = "glyph"  # our faces lack a character; `detail` holds those characters
    LENGTH = "length"  # more pages than a document may have
    LAYOUT = "layout"  # the engine warned or tried to fetch something; `detail` says what
    TIME = "time"  # the helper process ended or ran over its time


class CannotPrint(Exception):
    """The sheet was not printed; nothing was made."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(f"{fault}: {detail}")
        self.fault = fault
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Sheet:
    """One document to lay out."""

    template: str
    """Name of a folder file in templates/pdf, without `.html`; its style sheet has the same name."""
    fields: Mapping[str, Any]
    """What the template shows, as JSON values. Text is escaped by the template engine."""
    made_at: datetime
    """Written into the document as its creation and modification time."""
    identifier: bytes
    """Sixteen bytes that identify the document; the same content has the same identifier."""
    symbols: Mapping[str, str] = field(default_factory=dict)
    """QR symbols by asset name: `{"qr": text}` can be shown as `asset:qr.png`."""


@dataclass(frozen=True, slots=True)
class Printed:
    """An unsigned PDF."""

    pdf: bytes
    pages: int


class Printer(Protocol):
    """Whatever lays out sheets."""

    def print(self, sheet: Sheet) -> Printed:
        """Raises `CannotPrint`, or `Unavailable` while all processes are at work."""
        ...

    def problems(self) -> list[str]:
        """What keeps documents from being printed as they should; empty when ready."""
        ...


def _as_question(sheet: Sheet) -> Message:
    """The sheet as the helper process is asked for it."""
    return {
        "template": sheet.template,
        "fields": dict(sheet.fields),
        "symbols": dict(sheet.symbols),
        "made_at": sheet.made_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "identifier": sheet.identifier.hex(),
    }


def _start_worker(seconds: float, recycle_after: int, environment: Mapping[str, str]) -> ConfinedProcess:
    """A helper process with our fonts and nothing else from our environment."""
    return ConfinedProcess(
        WORKER,
        seconds=seconds,
        recycle_after=recycle_after,
        environment={"FONTCONFIG_FILE": str(FONTS / "fonts.conf"), **environment},
    )


class WeasyPrinter:
    """WeasyPrint in helper processes: `processes` sheets at once, the rest wait their turn."""

    def __init__(
        self,
        processes: int = 1,
        seconds: float = SECONDS,
        recycle_after: int = RECYCLE_AFTER,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`environment` is added to the little that the helper processes get."""
        start = partial(_start_worker, seconds, recycle_after, environment or {})
        self._processes = ConfinedProcesses(start, processes, PATIENCE)

    def print(self, sheet: Sheet) -> Printed:
        """Lay out one sheet. Raises `CannotPrint`."""
        answer = self._ask(_as_question(sheet))
        if "fault" in answer:
            raise CannotPrint(Fault(answer["fault"]), answer["detail"])
        return Printed(base64.b64decode(answer["pdf"]), answer["pages"])

    def problems(self) -> list[str]:
        """Ask the helper process to check its libraries and fonts and to set three rare names."""
        try:
            answer = self._ask({"check": True})
        except CannotPrint as failure:
            return [str(failure)]
        return list(answer["problems"])

    def close(self) -> None:
        """End the helper processes."""
        self._processes.close()

    def _ask(self, question: Message) -> Message:
        try:
            return self._processes.ask(question)
        except Stopped as failure:
            raise CannotPrint(Fault.TIME, str(failure)) from failure
        except Busy as busy:
            raise Unavailable("printing") from busy
