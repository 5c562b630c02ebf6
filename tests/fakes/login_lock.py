"""A login lock for the threads of one test."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class InMemoryLoginLock:
    """Holds one lock per name."""

    def __init__(self) -> None:
        self._locks: dict[str, threading.Lock] = {}

    @contextmanager
    def hold(self, name: str, timeout_seconds: float) -> Iterator[bool]:
        lock = self._locks.setdefault(name, threading.Lock())
        held = lock.acquire(timeout=max(0.0, timeout_seconds))
        try:
            yield held
        finally:
            if held:
                lock.release()
