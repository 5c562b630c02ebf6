"""The turns of one call family where machines share its rate: leased ones in hand, and those of this machine.

No call waits for the database. What it answers arrives on another thread; until then, and while the database is gone,
calls use the machine's own turns.
"""

import logging
import threading
from collections.abc import Callable
from math import inf
from typing import Final, Protocol, final

from jainam_prop.adapters.system.shared_window import SharedWindow
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.rate_leases import LEASE_SECONDS, Lease, LeaseRequest, own_rate, safe_rate
from jainam_prop.domain.rate_limit import SLACK_SECONDS, CallFamily, Rate

_LOG: Final = logging.getLogger(__name__)

_GONE_SECONDS: Final = 1.0
"""A database that has not answered for so long is gone, until it answers."""
_RETRY_SECONDS: Final = 1.0
_BLOCKS: Final = 4
"""A lease is a quarter of the rate at most, so that four machines can be served at once; and one turn more than the
process used lately, so that many processes do not keep turns from each other that they will not use."""

_PAUSE_SECONDS: Final = 0.05
"""Between two requests of an exit while no turn is free."""
_SOON: Final = 0.003
"""Seconds after which a waiter looks for the answer to a request that is under way."""
_SHORTEST: Final = 0.001


class RateLeases(Protocol):
    """The ledger of leased turns that all machines share."""

    @property
    def machine(self) -> str:
        """Id that the processes of this machine share."""

    @property
    def holder(self) -> str:
        """Id of this process."""

    def lease(self, family: CallFamily, rate: Rate, request: LeaseRequest) -> Lease | None:
        """Return the ledger's answer, or None when there is none."""


