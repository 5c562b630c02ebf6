"""A PostgreSQL of the tests' own: a throw-away cluster that listens on no network."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def throw_away_cluster() -> Iterator[str]:
    """Start a server in a temporary folder and yield its SQLAlchemy URL; skip where there is no server program."""
    programs = _programs()
    if programs is None:
        pytest.skip("the server programs of PostgreSQL (initdb, postgres) are not on this machine")
    owner = _owner()
    # Not pytest's own folder: the server may run as another user, who cannot enter that one.
    with tempfile.TemporaryDirectory(prefix="jainam-pg-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if owner is not None:
            shutil.chown(folder, owner)
        _run([programs / "initdb", "-D", folder / "data", "-U", "jainam", "-A", "trust", "-E", "UTF8"], owner)
        settings = f"-c listen_addresses='' -c unix_socket_directories='{folder}' -c fsync=off"
        control = [programs / "pg_ctl", "-D", folder / "data", "-w"]
        _run([*control, "-o", settings, "-l", folder / "log", "start"], owner)
        try:
            yield f"postgresql+psycopg://jainam@/postgres?host={folder}"
        finally:
            _run([*control, "-m", "immediate", "stop"], owner)


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
