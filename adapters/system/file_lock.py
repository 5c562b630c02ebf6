"""Locking one file against other processes of the machine, on POSIX and on Windows; it ends with its holder."""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

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
