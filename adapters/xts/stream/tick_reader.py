"""From events of the market-data socket to ticks of the contracts that are wanted, in order and each once."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from jainam_prop.adapters.xts.stream.conversation import SocketEvent
from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.ticks.binary import read_packet, split
from jainam_prop.adapters.xts.wire.ticks.cells import Known
from jainam_prop.adapters.xts.wire.ticks.fast_binary import read_usual
from jainam_prop.adapters.xts.wire.ticks.json import read_full
from jainam_prop.adapters.xts.wire.ticks.partial_text import PartialReader
from jainam_prop.adapters.xts.wire.words import SEGMENT_NUMBER_BY_EXCHANGE
from jainam_prop.domain.market_data.freshness import Freshness
from jainam_prop.domain.market_data.subscriptions import DesiredSet
from jainam_prop.domain.market_data.tick import FeedEvent, Tick

_LOG: Final = logging.getLogger(__name__)

_BINARY: Final = "xts-binary-packet"
_BANDS: Final = "1105-json-partial"
"""Execution bands of every contract there is; they hold no price."""


@dataclass(slots=True)
class Counts:
    """How many events were handed on, and how many were not and why.

    Attributes:
        heard: what the socket said of contracts that are wanted, news or not; first images come another way.
    """

    heard: int = 0
    delivered: int = 0
    duplicates: int = 0
    foreign: int = 0
    unreadable: int = 0


class TickReader:
    """Reads events as they come; `hear` is for the thread of the socket, `first_image` and `know` for any other."""

    def __init__(self, deliver: Callable[[FeedEvent], None]) -> None:
        self.counts = Counts()
        self._deliver = deliver
        self._known: Known = {}
        self._partial = PartialReader()
        self._freshness = Freshness()
        self._turn = threading.Lock()

    def know(self, desired: DesiredSet) -> None:
        """Hand on events of these contracts and of no other."""
        self._known = {(SEGMENT_NUMBER_BY_EXCHANGE[key.exchange], key.token): key for key in desired.modes}

    def begin(self) -> None:
        """Start anew on a new connection: what was sent meanwhile is not known."""
        with self._turn:
            self._partial.forget()
            self._freshness.forget()

    def hear(self, event: SocketEvent) -> None:
        """Read one event and hand on what it says."""
        name, payload = event
        if name == _BANDS:
            self.counts.foreign += 1
            return
        try:
            if name == _BINARY:
                self._packets(payload)
            elif name[4:5] == "-" and name[:4].isdecimal():
                self._message(int(name[:4]), payload, is_full=name.endswith("full"))
        except UnreadableAnswer as problem:
            self._missed(problem)

    def first_image(self, _code: int, event: FeedEvent) -> None:
        """Hand on the state at the time of a subscription, unless the socket was faster."""
        with self._turn:
            if isinstance(event, Tick) and self._freshness.has_heard(event.mode, event.instrument):
                return
            self._hand_on(event)

    def _message(self, code: int, payload: object, *, is_full: bool) -> None:
        if not isinstance(payload, str):
            message = f"message {code} is no text"
            raise UnreadableAnswer(message)
        known = self._known
        with self._turn:
            event = read_full(payload, known) if is_full else self._partial.read(code, payload, known)
            self.counts.heard += event is not None
            self._hand_on(event)

    def _packets(self, frame: object) -> None:
        if not isinstance(frame, bytes):
            message = "a binary event holds no bytes"
            raise UnreadableAnswer(message)
        with self._turn:
            usual = read_usual(frame, self._known)
            if usual is not None:
                _, event = usual
                self.counts.heard += event is not None
                self._hand_on(event)
                return
            for packet in split(frame):
                try:
                    event = read_packet(packet, self._known)
                    self.counts.heard += event is not None
                    self._hand_on(event)
                except UnreadableAnswer as problem:
                    self._missed(problem)

    def _hand_on(self, event: FeedEvent | None) -> None:
        if event is None:
            self.counts.foreign += 1
        elif isinstance(event, Tick) and not self._freshness.admits(event):
            self.counts.duplicates += 1
        else:
            self.counts.delivered += 1
            self._deliver(event)

    def _missed(self, problem: UnreadableAnswer) -> None:
        self.counts.unreadable += 1
        if self.counts.unreadable == 1:
            _LOG.warning("A market-data message was not understood and left out; more are only counted: %s", problem)
