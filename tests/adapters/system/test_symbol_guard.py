"""The guard among threads, among processes, and when a process is killed."""

import logging
import threading
from pathlib import Path

import pytest

from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.file_locks import FileLocks
from jainam_prop.adapters.system.symbol_guard import LocksOfMachines, ProcessGuard, ThreadGuard
from jainam_prop.application.ports.runtime import LockState
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.positions.position import PositionKey
from tests.children import Child, start_child
from tests.contracts.symbol_guard import NIFTY, SymbolGuardContract
from tests.fakes.login_lock import InMemoryLoginLock
from tests.fakes.symbol_guard import InMemoryGuard

CLOCK = SystemClock()


class TestProcessGuardOnFiles(SymbolGuardContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "locks"

    def guards(self) -> tuple[ProcessGuard, ProcessGuard]:
        return self.guard("B-PRO"), self.guard("B-PRO")

    def guard(self, profile: str) -> ProcessGuard:
        return ProcessGuard(FileLocks(self.folder, CLOCK), profile)

    def test_another_account_s_position_is_another_one(self) -> None:
        with self.guard("B-PRO").hold(NIFTY, 0.0) as first, self.guard("B-NORMAL").hold(NIFTY, 0.0) as second:
            assert (bool(first), bool(second)) == (True, True)

    def test_ten_thousand_symbols_leave_nothing_behind(self) -> None:
        guard = self.guard("B-PRO")
        for token in range(10_000):
            with guard.hold(PositionKey(InstrumentKey(Exchange.NFO, token), "MIS"), 0.0, reduces=True):
                pass

        assert list(self.folder.iterdir()) == []

    def test_a_folder_that_cannot_be_used_lets_nobody_in(self, caplog: pytest.LogCaptureFixture) -> None:
        self.folder.write_text("a file where the folder should be", encoding="utf-8")

        with caplog.at_level(logging.ERROR), self.guard("B-PRO").hold(NIFTY, 1.0) as held:
            assert not held
        assert caplog.messages == ["a lock file cannot be made: File exists"]


class TestThreadGuard(SymbolGuardContract):
    def guards(self) -> tuple[ThreadGuard, ThreadGuard]:
        guard = ThreadGuard(InMemoryGuard(), CLOCK)
        return guard, guard

    def test_ten_thousand_symbols_leave_nothing_behind(self) -> None:
        guard = ThreadGuard(InMemoryGuard(), CLOCK)
        for token in range(10_000):
            with guard.hold(PositionKey(InstrumentKey(Exchange.NFO, token), "MIS"), 0.0):
                pass

        assert guard.waiting() == {}

    def test_a_key_that_another_process_holds_is_not_held_here_either(self) -> None:
        outer = InMemoryGuard()
        outer.held_elsewhere.add(NIFTY)
        guard = ThreadGuard(outer, CLOCK)

        with guard.hold(NIFTY, 0.0) as held:
            assert not held
        assert guard.waiting() == {}

    def test_what_reduces_risk_goes_first_and_equals_as_they_came(self) -> None:
        guard = ThreadGuard(InMemoryGuard(), CLOCK)
        had: list[str] = []
        threads = []
        with guard.hold(NIFTY, 0.0):
            for count, name in enumerate(("entry 1", "entry 2", "exit 1", "exit 2"), 1):
                thread = threading.Thread(target=_hold, args=(guard, name, had))
                thread.start()
                threads.append(thread)
                _wait_for_waiters(guard, count)
        for thread in threads:
            thread.join(30)

        assert had == ["exit 1", "exit 2", "entry 1", "entry 2"]


class TestThreadGuardBeforeFiles(SymbolGuardContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path

    def guards(self) -> tuple[ThreadGuard, ThreadGuard]:
        return self.guard(), self.guard()

    def guard(self) -> ThreadGuard:
        return ThreadGuard(ProcessGuard(FileLocks(self.folder, CLOCK), "B-PRO"), CLOCK)


def _hold(guard: ThreadGuard, name: str, had: list[str]) -> None:
    with guard.hold(NIFTY, 30.0, reduces=name.startswith("exit")) as held:
        assert held
        had.append(name)


def _wait_for_waiters(guard: ThreadGuard, count: int) -> None:
    deadline = CLOCK.monotonic() + 10
    while guard.waiting() != {NIFTY: count}:
        assert CLOCK.monotonic() < deadline
        CLOCK.sleep(0.001)


COUNTING = """
import sys, threading
from pathlib import Path
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.file_locks import FileLocks
from jainam_prop.adapters.system.symbol_guard import ProcessGuard, ThreadGuard
from tests.architecture.project import ROOT
from tests.contracts.symbol_guard import NIFTY

clock = SystemClock()
guard = ThreadGuard(ProcessGuard(FileLocks(Path(sys.argv[1]), clock), "B-PRO"), clock)
tally = Path(sys.argv[2])

def work():
    with guard.hold(NIFTY, 30.0) as held:
        assert held
        count = int(tally.read_text())
        clock.sleep(0.002)
        tally.write_text(str(count + 1))

threads = [threading.Thread(target=work) for _ in range(16)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
"""

HOLDING = """
import sys, time
from pathlib import Path
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.file_locks import FileLocks
from jainam_prop.adapters.system.symbol_guard import ProcessGuard
from tests.architecture.project import ROOT
from tests.contracts.symbol_guard import NIFTY

with ProcessGuard(FileLocks(Path(sys.argv[1]), SystemClock()), "B-PRO").hold(NIFTY, 1.0) as held:
    print("holds" if held else "does not", flush=True)
    time.sleep(60)
"""


def start(program: str, *arguments: Path) -> Child:
    return start_child(program, *map(str, arguments))


def test_sixty_four_threads_of_four_processes_take_turns(tmp_path: Path) -> None:
    tally = tmp_path / "tally"
    tally.write_text("0", encoding="utf-8")
    workers = [start(COUNTING, tmp_path / "locks", tally) for _ in range(4)]
    for worker in workers:
        worker.communicate(timeout=60)

    assert ([worker.returncode for worker in workers], tally.read_text(encoding="utf-8")) == ([0] * 4, "64")
    assert list((tmp_path / "locks").iterdir()) == []


def test_a_holder_that_is_killed_lets_go(tmp_path: Path) -> None:
    guard = ProcessGuard(FileLocks(tmp_path, CLOCK), "B-PRO")
    with start(HOLDING, tmp_path) as holder:
        assert holder.stdout.readline() == "holds\n"
        with guard.hold(NIFTY, 0.0) as while_it_lives:
            pass
        holder.kill()
        holder.wait(10)
    with guard.hold(NIFTY, 0.0) as after:
        pass

    assert (bool(while_it_lives), bool(after)) == (False, True)


class TestLocksOfMachines(SymbolGuardContract):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder, self.everywhere = tmp_path, InMemoryLoginLock()

    def guards(self) -> tuple[ProcessGuard, ProcessGuard]:
        return self.guard(), self.guard()

    def guard(self) -> ProcessGuard:
        return ProcessGuard(LocksOfMachines(FileLocks(self.folder, CLOCK), self.everywhere), "B-PRO")

    def test_without_the_store_an_exit_is_kept_apart_on_this_machine_and_an_entry_refused(self) -> None:
        one, other = self.guards()
        self.everywhere.is_reachable = False

        with one.hold(NIFTY, 0.0) as entry:
            assert entry is LockState.UNAVAILABLE
        with one.hold(NIFTY, 0.0, reduces=True) as first, other.hold(NIFTY, 0.0, reduces=True) as second:
            assert (first, second) == (LockState.HELD, LockState.BUSY)


def test_a_folder_that_cannot_be_written_lets_exits_through_one_by_one(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    one, other = (ProcessGuard(FileLocks(tmp_path / "file", CLOCK), f"B-{tmp_path}") for _ in range(2))

    with one.hold(NIFTY, 0.0) as entry:
        assert entry is LockState.UNAVAILABLE
    with one.hold(NIFTY, 0.0, reduces=True) as first, other.hold(NIFTY, 0.0, reduces=True) as second:
        assert (first, second) == (LockState.HELD, LockState.BUSY)
