"""Prices that walk by themselves, for demonstrations and soak tests: one tick up or down at a time.

Every instrument has its own random stream, so the n-th price of an instrument depends on the seed alone.
"""

import random
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Final

from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.http.sessions import MARKET, Sessions
from jainam_prop.adapters.simulator.sockets.tick_publisher import TickPublisher
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, SEGMENT_NAMES, SEGMENTS
from jainam_prop.domain.instruments.instrument import InstrumentKey

_LOOK_EVERY: Final = 50
"""Turns until the subscribed instruments are looked up again."""


class Ticker:
    """Moves the subscribed instruments, or a given list, in turns."""

    def __init__(self, exchange: SimulatedExchange, sessions: Sessions, ticks: TickPublisher) -> None:
        self._exchange = exchange
        self._sessions = sessions
        self._ticks = ticks
        self._streams: dict[tuple[str, int], random.Random] = {}

    @contextmanager
    def running(
        self, ticks_per_second: float, keys: Iterable[InstrumentKey] | None = None, most: int | None = None
    ) -> Iterator[threading.Thread]:
        """Walk for the length of a ``with``; the thread ends after the last tick.

        Args:
            ticks_per_second: the rate over all instruments together.
            keys: the instruments to move; None for those subscribed at the time.
            most: the number of ticks; None for no limit.
        """
        chosen = None if keys is None else tuple((SEGMENTS[key.exchange], key.token) for key in keys)
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
        """Move one instrument by a tick within its price band; an index does not move and is only published.

        Raises:
            LookupError: there is no such instrument or index.
        """
        listing = self._exchange.universe.find(InstrumentKey(EXCHANGES[segment], token))
        if listing is None:
            self._ticks.publish(segment, token)
            return
        price, stream = self._exchange.market(listing.key).last_price, self._stream(segment, token)
        step = stream.choice((-1, 1)) * listing.tick
        lowest, highest = listing.lower or listing.tick, listing.upper or price + listing.tick
        self._exchange.move(listing.key, price + step if lowest <= price + step <= highest else price - step)

    def _stream(self, segment: str, token: int) -> random.Random:
        if (segment, token) not in self._streams:
            seed = f"{self._exchange.config.seed} {segment} {token}"
            self._streams[segment, token] = random.Random(seed)  # noqa: S311 - reproducible on purpose
        return self._streams[segment, token]

    def _walk(
        self,
        stopping: threading.Event,
        pause: float,
        chosen: tuple[tuple[str, int], ...] | None,
        most: int | None,
    ) -> None:
        turns = count() if most is None else range(most)
        targets: tuple[tuple[str, int], ...] = ()
        for turn in turns:
            if stopping.wait(pause):
                return
            if turn % _LOOK_EVERY == 0 or not targets:
                targets = chosen or self._subscribed()
            if targets:
                with suppress(LookupError):  # a session may subscribe an instrument that does not exist
                    self.step(*targets[turn % len(targets)])

    def _subscribed(self) -> tuple[tuple[str, int], ...]:
        sessions = [session for session in self._sessions.live() if session.application == MARKET]
        wanted = {(segment, token) for session in sessions for segment, token, _ in tuple(session.subscriptions)}
        return tuple((SEGMENT_NAMES[segment], token) for segment, token in sorted(wanted) if segment in SEGMENT_NAMES)
