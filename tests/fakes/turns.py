"""Several callers on one clock, by turns: what threads and processes do to each other, without threads that race."""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from tests.fakes.clock import FakeClock

_Outcome = TypeVar("_Outcome")

_STUCK_SECONDS: Final = 20.0
"""Real seconds after which a caller must wait for something that the clock does not know of."""


def _taken() -> threading.Lock:
    """Return a lock that its next `acquire` waits for: a turn, which another thread gives by a release."""
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(eq=False, slots=True)
class _Caller:
    """One caller: it runs while it has the turn, and says what it waits for when it gives the turn back."""

    task: Callable[[], Any]
    wakes_at: float = 0.0
    is_met: Callable[[], bool] | None = None
    thread: threading.Thread | None = None
    has_ended: bool = False
    outcome: Any = None
    error: BaseException | None = None
    turn: threading.Lock = field(default_factory=_taken)

    def is_ready(self, now: float) -> bool:
        return now >= self.wakes_at or (self.is_met is not None and self.is_met())


def _nothing() -> None:
    """The task of the thread that gives the turns."""


class TurnClock(FakeClock):
    """A `FakeClock` on which callers run by turns.

    Only one runs at a time; it runs until it sleeps, waits for a condition or ends, and time passes only while all of
    them wait. Which of several that could go on has the next turn is the first of them, or drawn by a seed: every order
    is then the order of some real day, and the same one each time. A caller may let others run beside it (`together`).
    """

    def __init__(self, seed: int | None = None) -> None:
        super().__init__()
        self._chance = None if seed is None else random.Random(seed)  # noqa: S311 (reproducible on purpose)
        self._callers: list[_Caller] = []
        self._given_back = _taken()
        self._running: dict[int, _Caller] = {}

    def together(self, tasks: Sequence[Callable[[], _Outcome]]) -> list[_Outcome]:
        """Run tasks side by side and return their outcomes in their order; an exception is raised when all ended."""
        callers = [_Caller(task, self.monotonic()) for task in tasks]
        self._callers += callers
        self._wait(float("inf"), lambda: all(caller.has_ended for caller in callers))
        for caller in callers:
            if caller.error is not None:
                raise caller.error
        return [caller.outcome for caller in callers]

    def beside(self, task: Callable[[], object]) -> None:
        """Let a task run beside the caller, whenever that one waits."""
        self._callers.append(_Caller(task, self.monotonic()))

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        if seconds > 0:
            self.advance(seconds)

    def advance(self, seconds: float) -> None:
        self._wait(self.monotonic() + seconds)

    def wait_until(self, is_met: Callable[[], bool]) -> None:
        """Let time pass until something holds that another caller brings about."""
        if not is_met():
            self._wait(float("inf"), is_met)

    def wait_for(self, changed: threading.Condition, is_met: Callable[[], bool], seconds: float) -> bool:
        if not is_met():
            changed.release()
            try:
                self._wait(self.monotonic() + seconds, is_met)
            finally:
                changed.acquire()
        return is_met()

    def _wait(self, wakes_at: float, is_met: Callable[[], bool] | None = None) -> None:
        """Give the turn back, or on the thread of the test itself give turns to others, until it is time."""
        me = self._running.get(threading.get_ident())
        if me is None:
            self._give_turns(_Caller(_nothing, wakes_at, is_met))
            return
        me.wakes_at, me.is_met = wakes_at, is_met
        self._given_back.release()
        me.turn.acquire()

    def _give_turns(self, me: _Caller) -> None:
        self._callers.append(me)
        while (chosen := self._next()) is not me:
            if chosen.thread is None:
                chosen.thread = threading.Thread(target=self._run, args=(chosen,), daemon=True)
                chosen.thread.start()
            chosen.turn.release()
            assert self._given_back.acquire(timeout=_STUCK_SECONDS), "a caller waits for what is not on the clock"
            if chosen.has_ended:
                self._callers.remove(chosen)
                chosen.thread.join(_STUCK_SECONDS)
        self._callers.remove(me)

    def _next(self) -> _Caller:
        """Return whose turn it is, after as much time as all of them wait."""
        while not (ready := [caller for caller in self._callers if caller.is_ready(self._elapsed)]):
            wakes_at = min(caller.wakes_at for caller in self._callers)
            moment = self._next_action_at(wakes_at)
            assert min(moment, wakes_at) < float("inf"), "all callers wait for each other"
            self._move_to(min(moment, wakes_at))
        return ready[0] if self._chance is None else self._chance.choice(ready)

    def _run(self, caller: _Caller) -> None:
        caller.turn.acquire()
        self._running[threading.get_ident()] = caller
        try:
            caller.outcome = caller.task()
        except BaseException as error:
            caller.error = error
        finally:
            del self._running[threading.get_ident()]
            caller.has_ended = True
            self._given_back.release()
