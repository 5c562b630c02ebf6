"""Rows of OpenAlgo's instrument table: read strictly from what a caller collected, and written for a search."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final, NamedTuple, TypeAlias

from jainam_prop.domain.exchange import INDEX_EXCHANGES
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKind
from jainam_prop.domain.instruments.symbol import (
    FutureSymbol,
    OptionSymbol,
    ParsedSymbol,
    PlainSymbol,
    expiry_column,
    parse_symbol,
)
from jainam_prop.domain.money import ZERO
from jainam_prop.domain.orders.ticket import TicketReader

Fields: TypeAlias = Mapping[str, object]

_NAMED: Final = 5
_DERIVATIVES: Final = frozenset({InstrumentKind.FUTURE, InstrumentKind.CALL, InstrumentKind.PUT})


class SymbolRow(NamedTuple):
    """A row as the host's own ``SymToken`` shows it."""

    symbol: str
    brsymbol: str
    name: str
    exchange: str
    brexchange: str
    token: str
    expiry: str
    strike: float
    lotsize: int
    instrumenttype: str
    tick_size: float
    contract_value: float | None = None


def row_of(instrument: Instrument) -> SymbolRow:
    """Write an instrument as the host shows it."""
    return SymbolRow(
        symbol=instrument.symbol,
        brsymbol=instrument.broker_symbol,
        name=instrument.name,
        exchange=instrument.exchange.value,
        brexchange=instrument.broker_exchange or instrument.exchange.value,
        token=str(instrument.token),
        expiry=expiry_column(instrument.expiry) if instrument.expiry else "",
        strike=float(instrument.strike or ZERO),
        lotsize=instrument.lot_size,
        instrumenttype=instrument.kind.value,
        tick_size=float(instrument.tick_size),
        contract_value=None if instrument.multiplier == 1 else float(instrument.multiplier),
    )


def read_instruments(rows: Iterable[Fields]) -> list[Instrument]:
    """Read rows with the columns of ``symtoken``, and of ``symbol_token`` where they have them.

    A cell that is blank, None or NaN is empty.

    Raises:
        ValueError: a row is not understood; the first few are named with all that is wrong with them.
    """
    problems: list[str] = []
    found: list[Instrument] = []
    for number, fields in enumerate(rows, 1):
        reader = TicketReader({name: value for name, value in fields.items() if not _is_blank(value)})
        instrument = _read_instrument(reader, fields)
        if instrument is None:
            problems.append(f"row {number}: {'; '.join(reader.problems)}")
        else:
            found.append(instrument)
    if problems:
        more = f" (and {len(problems) - _NAMED} more rows)" if len(problems) > _NAMED else ""
        raise ValueError("; ".join(problems[:_NAMED]) + more)
    return found


def _read_instrument(reader: TicketReader, fields: Fields) -> Instrument | None:
    symbol, exchange = reader.text("symbol"), reader.exchange()
    token, lot = _above_zero(reader, "token"), _above_zero(reader, "lotsize")
    kind = InstrumentKind.INDEX if exchange in INDEX_EXCHANGES else reader.word("instrumenttype", InstrumentKind)
    tick = reader.rupees("tick_size")
    if not tick or tick < ZERO:
        reader.refuse("tick_size must be above zero")
    freeze = reader.units("freeze_qty", default=0) or None
    lower, upper = reader.rupees("lower_band") or None, reader.rupees("upper_band") or None
    multiplier = reader.rupees("multiplier") or reader.rupees("contract_value") or Decimal(1)
    if symbol is None or exchange is None or token is None or lot is None or kind is None or tick is None:
        return None
    expiry, strike = _terms(reader, symbol, kind, fields)
    if reader.problems:
        return None
    brsymbol, name = _shown(fields, "brsymbol") or symbol, _shown(fields, "name") or symbol
    series, isin, brexchange = (_shown(fields, column) for column in ("series", "isin", "brexchange"))
    return Instrument(
        exchange, token, symbol, brsymbol, name, kind, lot, tick, freeze,
        expiry, strike, series, isin, lower, upper, multiplier, brexchange,
    )  # fmt: skip


def _terms(
    reader: TicketReader, symbol: str, kind: InstrumentKind, fields: Fields
) -> tuple[date | None, Decimal | None]:
    """Return expiry and strike of a derivative, which its symbol and its columns must agree on."""
    parsed = parse_symbol(symbol)
    spelled = _spelled_kind(parsed)
    if kind not in _DERIVATIVES:
        return None, None
    if isinstance(parsed, PlainSymbol) or spelled != kind:
        reader.refuse(f"symbol {symbol} is not spelled like a contract of type {kind}")
        return None, None
    if _shown_expiry(fields) not in {"", expiry_column(parsed.expiry)}:
        reader.refuse(f"symbol {symbol} expires on another day than the column expiry says")
    if isinstance(parsed, FutureSymbol):
        return parsed.expiry, None
    if reader.rupees("strike") != parsed.strike:
        reader.refuse(f"symbol {symbol} has another strike than the column strike")
    return parsed.expiry, parsed.strike


def _spelled_kind(parsed: ParsedSymbol) -> InstrumentKind | None:
    match parsed:
        case FutureSymbol():
            return InstrumentKind.FUTURE
        case OptionSymbol():
            return InstrumentKind(parsed.right)
        case PlainSymbol():
            return None


def _above_zero(reader: TicketReader, column: str) -> int | None:
    number = reader.units(column)
    if number is not None and number <= 0:
        reader.refuse(f"{column} must be above zero")
    return number


def _shown(fields: Fields, column: str) -> str:
    value = fields.get(column)
    return "" if _is_blank(value) else str(value).strip()


def _shown_expiry(fields: Fields) -> str:
    value = fields.get("expiry")
    return expiry_column(value) if isinstance(value, date) else _shown(fields, "expiry").upper()


def _is_blank(value: object) -> bool:
    # NaN is the only value that is not equal to itself, and what a table of pandas has in its empty cells.
    return value is None or value == "" or value != value  # noqa: PLR0124
