"""What the signature of a PDF is worth, found out in a process of its own."""

import base64
from dataclasses import dataclass
from enum import StrEnum

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from portal.core.refusal import Unavailable
from portal.gateways.confined import Busy, ConfinedProcess, ConfinedProcesses, Stopped

WORKER = "portal.gateways.signing.inspector"
LARGEST = 2 * 2**20
SECONDS = 12.0
RECYCLE_AFTER = 50
PATIENCE = 5.0


class Finding(StrEnum):
    """What `inspector` says about a file."""

    VALID = "valid"
    ALTERED = "altered"
    FOREIGN = "foreign"
    NOT_SIGNED = "not-signed"
    UNREADABLE = "unreadable"
    """No PDF, too large, or it took longer or more memory than a document of ours could."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """The finding, and the title that stands in a valid document."""

    finding: Finding
    title: str = ""


class Inspector:
    """Inspects `processes` files at once; hostile ones cost their own process, not ours."""

    def __init__(self, processes: int = 1, seconds: float = SECONDS) -> None:
        def start() -> ConfinedProcess:
            return ConfinedProcess(WORKER, seconds=seconds, recycle_after=RECYCLE_AFTER)

        self._processes = ConfinedProcesses(start, processes, PATIENCE)

    def inspect(self, pdf: bytes, root: x509.Certificate) -> Inspection:
        """What a file is under a trusted root. Raises nothing for any file, but `Unavailable` under load."""
        if len(pdf) > LARGEST:
            return Inspection(Finding.UNREADABLE)
        question = {
            "pdf": base64.b64encode(pdf).decode(),
            "root": base64.b64encode(root.public_bytes(Encoding.DER)).decode(),
        }
        try:
            answer = self._processes.ask(question)
            return Inspection(Finding(answer["found"]), answer["title"])
        except (Stopped, KeyError, ValueError):
            return Inspection(Finding.UNREADABLE)
        except Busy as busy:
            raise Unavailable("inspection", retry_after=10) from busy

    def close(self) -> None:
        """End the helper processes."""
        self._processes.close()
