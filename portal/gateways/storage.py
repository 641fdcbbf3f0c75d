"""Bytes that must stay as they are: written once, found by key, compared with their digest when read."""

import hashlib
import os
import re
from pathlib import Path
from typing import Protocol
from uuid import uuid4

_KEY = re.compile(r"[a-z0-9]{8,128}")


class Damaged(Exception):
    """What is kept under a key is gone or not what was put there: an incident, never an answer."""


class Storage(Protocol):
    """Whatever keeps bytes."""

    def put(self, key: str, content: bytes) -> None:
        """Keep `content` under `key`, durably before returning. The same again is no change.

        Raises `Damaged` when other bytes are already there.
        """
        ...

    def find(self, key: str) -> bytes | None:
        """What is kept under `key`, if anything: for work that was interrupted and begins again."""
        ...

    def get(self, key: str, digest: str) -> bytes:
        """The bytes under `key`, whose SHA-256 is `digest`. Raises `Damaged`."""
        ...


class DirectoryStorage:
    """A directory, two levels deep by the first letters of the key (a content digest)."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def put(self, key: str, content: bytes) -> None:
        """Write to a temporary name, sync, then link: the final name appears whole or not at all."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        waiting = path.with_suffix(f".{uuid4().hex}")
        try:
            with waiting.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            os.link(waiting, path)  # unlike a rename, never replaces what is there
        except FileExistsError:
            if path.read_bytes() != content:
                raise Damaged(f"other bytes are kept under {key}") from None
        finally:
            waiting.unlink(missing_ok=True)
        _sync(path.parent)

    def find(self, key: str) -> bytes | None:
        """Read without comparing."""
        try:
            return self._path(key).read_bytes()
        except FileNotFoundError:
            return None

    def get(self, key: str, digest: str) -> bytes:
        """Read and compare."""
        content = self.find(key)
        if content is None:
            raise Damaged(f"nothing is kept under {key}")
        if hashlib.sha256(content).hexdigest() != digest:
            raise Damaged(f"what is kept under {key} was altered")
        return content

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError(f"not a storage key: {key!r}")
        return self._directory / key[:2] / key[2:4] / key


def _sync(directory: Path) -> None:
    """Make a new name durable."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
