"""One tick in the words of OpenAlgo's stream; what the packet does not say is left out, never made up.

Topics are ``EXCHANGE_SYMBOL_MODE``. The host's proxy hands a DEPTH message on to subscribers of QUOTE and LTP as well,
so each contract is published once, in its highest mode. Some keys stand twice, because the host's pages and its client
spell them differently.
"""

import time
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.market_data.stream_capability import FeedMode
from jainam_prop.domain.market_data.tick import Tick, TickLevel

Cells: TypeAlias = dict[str, Any]

ROWS: Final = 5
_PADDING: Final[Cells] = {"price": 0.0, "quantity": 0, "orders": 0}
"""Nobody is there: the host's pages want five rows a side."""


@dataclass(slots=True)
class Seat:
    """One contract that the host subscribed, with what is not in every packet about it.

    Attributes:
        symbol, exchange: as the host wrote them; an index is asked for under an exchange of its own.
        open_interest: units; None as long as it was not heard.
        last: what was published last of the highest mode.
    """

    symbol: str
    exchange: str
    mode: FeedMode
    bands: Cells
    open_interest: int | None = None
    last: Cells | None = None

    @property
    def topic(self) -> str:
        """Where messages of the highest mode go."""
        return topic_of(self.exchange, self.symbol, self.mode)


def seat_for(instrument: Instrument, symbol: str, exchange: str, mode: FeedMode) -> Seat:
    """Make a seat; the day's price bands come from the master and stay as they are."""
    bands = {"lower_circuit": instrument.lower_band, "upper_circuit": instrument.upper_band}
    return Seat(symbol, exchange, mode, {name: float(band) for name, band in bands.items() if band is not None})


def topic_of(exchange: str, symbol: str, mode: FeedMode) -> str:
    """Return the topic that the host's proxy takes apart again."""
    return f"{exchange}_{symbol}_{mode.name}"


def cells_of(seat: Seat, tick: Tick, mode: FeedMode) -> Cells:
    """Write a tick for a mode."""
    moment = tick.updated_at or tick.traded_at
    cells: Cells = {
        "symbol": seat.symbol,
        "exchange": seat.exchange,
        "mode": mode.value,
        "timestamp": int(time.time() * 1000) if moment is None else moment * 1000,
    }
    if tick.last_price is not None:
        cells["ltp"] = tick.last_price
    if tick.traded_at is not None:
        cells["ltt"] = tick.traded_at * 1000
    if mode is FeedMode.LTP:
        return cells
    _add_prices(cells, tick)
    _add_best(cells, tick)
    if seat.open_interest is not None:
        cells["oi"] = seat.open_interest
    if mode is FeedMode.DEPTH:
        cells["depth"] = {"buy": _rows(tick.bids), "sell": _rows(tick.asks)}
        cells.update(seat.bands)
    return cells


def _add_prices(cells: Cells, tick: Tick) -> None:
    told = {
        "open": tick.open,
        "high": tick.high,
        "low": tick.low,
        "close": tick.close,
        "change_percent": tick.change_percent,
        "volume": tick.volume,
        "last_quantity": tick.last_quantity,
        "last_trade_quantity": tick.last_quantity,
        "average_price": tick.average_price,
        "avg_trade_price": tick.average_price,
        "total_buy_quantity": tick.total_buy,
        "total_sell_quantity": tick.total_sell,
    }
    cells.update({name: cell for name, cell in told.items() if cell is not None})
    if tick.last_price is not None and tick.close is not None:
        cells["change"] = round(tick.last_price - tick.close, 4)


def _add_best(cells: Cells, tick: Tick) -> None:
    for side, levels in (("bid", tick.bids), ("ask", tick.asks)):
        if levels:
            cells[f"{side}_price"], cells[f"{side}_size"], _ = levels[0]


def _rows(levels: tuple[TickLevel, ...] | None) -> list[Cells]:
    rows = [{"price": price, "quantity": size, "orders": orders} for price, size, orders in (levels or ())[:ROWS]]
    return rows + [_PADDING] * (ROWS - len(rows))
