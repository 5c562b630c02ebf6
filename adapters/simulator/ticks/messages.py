"""One tick as the messages of a market-data socket: full JSON, or partial text of what has changed for one socket."""

from collections.abc import Iterator, Mapping
from itertools import cycle
from typing import Final

from jainam_prop.adapters.simulator.catalogue.universe import Universe
from jainam_prop.adapters.simulator.ticks import snapshots
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import Side

TICK_CODES: Final = (snapshots.TOUCHLINE, snapshots.DEPTH_CODE, snapshots.OPEN_INTEREST, snapshots.LAST_PRICE)
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

    def __init__(self, snapshot: snapshots.MarketSnapshot, sequence: Iterator[int]) -> None:
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
        return self.full(code)[0] if code == snapshots.DEPTH_CODE else self.snapshot.message(code)

    def full(self, code: int) -> list[dict[str, object]]:
        """Return the messages of a full JSON socket; a touchline is sent in two shapes."""
        if code == snapshots.TOUCHLINE:
            return [self._quotes_first(), self._quotes_last()]
        if code == snapshots.DEPTH_CODE:
            return [self.snapshot.depth_message(self.sequence(snapshots.DEPTH_CODE))]
        if code == snapshots.LAST_PRICE:
            return [self.snapshot.head(snapshots.LAST_PRICE) | self.snapshot.message(snapshots.LAST_PRICE)]
        return [self.snapshot.message(code)]

    def _quotes_first(self) -> dict[str, object]:
        tail: dict[str, object] = {**_BOOK, "SequenceNumber": self.sequence(snapshots.TOUCHLINE)}
        return self.snapshot.head(snapshots.TOUCHLINE) | {"Touchline": self.line | _BUY_BACK} | tail

    def _quotes_last(self) -> dict[str, object]:
        rest = {name: value for name, value in self.line.items() if name not in _INFOS}
        infos = {name: self.line[name] for name in reversed(_INFOS)}
        ahead: dict[str, object] = {**_BOOK, "SequenceNumber": self.sequence(snapshots.TOUCHLINE)}
        return self.snapshot.head(snapshots.TOUCHLINE) | ahead | {"Touchline": rest | _BUY_BACK | infos}


def event_name(code: int, *, is_partial: bool = False) -> str:
    """Return the name of the JSON event of a message code."""
    return f"{code}-json-{'partial' if is_partial else 'full'}"


def market_status(segment: int, session: int, time: int) -> dict[str, object]:
    """Return the body of a 1507 in the live server's spelling, which names the segment twice."""
    ids = {"ExchangeSegment": segment, "ExchangeInstrumentID": 0, "ExchangeTimeStamp": time}
    head = {"MessageCode": 1507, "MessageVersion": 1, "ApplicationType": 0, "TokenID": 0}
    state = {"exchangeSegment": segment, "tradingSession": session, "maketType": 1, "message": ""}
    return {**head, **ids, **state, "SequenceNumber": 0}


_LINE: Final = {
    "ltp": "LastTradedPrice", "ltq": "LastTradedQunatity", "tb": "TotalBuyQuantity", "ts": "TotalSellQuantity",
    "v": "TotalTradedQuantity", "ap": "AverageTradedPrice", "ltt": "LastTradedTime", "lut": "LastUpdateTime",
    "pc": "PercentChange", "o": "Open", "h": "High", "l": "Low", "c": "Close", "vp": "TotalValueTraded",
}  # fmt: skip
_LAST_PRICE: Final = ("ltp", "ltq", "lut")
_CANDLE: Final = {
    "o": "Open", "h": "High", "l": "Low", "c": "Close", "bt": "BarTime", "bv": "BarVolume", "pv": "SumOfQtyInToPrice",
}  # fmt: skip
_ROW: Final = ("Size", "Price", "TotalOrders")
_GONE: Final = "0|0|0"
_SIDES: Final = (("ai", Side.SELL), ("bi", Side.BUY))


