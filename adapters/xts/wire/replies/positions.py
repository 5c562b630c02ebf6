"""Rows of the position book and of the socket's ``position`` event as positions.

Field names: protocol reference, sections 6.3 (REST) and 6.4 (socket); numbers come as text or as numbers.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from jainam_prop.adapters.xts.wire.cells import amount, refuse, text, units
from jainam_prop.adapters.xts.wire.rows import AMOUNTS, INSTRUMENTS, PRODUCTS, SHOWN_RUPEES, read_rows
from jainam_prop.domain.memo import Memo
from jainam_prop.domain.money import ZERO
from jainam_prop.domain.positions.position import Position, PositionKey

_ONE: Final = Decimal(1)


def read_positions(answer: object) -> tuple[Position, ...]:
    """Read a position book: ``result.positionList``, or the bare list of older servers.

    Rows of the same contract and product are added up.

    Raises:
        UnreadableAnswer: some row's contract, product or quantity is not certain, or rows that would have to be added
            up belong to different accounts or are one row written twice.
    """
    rows: Any = answer.get("positionList") if isinstance(answer, dict) else answer
    positions = read_rows(rows, read_position)
    keys = {position.key for position in positions}
    if len(keys) == len(positions):
        return positions
    if len(set(read_rows(rows, _owner))) > len(keys):
        refuse("the same contract and product stands in the book for different accounts")
    _refuse_repeated(rows, positions)
    return _added_up(positions)


def read_position(row: Mapping[str, Any]) -> Position:
    """Read one row, its cells in the order of `Position`'s fields.

    What was paid and earned stays the same from one refresh to the next; only the open profit moves with the market, so
    it alone is not looked for in a memory first.
    """
    get = row.get
    number = row["ExchangeInstrumentId"] if "ExchangeInstrumentId" in row else row["ExchangeInstrumentID"]
    held = row["Quantity"] if "Quantity" in row else row["NetPosition"]
    net = _UNITS[held] if type(held) is str else units(held)
    realised, unrealised = _profits(net, get("RealizedMTM"), get("UnrealizedMTM"), get("MTM"))
    return Position(
        _KEYS[row["ExchangeSegment"], number, row["ProductType"]],
        text(get("TradingSymbol")),
        net,
        SHOWN_RUPEES[get("BuyAveragePrice")],
        SHOWN_RUPEES[get("SellAveragePrice")],
        realised,
        unrealised,
        AMOUNTS[get("Multiplier")] or _ONE,
    )


def _key(cells: tuple[object, object, object]) -> PositionKey:
    segment, number, product = cells
    return PositionKey(INSTRUMENTS[segment, number], PRODUCTS[product])


def _owner(row: Mapping[str, Any]) -> tuple[str, PositionKey]:
    return text(row.get("AccountID")), read_position(row).key


def _profits(net: int, realised: object, unrealised: object, whole: object) -> tuple[Decimal, Decimal]:
    """Return realised and unrealised profit; where a server sends only ``MTM``, the sum of both, fill in from it."""
    done, open_ = AMOUNTS[realised], amount(unrealised)
    if done is not None and open_ is not None:
        return done, open_
    total = amount(whole)
    if total is None:
        return done or ZERO, open_ or ZERO
    if done is None and open_ is None:
        return (ZERO, total) if net else (total, ZERO)
    return (done, total - done) if done is not None else (total - (open_ or ZERO), open_ or ZERO)


def _refuse_repeated(rows: Iterable[object], positions: Iterable[Position]) -> None:
    """Refuse a book that has one row twice: to add it up would make a position of twice what is held."""
    told: dict[PositionKey, list[object]] = {}
    for row, position in zip(rows, positions, strict=True):
        earlier = told.setdefault(position.key, [])
        if row in earlier:
            refuse("the same row stands in the book twice")
        earlier.append(row)


def _added_up(positions: Iterable[Position]) -> tuple[Position, ...]:
    sums: dict[PositionKey, Position] = {}
    for position in positions:
        earlier = sums.get(position.key)
        sums[position.key] = position if earlier is None else _sum(earlier, position)
    return tuple(sums.values())


def _sum(one: Position, other: Position) -> Position:
    return one._replace(
        net=one.net + other.net,
        buy_average=_average(one.buy_average, max(one.net, 0), other.buy_average, max(other.net, 0)),
        sell_average=_average(one.sell_average, max(-one.net, 0), other.sell_average, max(-other.net, 0)),
        realised=one.realised + other.realised,
        unrealised=one.unrealised + other.unrealised,
    )


def _average(price: Decimal, quantity: int, other_price: Decimal, other_quantity: int) -> Decimal:
    """Weigh two average prices by what is open of each; the first that is a price where nothing is."""
    total = quantity + other_quantity
    if not total:
        return price or other_price
    return (price * quantity + other_price * other_quantity) / total


_KEYS: Final[Memo[tuple[object, object, object], PositionKey]] = Memo(_key)
"""By segment, number and product, each as the row writes it."""

_UNITS: Final[Memo[str, int]] = Memo(units)
"""By the text of a cell; not by numbers, among which True would be one."""
