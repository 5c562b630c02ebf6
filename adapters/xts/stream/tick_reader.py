"""Reading of market-data events: from messages of the socket to events of wanted contracts."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from jainam_prop.adapters.xts.stream.conversation import SocketEvent
from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer, refuse
from jainam_prop.adapters.xts.wire.ticks.binary import read_packet, split
from jainam_prop.adapters.xts.wire.ticks.cells import WireKey
from jainam_prop.adapters.xts.wire.ticks.fast_binary import read_usual
from jainam_prop.adapters.xts.wire.ticks.json import read_full
from jainam_prop.adapters.xts.wire.ticks.partial_text import PartialReader, read_band
from jainam_prop.adapters.xts.wire.words import SEGMENT_NUMBER_BY_EXCHANGE
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.tick import FeedEvent

_LOG: Final = logging.getLogger(__name__)

_BINARY: Final = "xts-binary-packet"
_BANDS: Final = "1105-json-partial"
"""Execution bands of every contract there is; only those of wanted ones are read."""


TakeBand: TypeAlias = Callable[[InstrumentKey, float, float], None]
"""Takes the lowest and the highest price of a contract, in rupees."""


def ignore_band(_key: InstrumentKey, _lower: float, _upper: float) -> None:
    """Take no band."""


@dataclass(slots=True)
class ReaderCounts:
    """Messages about contracts that are not wanted, and messages that were not understood."""

    foreign: int = 0
    unreadable: int = 0


class TickReader:
    """Reads events one by one; not safe for threads, since its feed has one lock for all of its state."""

    def __init__(self, take: Callable[[FeedEvent], None], take_band: TakeBand = ignore_band) -> None:
        self.counts = ReaderCounts()
        self._take = take
        self._take_band = take_band
        self._known: dict[WireKey, InstrumentKey] = {}
        self._partial = PartialReader()

    def want(self, key: InstrumentKey) -> None:
        """Hand on events of a contract."""
        self._known[SEGMENT_NUMBER_BY_EXCHANGE[key.exchange], key.token] = key

    def drop(self, key: InstrumentKey) -> None:
        """Count events of a contract as foreign."""
        self._known.pop((SEGMENT_NUMBER_BY_EXCHANGE[key.exchange], key.token), None)

    def gap(self) -> None:
        """Forget the cells of partial messages, since changes were missed."""
        self._partial.forget()

    def read(self, event: SocketEvent) -> None:
        """Read one event and hand on what it says."""
        name, payload = event
        try:
            if name == _BINARY:
                self._packets(payload)
            elif name[4:5] == "-" and name[:4].isdecimal() and name != _BANDS:
                self._message(int(name[:4]), payload, is_full=name.endswith("full"))
            elif name == _BANDS:
                self._band(payload)
        except UnreadableAnswer as problem:
            self._missed(problem)

    def _message(self, code: int, payload: object, *, is_full: bool) -> None:
        if not isinstance(payload, str):
            refuse(f"message {code} is no text")
        known = self._known
        self._hand_on(read_full(payload, known) if is_full else self._partial.read(code, payload, known))

    def _band(self, payload: object) -> None:
        found = read_band(payload, self._known) if isinstance(payload, str) else None
        self.counts.foreign += found is None
        if found is not None:
            self._take_band(*found)

    def _packets(self, frame: object) -> None:
        if not isinstance(frame, bytes):
            refuse("a binary event holds no bytes")
        usual = read_usual(frame, self._known)
        if usual is not None:
            self._hand_on(usual[1])
            return
        for packet in split(frame):
            try:
                self._hand_on(read_packet(packet, self._known))
            except UnreadableAnswer as problem:
                self._missed(problem)

    def _hand_on(self, event: FeedEvent | None) -> None:
        if event is None:
            self.counts.foreign += 1
        else:
            self._take(event)

    def _missed(self, problem: UnreadableAnswer) -> None:
        self.counts.unreadable += 1
        if self.counts.unreadable == 1:
            _LOG.warning("A market-data message was not understood and left out; more are only counted: %s", problem)
