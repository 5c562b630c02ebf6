"""What the market-data sockets are told: every change of what their session has subscribed."""

from collections.abc import Iterable
from itertools import count
from typing import Final

from jainam_prop.adapters.simulator.catalogue.listing import Listing
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.ledger import Slot
from jainam_prop.adapters.simulator.exchange.records import Execution, SimOrder
from jainam_prop.adapters.simulator.exchange.records import Snapshot as OrderState
from jainam_prop.adapters.simulator.faults.fault import FaultKind
from jainam_prop.adapters.simulator.rows.snapshots import CANDLE, Snapshot
from jainam_prop.adapters.simulator.rows.vocabulary import SEGMENT_NAMES, SEGMENTS
from jainam_prop.adapters.simulator.server.sessions import MARKET, LiveSession
from jainam_prop.adapters.simulator.sockets import eio_frames as eio
from jainam_prop.adapters.simulator.sockets.roster import Member, Roster
from jainam_prop.adapters.simulator.sockets.socket_faults import SocketFaults
from jainam_prop.adapters.simulator.ticks.band_noise import BandNoise
from jainam_prop.adapters.simulator.ticks.bars import Bars
from jainam_prop.adapters.simulator.ticks.frames import TICK_PLACE, TickFrames, about_tick
from jainam_prop.adapters.simulator.ticks.messages import TICK_CODES, Tick, event_name, market_status
from jainam_prop.domain.instruments.instrument import InstrumentKey

_FIRST_SEQUENCE: Final = 1_904_678_908_069_177


class TickDesk:
    """Listens to the exchange for the market-data sockets."""

    def __init__(self, exchange: SimulatedExchange, roster: Roster, faults: SocketFaults) -> None:
        self._exchange = exchange
        self._roster = roster
        self._faults = faults
        self._sequence = count(_FIRST_SEQUENCE)
        self._frames = TickFrames(exchange.config, faults)
        self._bars = Bars()
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
            tick = Tick(Snapshot(self._exchange, segment, token), self._sequence)
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

    def _tell(self, member: Member, tick: Tick, candle: dict[str, object] | None) -> None:
        wanted = member.session.subscriptions
        for code in TICK_CODES:
            if tick.key(code) in wanted:
                self._send(member, tick, code, self._frames.tick(member, tick, code))
        if candle is not None and tick.key(CANDLE) in wanted:
            self._send(member, tick, CANDLE, self._frames.candle(member, candle))

    def _show(self, member: Member, segment: int, token: int, code: int) -> None:
        if code not in TICK_CODES:
            return
        try:
            tick = Tick(Snapshot(self._exchange, SEGMENT_NAMES[segment], token), self._sequence)
        except LookupError:
            return  # it was subscribed, but there is nothing to show
        member.send(self._frames.first_image(member, tick, code))

    def _send(self, member: Member, tick: Tick, code: int, frames: bytes) -> None:
        about = about_tick(member, tick, code)
        if not self._faults.lets_through(member, TICK_PLACE, about):
            return
        key = tick.key(code)
        if self._faults.strikes(FaultKind.TICK_LATE, TICK_PLACE, about):
            member.held_back[key] = frames
            return
        again = frames if self._faults.strikes(FaultKind.TICK_TWICE, TICK_PLACE, about) else b""
        member.send(frames + again + member.held_back.pop(key, b""))

    def _make_noise(self, members: tuple[Member, ...]) -> None:
        if members and self._faults.strikes(FaultKind.BAND_NOISE, TICK_PLACE, {}):
            taken = frozenset(token for member in members for _, token, _ in tuple(member.session.subscriptions))
            frames = eio.event(event_name(1105, is_partial=True), self._noise.line(taken))
            for member in members:
                member.send(frames)


def segment_and_token(key: InstrumentKey) -> tuple[str, int]:
    """Return the segment and number under which market data know an instrument or index."""
    return SEGMENTS[key.exchange], key.token
