"""Market-data snapshots in XTS's message shapes, from the state of a simulated market."""

import random
from collections.abc import Callable
from functools import lru_cache
from typing import Final

import orjson

from jainam_prop.adapters.simulator.catalogue.universe import INDEX_PRICES, index_list
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.market import DEPTH, Market, MinuteBar
from jainam_prop.adapters.simulator.vocabulary import EPOCH, EXCHANGES, NSE_EPOCH, SEGMENT_NUMBERS, indian_wall_clock
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import Side

TOUCHLINE: Final = 1501
DEPTH_CODE: Final = 1502
CANDLE: Final = 1505
OPEN_INTEREST: Final = 1510
LAST_PRICE: Final = 1512
CODES: Final = (TOUCHLINE, DEPTH_CODE, CANDLE, OPEN_INTEREST, LAST_PRICE)
NO_ROW: Final[dict[str, object]] = {"Size": 0, "Price": 0, "TotalOrders": 0, "BuyBackMarketMaker": 0}
_LAST_SECOND: Final = 59


class MarketSnapshot:
    """One instrument or index at one moment.

    Attributes:
        ids: segment number and instrument number by their wire names.
        last, close: rupees; ``close`` is the previous day's.
        time: seconds of the Indian wall clock since the segment's epoch, 1980 at NSE and 1970 elsewhere.
        volume, open_interest: units.
    """

    def __init__(self, exchange: SimulatedExchange, segment: str, token: int) -> None:
        """Read the state of an instrument or index.

        Raises:
            LookupError: the segment has neither an instrument nor an index with this number.
        """
        key = InstrumentKey(EXCHANGES[segment], token)
        self.ids = {"ExchangeSegment": SEGMENT_NUMBERS[segment], "ExchangeInstrumentID": token}
        self.market: Market | None = exchange.market(key) if exchange.universe.find(key) else None
        if self.market is None and not _is_index(segment, token):
            raise LookupError(key)
        index_price = INDEX_PRICES.get(token, 10_000.0)
        self.last = float(self.market.last_price) if self.market else index_price
        self.close = float(self.market.previous_close) if self.market else index_price
        self.volume = self.market.volume if self.market else 0
        self._wall = indian_wall_clock(exchange.clock.now())
        self.time = int((self._wall - (NSE_EPOCH if segment.startswith("NSE") else EPOCH)).total_seconds())
        self.open_interest = open_interest(token)

    def text(self, code: int) -> str:
        """Return the message of a code as JSON text."""
        return orjson.dumps(self.message(code)).decode()

    def message(self, code: int) -> dict[str, object]:
        """Return the message of a code."""
        shapes: dict[int, Callable[[], dict[str, object]]] = {
            TOUCHLINE: self._touchline_message,
            DEPTH_CODE: self.depth_message,
            CANDLE: self._candle_message,
            OPEN_INTEREST: lambda: self.head(OPEN_INTEREST) | {"XTSMarketType": 1, "OpenInterest": self.open_interest},
            LAST_PRICE: self._last_price_message,
        }
        return shapes[code]()

    def finished_candle(self) -> dict[str, object] | None:
        """Return the candle that the first change of a new minute finishes; None for every other change."""
        bar = self.market.take_finished_bar() if self.market else None
        return self._candle(bar) if bar else None

    def head(self, code: int) -> dict[str, object]:
        """Return the leading keys of a full message."""
        versions = {"MessageCode": code, "MessageVersion": 4, "ApplicationType": 0, "TokenID": 0}
        return {**versions, **self.ids, "ExchangeTimeStamp": self.time}

    def line(self) -> dict[str, object]:
        """Return the touchline, in the live server's spelling."""
        bids, asks, market = self.rows(Side.BUY), self.rows(Side.SELL), self.market
        change = (self.last - self.close) / self.close * 100 if self.close else 0.0
        return {
            "BidInfo": bids[0] if bids else NO_ROW,
            "AskInfo": asks[0] if asks else NO_ROW,
            "LastTradedPrice": self.last,
            "LastTradedQunatity": market.last_quantity if market else 0,
            "TotalBuyQuantity": sum(_size(row) for row in bids),
            "TotalSellQuantity": sum(_size(row) for row in asks),
            "TotalTradedQuantity": self.volume,
            "AverageTradedPrice": self.last,
            "LastTradedTime": self.time,
            "LastUpdateTime": self.time,
            "PercentChange": round(change, 2),
            "Open": float(market.open) if market else self.close,
            "High": float(market.high) if market else self.last,
            "Low": float(market.low) if market else self.last,
            "Close": self.close,
            "TotalValueTraded": None,
        }

    def rows(self, side: Side) -> list[dict[str, object]]:
        """Return the depth of a side, best first; an index has five empty rows."""
        if self.market is None:
            return [dict(NO_ROW) for _ in range(DEPTH)]
        return [
            {"Size": level.size, "Price": float(level.price), "TotalOrders": 1 + index, "BuyBackMarketMaker": 0}
            for index, level in enumerate(self.market.synthetic.levels(side)[:DEPTH])
            if level.size
        ]

    def _touchline_message(self) -> dict[str, object]:
        line = self.line()
        bid, ask = line.pop("BidInfo"), line.pop("AskInfo")
        infos = {"AskInfo": ask, "BidInfo": bid, "XMarketType": 1, "BookType": 1}
        return {"MessageCode": TOUCHLINE} | self.ids | line | infos

    def depth_message(self, sequence: int | None = None) -> dict[str, object]:
        """Return the depth; as a quote, which no sequence numbers, it has the time in its place."""
        line = self.line() | {"BuyBackTotalBuy": 0, "BuyBackTotalSell": 0}
        tail = {"BookType": 1, "XMarketType": 1, "SequenceNumber": self.time if sequence is None else sequence}
        rows = {"Bids": self.rows(Side.BUY), "Asks": self.rows(Side.SELL), "Touchline": line}
        return self.head(DEPTH_CODE) | rows | tail

    def _candle_message(self) -> dict[str, object]:
        if self.market is None:
            price = INDEX_PRICES.get(self.ids["ExchangeInstrumentID"], 10_000.0)
            return self._candle_of((price, price, price, price), 0, int((self._wall - EPOCH).total_seconds()))
        return self._candle(self.market.current_bar())

    def _candle(self, bar: MinuteBar) -> dict[str, object]:
        prices = (float(bar.open), float(bar.high), float(bar.low), float(bar.close))
        return self._candle_of(prices, bar.volume, int((bar.minute - EPOCH).total_seconds()) + _LAST_SECOND)

    def _candle_of(self, prices: tuple[float, ...], volume: int, stamp: int) -> dict[str, object]:
        head = self.head(CANDLE) | {"MessageVersion": 1}
        del head["ExchangeTimeStamp"]
        opened, high, low, close = prices
        bar = {"BarTime": stamp, "BarVolume": volume, "High": high, "Low": low, "Open": opened, "Close": close}
        return head | bar | {"OpenInterest": self.open_interest, "SumOfQtyInToPrice": 0}

    def _last_price_message(self) -> dict[str, object]:
        line = self.line()
        names = ("LastTradedPrice", "LastTradedQunatity", "LastUpdateTime", "PercentChange", "Close")
        chosen = {name: line[name] for name in names}
        return {"MessageCode": LAST_PRICE} | self.ids | chosen | {"BookType": 1, "XMarketType": 1}


@lru_cache(maxsize=10_000)
def open_interest(token: int) -> int:
    """Return the invented open interest of an instrument, in units."""
    return random.Random(token).randrange(1_000, 5_000_000)  # noqa: S311


def _size(row: dict[str, object]) -> int:
    size = row["Size"]
    return size if isinstance(size, int) else 0


def _is_index(segment: str, token: int) -> bool:
    return any(int(name.rpartition("_")[2]) == token for name in index_list(segment) or ())
