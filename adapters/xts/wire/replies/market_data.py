"""Replies of the quotes call and of the historical bars.

Only what the exchange sent becomes a value; a price that is missing stays missing. Shapes: protocol reference,
sections 9.1, 9.3 and 13; samples ``md_quotes_*``.
"""

import logging
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

import orjson

from jainam_prop.adapters.xts.wire.cells import amount, refuse
from jainam_prop.adapters.xts.wire.ticks.cells import IST_SECONDS, WireKey, shown_moment, shown_number
from jainam_prop.domain.market_data.history import Bar
from jainam_prop.domain.market_data.quote import Level, Quote
from jainam_prop.domain.money import parse_units

_LOG: Final = logging.getLogger(__name__)
_CELLS: Final = 7
_LEAST_CELLS: Final = 6
"""The open interest may be missing."""
_PRICES: Final = 4


def read_quotes(answer: object) -> dict[WireKey, Quote]:
    """Read ``result.listQuotes``, whose items are JSON texts or mappings, all in one text on some servers.

    An item that is neither is left out and counted.

    Raises:
        UnreadableAnswer: the answer holds no list of snapshots.
    """
    items = answer.get("listQuotes") if isinstance(answer, dict) else None
    if isinstance(items, str):
        items = _listed(items)
    if not isinstance(items, list):
        refuse("the answer holds no list of quotes")
    quotes = dict(_readable(items))
    if len(quotes) < len(items):
        _LOG.warning("%s of %s quotes left out: repeated or not understood", len(items) - len(quotes), len(items))
    return quotes


def read_open_interests(answer: object) -> dict[WireKey, int]:
    """Read the snapshots of message 1510, which say nothing but how many units are open.

    Raises:
        UnreadableAnswer: the answer holds no list of snapshots.
    """
    quotes = read_quotes(answer).items()
    return {key: quote.open_interest for key, quote in quotes if quote.open_interest is not None}


def read_quote(item: Mapping[str, Any]) -> Quote:
    """Read one snapshot of code 1501, 1502, 1510 or 1512, flat or with its ``Touchline`` apart."""
    line = item.get("Touchline")
    if not isinstance(line, Mapping):
        line = item
    quantity = parse_units(line.get("LastTradedQunatity"))
    return Quote(
        last_price=_price(line.get("LastTradedPrice")),
        # XTS misspells it in JSON; its documentation and some servers do not.
        last_quantity=parse_units(line.get("LastTradedQuantity")) if quantity is None else quantity,
        open=_price(line.get("Open")),
        high=_price(line.get("High")),
        low=_price(line.get("Low")),
        close=_price(line.get("Close")),
        volume=parse_units(line.get("TotalTradedQuantity")),
        total_buy=parse_units(line.get("TotalBuyQuantity")),
        total_sell=parse_units(line.get("TotalSellQuantity")),
        open_interest=parse_units(item.get("OpenInterest")),
        bids=_levels(item.get("Bids", [line.get("BidInfo")])),
        asks=_levels(item.get("Asks", [line.get("AskInfo")])),
        # An index is not traded, only updated.
        traded_at=shown_moment(line.get("LastTradedTime")) or shown_moment(line.get("LastUpdateTime")),
    )


def _readable(items: list[object]) -> Iterator[tuple[WireKey, Quote]]:
    for item in items:
        snapshot = _mapping(item)
        segment, number = (
            parse_units(snapshot.get("ExchangeSegment")),
            parse_units(snapshot.get("ExchangeInstrumentID")),
        )
        if segment is not None and number is not None:
            yield (segment, number), read_quote(snapshot)


def _listed(text: str) -> object:
    """Read a list of snapshots, or a single one, that is written as one text."""
    try:
        items = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return [items] if isinstance(items, dict) else items


def _mapping(item: object) -> Mapping[str, Any]:
    if isinstance(item, str):
        try:
            item = orjson.loads(item)
        except orjson.JSONDecodeError:
            return {}
    return item if isinstance(item, Mapping) else {}


def _price(value: object) -> Decimal | None:
    """Read a price; XTS writes zero where there is none (no trade yet, an index without an opening)."""
    return amount(value) or None


def _levels(rows: object) -> tuple[Level, ...]:
    """Read one side of the book; XTS fills it up to five rows with empty ones."""
    levels = (_level(row) for row in (rows if isinstance(rows, list) else ()) if isinstance(row, Mapping))
    return tuple(level for level in levels if level is not None)


def _level(row: Mapping[str, Any]) -> Level | None:
    price, size = _price(row.get("Price")), parse_units(row.get("Size"))
    if price is None or not size:
        return None
    return Level(price, size, parse_units(row.get("TotalOrders")) or 0)


def read_bars(answer: object) -> tuple[Bar, ...]:
    """Read ``result``, with its key that the live servers misspell; stamps become seconds since 1970 in UTC.

    Raises:
        UnreadableAnswer: there are no rows where they should be, or a row is not understood; a chart with a gap that
            is not seen is worse than none.
    """
    if answer == []:
        return ()
    text = answer.get("dataReponse", answer.get("dataResponse")) if isinstance(answer, dict) else None
    if not isinstance(text, str):
        refuse("the answer holds no bars")
    return tuple(_bar(row.strip().split("|")) for row in text.split(",") if row.strip())


def _bar(cells: list[str]) -> Bar:
    stamp, *shown = cells[:_CELLS] + ["0"] * (_CELLS - len(cells))
    at, prices = parse_units(stamp), [price for cell in shown[:_PRICES] if (price := shown_number(cell)) is not None]
    volume, interest = (parse_units(cell or "0") for cell in shown[_PRICES:])
    if len(cells) < _LEAST_CELLS or not at or len(prices) < _PRICES or volume is None or interest is None:
        refuse("a bar is not understood")
    opened, high, low, close = prices
    return Bar(at - IST_SECONDS, opened, high, low, close, volume, interest)
