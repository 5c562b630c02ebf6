"""Prices that walk by themselves, for demonstrations and soaks: one instrument after another, a tick up or down."""

import random
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import count

from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.http.sessions import MARKET, Sessions
from jainam_prop.adapters.simulator.sockets.tick_publisher import TickPublisher, segment_and_token
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, SEGMENT_NAMES
from jainam_prop.domain.instruments.instrument import InstrumentKey


class Ticker:
    """Moves what some session has subscribed, or the instruments given."""

    def __init__(self, exchange: SimulatedExchange, sessions: Sessions, ticks: TickPublisher) -> None:
        self._exchange = exchange
        self._sessions = sessions
        self._ticks = ticks
        self._random = random.Random(exchange.config.seed)  # noqa: S311 - reproducible on purpose

    @contextmanager
    def running(
        self, ticks_per_second: float, keys: Iterable[InstrumentKey] | None = None, most: int | None = None
    ) -> Iterator[threading.Thread]:
        """Walk for the length of a ``with``; the thread ends by itself after the last tick.

        Args:
            ticks_per_second: the rate over all instruments together.
            keys: what moves; None for whatever is subscribed at the time.
            most: how many ticks there are at most; None for as long as the ``with`` lasts.
        """
        chosen = None if keys is None else tuple(segment_and_token(key) for key in keys)
        stopping = threading.Event()
        walker = threading.Thread(
            target=self._walk, args=(stopping, 1 / ticks_per_second, chosen, most), name="simulator-ticker", daemon=True
        )
        walker.start()
        try:
            yield walker
        finally:
            stopping.set()
            walker.join()

    def step(self, segment: str, token: int) -> None:
        """Move one instrument by a tick within its band; an index, which nothing moves, is only told again."""
        listing = self._exchange.universe.find(InstrumentKey(EXCHANGES[segment], token))
        if listing is None:
            self._ticks.publish(segment, token)
        else:
            price = self._exchange.market(listing.key).last_price
            self._exchange.move(listing.key, self._next(listing, price))

    def _walk(
        self,
        stopping: threading.Event,
        pause: float,
        chosen: tuple[tuple[str, int], ...] | None,
        most: int | None,
    ) -> None:
        turns = count() if most is None else range(most)
        for turn in turns:
            if stopping.wait(pause):
                return
            targets = chosen or self._subscribed()
            if targets:
                self._try(*targets[turn % len(targets)])

    def _try(self, segment: str, token: int) -> None:
        try:
            self.step(segment, token)
        except LookupError:
            return  # somebody has subscribed what does not exist

    def _subscribed(self) -> tuple[tuple[str, int], ...]:
        sessions = [session for session in self._sessions.live() if session.application == MARKET]
        wanted = {(segment, token) for session in sessions for segment, token, _ in tuple(session.subscriptions)}
        return tuple((SEGMENT_NAMES[segment], token) for segment, token in sorted(wanted) if segment in SEGMENT_NAMES)

    def _next(self, listing: Listing, price: Decimal) -> Decimal:
        step = self._random.choice((-1, 1)) * listing.tick
        lowest = listing.lower or listing.tick
        highest = listing.upper or price + listing.tick
        return price + step if lowest <= price + step <= highest else price - step
