"""Work on what strangers wrote (pages to lay out, PDFs to inspect), kept in a process of its own.

Such a process gets no secrets (an environment of its own), limited memory and processor time, no right to
write files, and a time limit; its answers are JSON lines, so that even a subverted one can only answer
wrongly, never run code here. It is replaced after a number of questions and after every failure.
"""

import contextlib
import json
import os
import queue
import resource
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

ROOT = Path(__file__).parents[2]
LARGEST_ANSWER = 64 * 2**20

Message = dict[str, Any]
"""A JSON object."""


class Stopped(Exception):
    """The process ended, ran over its time limit or answered nonsense. It has been removed."""


class Busy(Exception):
    """Every process is at work and none became free in time: try again later."""


class ConfinedProcess:
    """One helper process running `module`, started when first asked and kept for the next question."""

    def __init__(
        self, module: str, *, seconds: float, recycle_after: int, environment: Mapping[str, str] | None = None
    ) -> None:
        """`seconds` is the wall time for one answer, start-up included."""
        self._command = (sys.executable, "-m", module)
        self._environment = {
            "PATH": os.defpath,
            "LANG": "C.UTF-8",
            "PYTHONDONTWRITEBYTECODE": "1",
            **(environment or {}),
        }
        self._seconds = seconds
        self._recycle_after = recycle_after
        self._process: subprocess.Popen[bytes] | None = None
        self._answered = 0

    def ask(self, question: Message) -> Message:
        """The process's answer. Raises `Stopped`; the next question then meets a fresh process."""
        process = self._running()
        watch = threading.Timer(self._seconds, process.kill)
        watch.start()
        try:
            answer = _exchange(process, question)
        except (OSError, ValueError) as failure:
            self.close()
            raise Stopped(str(failure)) from failure
        finally:
            watch.cancel()
        self._answered += 1
        if self._answered >= self._recycle_after:
            self.close()
        return answer

    def close(self) -> None:
        """End the process, if one runs."""
        process, self._process, self._answered = self._process, None, 0
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()

    def __del__(self) -> None:
        self.close()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self.close()
            self._process = subprocess.Popen(  # noqa: S603 - a fixed command, no shell
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                cwd=ROOT,
                env=self._environment,
                start_new_session=True,  # a Ctrl-C meant for the portal does not cut a page in half
            )
        return self._process


class ConfinedProcesses:
    """As many equal helper processes as may work at once; a caller waits for a free one, but not for ever."""

    def __init__(self, make: Callable[[], ConfinedProcess], count: int, patience: float) -> None:
        self._free: queue.Queue[ConfinedProcess] = queue.Queue()
        self._all = [make() for _ in range(count)]
        self._patience = patience
        for process in self._all:
            self._free.put(process)

    def ask(self, question: Message) -> Message:
        """Raises `Stopped`, or `Busy` when none became free within `patience` seconds."""
        try:
            process = self._free.get(timeout=self._patience)
        except queue.Empty:
            raise Busy from None
        try:
            return process.ask(question)
        finally:
            self._free.put(process)

    def close(self) -> None:
        for process in self._all:
            process.close()


def _exchange(process: subprocess.Popen[bytes], question: Message) -> Message:
    """Raises OSError when the process is gone, ValueError when what came back is no answer."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(question).encode() + b"\n")
    process.stdin.flush()
    line = process.stdout.readline(LARGEST_ANSWER)
    if not line.endswith(b"\n"):
        raise OSError("the process ended, or ran over its time, before it answered")
    answer = json.loads(line)
    if not isinstance(answer, dict):
        raise ValueError("the answer is not an object")
    return answer


def serve(answer: Callable[[Message], Message], *, memory: int, cpu_seconds: int) -> None:
    """Run inside the helper process: answer one JSON line by another until the pipe closes.

    `memory` in bytes limits the address space for good; `cpu_seconds` limits each answer.
    """
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    with _answers() as pipe:
        for line in sys.stdin.buffer:
            _allow(cpu_seconds)
            pipe.write(json.dumps(answer(json.loads(line))).encode() + b"\n")
            pipe.flush()


@contextlib.contextmanager
def _answers() -> Iterator[BinaryIO]:
    """The real standard output; whatever a library prints goes to standard error instead."""
    with os.fdopen(os.dup(1), "wb") as pipe:
        os.dup2(2, 1)
        yield pipe


def _allow(cpu_seconds: int) -> None:
    """Let this process use so many more seconds of processor time; beyond them the system ends it.

    The asking side has a limit of its own, but a process that loops must also end when nobody is left to ask.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    limit = int(used.ru_utime + used.ru_stime) + cpu_seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
