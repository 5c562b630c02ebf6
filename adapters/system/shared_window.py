"""The turns of one call family, and other numbers, in files that the processes of a machine share."""

import logging
import os
import struct
from collections.abc import Sequence
from contextlib import suppress
from math import inf
from pathlib import Path
from typing import Final, final

from jainam_prop.adapters.system.file_locks import open_private, try_lock, unlock
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.rate_limit import Rate, Window

_LOG: Final = logging.getLogger(__name__)

TURNS: Final = 40
"""Room for the calls of one window; processes with different rates share a file, so its size is fixed."""

_TRIES: Final = 100
_NAP: Final = 0.0005
"""Seconds between tries; a change takes a fraction of that, so only a stopped process outlasts them all."""


@final
class SharedRecord:
    """Floats of a fixed count; a file that cannot be used is logged as an error, and tried again at the next use."""

    def __init__(self, path: Path, size: int, clock: Clock) -> None:
        """Keep so many floats in a file, which is made when it is first used."""
        self._path = path
        self._layout = struct.Struct(f"<{size}d")
        self._clock = clock
        self._descriptor = -1
        self._owner = 0
        self._usable = True

    def load(self) -> tuple[float, ...] | None:
        """Keep other processes out until `save`, and return what was left, empty in a new file; None without a file."""
        try:
            self._lock()
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            written = os.read(self._descriptor, self._layout.size)
        except OSError as error:
            self._give_up(error)
            return None
        return self._layout.unpack(written) if len(written) == self._layout.size else ()

    def save(self, numbers: Sequence[float]) -> None:
        """Write all numbers down and let the others in."""
        try:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            os.write(self._descriptor, self._layout.pack(*numbers))
            unlock(self._descriptor)
        except OSError as error:
            self._give_up(error)
        else:
            self._usable = True

    def _lock(self) -> None:
        if self._owner != os.getpid():  # also after a fork, since parent and child would share one lock
            self._owner = 0
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._descriptor, self._owner = open_private(self._path), os.getpid()
        for _ in range(_TRIES):
            if try_lock(self._descriptor):
                return
            self._clock.sleep(_NAP)
        message = "another process does not let go"
        raise TimeoutError(message)

    def _give_up(self, error: OSError) -> None:
        if self._usable:
            _LOG.error("the rate limit is kept by this process alone: %s", error.strerror or error)
        self._usable = False
        self.close()

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        descriptor, owner, self._descriptor, self._owner = self._descriptor, self._owner, -1, 0
        if owner == os.getpid():  # a number that is closed already may belong to another file by now
            with suppress(OSError):
                os.close(descriptor)

    __del__ = close


@final
class SharedWindow:
    """A `Window` that is read from a file before every use and written back after.

    Moments are those of the machine's monotonic clock, which its processes have in common. A file that cannot be
    used must not stop an exit: then this process keeps the pace alone, and logs an error.
    """

    def __init__(self, rate: Rate, path: Path, clock: Clock) -> None:
        """Share the turns in a file, which is made when it is first used."""
        self._window = Window(rate)
        self._record = SharedRecord(path, TURNS + 2, clock)
        self._clock = clock

    def opens_in(self, now: float, ahead: int = 0, *, reduces: bool = False) -> float:
        """Return the seconds until a turn is free as far as was last seen; it can only be later."""
        return self._window.opens_in(now, ahead, reduces=reduces)

    def take(self, now: float, *, reduces: bool = False) -> float:
        """Take a turn and return zero; or, when none is free, return the seconds until one is."""
        shared = self._load(now)
        moment = self._clock.monotonic()  # the lock may have been waited for, and a turn counts from when it is had
        wait = self._window.take(moment, reduces=reduces)
        if shared:
            self._save()
        return wait

    @property
    def latest(self) -> float:
        """The turn that was taken last."""
        return self._window.granted[-1]

    def recount(self, had: float, ended: float) -> None:
        """Count a turn from the end of its call; see `Window.recount`."""
        shared = self._load(ended)
        self._window.recount(had, ended)
        if shared:
            self._save()

    def close(self, now: float, seconds: float) -> None:
        """Give no turn for a while."""
        shared = self._load(now)
        self._window.close(now, seconds)
        if shared:
            self._save()

    def _load(self, now: float) -> bool:
        """Keep other processes out and read what they left; False when that cannot be done."""
        numbers = self._record.load()
        if numbers:
            closed_until, reserved_until, *granted = numbers
            self._window.restore(granted, closed_until, reserved_until, now)
        return numbers is not None

    def _save(self) -> None:
        """Write down what this process changed and let the others in; what is not used stands at minus infinity."""
        window = self._window
        unused = [-inf] * (TURNS - len(window.granted))
        self._record.save((window.closed_until, window.reserved_until, *unused, *window.granted))
