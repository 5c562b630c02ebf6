"""Quotes and bars as OpenAlgo's pages read them: floats, and zero where the exchange says that there is none."""

from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from jainam_prop.domain.market_data.history import Bar
from jainam_prop.domain.market_data.quote import Level, Quote

if TYPE_CHECKING:
    from pandas import DataFrame

Cells: TypeAlias = dict[str, Any]

_ROWS: Final = 5
_COLUMNS: Final = ("timestamp", "open", "high", "low", "close", "volume", "oi")
_NO_LEVEL: Final = Level(Decimal(0), 0)


def quote_cells(quote: Quote) -> Cells:
    """Write a snapshot as the quotes page and the option chain read it."""
    bid, ask = (side[0] if side else _NO_LEVEL for side in (quote.bids, quote.asks))
    return {
        "ask": float(ask.price),
        "bid": float(bid.price),
        "ask_qty": ask.quantity,
        "bid_qty": bid.quantity,
        "high": _price(quote.high),
        "low": _price(quote.low),
        "ltp": _price(quote.last_price),
        "open": _price(quote.open),
        "prev_close": _price(quote.close),
        "volume": quote.volume or 0,
        "oi": quote.open_interest or 0,
    }


def depth_cells(quote: Quote) -> Cells:
    """Write a snapshot with five rows a side, as the depth page reads it."""
    return {
        "bids": _book(quote.bids),
        "asks": _book(quote.asks),
        "high": _price(quote.high),
        "low": _price(quote.low),
        "ltp": _price(quote.last_price),
        "ltq": quote.last_quantity or 0,
        "open": _price(quote.open),
        "prev_close": _price(quote.close),
        "volume": quote.volume or 0,
        "oi": quote.open_interest or 0,
        "totalbuyqty": quote.total_buy or 0,
        "totalsellqty": quote.total_sell or 0,
    }


def bar_table(bars: list[Bar]) -> "DataFrame":
    """Write bars as the table that the host's history wants; without bars it has its columns all the same."""
    from pandas import DataFrame  # noqa: PLC0415 (takes longer to import than everything else, and only this needs it)

    columns = zip(*bars, strict=True) if bars else [()] * len(_COLUMNS)
    return DataFrame(dict(zip(_COLUMNS, map(list, columns), strict=True)))


def _price(price: Decimal | None) -> float:
    return 0.0 if price is None else float(price)


def _book(levels: tuple[Level, ...]) -> list[Cells]:
    padded = [*levels[:_ROWS], *[_NO_LEVEL] * (_ROWS - len(levels))]
    return [{"price": float(level.price), "quantity": level.quantity} for level in padded]
