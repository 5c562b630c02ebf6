"""The login lock of the processes of one machine: `FileLocks`, held by name."""

from pathlib import Path

import pytest

from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.file_locks import FileLocks
from jainam_prop.application.ports.runtime import LockState
from tests.children import start_child
from tests.contracts.login_lock import LoginLockContract
from tests.fakes.login_lock import InMemoryLoginLock

HOLD = """
import sys
from pathlib import Path
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.file_locks import FileLocks

with FileLocks(Path(sys.argv[1]), SystemClock()).hold("B-1", 10.0) as held:
    print(bool(held), flush=True)
    sys.stdin.read()
"""


class TestInMemoryLoginLock(LoginLockContract):
    def locks(self) -> tuple[InMemoryLoginLock, InMemoryLoginLock]:
        lock = InMemoryLoginLock()
        return lock, lock


class TestFileLocks(LoginLockContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self._at = tmp_path / "locks"

    def locks(self) -> tuple[FileLocks, FileLocks]:
        return FileLocks(self._at, SystemClock()), FileLocks(self._at, SystemClock())


def test_a_process_that_is_killed_lets_go(tmp_path: Path) -> None:
    lock = FileLocks(tmp_path, SystemClock())
    with start_child(HOLD, str(tmp_path)) as holder:
        assert holder.stdout.readline() == "True\n"
        with lock.hold("B-1", 0.0) as while_alive:
            pass
        holder.kill()
    with lock.hold("B-1", 10.0) as after_death:
        pass

    assert (while_alive, after_death) == (LockState.BUSY, LockState.HELD)
