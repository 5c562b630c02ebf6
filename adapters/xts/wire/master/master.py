"""The instruments master of a segment and the index list of a venue as instruments; dropped rows are counted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final, NamedTuple

from jainam_prop.adapters.xts.wire.cells import harmless, refuse
from jainam_prop.adapters.xts.wire.master.rows import (
    KIND_CELL,
    Reason,
    RowDropped,
    Rows,
    contract_terms_reader,
    freeze_reader,
    read_bands,
    read_lowest,
    read_name,
    read_right,
    read_strike,
    read_terms,
    read_token,
)
from jainam_prop.adapters.xts.wire.words import EXCHANGE_BY_SEGMENT, SEGMENT_BY_EXCHANGE
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKind
from jainam_prop.domain.instruments.symbol import index_symbol, with_equity_symbols
from jainam_prop.domain.memo import Memo

_SPOT: Final = "16"
_SHARES: Final = frozenset({"8", "32", "64", "128", "256", "512"})
"""Equity, preference share, debenture, warrant, miscellaneous, mutual fund."""
_SPOT_SERIES: Final = "SPOT"
_INDEX_EXCHANGE: Final = {Exchange.NSE: Exchange.NSE_INDEX, Exchange.BSE: Exchange.BSE_INDEX}
_MULTIPLIER: Final = 13
_ISIN: Final = 15

_FUTURE: Final = "1"
_OPTION: Final = "2"
_NOT_CONTRACTS: Final = {"4": Reason.SPREAD, _SPOT: Reason.COMMODITY}
"""Rows of a derivative segment that are no contract; MCX lists the commodities themselves (``COMDTY``)."""
_EXPIRY: Final = 16
_STRIKE: Final = 17
_OPTION_TYPE: Final = 18
_LAST_CELL: Final = {_FUTURE: _EXPIRY, _OPTION: _OPTION_TYPE}

_DOES_NOT_FIT: Final = (ValueError, KeyError, InvalidOperation, RowDropped)

_new: Final = tuple.__new__
"""What the constructor of a NamedTuple ends in, without the call around it, of which there would be 150,000."""


class CashRows(Rows):
    """Reads a cash segment; a share has its name as symbol until `with_equity_symbols` has seen its namesakes."""

    def __init__(self, segment: str, dropped: Counter[Reason]) -> None:
        super().__init__(segment, dropped)
        self._terms = Memo(read_terms)
        self._freeze_of = Memo(freeze_reader(self._exchange))

    def _instrument(self, cells: list[str]) -> Instrument:
        kind = self._kind(cells)
        if kind != _SPOT and kind not in _SHARES:
            raise RowDropped(Reason.KIND)
        if len(cells) <= _MULTIPLIER:
            raise RowDropped(Reason.SHORT)
        name, freeze, token = read_name(cells[3]), self._freeze_of[cells[10]], read_token(cells[1])
        series, tick, lot, multiplier = self._terms[cells[5], cells[11], cells[12], cells[_MULTIPLIER]]
        if kind == _SPOT or series == _SPOT_SERIES:
            return Instrument(
                _INDEX_EXCHANGE[self._exchange], token, index_symbol(name), cells[4], name, InstrumentKind.INDEX, lot,
                tick, series=series, multiplier=multiplier, broker_exchange=self._segment,
            )  # fmt: skip
        lower, upper = read_bands(cells[9], cells[8])
        return _new(Instrument, (
            self._exchange, token, name, cells[4], name, InstrumentKind.EQUITY, lot, tick, freeze, None, None, series,
            cells[_ISIN] if len(cells) > _ISIN else "", lower, upper, multiplier, self._segment,
        ))  # fmt: skip


class DerivativeRows(Rows):
    """Reads a derivative segment."""

    def __init__(self, segment: str, dropped: Counter[Reason]) -> None:
        super().__init__(segment, dropped)
        self._names = Memo(read_name)
        self._terms = Memo(contract_terms_reader(self._exchange))
        self._strikes = Memo(read_strike)

    def instruments(self, lines: Iterable[str]) -> list[Instrument]:
        """Read rows in their order.

        Nearly all are options of 23 cells. Those are cut from both ends, so that what the contracts on one underlying
        and expiry share stays one piece, and without a call; whatever does not fit is read again cell by cell.
        """
        names, terms, strikes, rights = self._names, self._terms, self._strikes, self._rights()
        lowest, series = Memo(read_lowest), Memo(str)
        exchange, segment, found = self._exchange, self._segment, list[Instrument]()
        for line in lines:
            try:
                head, strike, option_type, _, _, _, _ = line.rsplit("|", 6)
                spelling, token, kind, name, description, mark, _, _, high, low, shared = head.split("|", 10)
                right, sort = rights[spelling, kind, option_type]
                root, (price, written) = names[name], strikes[strike]
                freeze, tick, lot, multiplier, expiry, code = terms[shared]
                lower, upper = lowest[low], Decimal(high)
                is_range = lower < upper
                found.append(_new(Instrument, (
                    exchange, int(token), f"{root}{code}{written}{right}", description, root, sort, lot, tick, freeze,
                    expiry, price, series[mark], "", lower if is_range else None, upper if is_range else None,
                    multiplier, segment,
                )))  # fmt: skip
            except _DOES_NOT_FIT:
                found.extend(filter(None, (self._row(line),)))
        return found

    def _rights(self) -> dict[tuple[str, str, str], tuple[str, InstrumentKind]]:
        return {(each, _OPTION, code): read_right(code) for each in self._spellings for code in ("3", "4")}

    def _instrument(self, cells: list[str]) -> Instrument:
        kind = self._kind(cells)
        if kind not in _LAST_CELL:
            raise RowDropped(_NOT_CONTRACTS.get(kind, Reason.KIND))
        if len(cells) <= _LAST_CELL[kind]:
            raise RowDropped(Reason.SHORT)
        root = self._names[cells[3]]
        terms = self._terms["|".join(cells[10 : _EXPIRY + 1])]
        strike, written, right, sort = None, "", "FUT", InstrumentKind.FUTURE
        if kind == _OPTION:
            (strike, written), (right, sort) = self._strikes[cells[_STRIKE]], read_right(cells[_OPTION_TYPE])
        lower, upper = read_bands(cells[9], cells[8])
        return _new(Instrument, (
            self._exchange, read_token(cells[1]), f"{root}{terms.expiry_code}{written}{right}", cells[4], root, sort,
            terms.lot_size, terms.tick_size, terms.freeze_quantity, terms.expiry, strike, cells[5], "", lower, upper,
            terms.multiplier, self._segment,
        ))  # fmt: skip


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
        refuse(f"{total} of {len(lines)} rows are unusable, most of them {worst}")
    if is_cut_off:
        refuse("its last row is cut off")


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
        refuse("the answer holds no index list")
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
        refuse(f"the index list holds {item[:40]!r}")
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
