"""The board of ``watch``: the latest tick of each contract, and the last order events."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

from rich.console import Group, RenderableType
from rich.text import Text

from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey
from jainam_prop.domain.market_data.feed_state import FeedHealth
from jainam_prop.domain.market_data.tick import Candle, FeedEvent, MarketPhase, OpenInterest, Stale, Tick
from jainam_prop.domain.orders.order import Order, Trade
from jainam_prop.domain.positions.position import OrderFeedEvent, PositionChange, PositionConverted
from jainam_prop.entrypoints.book_rows import BookRows
from jainam_prop.entrypoints.cli.views import tables
from jainam_prop.entrypoints.cli.views.prices import ladder

Event: TypeAlias = FeedEvent | OrderFeedEvent

_LAST_ORDERS: Final = 8
_NOTHING: Final = "-"


class Board:
    """Takes events one by one; shows them as a table, or each as one mapping for a machine."""

    def __init__(self, instruments: Sequence[Instrument], rows: BookRows, *, depth: bool = False) -> None:
        self.events = 0
        self._depth = depth
        self._instruments = {instrument.key: instrument for instrument in instruments}
        self._rows = rows
        self._ticks: dict[InstrumentKey, Tick] = {}
        self._counts: dict[InstrumentKey, int] = dict.fromkeys(self._instruments, 0)
        self._interests: dict[InstrumentKey, int] = {}
        self._stale: set[InstrumentKey] = set()
        self._orders: deque[dict[str, Any]] = deque(maxlen=_LAST_ORDERS)

    def take(self, event: Event) -> dict[str, Any]:
        """Keep an event, and return it as JSON values."""
        self.events += 1
        match event:
            case Tick():
                self._ticks[event.instrument] = event
                self._counts[event.instrument] += 1
                self._stale.discard(event.instrument)
            case Stale():
                self._stale.add(event.instrument)
            case OpenInterest():
                self._interests[event.instrument] = event.open_interest
            case Order():
                self._orders.append(self._order_row(event))
            case _:
                pass
        return self._line(event)

    def view(self, market: FeedHealth, orders: FeedHealth, seconds: float) -> RenderableType:
        """Show prices, with depth the ladder of each contract, the last order events, and the state of both feeds."""
        prices = tables.DataTable(
            "Prices", "Symbol", ">Last", ">Change %", ">Bid?", ">Ask?", ">Volume?", ">OI?", ">Ticks/s?"
        )
        for key, instrument in self._instruments.items():
            rate = f"{self._counts[key] / seconds:.1f}" if seconds > 0 else _NOTHING
            cells = self._cells(key)
            prices.add_row(tables.contract_text(instrument.symbol, instrument.exchange.value), *cells, rate)
        shown: list[RenderableType] = [prices, *(self._ladders() if self._depth else ())]
        if self._orders:
            shown.append(self._order_table())
        return Group(*shown, Text(" | ").join((connection_line("prices", market), connection_line("orders", orders))))

    def _ladders(self) -> Iterator[RenderableType]:
        for key, instrument in self._instruments.items():
            tick = self._ticks.get(key)
            if tick is not None and (tick.bids or tick.asks):
                sides = ([(price, units) for price, units, _ in levels or ()] for levels in (tick.bids, tick.asks))
                yield ladder(instrument, *sides)

    def _cells(self, key: InstrumentKey) -> tuple[str, ...]:
        tick, interest = self._ticks.get(key), self._interests.get(key)
        if tick is None:
            return (_NOTHING,) * 6
        return (
            _price(tick.last_price) + (" stale" if key in self._stale else ""),
            _NOTHING if tick.change_percent is None else f"{tick.change_percent:+.2f}",
            _price(tick.bids[0][0] if tick.bids else None),
            _price(tick.asks[0][0] if tick.asks else None),
            _NOTHING if tick.volume is None else tables.grouped(tick.volume),
            _NOTHING if interest is None else tables.grouped(interest),
        )

    def _order_table(self) -> RenderableType:
        made = tables.DataTable(
            "Order events", "Time?", "Order", "Symbol", "Side", ">Qty", ">Filled", ">Average?", "Status"
        )
        for row in self._orders:
            made.add_row(
                tables.clock_time(row["timestamp"]),
                row["orderid"],
                tables.contract_text(row["symbol"], row["exchange"]),
                tables.side(row["action"]),
                tables.grouped(row["quantity"]),
                tables.grouped(row["filled_quantity"]),
                tables.rupees(row["average_price"]) if row["filled_quantity"] else "",
                tables.status(row["order_status"]),
            )
        return made

    def _order_row(self, order: Order) -> dict[str, Any]:
        (row,) = self._rows.orders([order])
        return row

    def _line(self, event: Event) -> dict[str, Any]:
        match event:
            case Order():
                return {"event": "order", **tables.zoned(self._order_row(event))}
            case Trade():
                return {"event": "trade", **tables.zoned(self._rows.trades([event])[0])}
            case PositionChange():
                (row,) = self._rows.positions([event.position])
                return {"event": "position", "net_view": event.is_net, **row}
            case MarketPhase():
                return {"event": "phase", **event._asdict()}
            case Tick() | OpenInterest() | Candle() | Stale() | PositionConverted():
                cells = event._asdict()
                key = cells.pop("instrument")
                symbol = self._rows.symbol(key, "")
                return {"event": _NAMES[type(event)], "symbol": symbol, "exchange": key.exchange.value, **cells}


_NAMES: Final = {
    Tick: "tick",
    OpenInterest: "open_interest",
    Candle: "candle",
    Stale: "stale",
    PositionConverted: "conversion",
}


def connection_line(what: str, health: FeedHealth) -> Text:
    """Write the state of one connection, the age of its prices and its problems in a line; what is zero is left out."""
    problems = health.problems()
    words = [f"{what}: {health.state.value}"]
    words += [
        tables.counted(count, noun)
        for count, noun in ((health.ticks, "event"), (health.connections - 1, "gap"))
        if count > 0
    ]
    if health.wanted:
        words.append(f"{health.subscribed} of {health.wanted} subscribed")
    if health.tick_ages:
        words.append(
            "last " + ", ".join(f"{exchange.value} {age:.0f} s ago" for exchange, age in health.tick_ages.items())
        )
    style = "green" if health.is_connected and not problems else "yellow"
    return Text(", ".join(words) + (f" ({'; '.join(problems)})" if problems else ""), style=style)


def _price(price: float | None) -> str:
    return _NOTHING if price is None else tables.rupees(price)