@final
class LeasedWindow:
    """A `Window` over the ledger's turns and the machine's own; safe to use from many threads."""

    def __init__(  # noqa: PLR0913, PLR0917 (each is a part of its own)
        self,
        family: CallFamily,
        rate: Rate,
        own: SharedWindow,
        leases: RateLeases,
        clock: Clock,
        later: Callable[[float, Callable[[], object]], object],
    ) -> None:
        """Lease turns of a rate.

        Args:
            family: of which calls.
            rate: of all machines together.
            own: the turns that the processes of this machine share.
            leases: the ledger.
            clock: for the ends of leases.
            later: runs something on another thread after so many seconds.
        """
        self._family = family
        self._rate = rate
        self._own = own
        self._leases = leases
        self._clock = clock
        self._later = later
        self._lock = threading.RLock()
        self._ends: list[float] = []
        self._used: list[float] = []
        self._reported_at = -inf
        self.latest = -inf
        self._sent_at: float | None = None
        self._next_request_at = -inf
        self._opens_at = -inf
        self._own_from = inf
        self._slot_from: float | None = -inf
        self._closes_until = -inf
        self._is_gone = False

    def opens_in(self, now: float, ahead: int = 0, *, reduces: bool = False) -> float:
        """Return the seconds until a turn may be free, as far as is known."""
        with self._lock:
            return min(self._own_opens_in(now, ahead, reduces=reduces), max(0.0, self._opens_at - now))

    def take(self, now: float, *, reduces: bool = False) -> float:
        """Take a turn and return zero; or, when none is in hand, ask for some and return when to look again."""
        with self._lock:
            if self._sent_at is not None and now - self._sent_at > _GONE_SECONDS:
                self._lose_ledger(now)
            if self._take_leased(now):
                return 0.0
            took_own = self._own_from <= now and self._own.take(now, reduces=reduces) == 0.0
            self._ask(now, reduces=reduces)
            if took_own:
                self.latest = self._own.latest
            if took_own or self._take_leased(now):  # the answer may have come at once
                return 0.0
            opens = self._opens_at - now if self._sent_at is None else _SOON
            return max(_SHORTEST, min(self._own_opens_in(now, reduces=reduces), opens))

    def recount(self, had: float, ended: float) -> None:
        """Count a turn from the end of its call; see `Window.recount`. The ledger hears of it, if it knew already."""
        with self._lock:
            if had not in self._used:
                self._own.recount(had, ended)
                return
            self._used[self._used.index(had)] = ended - SLACK_SECONDS
            if had <= self._reported_at and self._sent_at is None:
                self._send(ended, wanted=len(self._ends))

    def close(self, now: float, seconds: float) -> None:
        """Give no turn for a while, on any machine."""
        with self._lock:
            self._own.close(now, seconds)
            self._opens_at = max(self._opens_at, now + seconds)
            self._closes_until = now + seconds
            if self._sent_at is None:
                self._send(now, wanted=0)

    def _own_opens_in(self, now: float, ahead: int = 0, *, reduces: bool) -> float:
        if self._own_from > now:
            return max(_SOON, min(self._own_from - now, self._rate.seconds))
        return self._own.opens_in(now, ahead, reduces=reduces)

    def _take_leased(self, now: float) -> bool:
        self._ends = [end for end in self._ends if end >= now]
        if not self._ends:
            return False
        self._ends.pop()
        self._used.append(now)
        self.latest = now
        if not self._ends:
            self._ask(now)  # ahead of the next call
        return True

    def _ask(self, now: float, *, reduces: bool = False) -> None:
        if self._sent_at is None and now >= self._next_request_at and (now >= self._opens_at or reduces):
            lately = sum(now - moment < self._rate.seconds for moment in self._used)
            self._send(now, max(1, min(self._rate.calls // _BLOCKS, lately + 1)), reduces=reduces)

    def _send(self, now: float, wanted: int, *, reduces: bool = False) -> None:
        span = self._rate.seconds + SLACK_SECONDS
        self._used = [moment for moment in self._used if now - moment < span]
        self._ends.clear()  # what is not among the used ones is given back
        self._sent_at = self._reported_at = now
        used = tuple(now - moment for moment in self._used)
        closes = max(0.0, self._closes_until - now)
        request = LeaseRequest(self._leases.machine, self._leases.holder, wanted, used, reduces, closes)
        self._later(0.0, lambda: self._carry_out(request, now))

    def _carry_out(self, request: LeaseRequest, sent_at: float) -> None:
        answer = self._leases.lease(self._family, self._rate, request)
        with self._lock:
            self._sent_at = None
            now = self._clock.monotonic()
            if answer is None:
                self._next_request_at = now + _RETRY_SECONDS
                self._lose_ledger(now)
            else:
                self._hear(answer, sent_at, now)
        if answer is not None and answer.turns:
            self._later(LEASE_SECONDS, self._give_back)

    def _hear(self, answer: Lease, sent_at: float, now: float) -> None:
        own = own_rate(self._rate)
        self._slot_from = None if answer.slot_in is None else now + answer.slot_in
        self._own_from = inf if own is None or self._slot_from is None else self._slot_from
        self._own.pace(own or safe_rate(self._rate))
        self._ends = [sent_at + LEASE_SECONDS] * answer.turns
        self._opens_at = now if answer.turns else now + answer.wait
        self._next_request_at = now if answer.turns else now + _PAUSE_SECONDS
        if answer.closed_for:
            self._own.close(now, answer.closed_for)
        if self._is_gone:
            _LOG.warning("the rate of %s calls is shared with other machines again", self._family)
        self._is_gone = False

    def _lose_ledger(self, now: float) -> None:
        """Go on with what this machine may do alone; one that never heard of the ledger takes it that it has a slot."""
        if not self._is_gone:
            _LOG.error("the database keeps no rate of %s calls: this machine goes on with its share", self._family)
            self._own.pace(safe_rate(self._rate))
            self._own_from = inf if self._slot_from is None else max(self._slot_from, now)
        self._is_gone = True

    def _give_back(self) -> None:
        """Give back what was leased and not used in time."""
        with self._lock:
            now = self._clock.monotonic()
            if self._ends and self._sent_at is None and all(end <= now for end in self._ends):
                self._send(now, wanted=0)
