"""Commands typed beside a running `make run` work on its books, with its keys."""

import os
import subprocess
import sys
from pathlib import Path

from portal.core.crypto import Keyring

ROOT = Path(__file__).resolve().parents[2]


def keys_of_commands(home: Path, **settings: str) -> str:
    """The field keys that a command typed in a fresh shell works with."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith("PORTAL_")}
    told = bare | {"PORTAL_HOME": str(home)} | settings
    said = "from wsgi import known; print(known().get('PORTAL_FIELD_KEYS'))"
    done = subprocess.run([sys.executable, "-c", said], cwd=ROOT, env=told, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_command_beside_make_run_has_its_keys(tmp_path: Path):
    made = Keyring.generate()
    (tmp_path / "development.env").write_text(f"PORTAL_ENV=development\nPORTAL_FIELD_KEYS={made}\n")
    assert keys_of_commands(tmp_path) == made


def test_an_installation_that_says_what_it_is_reads_no_such_file(tmp_path: Path):
    (tmp_path / "development.env").write_text(f"PORTAL_FIELD_KEYS={Keyring.generate()}\n")
    assert keys_of_commands(tmp_path, PORTAL_ENV="test") == "None"
