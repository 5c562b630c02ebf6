"""Locks between processes on files: one file, on POSIX and on Windows, and named ones in a shared folder.

A lock ends with its holder.
"""

import hashlib
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, final

from jainam_prop.application.ports.runtime import Clock, LockState

_LOCKED_BYTE: Final = 1 << 30
"""Windows locks bytes, and what is locked cannot be read: so one that no file of ours reaches."""

if sys.platform == "win32":
    import msvcrt

    def try_lock(descriptor: int) -> bool:
        """Lock an open file for this descriptor alone, at once or not at all."""
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

    def unlock(descriptor: int) -> None:
        """Free a lock."""
        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_UNLCK, 1)

    def drop(descriptor: int, path: Path) -> None:
        """Free a lock and remove its file; Windows removes only what nobody has open, so it stays if wanted."""
        unlock(descriptor)
        os.close(descriptor)
        with suppress(OSError):
            path.unlink()

else:
    import fcntl

    def try_lock(descriptor: int) -> bool:
        """Lock an open file for this descriptor alone, at once or not at all."""
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def unlock(descriptor: int) -> None:
        """Free a lock."""
        fcntl.flock(descriptor, fcntl.LOCK_UN)

    def drop(descriptor: int, path: Path) -> None:
        """Free a lock and remove its file, in that order seen from outside; see `take`.

        A file that somebody swept away, or that another one has taken the place of, is not missed: what was done under
        the lock is done.
        """
        with suppress(OSError):
            if os.path.samestat(os.fstat(descriptor), path.stat()):
                path.unlink()
        unlock(descriptor)  # closing would not do while a forked child has the descriptor too
        os.close(descriptor)


def open_private(path: Path) -> int:
    """Open a file to read and write, made if need be, for its owner only."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)
    return os.open(path, flags, 0o600)


def take(path: Path) -> int | None:
    """Make a file and lock it; None when somebody else has it.

    Whoever lets go removes the file first, so that files do not pile up. A descriptor got before that locks a file
    without a name, which keeps nobody out, so it is given back.

    Raises:
        OSError: the file cannot be made.
    """
    while True:
        descriptor = open_private(path)
        if not try_lock(descriptor):
            os.close(descriptor)
            return None
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)


_LOG: Final = logging.getLogger(__name__)

_SPARE_FOLDER: Final = Path(tempfile.gettempdir()) / f"jainam-locks-{getattr(os, 'getuid', int)()}"
"""Where exits lock when the folder of a store cannot be written: a full or read-only disk has it for all processes."""

_NAP: Final = 0.004
"""Seconds between two looks at a lock that another process has."""

_SHORT_NAP: Final = 0.001
"""The same for the one who is next, and for those who go first."""


@final
class FileLocks:
    """Locks by file: about 80 microseconds to have one, half of it to go first; no file is left when it is free.

    One who waits holds a second lock, the place next to the first. So nobody has a lock twice while another process
    waits for it.
    """

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Keep the files in a folder, which is made when a lock is asked for."""
        self._folder = folder
        self._clock = clock

    @contextmanager
    def hold(self, name: str, timeout_seconds: float, *, first: bool = False) -> Iterator[LockState]:
        """Hold a lock for the length of the block, unless it was busy for all of the timeout or is unavailable.

        Args:
            name: any text.
            timeout_seconds: how long to wait at most.
            first: go before those who wait without it.
        """
        path, taken = Path(hashlib.sha256(name.encode()).hexdigest()[:32]).with_suffix(".lock"), None
        deadline, state = self._clock.monotonic() + timeout_seconds, LockState.UNAVAILABLE
        for folder, gained in ((self._folder, LockState.HELD), (_SPARE_FOLDER, LockState.HERE)):
            try:
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                taken = self._acquire(folder / path, deadline, first=first)
            except OSError as error:
                _LOG.error("a lock file cannot be made: %s", error.strerror)
                continue
            state, path = LockState.BUSY if taken is None else gained, folder / path
            break
        try:
            yield state
        finally:
            if taken is not None:
                drop(taken, path)

    def _acquire(self, path: Path, deadline: float, *, first: bool) -> int | None:
        if first:
            return self._wait_for(path, deadline, _SHORT_NAP)
        place = path.with_suffix(".next")
        waiting = self._wait_for(place, deadline, _NAP)
        if waiting is None:
            return None
        try:
            return self._wait_for(path, deadline, _SHORT_NAP)
        finally:
            drop(waiting, place)

    def _wait_for(self, path: Path, deadline: float, nap: float) -> int | None:
        while True:
            descriptor = take(path)
            if descriptor is not None:
                return descriptor
            left = deadline - self._clock.monotonic()
            if left <= 0:
                return None
            self._clock.sleep(min(nap, left))
