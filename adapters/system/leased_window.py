"""The turns of one call family where machines share its rate: leased ones in hand, and those of this machine.

The processes of a machine lease together: what is in hand, and what was used, stands in a file that they share. No call
waits for the database. What it answers arrives on another thread; until then, and while the database is gone, calls use
the machine's own turns.
"""

import logging
import os
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from math import inf
from operator import attrgetter
from typing import Final, Protocol, final

from jainam_prop.adapters.system.shared_window import TURNS, SharedRecord, SharedWindow
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.rate_leases import LEASE_SECONDS, SLOT_SECONDS, Lease, LeaseRequest, own_rate
from jainam_prop.domain.rate_limit import RESERVATION_SECONDS, SLACK_SECONDS, CallFamily, Rate

_LOG: Final = logging.getLogger(__name__)

_GONE_SECONDS: Final = 1.0
"""A database that has not answered for so long is gone, until it answers.

Not so one of which nothing was asked meanwhile: the process that made the last request may have been killed.
"""
_RETRY_SECONDS: Final = 1.0
_BLOCKS: Final = 4
"""A lease is a quarter of the rate at most, so that four machines can be served at once; and one turn more than the
machine used lately, so that machines do not keep turns from each other that they will not use."""

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

    def lease(self, family: CallFamily, rate: Rate, request: LeaseRequest) -> Lease | None:
        """Return the ledger's answer, or None when there is none."""


def _new_holder() -> float:
    return float(secrets.randbits(48))


@dataclass(slots=True)
class _Leases:
    """What the processes of a machine know together; moments are monotonic seconds where nothing else is said.

    Attributes:
        used: leased turns of the last window.
        holder: under which number the ledger knows the turns; another one after a request that was given up, since the
            ledger may yet hear that one, and what it says is old by then.
        saved_at: on the calendar's clock, in seconds.
        in_hand: leased turns, to be used before `ends_at`.
        asked_at: of the earliest request since the last answer.
        sent_at: of the request under way; minus infinity where none is.
        reported_at: of the request that was made last.
        is_due: whether the ledger should hear of something that the request under way does not say.
        slot_from: when the machine has turns of its own; minus infinity where the ledger was never heard.
    """

    used: list[float] = field(default_factory=list)
    holder: float = field(default_factory=_new_holder)
    saved_at: float = 0.0
    in_hand: float = 0.0
    ends_at: float = -inf
    asked_at: float = -inf
    sent_at: float = -inf
    reported_at: float = -inf
    is_due: float = 0.0
    next_request_at: float = -inf
    opens_at: float = -inf
    reserved_until: float = -inf
    slot_from: float = -inf
    closes_until: float = -inf
    is_gone: float = 0.0

    @property
    def is_asking(self) -> bool:
        return self.sent_at > -inf

    def is_of(self, now: float, calendar: float) -> bool:
        """Whether this is from the machine's present run, and late enough that its slot is still kept."""
        latest = max(self.sent_at, self.reported_at, *self.used)
        return latest <= now + 1.0 and abs(calendar - self.saved_at) < SLOT_SECONDS / 2


_NUMBERS: Final = [each.name for each in fields(_Leases) if each.name != "used"]
_numbers_of: Final = attrgetter(*_NUMBERS)
LEASES_SIZE: Final = len(_NUMBERS) + TURNS
"""Numbers in the file of a family."""


