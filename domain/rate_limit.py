"""Rate limiting: the rate chart of a broker, the sliding window that enforces it, and the queue of waiting calls."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import inf
from typing import Final, TypeAlias


class CallFamily(StrEnum):
    """Calls that share one limit of the broker's rate chart."""

    ORDER = "order"
    ORDER_BOOK = "order book"
    TRADE_BOOK = "trade book"
    POSITIONS = "positions"
    HOLDINGS = "holdings"
    BALANCE = "balance"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Rate:
    """At most so many calls in any so many seconds."""

    calls: int
    seconds: float


RateChart: TypeAlias = Mapping[CallFamily, Rate]
"""The rate of every family that a broker's servers accept."""

DEFAULT_ORDER_RATE: Final = 10
"""Orders a second: what SEBI's rules of 2025 leave to a retail algorithm that is not registered."""

SLACK_SECONDS: Final = 0.05
"""Added to every window, because calls that leave a second apart can arrive closer together than that.

A call that takes longer counts from its end less this, so that in no window more calls arrive than the rate allows,
unless one is under way for a whole window and arrives late (then the next one has its turn before the end is known).
"""

LONGEST_CLOSURE_SECONDS: Final = 60.0
"""The longest that a family is kept closed at the broker's word."""

RESERVATION_SECONDS: Final = 0.1
"""For so long after it looked in vain, the next turn is kept for one that reduces risk; it looks more often."""


def rates_for(chart: RateChart, order_rate: int = DEFAULT_ORDER_RATE) -> dict[CallFamily, Rate]:
    """Return a broker's chart with orders limited to the trader's own rate per second where that is slower.

    Raises:
        ValueError: the rate is not positive, so that no order could ever leave.
    """
    if order_rate < 1:
        message = f"an order rate of {order_rate} a second lets no order out"
        raise ValueError(message)
    order = chart[CallFamily.ORDER]
    return {**chart, CallFamily.ORDER: Rate(min(order_rate, order.calls), order.seconds)}


class Window:
    """The latest turns of one family, by which the next is timed; moments are monotonic seconds.

    Attributes:
        granted: when the latest turns were taken, oldest first; no more than the rate allows at a time.
        closed_until: until then no call gets a turn.
        reserved_until: until then only those that reduce risk get one, because one of them waits.
    """

    def __init__(self, rate: Rate) -> None:
        """Start with no turn taken."""
        self.granted: list[float] = []
        self.closed_until = -inf
        self.reserved_until = -inf
        self._calls = rate.calls
        self._span = rate.seconds + SLACK_SECONDS

    @property
    def latest(self) -> float:
        """The turn that was taken last."""
        return self.granted[-1]

    def opens_in(self, now: float, ahead: int = 0, *, reduces: bool = False) -> float:
        """Return the seconds until a turn is free, after so many others; zero when it is free now."""
        rounds, place = divmod(ahead, self._calls)
        index = len(self.granted) + place - self._calls
        opens = self.closed_until if reduces else max(self.closed_until, self.reserved_until)
        if index >= 0:
            opens = max(opens, self.granted[index] + self._span)
        return max(0.0, opens - now) + rounds * self._span

    def take(self, now: float, *, reduces: bool = False) -> float:
        """Take a turn and return zero; or, when none is free, return the seconds until one is."""
        wait = self.opens_in(now, reduces=reduces)
        if wait == 0.0:
            self.granted.append(max(now, self.granted[-1]) if self.granted else now)
            del self.granted[: -self._calls]
        elif reduces:
            self.reserved_until = now + RESERVATION_SECONDS
        return wait

    def recount(self, had: float, ended: float) -> None:
        """Count a turn from the end of its call, which may have arrived as late as that.

        A call that took no longer than the slack between two windows counts from its start, which is the same.
        """
        if ended - had > SLACK_SECONDS:
            if had in self.granted:
                self.granted.remove(had)
            insort(self.granted, ended - SLACK_SECONDS)
            del self.granted[: -self._calls]

    def close(self, now: float, seconds: float) -> None:
        """Give no turn for a while."""
        self.closed_until = max(self.closed_until, now + min(seconds, LONGEST_CLOSURE_SECONDS))

    def restore(self, granted: Iterable[float], closed_until: float, reserved_until: float, now: float) -> None:
        """Take over what another process left, but for moments that a restart of the machine made impossible."""
        soon = now + 1.0  # the other one may have read the clock a little later
        self.granted = sorted(moment for moment in granted if moment <= soon)[-self._calls :]
        self.closed_until = closed_until if closed_until <= soon + LONGEST_CLOSURE_SECONDS else -inf
        self.reserved_until = reserved_until if reserved_until <= soon + RESERVATION_SECONDS else -inf


Ticket: TypeAlias = tuple[bool, int]
"""A place in a line: False for what reduces risk, so that it sorts first; then the order of arrival."""


class Line:
    """Those who wait for a turn: what reduces risk before everything else, then first come, first served."""

    def __init__(self) -> None:
        """Start empty."""
        self._tickets: list[Ticket] = []
        self._arrivals = 0

    def __len__(self) -> int:
        return len(self._tickets)

    def join(self, *, reduces: bool) -> Ticket:
        """Line up and return the place."""
        self._arrivals += 1
        ticket = (not reduces, self._arrivals)
        insort(self._tickets, ticket)
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Give up a place, or leave it behind once the turn was had."""
        self._tickets.remove(ticket)

    def ahead_of(self, ticket: Ticket) -> int:
        """Return how many go before."""
        return bisect_left(self._tickets, ticket)
