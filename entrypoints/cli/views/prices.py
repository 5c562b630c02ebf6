"""Quotes and bars as tables and as JSON values; what the exchange did not send is empty, never zero."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from itertools import zip_longest
from typing import Final, TypeAlias

from rich.console import Group, RenderableType
from rich.text import Text

from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.market_data.history import Bar, Interval
from jainam_prop.domain.market_data.quote import Level, Quote
from jainam_prop.entrypoints.cli.views.tables import DataTable, contract_text, grouped, moment, rupees

Quotes: TypeAlias = Sequence[tuple[Instrument, Quote]]

Rung: TypeAlias = tuple[Decimal | float | None, int | None]
"""One price of a ladder, and the units waiting there."""

_NOTHING: Final = "-"
_PLOT_LINES: Final = 20
_COLUMNS_OF_CANDLE: Final = 2
_COLUMNS_OF_MARK: Final = 18


def quote_row(one: Instrument, quote: Quote, *, depth: bool) -> dict[str, object]:
    """Write a quote as JSON values in OpenAlgo's words; null is what the exchange did not send."""
    (bid, bid_units), (ask, ask_units) = _best(quote.bids), _best(quote.asks)
    row: dict[str, object] = {
        "symbol": one.symbol,
        "exchange": one.exchange.value,
        "ltp": _figure(quote.last_price),
        "open": _figure(quote.open),
        "high": _figure(quote.high),
        "low": _figure(quote.low),
        "prev_close": _figure(quote.close),
        "volume": quote.volume,
        "oi": quote.open_interest,
        "bid": _figure(bid),
        "bid_qty": bid_units,
        "ask": _figure(ask),
        "ask_qty": ask_units,
        "timestamp": None if quote.traded_at is None else _moment(quote.traded_at),
    }
    return row | {"bids": _levels(quote.bids), "asks": _levels(quote.asks)} if depth else row


def quotes_view(quotes: Quotes) -> RenderableType:
    """Show quotes, one a row."""
    made = DataTable("Quotes", "Symbol", ">Last", ">Chg %", ">Bid?", ">Ask?", ">High?", ">Low?", ">Volume?", ">OI?")
    for one, quote in quotes:
        (bid, _), (ask, _) = _best(quote.bids), _best(quote.asks)
        made.add_row(
            contract_text(one.symbol, one.exchange.value),
            _price(quote.last_price),
            _change(quote),
            _price(bid),
            _price(ask),
            _price(quote.high),
            _price(quote.low),
            _count(quote.volume),
            _count(quote.open_interest),
        )
    return made


def depth_view(quotes: Quotes) -> RenderableType:
    """Show each quote with the order book below it."""
    books = [(one, _rungs(quote.bids), _rungs(quote.asks)) for one, quote in quotes if quote.bids or quote.asks]
    return Group(quotes_view(quotes), *(ladder(*book) for book in books))


def _rungs(levels: Sequence[Level]) -> list[Rung]:
    return [(level.price, level.quantity) for level in levels]


def bar_row(bar: Bar, interval: Interval) -> dict[str, object]:
    """Write a bar as JSON values: the stamp as OpenAlgo has it, and the same by India's clock."""
    cells = bar._asdict()
    at, interest = cells.pop("at"), cells.pop("open_interest")
    return {
        "timestamp": at,
        "time": _begins(bar, interval) if interval.is_daily else _moment(at),
        **cells,
        "oi": interest,
    }


def bars_view(one: Instrument, bars: Sequence[Bar], interval: Interval) -> RenderableType:
    """Show bars, one a row; times are when they begin, in India."""
    title = f"{one.symbol} {one.exchange.value}, {interval.name}"
    made = DataTable(title, "Begins", ">Open", ">High", ">Low", ">Close", ">Volume?", ">OI?")
    for bar in bars:
        prices = (rupees(price) for price in (bar.open, bar.high, bar.low, bar.close))
        made.add_row(_begins(bar, interval), *prices, grouped(bar.volume), grouped(bar.open_interest))
    return made


def plotted_bars(one: Instrument, bars: Sequence[Bar], interval: Interval, width: int) -> RenderableType:
    """Draw bars as candles, or as a line of their closes where there are more of them than columns.

    Raises:
        ImportError: plotext is not installed.
    """
    import plotext  # noqa: PLC0415 (an extra)

    plotext.clear_figure()
    plotext.theme("clear")
    plotext.plot_size(width, _PLOT_LINES)
    plotext.title(f"{one.symbol} {one.exchange.value}, {interval.name}")
    places = list(range(len(bars)))
    if len(bars) > width // _COLUMNS_OF_CANDLE:
        plotext.plot(places, [float(bar.close) for bar in bars])
    else:
        prices = {
            name.title(): [float(getattr(bar, name)) for bar in bars] for name in ("open", "high", "low", "close")
        }
        plotext.candlestick(places, prices)
    marks = places[:: len(bars) * _COLUMNS_OF_MARK // width + 1]
    plotext.xticks(marks, [_begins(bars[place], interval)[5:16] for place in marks])
    return Text.from_ansi(plotext.build(), no_wrap=True)


def ladder(one: Instrument, bids: Sequence[Rung], asks: Sequence[Rung]) -> RenderableType:
    """Show the order book of a contract, best prices first, as price and units on both sides."""
    made = DataTable(f"{one.exchange.value}:{one.symbol}", ">Buyers", ">Bid", ">Ask", ">Sellers")
    for bid, ask in zip_longest(bids, asks, fillvalue=(None, None)):
        made.add_row(_count(bid[1]), _price(bid[0]), _price(ask[0]), _count(ask[1]))
    return made


def _begins(bar: Bar, interval: Interval) -> str:
    if interval.is_daily:
        return datetime.fromtimestamp(bar.at, UTC).date().isoformat()
    return _clock(bar.at)


def _clock(stamp: int) -> str:
    return f"{datetime.fromtimestamp(stamp, IST):%Y-%m-%d %H:%M:%S}"


def _moment(stamp: int) -> str:
    return moment(datetime.fromtimestamp(stamp, IST))


def _best(levels: Sequence[Level]) -> tuple[Decimal | None, int | None]:
    return (levels[0].price, levels[0].quantity) if levels else (None, None)


def _levels(levels: Sequence[Level]) -> list[dict[str, object]]:
    return [{"price": float(one.price), "quantity": one.quantity, "orders": one.orders} for one in levels]


def _figure(price: Decimal | None) -> float | None:
    return None if price is None else float(price)


def _price(price: Decimal | float | None) -> str:
    return _NOTHING if price is None else rupees(price)


def _count(count: int | None) -> str:
    return _NOTHING if count is None else grouped(count)


def _change(quote: Quote) -> str:
    if quote.last_price is None or not quote.close:
        return _NOTHING
    return f"{(quote.last_price / quote.close - 1) * 100:+.2f}"
