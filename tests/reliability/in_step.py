"""Two requests that go hand in hand: each waits before a statement until the other is there too."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Condition, get_ident
from typing import Any, TypeVar

from sqlalchemy import Engine, event

Answer = TypeVar("Answer")
PATIENCE = 0.1
"""Seconds to wait for one whom a lock of ours may hold up; then on alone until the transaction ends."""


class InStep:
    """Who walks together. What a lock of the database keeps apart stays apart; all else happens at once."""

    def __init__(self, walkers: int) -> None:
        self._all_here = Condition()
        self._walking = walkers
        self._waiting = 0
        self._round = 0
        self._alone: set[int] = set()

    def meet(self) -> None:
        """Wait for the others, unless they were waited for in vain during this transaction."""
        me = get_ident()
        with self._all_here:
            if me in self._alone:
                return
            round_, self._waiting = self._round, self._waiting + 1
            if self._next_round():
                return
            if not self._all_here.wait_for(lambda: self._round != round_, PATIENCE):
                self._waiting -= 1
                self._alone.add(me)

    def leave(self) -> None:
        """This one has arrived; nobody waits for it any more."""
        with self._all_here:
            self._walking -= 1
            self._next_round()

    def together_again(self) -> None:
        """A transaction is over: its locks are gone."""
        with self._all_here:
            self._alone.discard(get_ident())

    def _next_round(self) -> bool:
        if self._waiting < self._walking or not self._waiting:
            return False
        self._round, self._waiting = self._round + 1, 0
        self._all_here.notify_all()
        return True


def at_once(engine: Engine, *acts: Callable[[], Answer]) -> list[Answer]:
    """Do all acts, each in a thread of its own, statement by statement together; their answers in order."""
    steps = InStep(len(acts))

    def walk(act: Callable[[], Answer]) -> Answer:
        try:
            steps.meet()
            return act()
        finally:
            steps.leave()

    with _listening(engine, steps), ThreadPoolExecutor(len(acts)) as threads:
        return [walking.result() for walking in [threads.submit(walk, act) for act in acts]]


@contextmanager
def _listening(engine: Engine, steps: InStep) -> Iterator[None]:
    def before(*_: Any) -> None:
        steps.meet()

    def over(_: Any) -> None:
        steps.together_again()

    heard = {"before_cursor_execute": before, "commit": over, "rollback": over}
    for name, hearer in heard.items():
        event.listen(engine, name, hearer)
    try:
        yield
    finally:
        for name, hearer in heard.items():
            event.remove(engine, name, hearer)
