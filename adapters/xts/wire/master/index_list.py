"""The index list of a venue (``["NIFTY 50_26000", ...]``) → instruments that can be quoted but not traded."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.master.master import Master
from jainam_prop.adapters.xts.wire.words import SEGMENT_BY_EXCHANGE
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKind
from jainam_prop.domain.instruments.symbol import index_symbol

REPEATED: Final = "index named twice"
_TICK: Final = Decimal("0.05")
"""An index is not traded, so that its tick is only shown."""


def parse_index_list(answer: object, exchange: Exchange) -> Master:
    """Read the ``result`` of ``instruments/indexlist`` into instruments of an index exchange.

    The list of a live server names some numbers twice (protocol reference, section 10). A number and a symbol stand for
    the index that is listed first.

    Raises:
        UnreadableAnswer: it is no index list.
    """
    names = answer.get("indexList") if isinstance(answer, dict) else None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        message = "the answer holds no index list"
        raise UnreadableAnswer(message)
    return first_of_each([_index(name, exchange) for name in names])


def first_of_each(indices: Sequence[Instrument]) -> Master:
    """Keep the first index of each number and of each symbol, and count the others."""
    found: list[Instrument] = []
    tokens: set[int] = set()
    symbols: set[str] = set()
    for index in indices:
        if index.token not in tokens and index.symbol not in symbols:
            found.append(index)
            tokens.add(index.token)
            symbols.add(index.symbol)
    dropped = Counter({REPEATED: len(indices) - len(found)})
    return Master(found, dict(+dropped))


def _index(item: str, exchange: Exchange) -> Instrument:
    name, _, token = item.rpartition("_")
    symbol = index_symbol(name)
    if not symbol or not (token.isdigit() and token.isascii()):
        message = f"the index list holds {item[:40]!r}"
        raise UnreadableAnswer(message)
    return Instrument(
        exchange=exchange,
        token=int(token),
        symbol=symbol,
        broker_symbol=name,
        name=symbol,
        kind=InstrumentKind.INDEX,
        lot_size=1,
        tick_size=_TICK,
        broker_exchange=SEGMENT_BY_EXCHANGE[exchange],
    )
