"""Publishes ticks and candles to the sockets that have subscribed them, and moves prices for demonstrations."""

import random
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import count
from typing import Final

from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.adapters.simulator.http.sessions import MARKET, LiveSession, Sessions
from jainam_prop.adapters.simulator.sockets import engineio as eio
from jainam_prop.adapters.simulator.sockets.connections import Connection, ConnectionRegistry, SocketFaults
from jainam_prop.adapters.simulator.ticks import messages
from jainam_prop.adapters.simulator.ticks.binary import BINARY_CODES, Layout, packet
from jainam_prop.adapters.simulator.ticks.snapshots import CANDLE, MarketSnapshot
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, SEGMENT_NAMES, SEGMENTS
from jainam_prop.domain.instruments.instrument import InstrumentKey

_PLACE: Final = ("tick",)
"""The place name of tick faults."""

_FIRST_SEQUENCE: Final = 1_904_678_908_069_177


class TickPublisher:
    """Publishes every change of a market in the format of each socket: full JSON, partial text or binary packets."""

    def __init__(self, exchange: SimulatedExchange, registry: ConnectionRegistry, faults: SocketFaults) -> None:
        self._exchange = exchange
        self._registry = registry
        self._faults = faults
        self._sequence = count(_FIRST_SEQUENCE)
        self._layout = Layout(exchange.config.binary_layout)
        self._noise = messages.BandNoise(exchange.universe)

    def publish(self, segment: str, token: int) -> None:
        """Publish the state of an instrument or index.

        Raises:
            LookupError: there is no such instrument or index.
        """
        with self._exchange.locked():
            connections = self._registry.connections(MARKET)
            tick = messages.Tick(MarketSnapshot(self._exchange, segment, token), self._sequence)
            candle = tick.snapshot.finished_candle()
            for connection in connections:
                self._publish_to(connection, tick, candle)
            self._publish_noise(connections)

    def first_images(self, session: LiveSession, subscribed: Iterable[tuple[int, int, int]]) -> None:
        """Send the state of each new subscription to the session's sockets."""
        with self._exchange.locked():
            for connection in self._registry.connections(MARKET):
                if connection.session is session:
                    for segment, token, code in subscribed:
                        self._send_image(connection, segment, token, code)

    def market_status(self, segment: int, session: int, time: int) -> None:
        """Publish the state of a market, message 1507, to every socket."""
        body = messages.market_status(segment, session, time)
        for connection in self._registry.connections(MARKET):
            connection.send(eio.json_event(messages.event_name(1507), body))

    def _publish_to(self, connection: Connection, tick: messages.Tick, candle: dict[str, object] | None) -> None:
        wanted = connection.session.subscriptions
        for code in messages.TICK_CODES:
            if tick.key(code) in wanted:
                self._send(connection, tick, code, self._frames(connection, tick, code))
        if candle is not None and tick.key(CANDLE) in wanted:
            is_partial = connection.is_partial
            text, name = messages.candle_text(candle), messages.event_name(CANDLE, is_partial=is_partial)
            self._send(connection, tick, CANDLE, eio.event(name, text) if is_partial else eio.json_event(name, candle))

    def _send_image(self, connection: Connection, segment: int, token: int, code: int) -> None:
        if code not in messages.TICK_CODES:
            return
        try:
            tick = messages.Tick(MarketSnapshot(self._exchange, SEGMENT_NAMES[segment], token), self._sequence)
        except LookupError:
            return  # an unknown instrument can be subscribed, but has no state
        if connection.is_partial or (connection.is_binary and code in BINARY_CODES):
            connection.send(self._frames(connection, tick, code))
        else:
            connection.send(eio.json_event(messages.event_name(code), tick.first_image(code)))

    def _frames(self, connection: Connection, tick: messages.Tick, code: int) -> bytes:
        """Encode a tick; codes without a known packet are JSON on binary sockets too."""
        if connection.is_binary and code in BINARY_CODES:
            return eio.binary_event(packet(tick, code, self._layout, is_compressed=self._exchange.config.compressed))
        if connection.is_partial:
            sent = connection.last_sent.setdefault(tick.key(code), {})
            return eio.event(messages.event_name(code, is_partial=True), messages.partial_text(tick, code, sent))
        return b"".join(eio.json_event(messages.event_name(code), body) for body in tick.full(code))

    def _send(self, connection: Connection, tick: messages.Tick, code: int, frames: bytes) -> None:
        key = tick.key(code)
        fields = {
            "exchangeSegment": SEGMENT_NAMES[key[0]],
            "exchangeInstrumentID": key[1],
            "xtsMessageCode": code,
            "userID": connection.session.login.user_id,
        }
        if not self._faults.allows(connection, _PLACE, fields):
            return
        if self._faults.strikes(FaultKind.TICK_LATE, _PLACE, fields):
            connection.held_back[key] = frames
            return
        again = frames if self._faults.strikes(FaultKind.TICK_TWICE, _PLACE, fields) else b""
        connection.send(frames + again + connection.held_back.pop(key, b""))

    def _publish_noise(self, connections: tuple[Connection, ...]) -> None:
        if connections and self._faults.strikes(FaultKind.BAND_NOISE, _PLACE, {}):
            taken = frozenset(token for one in connections for _, token, _ in tuple(one.session.subscriptions))
            frames = eio.event(messages.event_name(1105, is_partial=True), self._noise.line(taken))
            for connection in connections:
                connection.send(frames)


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
        self, stopping: threading.Event, pause: float, chosen: tuple[tuple[str, int], ...] | None, most: int | None
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
