"""The `InstrumentSource`, `MarketData`, `OpenInterests` and `PriceHistory` ports on the exchange in memory."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, time
from decimal import Decimal
from typing import Final, final

from returns.result import Failure, Result

from jainam_prop.adapters.simulator.catalogue.universe import INDEX_PRICES, index_list
from jainam_prop.adapters.simulator.http.sessions import MARKET
from jainam_prop.adapters.simulator.ticks.history import History, Window
from jainam_prop.adapters.simulator.ticks.snapshots import MarketSnapshot
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, SEGMENTS
from jainam_prop.adapters.xts.wire.master.master import parse_master
from jainam_prop.application.ports.instruments import InstrumentList
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey, InstrumentKind
from jainam_prop.domain.instruments.symbol import index_symbol
from jainam_prop.domain.market_data.history import DAILY, Bar, Span
from jainam_prop.domain.market_data.quote import Quote
from jainam_prop.domain.sessions.session import Session
from tests.fakes.broker.calls import Call, Calls, as_unanswered
from tests.fakes.broker.rows import quote_row

_SECONDS: Final = 30.0
_INDEX_EXCHANGES: Final = {Exchange.NSE: Exchange.NSE_INDEX, Exchange.BSE: Exchange.BSE_INDEX}
_CASH_OF: Final = {index: exchange for exchange, index in _INDEX_EXCHANGES.items()}
_IST_SECONDS: Final = 19_800
_INDEX_TICK: Final = Decimal("0.05")


@final
class FakeMarketData:
    """Lists and quotes the instruments of the exchange in memory."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def exchanges(self) -> tuple[Exchange, ...]:
        return tuple(EXCHANGES.values())

    def download(self, exchange: Exchange) -> Result[InstrumentList, BrokerError]:
        call = Call("master", "market", None, _SECONDS, {"exchangeSegmentList": SEGMENTS[exchange]}, MARKET)
        return self._calls.anonymous(call, lambda: self._listed(exchange)).alt(as_unanswered)

    def quotes(
        self, session: Session, keys: Sequence[InstrumentKey], timeout_seconds: float
    ) -> Result[dict[InstrumentKey, Quote], BrokerError]:
        if session.market_token is None:
            return Failure(Unreadable(f"there is no market-data session: {session.market_problem}"))
        call = Call("quotes", "market", session, timeout_seconds, {}, MARKET)

        def found(_live: object) -> dict[InstrumentKey, Quote]:
            return {key: quote for key in keys if (quote := self._quote(key)) is not None}

        return self._calls.question(call, found)

    def open_interest(
        self, session: Session, keys: Sequence[InstrumentKey], timeout_seconds: float
    ) -> Result[dict[InstrumentKey, int], BrokerError]:
        if session.market_token is None:
            return Failure(Unreadable(f"there is no market-data session: {session.market_problem}"))
        call = Call("quotes", "market", session, timeout_seconds, {}, MARKET)
        exchange = self._calls.exchange

        def found(_live: object) -> dict[InstrumentKey, int]:
            known = (key for key in keys if exchange.universe.find(key) is not None)
            return {key: MarketSnapshot(exchange, SEGMENTS[key.exchange], key.token).open_interest for key in known}

        return self._calls.question(call, found)

    def bars(
        self, session: Session, key: InstrumentKey, seconds: int, span: Span, timeout_seconds: float
    ) -> Result[tuple[Bar, ...], BrokerError]:
        if session.market_token is None:
            return Failure(Unreadable(f"there is no market-data session: {session.market_problem}"))
        call = Call("ohlc", "market", session, timeout_seconds, {}, MARKET)
        window = Window(datetime.combine(span.first, time()), datetime.combine(span.last, time.max))
        segment = SEGMENTS[_CASH_OF.get(key.exchange, key.exchange)]

        def found(_live: object) -> tuple[Bar, ...]:
            try:
                history = History(self._calls.exchange, segment, key.token)
            except LookupError:
                return ()
            told = history.days(window) if seconds == DAILY.seconds else history.minutes(seconds // 60, window)
            return tuple(
                Bar(
                    bar.stamp - _IST_SECONDS, float(bar.open), float(bar.high), float(bar.low), float(bar.close),
                    bar.volume, bar.interest,
                )
                for bar in told
            )  # fmt: skip

        return self._calls.question(call, found)

    def _listed(self, exchange: Exchange) -> InstrumentList:
        segment = SEGMENTS[exchange]
        master = parse_master(self._calls.exchange.universe.master(segment), segment)
        symbols = {instrument.symbol for instrument in master.instruments if not instrument.is_tradable}
        indices: dict[str, Instrument] = {}
        for index in _indices(exchange):
            if index.symbol not in symbols:
                indices.setdefault(index.symbol, index)
        return InstrumentList(exchange, [*master.instruments, *indices.values()], master.dropped)

    def _quote(self, key: InstrumentKey) -> Quote | None:
        if key.exchange.is_index:
            price = INDEX_PRICES.get(key.token)
            return None if price is None else Quote(Decimal(str(price)), traded_at=self._now())
        if self._calls.exchange.universe.find(key) is None:
            return None
        return replace(quote_row(self._calls.exchange.market(key)), traded_at=self._now())

    def _now(self) -> int:
        return int(self._calls.exchange.clock.now().timestamp())


def _indices(exchange: Exchange) -> list[Instrument]:
    found: dict[int, Instrument] = {}
    for item in index_list(SEGMENTS[exchange]) or ():
        name, _, number = item.rpartition("_")
        index = Instrument(
            exchange=_INDEX_EXCHANGES[exchange],
            token=int(number),
            symbol=index_symbol(name),
            broker_symbol=name,
            name=name,
            kind=InstrumentKind.INDEX,
            lot_size=1,
            tick_size=_INDEX_TICK,
            broker_exchange=SEGMENTS[exchange],
        )
        found.setdefault(index.token, index)
    return list(found.values())
