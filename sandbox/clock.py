"""The time of the sandbox: real time that a test may move, set or stop."""

import threading
import time
from datetime import datetime


class Clock:
    """Seconds since the epoch. Moving it wakes whoever waits for something to become due."""

    def __init__(self, at: datetime | None = None) -> None:
        self._lock = threading.Lock()
        self._offset = at.timestamp() - time.time() if at else 0.0
        self._stopped: float | None = None

    def now(self) -> float:
        """The present instant, as fractional seconds since the epoch."""
        with self._lock:
            return self._now()

    def second(self) -> int:
        """The present instant in whole seconds, as API objects carry it."""
        return int(self.now())

    def jump(self, seconds: float) -> None:
        """Move forward (or, negative, back)."""
        with self._lock:
            if self._stopped is not None:
                self._stopped += seconds
            self._offset += seconds

    def set(self, at: float) -> None:
        """Continue from the instant `at`."""
        self.jump(at - self.now())

    def stop(self) -> None:
        """Stand still until `start`."""
        with self._lock:
            self._stopped = self._now()

    def start(self) -> None:
        """Run on from where it stood."""
        with self._lock:
            self._offset = self._now() - time.time()
            self._stopped = None

    def real(self) -> None:
        """Return to real time."""
        with self._lock:
            self._offset, self._stopped = 0.0, None

    def _now(self) -> float:
        return time.time() + self._offset if self._stopped is None else self._stopped
