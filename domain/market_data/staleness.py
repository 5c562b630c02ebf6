"""Which prices are known to be current: confirmed since the last gap, stale, or quiet and due to be read by quote.

Moments are monotonic seconds. A price from before a gap is current again once a message, a first image or a quote
confirms it. A contract that is quiet while its exchange trades is read by quote, because a subscription can end without
a word: it belongs to the token, which other feeds share.
"""

from collections.abc import Callable, Iterable
from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey

IMAGE_SECONDS: Final = 1.0
"""A confirmed subscription that brought no image for so long is read by quote."""

MARK_SECONDS: Final = 3.0
"""A price that is not confirmed for so long after a gap is marked stale."""

QUIET_SECONDS: Final = 5.0
LONGEST_QUIET_SECONDS: Final = 300.0
"""First and longest silence of one contract before it is read by quote; it doubles while the quote says nothing new."""

STRIKES: Final = 2
"""So often a contract must be held by the broker, quoted anew and not heard, until the connection counts as deaf."""

AGAIN_SECONDS: Final = 5.0
"""Until a contract is read by quote once more that no quote confirmed."""


class Staleness:
    """Confirmation of each wanted contract. Not safe for threads: its feed has one lock for all of its state.

    Attributes:
        stale: contracts with a price that is not known to be current, and since when.
        heard_at: when each contract was confirmed last.
        ticked_at: when the socket brought the last wanted price of each exchange.
    """

    def __init__(self) -> None:
        self.stale: dict[InstrumentKey, float] = {}
        self.heard_at: dict[InstrumentKey, float] = {}
        self.ticked_at: dict[Exchange, float] = {}
        self._unconfirmed: dict[InstrumentKey, float] = {}
        self._read_at: dict[InstrumentKey, float] = {}
        self._quiet: dict[InstrumentKey, float] = {}
        self._strikes: dict[InstrumentKey, int] = {}

    def is_deaf(self, now: float) -> bool:
        """Return whether the connection brings nothing while quotes show prices that the broker says are subscribed."""
        if any(now - at < QUIET_SECONDS for at in self.ticked_at.values()):
            return False
        return any(strikes >= STRIKES for strikes in self._strikes.values())

    def want(self, key: InstrumentKey, now: float) -> None:
        """Take a new contract, whose price is not known yet."""
        if key not in self.heard_at:
            self._unconfirmed[key] = now

    def drop(self, key: InstrumentKey) -> None:
        """Forget a contract."""
        for kept in (self.stale, self.heard_at, self._unconfirmed, self._read_at, self._quiet, self._strikes):
            kept.pop(key, None)

    def gap(self, keys: Iterable[InstrumentKey], now: float) -> None:
        """Take a gap in the connection: no price is known to be current."""
        for key in keys:
            self._unconfirmed.setdefault(key, now)
        self._read_at.clear()
        self._strikes.clear()

    def suspect(self, key: InstrumentKey) -> None:
        """Take a quote that is newer than what the socket brought for a subscribed contract."""
        self._strikes.setdefault(key, 0)

    def strike(self, key: InstrumentKey) -> None:
        """Take the broker's word that a contract is subscribed; it counts against a suspect."""
        if key in self._strikes:
            self._strikes[key] += 1

    def held(self, key: InstrumentKey, now: float, *, has_image: bool) -> None:
        """Take the confirmation of a subscription; an image is due unless one came in this mode since the gap."""
        if key in self._unconfirmed or not has_image:
            self._read_at[key] = now + IMAGE_SECONDS

    def heard(self, key: InstrumentKey, now: float) -> None:
        """Take a message of the socket in the wanted mode."""
        self.heard_at[key] = now
        if self._quiet:
            self._quiet.pop(key, None)
        if self._strikes:
            self._strikes.pop(key, None)
        if self._unconfirmed or self._read_at:
            self._confirm(key)

    def quoted(self, key: InstrumentKey, now: float, *, is_new: bool) -> None:
        """Take a quote; while it says nothing new the contract is read less often."""
        self.heard_at[key] = now
        quiet = self._quiet.get(key, QUIET_SECONDS)
        self._quiet[key] = QUIET_SECONDS if is_new else min(quiet * 2, LONGEST_QUIET_SECONDS)
        self._confirm(key)

    def unanswered(self, keys: Iterable[InstrumentKey], now: float) -> None:
        """Take quotes that did not come: they are read again later."""
        for key in keys:
            if key in self._read_at:
                self._read_at[key] = now + AGAIN_SECONDS
            elif key in self.heard_at:
                self.heard_at[key] = now

    def due(self, now: float, is_trading: Callable[[Exchange], bool]) -> list[InstrumentKey]:
        """Return the contracts to be read by quote: without an image first, then the quiet ones, longest due first."""
        missing = [key for key, at in self._read_at.items() if at <= now]
        trading: dict[Exchange, bool] = {}
        quiet = []
        for key, at in self.heard_at.items():
            due_at = at + self._quiet.get(key, QUIET_SECONDS)
            if now < due_at or key in self._unconfirmed:
                continue
            if key.exchange not in trading:
                trading[key.exchange] = is_trading(key.exchange)
            if trading[key.exchange]:
                quiet.append((due_at, key))
        return missing + [key for _, key in sorted(quiet)]

    def overdue(self, now: float) -> list[InstrumentKey]:
        """Mark prices that were not confirmed in time; return those that were not marked before."""
        late = [
            key
            for key, since in self._unconfirmed.items()
            if key in self.heard_at and key not in self.stale and now - since >= MARK_SECONDS
        ]
        for key in late:
            self.stale[key] = self._unconfirmed[key]
        return late

    def quiet_for(
        self, now: float, exchanges: Iterable[Exchange], since: float, is_trading: Callable[[Exchange], bool]
    ) -> float:
        """Return the seconds without a price of some exchanges; zero while none of them is expected to trade."""
        exchanges = set(exchanges)
        if not any(is_trading(exchange) for exchange in exchanges):
            return 0.0
        return now - max([since, *(self.ticked_at[each] for each in exchanges if each in self.ticked_at)])

    def ages(self, now: float) -> dict[Exchange, float]:
        """Return the seconds since the last wanted price that the socket brought, by exchange."""
        return {exchange: now - at for exchange, at in list(self.ticked_at.items())}

    def _confirm(self, key: InstrumentKey) -> None:
        self._unconfirmed.pop(key, None)
        self._read_at.pop(key, None)
        self.stale.pop(key, None)
