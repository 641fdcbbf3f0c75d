"""The tests' own PostgreSQL server: in a temporary folder, gone afterwards, touching no other cluster."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

# Nothing in this cluster outlives the run, so nothing has to reach the disk.
CARELESS = (
    "fsync=off",
    "synchronous_commit=off",
    "full_page_writes=off",
    "shared_buffers=64MB",
    "max_connections=60",
    "autovacuum=off",
    "max_wal_size=4GB",
)

ENCODING = ("-E", "UTF8", "--locale=C.UTF-8")


def server_programs() -> Path:
    """The folder with initdb and pg_ctl; the newest where several are installed."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3]))
    if not versions:
        raise RuntimeError("no PostgreSQL server found: apt-get install postgresql")
    return versions[-1].parent


class Cluster:
    """One running server. Connect through `url(database)`; it listens on a socket in its own folder only."""

    def __init__(self) -> None:
        self.programs = server_programs()
        # Short, because a socket path may not be longer than 107 bytes.
        self.folder = Path(tempfile.mkdtemp(prefix="portal-pg-"))
        self.user = _unprivileged_user()
        if self.user:
            shutil.chown(self.folder, self.user)
        data = str(self.folder / "data")
        self._run(
            "initdb", "-D", data, "-U", "portal", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"
        )
        options = " ".join(f"-c {setting}" for setting in CARELESS)
        options += f" -c listen_addresses='' -k {self.folder} -p {_PORT}"
        self._run("pg_ctl", "-D", data, "-w", "-s", "-l", str(self.folder / "log"), "-o", options, "start")

    def url(self, database: str) -> str:
        """The SQLAlchemy address of a database in this server."""
        return f"postgresql+psycopg://portal@/{database}?host={self.folder}&port={_PORT}"

    def stop(self) -> None:
        """End the server at once and remove its folder."""
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-w", "-s", "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        # pg_ctl's child keeps an inherited pipe open for as long as it lives: output goes to a file.
        with (self.folder.parent / f"{self.folder.name}.out").open("w+") as output:
            done = subprocess.run(
                [self.programs / program, *arguments],
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                user=self.user,
                group=pwd.getpwnam(self.user).pw_gid if self.user else None,
                extra_groups=[] if self.user else None,
                cwd="/",
            )
            output.seek(0)
            if done.returncode:
                raise RuntimeError(f"{program} failed: {output.read()}")
        Path(output.name).unlink()


_PORT = 5432  # names the socket file; no port is opened


def _unprivileged_user() -> str | None:
    """PostgreSQL refuses to run as root; anyone else runs it as themselves."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"