def subject_of(ids: Mapping[str, object]) -> str:
    """Return the instrument of a line, ``t:segment_instrument``."""
    return f"t:{ids['ExchangeSegment']}_{ids['ExchangeInstrumentID']}"


def candle_text(body: Mapping[str, object]) -> str:
    """Write a candle, which is never a delta."""
    return ",".join([subject_of(body), *(f"{key}:{_number(body[name])}" for key, name in _CANDLE.items())])


def partial_text(tick: Tick, code: int, sent: dict[str, str]) -> str:
    """Write the changed fields of a tick.

    Args:
        tick: the tick.
        code: the message code.
        sent: the values last sent to this socket, which are updated.
    """
    now = _fields(tick, code)
    vanished = {key: _GONE for key in sent if key not in now}
    pieces: dict[str, list[str]] = {}
    for key, value in (now | vanished).items():
        if value != sent.get(key):
            name, _, index = key.partition("#")
            delta = _delta(value, sent.get(key))
            pieces.setdefault(name, []).append(f"{index}|{delta}" if index else delta)
    sent.update(now | vanished)
    return ",".join([subject_of(tick.snapshot.ids), *(f"{name}:{'|'.join(parts)}" for name, parts in pieces.items())])


def _fields(tick: Tick, code: int) -> dict[str, str]:
    """Return every field of a message as text; each depth row is one field, ``ai#2`` the third best ask."""
    if code == snapshots.OPEN_INTEREST:
        return {"o": str(tick.snapshot.open_interest)}
    names = _LAST_PRICE if code == snapshots.LAST_PRICE else tuple(_LINE)
    fields = {key: _number(tick.line[_LINE[key]]) for key in names}
    if code == snapshots.LAST_PRICE:
        fields |= {"bt": "1", "mt": "1"}
    elif code == snapshots.TOUCHLINE:
        fields |= {key: f"{next(map(_row, tick.snapshot.rows(side)), _GONE)}|0" for key, side in _SIDES}
    elif code == snapshots.DEPTH_CODE:
        for key, side in _SIDES:
            fields |= {f"{key}#{index}": _row(row) for index, row in enumerate(tick.snapshot.rows(side))}
    return fields


def _row(row: Mapping[str, object]) -> str:
    return "|".join(_number(row[name]) for name in _ROW)


def _delta(value: str, before: str | None) -> str:
    """Blank the unchanged parts of a row."""
    if before is None or "|" not in value:
        return value
    pairs = zip(value.split("|"), before.split("|"), strict=True)
    return "|".join("" if new == old else new for new, old in pairs)


def _number(value: object) -> str:
    """Write a number in the server's short form, ``99`` for 99.0 and nothing for None."""
    return "" if value is None else str(value).removesuffix(".0")


_SEGMENT = "NSECM"
_SEGMENT_NUMBER = 1


class BandNoise:
    """Writes the ``1105-json-partial`` lines that a live server sends unasked: price bands and dates, no prices.

    Each line is about the next share of NSECM, in the next of the recorded forms.
    """

    def __init__(self, universe: Universe) -> None:
        self._universe = universe
        self._tokens = cycle(sorted(universe.tokens(_SEGMENT)))
        self._forms: Iterator[int] = cycle(range(3))

    def line(self, subscribed: frozenset[int]) -> str:
        """Return the next line, about a share that is not subscribed."""
        token = next(token for token in self._tokens if token not in subscribed)
        form = next(self._forms)
        if form == 0:
            return f"t:{_SEGMENT_NUMBER}_{token}"
        if form == 1:
            dates = ",".join(f"{number}:01-01-1980 00:00:00" for number in (8, 10, 14))
            return f"t:{_SEGMENT_NUMBER}_{token},{dates},24:\0\0,28:1"
        listing = self._universe.find(InstrumentKey(EXCHANGES[_SEGMENT], token))
        low, high = (listing.lower, listing.upper) if listing else (0, 0)
        return f"t:{_SEGMENT_NUMBER}_{token},88:{high},87:{low},110:{high},111:{low}"
