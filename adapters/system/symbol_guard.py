"""One decision at a time about a position, among processes and among the threads of each."""

import threading
import time
from bisect import insort
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Protocol, final

from jainam_prop.application.ports.runtime import Clock, LockState, SymbolGuard, position_lock
from jainam_prop.domain.positions.position import PositionKey


class NamedLocks(Protocol):
    """Locks between processes, by any text: `FileLocks` on one machine, `AdvisoryLocks` on many."""

    def hold(self, name: str, timeout_seconds: float, *, first: bool = False) -> AbstractContextManager[LockState]:
        """Hold a lock for the length of the block, unless it was busy for all of the timeout or is unavailable.

        ``first`` goes before those who wait without it, where the locks know how.
        """


@final
class ProcessGuard:
    """A guard between the processes that share locks."""

    def __init__(self, locks: NamedLocks, profile: str) -> None:
        """Guard the positions of one account, since another one's of the same contract are not the same."""
        self._locks = locks
        self._profile = profile

    @contextmanager
    def hold(self, key: PositionKey, timeout_seconds: float, *, reduces: bool = False) -> Iterator[LockState]:
        """Hold a key; see the port."""
        name = position_lock(self._profile, key)
        with self._locks.hold(name, timeout_seconds, first=reduces) as held:
            is_left = held in {LockState.HERE, LockState.UNAVAILABLE}
            yield held if not is_left else LockState.HELD if reduces else LockState.UNAVAILABLE


@final
class LocksOfMachines:
    """Locks between machines, taken under one of this machine: that one is left when the others' store is gone."""

    def __init__(self, here: NamedLocks, everywhere: NamedLocks) -> None:
        """Lock by both, first here."""
        self._here = here
        self.everywhere = everywhere

    @contextmanager
    def hold(self, name: str, timeout_seconds: float, *, first: bool = False) -> Iterator[LockState]:
        """Hold a lock; HERE when only this machine's could be had."""
        began = time.monotonic()
        with self._here.hold(name, timeout_seconds, first=first) as here:
            if here is LockState.BUSY:
                yield here
                return
            left = max(0.0, timeout_seconds - (time.monotonic() - began))
            with self.everywhere.hold(name, left, first=first) as held:
                is_left = held is LockState.UNAVAILABLE and here is not LockState.UNAVAILABLE
                yield LockState.HERE if is_left else held


@dataclass(order=True, slots=True)
class _Waiter:
    """One thread in the line for a key; what reduces risk sorts first, then who came first."""

    enters: bool
    arrival: int
    turn: threading.Event = field(default_factory=threading.Event, compare=False)


@final
class ThreadGuard:
    """A guard that lines up the threads of this process, and lets only the first of each line ask another guard.

    Only keys that somebody holds are remembered.
    """

    def __init__(self, outer: SymbolGuard, clock: Clock) -> None:
        """Guard within this process; ``outer`` guards against the others."""
        self._outer = outer
        self._clock = clock
        self._lines: dict[PositionKey, list[_Waiter]] = {}
        self._arrivals = 0
        self._lock = threading.Lock()

    def waiting(self) -> dict[PositionKey, int]:
        """Return the keys that are held here, with the number of threads that wait for each."""
        with self._lock:
            return {key: len(line) for key, line in self._lines.items()}

    @contextmanager
    def hold(self, key: PositionKey, timeout_seconds: float, *, reduces: bool = False) -> Iterator[LockState]:
        """Hold a key; see the port."""
        deadline = self._clock.monotonic() + timeout_seconds
        if not self._acquire(key, timeout_seconds, reduces=reduces):
            yield LockState.BUSY
            return
        try:
            left = max(0.0, deadline - self._clock.monotonic())
            with self._outer.hold(key, left, reduces=reduces) as held:
                yield held
        finally:
            self._release(key)

    def _acquire(self, key: PositionKey, timeout_seconds: float, *, reduces: bool) -> bool:
        with self._lock:
            line = self._lines.get(key)
            if line is None:
                self._lines[key] = []
                return True
            self._arrivals += 1
            waiter = _Waiter(not reduces, self._arrivals)
            insort(line, waiter)
        if waiter.turn.wait(timeout_seconds):
            return True
        with self._lock:
            if waiter.turn.is_set():  # it came just now
                return True
            line.remove(waiter)
            return False

    def _release(self, key: PositionKey) -> None:
        with self._lock:
            line = self._lines[key]
            if line:
                line.pop(0).turn.set()
            else:
                del self._lines[key]
