"""The answer of the historical bars: rows joined by commas, cells by bars (protocol reference, section 9.3)."""

from collections.abc import Iterator
from typing import Final

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.ticks.cells import IST_SECONDS, shown_number
from jainam_prop.domain.market_data.history import Bar
from jainam_prop.domain.money import parse_units

_CELLS: Final = 7
_LEAST_CELLS: Final = 6
"""The open interest may be missing."""
_PRICES: Final = 4


def read_bars(answer: object) -> tuple[Bar, ...]:
    """Read ``result``, whose key the live servers misspell; stamps become seconds since 1970 in UTC.

    Raises:
        UnreadableAnswer: there are no rows where they should be, or a row is not understood; a chart with a gap that
            nobody sees is worse than none.
    """
    text = answer.get("dataReponse", answer.get("dataResponse")) if isinstance(answer, dict) else None
    if not isinstance(text, str):
        message = "the answer holds no bars"
        raise UnreadableAnswer(message)
    return tuple(_bars(text))


def _bars(text: str) -> Iterator[Bar]:
    for row in text.split(","):
        if row.strip():
            yield _bar(row.strip().split("|"))


def _bar(cells: list[str]) -> Bar:
    stamp, *shown = cells[:_CELLS] + ["0"] * (_CELLS - len(cells))
    at, prices = parse_units(stamp), [price for cell in shown[:_PRICES] if (price := shown_number(cell)) is not None]
    volume, interest = (parse_units(cell or "0") for cell in shown[_PRICES:])
    if len(cells) < _LEAST_CELLS or not at or len(prices) < _PRICES or volume is None or interest is None:
        message = "a bar is not understood"
        raise UnreadableAnswer(message)
    opened, high, low, close = prices
    return Bar(at - IST_SECONDS, opened, high, low, close, volume, interest)
