"""Market-data snapshots in XTS's shapes, from the simulated markets."""

import random
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Final

import orjson

from jainam_prop.adapters.simulator.catalogue.universe import INDEX_PRICES, index_list
from jainam_prop.adapters.simulator.clock import indian_wall_clock
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.market import DEPTH, Level, Market
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, SEGMENT_NUMBERS
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.order import Side

TOUCHLINE: Final = 1501
DEPTH_CODE: Final = 1502
CANDLE: Final = 1505
OPEN_INTEREST: Final = 1510
LAST_PRICE: Final = 1512
CODES: Final = (TOUCHLINE, DEPTH_CODE, CANDLE, OPEN_INTEREST, LAST_PRICE)
_NSE_EPOCH: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - a wall clock in India, without zone on the wire
_OTHER_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001
NO_ROW: Final[dict[str, object]] = {"Size": 0, "Price": 0, "TotalOrders": 0, "BuyBackMarketMaker": 0}


class MarketSnapshot:
    """One instrument or index at one moment.

    Attributes:
        ids: segment number and instrument number under their names on the wire.
        last, close: rupees.
        time: seconds of the Indian wall clock since the epoch of the segment, 1980 at NSE.
        bar_time: the same since 1970, as candles count.
        volume, open_interest: units.
    """

    def __init__(self, exchange: SimulatedExchange, segment: str, token: int) -> None:
        """Look an instrument up.

        Raises:
            LookupError: neither an instrument nor an index of the segment has this number.
        """
        key = InstrumentKey(EXCHANGES[segment], token)
        self.ids = {"ExchangeSegment": SEGMENT_NUMBERS[segment], "ExchangeInstrumentID": token}
        self._market: Market | None = exchange.market(key) if exchange.universe.find(key) else None
        if self._market is None and not _is_index(segment, token):
            raise LookupError(key)
        self.last = float(self._market.last_price) if self._market else INDEX_PRICES.get(token, 10_000.0)
        self.volume = self._market.volume if self._market else 0
        self.close = float(self._market.listing.price) if self._market else self.last
        wall = indian_wall_clock(exchange.clock.now())
        epoch = _NSE_EPOCH if segment.startswith("NSE") else _OTHER_EPOCH
        self.time = int((wall - epoch).total_seconds())
        self.bar_time = int((wall - _OTHER_EPOCH).total_seconds())
        self.open_interest = _open_interest(token)

    def text(self, code: int) -> str:
        """Return the snapshot of a message code as JSON text."""
        return orjson.dumps(self.message(code)).decode()

    def message(self, code: int) -> dict[str, object]:
        """Return the snapshot of a message code."""
        shapes = {
            TOUCHLINE: self._touchline_message,
            DEPTH_CODE: self._depth_message,
            CANDLE: self._candle_message,
            OPEN_INTEREST: self._open_interest_message,
            LAST_PRICE: self._last_price_message,
        }
        return shapes[code]()

    def _touchline_message(self) -> dict[str, object]:
        line = self.line()
        bid, ask = line.pop("BidInfo"), line.pop("AskInfo")
        infos = {"AskInfo": ask, "BidInfo": bid, "XMarketType": 1, "BookType": 1}
        return {"MessageCode": TOUCHLINE} | self.ids | line | infos

    def _depth_message(self) -> dict[str, object]:
        line = self.line() | {"BuyBackTotalBuy": 0, "BuyBackTotalSell": 0}
        tail = {"BookType": 1, "XMarketType": 1, "SequenceNumber": self.time}
        rows = {"Bids": self.rows(Side.BUY), "Asks": self.rows(Side.SELL), "Touchline": line}
        return self.head(DEPTH_CODE) | rows | tail

    def _candle_message(self) -> dict[str, object]:
        bar = {"BarTime": self.bar_time, "BarVolume": 0, "High": self.last, "Low": self.last, "Open": self.last}
        head = self.head(CANDLE) | {"MessageVersion": 1}
        del head["ExchangeTimeStamp"]
        return head | bar | {"Close": self.last, "OpenInterest": self.open_interest, "SumOfQtyInToPrice": 0}

    def _open_interest_message(self) -> dict[str, object]:
        return self.head(OPEN_INTEREST) | {"XTSMarketType": 1, "OpenInterest": self.open_interest}

    def _last_price_message(self) -> dict[str, object]:
        line = self.line()
        names = ("LastTradedPrice", "LastTradedQunatity", "LastUpdateTime", "PercentChange", "Close")
        chosen = {name: line[name] for name in names}
        return {"MessageCode": LAST_PRICE} | self.ids | chosen | {"BookType": 1, "XMarketType": 1}

    def head(self, code: int) -> dict[str, object]:
        """Return the keys with which a full message of a code begins."""
        versions = {"MessageCode": code, "MessageVersion": 4, "ApplicationType": 0, "TokenID": 0}
        return {**versions, **self.ids, "ExchangeTimeStamp": self.time}

    def line(self) -> dict[str, object]:
        """Return the touchline, in the live server's spelling."""
        bids, asks, market = self.rows(Side.BUY), self.rows(Side.SELL), self._market
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
            "Open": self.close,
            "High": float(market.high) if market else self.last,
            "Low": float(market.low) if market else self.last,
            "Close": self.close,
            "TotalValueTraded": None,
        }

    def rows(self, side: Side) -> list[dict[str, object]]:
        """Return the depth of a side, best first."""
        if self._market is None:  # an index: five rows of nothing
            return [dict(NO_ROW) for _ in range(DEPTH)]
        return _book_rows(self._market.synthetic.levels(side))


@lru_cache(maxsize=10_000)
def _open_interest(token: int) -> int:
    return random.Random(token).randrange(1_000, 5_000_000)  # noqa: S311


def _book_rows(levels: Sequence[Level]) -> list[dict[str, object]]:
    return [
        {"Size": level.size, "Price": float(level.price), "TotalOrders": 1 + index, "BuyBackMarketMaker": 0}
        for index, level in enumerate(levels[:DEPTH])
        if level.size
    ]


def _size(row: dict[str, object]) -> int:
    size = row["Size"]
    return size if isinstance(size, int) else 0


def _is_index(segment: str, token: int) -> bool:
    names = index_list(segment) or ()
    return any(int(name.rpartition("_")[2]) == token for name in names)
