"""The instruments master of a segment and the index list of a venue as instruments; dropped rows are counted."""

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer, harmless
from jainam_prop.adapters.xts.wire.master.contracts import CashRows, DerivativeRows
from jainam_prop.adapters.xts.wire.master.rows import KIND_CELL, Reason
from jainam_prop.adapters.xts.wire.words import EXCHANGE_BY_SEGMENT, SEGMENT_BY_EXCHANGE
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKind
from jainam_prop.domain.instruments.symbol import index_symbol, with_equity_symbols

_TOLERATED: Final = 10
"""One malformed row in so many; a text with more is no master, or its columns have changed."""


class Master(NamedTuple):
    """What a segment lists, and how many rows were left out, by reason."""

    instruments: Sequence[Instrument]
    dropped: dict[str, int]


def parse_master(text: str, segment: str) -> Master:
    """Read the ``result`` of ``instruments/master`` for one segment (``NSEFO``); an empty text is an empty segment.

    Raises:
        UnreadableAnswer: it is no master of this segment, it is cut off in the middle of a row, or its columns have
            changed.
    """
    exchange = EXCHANGE_BY_SEGMENT[segment]
    dropped: Counter[Reason] = Counter()
    lines = (text.replace("\r", "") if "\r" in text else text).rstrip("\n").split("\n")
    lines = [line if line.isprintable() else harmless(line) for line in lines]
    rows = CashRows(segment, dropped) if exchange.is_cash else DerivativeRows(segment, dropped)
    instruments: Sequence[Instrument] = _distinct(rows.instruments(lines), dropped)
    _check(lines, dropped)
    if exchange.is_cash:
        instruments = _named(exchange, instruments)
    return Master(instruments, {str(reason): count for reason, count in dropped.items()})


def _distinct(instruments: list[Instrument], dropped: Counter[Reason]) -> Sequence[Instrument]:
    """Leave out rows that say the same twice; two of one number that differ both stay, to be refused as a clash."""
    if len({instrument.token for instrument in instruments}) == len(instruments):
        return instruments
    distinct = list(dict.fromkeys(instruments))
    if len(distinct) < len(instruments):
        dropped[Reason.REPEATED] = len(instruments) - len(distinct)
    return distinct


def _named(exchange: Exchange, instruments: Sequence[Instrument]) -> Sequence[Instrument]:
    indices = [instrument for instrument in instruments if instrument.kind is InstrumentKind.INDEX]
    shares = [instrument for instrument in instruments if instrument.kind is not InstrumentKind.INDEX]
    return [*with_equity_symbols(exchange, shares), *indices]


def _check(lines: Sequence[str], dropped: Counter[Reason]) -> None:
    malformed = {reason: count for reason, count in dropped.items() if reason.is_malformed}
    total, is_cut_off = sum(malformed.values()), _is_cut_off(lines)
    if (total - is_cut_off) * _TOLERATED > len(lines):
        worst = max(malformed, key=malformed.__getitem__)
        message = f"{total} of {len(lines)} rows are unusable, most of them {worst}"
        raise UnreadableAnswer(message)
    if is_cut_off:
        message = "its last row is cut off"
        raise UnreadableAnswer(message)


def _is_cut_off(lines: Sequence[str]) -> bool:
    """Whether the last row ends before the row of its type that is nearest to it does."""
    if len(lines) < 2:  # noqa: PLR2004 (nothing to compare with)
        return False
    last = lines[-1].split("|")
    if len(last) <= KIND_CELL + 1:
        return True
    kinds = ((line, line.split("|", KIND_CELL + 1)[KIND_CELL : KIND_CELL + 1]) for line in reversed(lines[:-1]))
    alike = next((line for line, kind in kinds if kind == last[KIND_CELL : KIND_CELL + 1]), "")
    return len(last) <= alike.count("|")


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
    return first_of_each([_index(harmless(name), exchange) for name in names])


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
