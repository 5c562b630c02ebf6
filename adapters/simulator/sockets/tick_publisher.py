"""Ticks of subscribed instruments for the market-data sockets."""

from collections.abc import Iterable
from itertools import count
from typing import Final

from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.orders import Execution, SimOrder
from jainam_prop.adapters.simulator.exchange.orders import OrderUpdate as OrderState
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults.fault import FaultKind
from jainam_prop.adapters.simulator.http.sessions import MARKET, LiveSession
from jainam_prop.adapters.simulator.sockets import engineio as eio
from jainam_prop.adapters.simulator.sockets.connections import Connection, ConnectionRegistry, SocketFaults
from jainam_prop.adapters.simulator.ticks.binary import BINARY_CODES, Layout, packet
from jainam_prop.adapters.simulator.ticks.candles import CandleBuilder
from jainam_prop.adapters.simulator.ticks.messages import TICK_CODES, Tick, event_name, market_status
from jainam_prop.adapters.simulator.ticks.partial import BandNoise, candle_text, partial_text
from jainam_prop.adapters.simulator.ticks.snapshots import CANDLE, MarketSnapshot
from jainam_prop.adapters.simulator.vocabulary import SEGMENT_NAMES, SEGMENTS
from jainam_prop.domain.instruments.instrument import InstrumentKey

TICK_PLACE: Final = ("tick",)
"""What faults call the place where ticks are sent."""


def about_tick(member: Connection, tick: Tick, code: int) -> dict[str, object]:
    """Return what a fault may choose a tick by, named as in requests."""
    segment, token, _ = tick.key(code)
    return {
        "exchangeSegment": SEGMENT_NAMES[segment],
        "exchangeInstrumentID": token,
        "xtsMessageCode": code,
        "userID": member.session.login.user_id,
    }


class TickEncoder:
    """Writes ticks; what has no known packet is JSON on a binary socket too."""

    def __init__(self, config: SimulatorConfig, faults: SocketFaults) -> None:
        self._config = config
        self._faults = faults

    def tick(self, member: Connection, tick: Tick, code: int) -> bytes:
        """Write a tick."""
        if member.is_binary and code in BINARY_CODES:
            return eio.binary_event(self._packet(member, tick, code))
        if member.is_partial:
            said = member.last_sent.setdefault(tick.key(code), {})
            return eio.event(event_name(code, is_partial=True), partial_text(tick, code, said))
        return b"".join(eio.json_event(event_name(code), body) for body in tick.full(code))

    def first_image(self, member: Connection, tick: Tick, code: int) -> bytes:
        """Write what follows a subscription."""
        if member.is_partial or (member.is_binary and code in BINARY_CODES):
            return self.tick(member, tick, code)
        return eio.json_event(event_name(code), tick.first_image(code))

    def candle(self, member: Connection, candle: dict[str, object]) -> bytes:
        """Write a candle."""
        if member.is_partial:
            return eio.event(event_name(CANDLE, is_partial=True), candle_text(candle))
        return eio.json_event(event_name(CANDLE), candle)

    def _packet(self, member: Connection, tick: Tick, code: int) -> bytes:
        about = about_tick(member, tick, code)
        layout = self._faults.text_of(FaultKind.BINARY_LAYOUT, TICK_PLACE, about) or self._config.binary_layout
        is_compressed = self._config.compressed or self._faults.strikes(FaultKind.COMPRESSED, TICK_PLACE, about)
        return packet(tick, code, Layout(layout), is_compressed=is_compressed)


_FIRST_SEQUENCE: Final = 1_904_678_908_069_177


class TickPublisher:
    """Listens to the exchange for the market-data sockets."""

    def __init__(self, exchange: SimulatedExchange, roster: ConnectionRegistry, faults: SocketFaults) -> None:
        self._exchange = exchange
        self._roster = roster
        self._faults = faults
        self._sequence = count(_FIRST_SEQUENCE)
        self._frames = TickEncoder(exchange.config, faults)
        self._bars = CandleBuilder()
        self._noise = BandNoise(exchange.universe)

    def order(self, order: SimOrder, state: OrderState) -> None:
        """Ignore orders: these sockets are told of markets only."""

    def trade(self, done: Execution) -> None:
        """Ignore fills; the market that they change is told once they are done."""

    def position(self, slot: Slot) -> None:
        """Ignore positions."""

    def conversion(self, slot: Slot, product: str, units: int) -> None:
        """Ignore conversions."""

    def market(self, listing: Listing) -> None:
        """Tell of an instrument's market."""
        self.publish(listing.segment, listing.key.token)

    def publish(self, segment: str, token: int) -> None:
        """Tell whoever has subscribed an instrument or index how it stands.

        Raises:
            LookupError: there is no such instrument or index.
        """
        with self._exchange.standstill():
            members = self._roster.members(MARKET)
            tick = Tick(MarketSnapshot(self._exchange, segment, token), self._sequence)
            candle = self._bars.take(tick.snapshot)
            for member in members:
                self._tell(member, tick, candle)
            self._make_noise(members)

    def first_images(self, session: LiveSession, subscribed: Iterable[tuple[int, int, int]]) -> None:
        """Tell a session's sockets how what it has just subscribed stands."""
        with self._exchange.standstill():
            for member in self._roster.members(MARKET):
                if member.session is session:
                    for segment, token, code in subscribed:
                        self._show(member, segment, token, code)

    def market_status(self, segment: int, session: int, time: int) -> None:
        """Tell every socket of the state of a market as 1507."""
        body = market_status(segment, session, time)
        for member in self._roster.members(MARKET):
            member.send(eio.json_event(event_name(1507), body))

    def _tell(self, member: Connection, tick: Tick, candle: dict[str, object] | None) -> None:
        wanted = member.session.subscriptions
        for code in TICK_CODES:
            if tick.key(code) in wanted:
                self._send(member, tick, code, self._frames.tick(member, tick, code))
        if candle is not None and tick.key(CANDLE) in wanted:
            self._send(member, tick, CANDLE, self._frames.candle(member, candle))

    def _show(self, member: Connection, segment: int, token: int, code: int) -> None:
        if code not in TICK_CODES:
            return
        try:
            tick = Tick(MarketSnapshot(self._exchange, SEGMENT_NAMES[segment], token), self._sequence)
        except LookupError:
            return  # it was subscribed, but there is nothing to show
        member.send(self._frames.first_image(member, tick, code))

    def _send(self, member: Connection, tick: Tick, code: int, frames: bytes) -> None:
        about = about_tick(member, tick, code)
        if not self._faults.lets_through(member, TICK_PLACE, about):
            return
        key = tick.key(code)
        if self._faults.strikes(FaultKind.TICK_LATE, TICK_PLACE, about):
            member.held_back[key] = frames
            return
        again = frames if self._faults.strikes(FaultKind.TICK_TWICE, TICK_PLACE, about) else b""
        member.send(frames + again + member.held_back.pop(key, b""))

    def _make_noise(self, members: tuple[Connection, ...]) -> None:
        if members and self._faults.strikes(FaultKind.BAND_NOISE, TICK_PLACE, {}):
            taken = frozenset(token for member in members for _, token, _ in tuple(member.session.subscriptions))
            frames = eio.event(event_name(1105, is_partial=True), self._noise.line(taken))
            for member in members:
                member.send(frames)


def segment_and_token(key: InstrumentKey) -> tuple[str, int]:
    """Return the segment and number under which market data know an instrument or index."""
    return SEGMENTS[key.exchange], key.token
