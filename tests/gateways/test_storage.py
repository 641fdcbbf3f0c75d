"""What was kept comes back as it was, or not at all."""

import hashlib
from pathlib import Path

import pytest

from portal.gateways.storage import Damaged, DirectoryStorage

CONTENT = b"%PDF the bytes of a certificate"
KEY = hashlib.sha256(b"a record").hexdigest()
DIGEST = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def storage(tmp_path: Path) -> DirectoryStorage:
    return DirectoryStorage(tmp_path / "storage")


def kept(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "storage").rglob("*") if path.is_file()]


def test_what_is_put_can_be_got(storage: DirectoryStorage) -> None:
    storage.put(KEY, CONTENT)
    assert storage.get(KEY, DIGEST) == CONTENT


def test_interrupted_work_finds_what_it_had_kept(storage: DirectoryStorage) -> None:
    assert storage.find(KEY) is None
    storage.put(KEY, CONTENT)
    assert storage.find(KEY) == CONTENT


def test_the_same_again_changes_nothing_and_leaves_nothing_behind(
    storage: DirectoryStorage, tmp_path: Path
) -> None:
    storage.put(KEY, CONTENT)
    storage.put(KEY, CONTENT)
    assert len(kept(tmp_path)) == 1


def test_other_bytes_never_replace_what_is_there(storage: DirectoryStorage, tmp_path: Path) -> None:
    storage.put(KEY, CONTENT)
    with pytest.raises(Damaged):
        storage.put(KEY, b"other")
    assert storage.get(KEY, DIGEST) == CONTENT
    assert len(kept(tmp_path)) == 1


@pytest.mark.parametrize("harm", ["altered", "gone"])
def test_damage_is_an_incident_and_not_a_download(
    storage: DirectoryStorage, tmp_path: Path, harm: str
) -> None:
    storage.put(KEY, CONTENT)
    [file] = kept(tmp_path)
    if harm == "gone":
        file.unlink()
    else:
        file.write_bytes(CONTENT.replace(b"certificate", b"certificatE"))
    with pytest.raises(Damaged):
        storage.get(KEY, DIGEST)


@pytest.mark.parametrize("key", ["../../etc/passwd", "short", "a" * 200, "UPPERCASE1", ""])
def test_a_key_is_never_a_path(storage: DirectoryStorage, key: str) -> None:
    with pytest.raises(ValueError, match="not a storage key"):
        storage.put(key, CONTENT)
