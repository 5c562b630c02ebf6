"""A PostgreSQL of the tests' own: a throw-away cluster that listens on no network."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest


class Cluster:
    """A server that can be frozen, stopped and started again."""

    def __init__(self, programs: Path, folder: Path, owner: str | None) -> None:
        self._folder, self._owner = folder, owner
        settings = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        self._control = [programs / "pg_ctl", "-D", folder / "data", "-w"]
        self._start = ["-o", settings, "-l", folder / "log", "start"]
        self.url = f"postgresql+psycopg://jainam@/postgres?host={folder}"
        _run([programs / "initdb", "-D", folder / "data", "-U", "jainam", "-A", "trust", "-E", "UTF8", "-N"], owner)

    def start(self) -> None:
        """Start the server and wait until it answers."""
        _run([*self._control, *self._start], self._owner)

    def stop(self) -> None:
        """End the server at once, as a crash of its machine would."""
        self.thaw()
        _run([*self._control, "-m", "immediate", "stop"], self._owner)

    def freeze(self) -> None:
        """Let all of its processes stand still: connections are taken, and nothing is ever answered."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let them go on."""
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        written = self._folder / "data" / "postmaster.pid"
        if not written.exists():
            return
        first = int(written.read_text(encoding="utf-8").split()[0])
        for each in (first, *_children(first)):
            with suppress(ProcessLookupError):
                os.kill(each, number)


@contextmanager
def a_cluster() -> Iterator[Cluster]:
    """Start a server in a temporary folder; skip where there is no server program."""
    programs = _programs()
    if programs is None:
        pytest.skip("the server programs of PostgreSQL (initdb, postgres) are not on this machine")
    owner = _owner()
    # Not pytest's own folder: the server may run as another user, who cannot enter that one.
    with tempfile.TemporaryDirectory(prefix="jainam-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if owner is not None:
            shutil.chown(folder, owner)
        cluster = Cluster(programs, folder, owner)
        cluster.start()
        try:
            yield cluster
        finally:
            cluster.stop()


@contextmanager
def throw_away_cluster() -> Iterator[str]:
    """Start a server and yield its SQLAlchemy URL."""
    with a_cluster() as cluster:
        yield cluster.url


def _children(parent: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[1]) == parent:
                found.append(int(entry.name))
    return found


def _programs() -> Path | None:
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return installed[-1].parent if installed else None


def _owner() -> str | None:
    """Return whom the server runs as: it refuses to be root; None is whoever runs the tests."""
    if sys.platform == "win32" or os.geteuid() != 0:
        return None
    import pwd  # noqa: PLC0415 (only POSIX has it)

    known = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _run(command: Sequence[object], owner: str | None) -> None:
    words = [str(word) for word in command]
    subprocess.run(words, user=owner, cwd=tempfile.gettempdir(), check=True, stdout=subprocess.DEVNULL, timeout=60)
