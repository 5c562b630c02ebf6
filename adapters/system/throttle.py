"""The pace of calls, kept by one process alone, by all that share a folder, or by machines that share a ledger."""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, final

from jainam_prop.adapters.system.leased_window import LEASES_SIZE, LeasedWindow, RateLeases
from jainam_prop.adapters.system.shared_window import TURNS, SharedRecord, SharedWindow
from jainam_prop.adapters.system.threads import run_later
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.rate_leases import safe_rate
from jainam_prop.domain.rate_limit import SLACK_SECONDS, CallFamily, Line, Rate, Ticket, Window

_LONGEST_NAP: Final = 0.05
"""Seconds after which a waiter looks again, since one ahead of it may have given up."""

_SHORTEST_NAP: Final = 0.001
"""Seconds left to the one whose turn it is, but who has not woken yet."""


@final
class PacedThrottle:
    """Lets calls through as the rates allow; waiting is done by `Clock.sleep`, so a test's clock waits for nothing.

    A turn costs about 2 microseconds in one process and 15 when processes share a folder.
    """

    def __init__(
        self,
        rates: Mapping[CallFamily, Rate],
        clock: Clock,
        shared_by: Path | None = None,
        leases: RateLeases | None = None,
        later: Callable[[float, Callable[[], object]], object] = run_later,
    ) -> None:
        """Keep the rates of one account.

        Args:
            rates: a rate for every family.
            clock: measures and passes the time.
            shared_by: a folder for this account alone, where the processes that share its rates note their
                turns; None keeps the turns to this process.
            leases: the turns that machines share, where several do; the folder is then for the machine's own ones.
            later: runs something on another thread after so many seconds.

        Raises:
            ValueError: a rate allows more calls per window than the files have room for.
        """
        self._clock = clock
        self._turns = _Turns()

        def window(family: CallFamily, rate: Rate) -> Window | SharedWindow | LeasedWindow:
            if shared_by is None:
                return Window(rate)
            if rate.calls > TURNS:
                message = f"a rate of {rate.calls} calls needs more room than {TURNS} turns"
                raise ValueError(message)
            path = shared_by / f"{family.name.lower()}.turns"
            if leases is None:
                return SharedWindow(rate, path, clock)
            own, shared = SharedWindow(safe_rate(rate), path, clock), path.with_suffix(".leases")
            return LeasedWindow(family, rate, own, leases, SharedRecord(shared, LEASES_SIZE, clock), clock, later)

        self._lanes = {family: _Lane(window(family, rate)) for family, rate in rates.items()}

    def wait(self, family: CallFamily, timeout_seconds: float, *, reduces: bool = False) -> bool:
        """Wait for a turn; False when none comes in time, and then none was used up."""
        lane = self._lanes[family]
        now = self._clock.monotonic()
        had = lane.pass_by(now, reduces=reduces)
        if had is None:
            ticket = lane.join(reduces=reduces)
            try:
                had = self._queue(lane, ticket, now + timeout_seconds)
            finally:
                lane.leave(ticket)
        if had is not None:
            self._turns.had[family] = had
        return had is not None

    def ended(self, family: CallFamily) -> None:
        """Count this thread's turn from the end of its call; see the port. Costs something after a slow call only."""
        had, now = self._turns.had.pop(family, None), self._clock.monotonic()
        if had is not None and now - had > SLACK_SECONDS:
            self._lanes[family].recount(had, now)

    def slow_down(self, family: CallFamily, seconds: float) -> None:
        """Let nothing of the family through for a while, since the broker said it was too fast."""
        self._lanes[family].close(self._clock.monotonic(), seconds)

    def _queue(self, lane: "_Lane", ticket: Ticket, deadline: float) -> float | None:
        while True:
            now = self._clock.monotonic()
            wait, soonest = lane.attempt(ticket, now)
            if wait == 0.0:
                return soonest
            if now + soonest > deadline or now >= deadline:
                return None
            self._clock.sleep(min(max(wait, _SHORTEST_NAP), _LONGEST_NAP, deadline - now))


class _Turns(threading.local):
    """The turns that a thread had, by family, while their calls have not ended."""

    def __init__(self) -> None:
        self.had: dict[CallFamily, float] = {}


class _Lane:
    """One family: its turns and those who wait for them."""

    def __init__(self, window: Window | SharedWindow | LeasedWindow) -> None:
        self._window = window
        self._line = Line()
        self._lock = threading.Lock()

    def pass_by(self, now: float, *, reduces: bool) -> float | None:
        """Take a turn at once, and return it; None when somebody waits or none is free."""
        with self._lock:
            if self._line or self._window.take(now, reduces=reduces):
                return None
            return self._window.latest

    def join(self, *, reduces: bool) -> Ticket:
        with self._lock:
            return self._line.join(reduces=reduces)

    def leave(self, ticket: Ticket) -> None:
        with self._lock:
            self._line.leave(ticket)

    def attempt(self, ticket: Ticket, now: float) -> tuple[float, float]:
        """Try for a turn: the seconds until it may come, and the soonest anybody's may; or zero and the turn."""
        with self._lock:
            ahead, reduces = self._line.ahead_of(ticket), not ticket[0]
            if ahead == 0:
                wait = self._window.take(now, reduces=reduces)
                return wait, wait or self._window.latest
            wait = self._window.opens_in(now, ahead, reduces=reduces)
            return max(wait, _SHORTEST_NAP), self._window.opens_in(now, reduces=reduces)

    def recount(self, had: float, ended: float) -> None:
        with self._lock:
            self._window.recount(had, ended)

    def close(self, now: float, seconds: float) -> None:
        with self._lock:
            self._window.close(now, seconds)