@final
class LeasedWindow:
    """A `Window` over the ledger's turns and the machine's own; safe to use from many threads and processes."""

    def __init__(  # noqa: PLR0913, PLR0917 (each is a part of its own)
        self,
        family: CallFamily,
        rate: Rate,
        own: SharedWindow,
        leases: RateLeases,
        record: SharedRecord,
        clock: Clock,
        later: Callable[[float, Callable[[], object]], object],
    ) -> None:
        """Lease turns of a rate.

        Args:
            family: of which calls.
            rate: of all machines together.
            own: the turns that the processes of this machine have without asking, also while the database is gone.
            leases: the ledger.
            record: what the processes of this machine know of the ledger, in `LEASES_SIZE` numbers; one that cannot be
                used leaves this process to lease alone.
            clock: for the ends of leases.
            later: runs something on another thread after so many seconds.
        """
        self._family = family
        self._rate = rate
        self._own = own
        self._ledger = leases
        self._record = record
        self._clock = clock
        self._later = later
        self._lock = threading.RLock()
        self._known = _Leases()
        self._alone_in = 0
        self._request: tuple[LeaseRequest, float] | None = None
        self.latest = -inf

    def opens_in(self, now: float, ahead: int = 0, *, reduces: bool = False) -> float:
        """Return the seconds until a turn may be free, as far as was last seen."""
        with self._lock:
            return min(self._own_opens_in(now, ahead, reduces=reduces), max(0.0, self._known.opens_at - now))

    def take(self, now: float, *, reduces: bool = False) -> float:  # noqa: ARG002 (a lock may have been waited for)
        """Take a turn and return zero; or, when none is in hand, ask for some and return when to look again."""
        with self._shared() as (known, moment):
            wait = self._take(known, moment, reduces=reduces)
            asks = self._request is not None
        if wait == 0.0 or not asks:
            return wait
        with self._shared() as (known, moment):  # the answer may have come at once
            return 0.0 if self._take_leased(known, moment, reduces=reduces) else wait

    def recount(self, had: float, ended: float) -> None:
        """Count a turn from the end of its call; see `Window.recount`. The ledger hears of it, if it knew already."""
        with self._shared() as (known, _):
            if had not in known.used:
                self._own.recount(had, ended)
                return
            known.used[known.used.index(had)] = ended - SLACK_SECONDS
            if had <= known.reported_at:
                self._report(known, ended)

    def close(self, now: float, seconds: float) -> None:
        """Give no turn for a while, on any machine."""
        with self._shared() as (known, _):
            self._own.close(now, seconds)
            known.in_hand = 0.0
            known.opens_at = max(known.opens_at, now + seconds)
            known.closes_until = now + seconds
            self._report(known, now)

    @contextmanager
    def _shared(self) -> Iterator[tuple[_Leases, float]]:
        """Keep others out, and bring what is known and the moment; a request that comes of it is sent afterwards."""
        with self._lock:
            numbers = self._record.load()
            now, calendar = self._clock.monotonic(), self._clock.now().timestamp()
            self._known = known = self._read(numbers, now, calendar)
            try:
                yield known, now
            finally:
                if numbers is not None:
                    self._save(known, calendar)
            request, self._request = self._request, None
        if request is not None:
            self._later(0.0, lambda: self._carry_out(*request))

    def _read(self, numbers: tuple[float, ...] | None, now: float, calendar: float) -> _Leases:
        if numbers is None:
            is_same, self._alone_in = self._alone_in == os.getpid(), os.getpid()
            return self._known if is_same else _Leases()
        self._alone_in = 0
        used = [each for each in numbers[-TURNS:] if each > -inf]
        known = _Leases(used, **dict(zip(_NUMBERS, numbers, strict=False)))
        return known if known.is_of(now, calendar) else _Leases()

    def _save(self, known: _Leases, calendar: float) -> None:
        known.saved_at = calendar
        unused = [-inf] * (TURNS - len(known.used))
        self._record.save((*_numbers_of(known), *unused, *known.used[-TURNS:]))

    def _own_from(self) -> float:
        """Return when this machine may use its own turns; one that never heard takes it, in need, that it has some."""
        known = self._known
        has_turns = known.is_gone or (known.slot_from > -inf and own_rate(self._rate))
        return known.slot_from if has_turns else inf

    def _own_opens_in(self, now: float, ahead: int = 0, *, reduces: bool) -> float:
        if self._own_from() > now:
            return max(_SOON, min(self._own_from() - now, self._rate.seconds))
        return self._own.opens_in(now, ahead, reduces=reduces)

    def _take(self, known: _Leases, now: float, *, reduces: bool) -> float:
        if now - known.asked_at > _GONE_SECONDS > now - known.sent_at:
            self._lose_ledger(known)
        if self._take_leased(known, now, reduces=reduces):
            return 0.0
        took_own = self._own_from() <= now and self._own.take(now, reduces=reduces) == 0.0
        if took_own:
            self.latest = self._own.latest
        elif reduces:
            known.reserved_until = now + RESERVATION_SECONDS
        self._ask(known, now, reduces=reduces)
        if took_own:
            return 0.0
        opens = _SOON if known.is_asking else known.opens_at - now
        return max(_SHORTEST, min(self._own_opens_in(now, reduces=reduces), opens))

    def _take_leased(self, known: _Leases, now: float, *, reduces: bool) -> bool:
        if known.ends_at < now:
            known.in_hand = 0.0
        if not known.in_hand or (not reduces and now < known.reserved_until):
            return False
        known.in_hand -= 1
        known.used.append(now)
        self.latest = now
        if not known.in_hand:
            self._ask(known, now)  # ahead of the next call
        return True

    def _ask(self, known: _Leases, now: float, *, reduces: bool = False) -> None:
        waits = now - known.sent_at <= LEASE_SECONDS or now < known.next_request_at
        if not waits and (now >= known.opens_at or reduces):
            lately = sum(now - moment < self._rate.seconds for moment in known.used)
            self._send(known, now, max(1, min(self._rate.calls // _BLOCKS, lately + 1)), reduces=reduces)

    def _report(self, known: _Leases, now: float) -> None:
        """Let the ledger hear of it as soon as it can."""
        if known.is_asking:
            known.is_due = 1.0
        else:
            self._send(known, now, int(known.in_hand))

    def _send(self, known: _Leases, now: float, wanted: int, *, reduces: bool = False) -> None:
        span = self._rate.seconds + SLACK_SECONDS
        known.used = [moment for moment in known.used if now - moment < span]
        known.in_hand = 0.0  # what is not among the used ones is given back
        if known.is_asking:
            known.holder = _new_holder()
        if now - known.sent_at >= _GONE_SECONDS:
            known.asked_at = now
        known.sent_at, known.reported_at, known.is_due = now, now, 0.0
        used = tuple(now - moment for moment in known.used)
        closes = max(0.0, known.closes_until - now)
        holder = f"{self._ledger.machine}-{known.holder:.0f}"
        request = LeaseRequest(self._ledger.machine, holder, wanted, used, reduces, closes)
        self._request = request, known.holder

    def _carry_out(self, request: LeaseRequest, holder: float) -> None:
        answer = self._ledger.lease(self._family, self._rate, request)
        with self._shared() as (known, now):
            if known.holder != holder or not known.is_asking:
                return
            sent_at, known.sent_at = known.sent_at, -inf
            if answer is None:
                known.next_request_at = now + _RETRY_SECONDS
                self._lose_ledger(known)
            else:
                self._hear(known, answer, sent_at, now)
        if answer is not None and answer.turns:
            self._later(LEASE_SECONDS, self._give_back)

    def _hear(self, known: _Leases, answer: Lease, sent_at: float, now: float) -> None:
        known.slot_from = inf if answer.slot_in is None else now + answer.slot_in
        known.in_hand, known.ends_at = float(answer.turns), sent_at + LEASE_SECONDS
        known.opens_at = now if answer.turns else now + answer.wait
        known.next_request_at = now if answer.turns else now + _PAUSE_SECONDS
        if answer.closed_for:
            self._own.close(now, answer.closed_for)
        if known.is_gone:
            _LOG.warning("the rate of %s calls is shared with other machines again", self._family)
        known.is_gone = 0.0
        if known.is_due:
            self._send(known, now, answer.turns)

    def _lose_ledger(self, known: _Leases) -> None:
        """Go on with what this machine may do alone."""
        if not known.is_gone:
            _LOG.error("the database keeps no rate of %s calls: this machine goes on with its share", self._family)
        known.is_gone = 1.0

    def _give_back(self) -> None:
        """Give back what was leased and not used in time."""
        with self._shared() as (known, now):
            if known.in_hand and not known.is_asking and known.ends_at <= now:
                self._send(known, now, wanted=0)
