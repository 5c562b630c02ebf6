"""The set of armed faults, which may change while the simulator runs."""

import random
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from jainam_prop.adapters.simulator.faults.fault import CONDITIONS, Fault, FaultKind

LONGEST_HOLD_SECONDS: Final = 30.0


class Faults:
    """The armed faults; safe across threads, and deterministic for one seed and one order of calls."""

    def __init__(self, seed: int = 1) -> None:
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []
        self._random = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self._gate = threading.Event()
        self._closing = threading.Event()
        self._holding = threading.Semaphore(0)

    def add(self, fault: Fault) -> Fault:
        """Arm a fault."""
        times = fault.times
        if times is not None and times < 0:
            times = None if fault.kind in CONDITIONS else 1
        with self._lock:
            self._armed.append(_Armed(fault, times, fault.skip))
        return fault

    def clear(self) -> None:
        """Disarm every fault and release held replies."""
        with self._lock:
            self._armed.clear()
        self.release()

    def release(self) -> None:
        """Release the replies that are held now."""
        gate, self._gate = self._gate, threading.Event()
        gate.set()

    def close(self) -> None:
        """Release every waiting reply, now and later."""
        self._closing.set()
        self.release()

    def wait(self, fault: Fault) -> None:
        """Wait as a held or slow reply does."""
        if fault.kind is not FaultKind.HOLD or self._closing.is_set():
            self._closing.wait(fault.seconds)
            return
        gate = self._gate
        self._holding.release()
        gate.wait(fault.seconds or LONGEST_HOLD_SECONDS)

    def wait_holding(self, seconds: float) -> bool:
        """Wait until one more reply is held; False on timeout."""
        return self._holding.acquire(timeout=seconds)

    def armed(self) -> tuple[Fault, ...]:
        """Return the armed faults."""
        with self._lock:
            return tuple(armed.fault for armed in self._armed)

    @property
    def is_quiet(self) -> bool:
        """Whether no fault is armed; needs no lock."""
        return not self._armed

    def take(self, kinds: Iterable[FaultKind], places: tuple[str, ...], fields: Mapping[str, object]) -> Fault | None:
        """Return the first fault of these kinds that strikes, and count the strike.

        Args:
            kinds: the kinds that may strike.
            places: the endpoint and its family.
            fields: the request's fields.
        """
        with self._lock:
            for armed in self._armed:
                if armed.fault.kind in kinds and armed.matches(places, fields) and self._strikes(armed):
                    return armed.fault
        return None

    def _strikes(self, armed: "_Armed") -> bool:
        if armed.skip > 0:
            armed.skip -= 1
            return False
        if armed.fault.probability < 1 and self._random.random() >= armed.fault.probability:
            return False
        if armed.left is not None:
            armed.left -= 1
            if armed.left == 0:
                self._armed.remove(armed)
        return True


@dataclass(slots=True)
class _Armed:
    fault: Fault
    left: int | None
    skip: int

    def matches(self, places: tuple[str, ...], fields: Mapping[str, object]) -> bool:
        wanted = self.fault.where
        return (self.fault.on == "*" or self.fault.on in places) and all(
            str(fields.get(name)) == str(value) for name, value in wanted.items()
        )
