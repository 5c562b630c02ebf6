"""One tick as the JSON messages of a market-data socket."""

from collections.abc import Iterator
from typing import Final

from jainam_prop.adapters.simulator.ticks.snapshots import (
    DEPTH_CODE,
    LAST_PRICE,
    NO_ROW,
    OPEN_INTEREST,
    TOUCHLINE,
    MarketSnapshot,
)
from jainam_prop.domain.orders.order import Side

TICK_CODES: Final = (TOUCHLINE, DEPTH_CODE, OPEN_INTEREST, LAST_PRICE)
"""Codes of every change of a market; candles follow the minute instead."""

_BUY_BACK: Final[dict[str, object]] = {"BuyBackTotalBuy": 0, "BuyBackTotalSell": 0}
_BOOK: Final[dict[str, object]] = {"BookType": 1, "XMarketType": 1}
_INFOS: Final = ("BidInfo", "AskInfo")


class Tick:
    """One instrument or index at one moment.

    Attributes:
        snapshot: the moment.
        line: its touchline.
    """

    def __init__(self, snapshot: MarketSnapshot, sequence: Iterator[int]) -> None:
        self.snapshot = snapshot
        self.line = snapshot.line()
        self._sequence = sequence
        self._numbers: dict[int, int] = {}

    def key(self, code: int) -> tuple[int, int, int]:
        """Return the subscription that this tick matches as a message code: segment, instrument, code."""
        return self.snapshot.ids["ExchangeSegment"], self.snapshot.ids["ExchangeInstrumentID"], code

    def sequence(self, code: int) -> int:
        """Return the sequence number of this tick's messages of a code."""
        if code not in self._numbers:
            self._numbers[code] = next(self._sequence)
        return self._numbers[code]

    def first_image(self, code: int) -> dict[str, object]:
        """Return the message that follows a subscription; it has the flat shape of a quote except for depth."""
        return self.full(code)[0] if code == DEPTH_CODE else self.snapshot.message(code)

    def full(self, code: int) -> list[dict[str, object]]:
        """Return the messages of a full JSON socket; a touchline is sent in two shapes."""
        if code == TOUCHLINE:
            return [self._quotes_first(), self._quotes_last()]
        if code == DEPTH_CODE:
            return [self._depth()]
        if code == LAST_PRICE:
            return [self.snapshot.head(LAST_PRICE) | self.snapshot.message(LAST_PRICE)]
        return [self.snapshot.message(code)]

    def depth(self, side: Side) -> list[dict[str, object]]:
        """Return the depth of a side, best first."""
        return self.snapshot.rows(side)

    def best(self, side: Side) -> dict[str, object]:
        """Return the best row of a side, zeros if the side is empty."""
        return next(iter(self.depth(side)), NO_ROW)

    def _quotes_first(self) -> dict[str, object]:
        tail: dict[str, object] = {**_BOOK, "SequenceNumber": self.sequence(TOUCHLINE)}
        return self.snapshot.head(TOUCHLINE) | {"Touchline": self.line | _BUY_BACK} | tail

    def _quotes_last(self) -> dict[str, object]:
        rest = {name: value for name, value in self.line.items() if name not in _INFOS}
        infos = {name: self.line[name] for name in reversed(_INFOS)}
        ahead: dict[str, object] = {**_BOOK, "SequenceNumber": self.sequence(TOUCHLINE)}
        return self.snapshot.head(TOUCHLINE) | ahead | {"Touchline": rest | _BUY_BACK | infos}

    def _depth(self) -> dict[str, object]:
        sides = {"Bids": self.depth(Side.BUY), "Asks": self.depth(Side.SELL)}
        tail: dict[str, object] = {**_BOOK, "SequenceNumber": self.sequence(DEPTH_CODE)}
        return self.snapshot.head(DEPTH_CODE) | sides | {"Touchline": self.line | _BUY_BACK} | tail


def event_name(code: int, *, is_partial: bool = False) -> str:
    """Return the name of the JSON event of a message code."""
    return f"{code}-json-{'partial' if is_partial else 'full'}"


def market_status(segment: int, session: int, time: int) -> dict[str, object]:
    """Return the body of a 1507 in the live server's spelling, which names the segment twice."""
    ids = {"ExchangeSegment": segment, "ExchangeInstrumentID": 0, "ExchangeTimeStamp": time}
    head = {"MessageCode": 1507, "MessageVersion": 1, "ApplicationType": 0, "TokenID": 0}
    state = {"exchangeSegment": segment, "tradingSession": session, "maketType": 1, "message": ""}
    return {**head, **ids, **state, "SequenceNumber": 0}
