"""Lists of raw rows as values, all of them or none, and the cells that repeat themselves from row to row.

An unknown price type leaves an order without one and an unknown state makes it a working one; everything else that is
unknown makes the row unreadable.
"""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeVar

from jainam_prop.adapters.xts.wire.cells import (
    UnreadableAnswer,
    amount,
    moment,
    quoted,
    refuse,
    rupees,
    shown_rupees,
    text,
    units,
)
from jainam_prop.adapters.xts.wire.words import (
    EXCHANGE_BY_SEGMENT,
    PRICE_TYPE_BY_ORDER_TYPE,
    SIDE_BY_WORD,
    STATE_BY_WORD,
)
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.memo import Memo, collector_resting
from jainam_prop.domain.orders.order import OrderState, PriceType, Side
from jainam_prop.domain.sessions.session import AccountKind, Session, clients_of_others, name_key

_Value = TypeVar("_Value")


def read_rows(answer: object, read: Callable[[Mapping[str, Any]], _Value]) -> tuple[_Value, ...]:
    """Read every row.

    Plain checked reads rather than a pydantic model a row: a model with the same 18 fields takes 3.6 µs a row before
    anything is translated, where the whole translation takes 1.7 µs (3 µs in a book of 10,000).

    Raises:
        UnreadableAnswer: the answer is no list, or a row is not understood; the message says which and why.
    """
    if not isinstance(answer, list):
        refuse("the answer holds no list of rows")
    values: list[_Value] = []
    try:
        with collector_resting():
            values.extend(map(read, answer))  # what was read before a row that fails, stays and says which one it is
    except (UnreadableAnswer, KeyError, TypeError, AttributeError) as error:
        message = f"row {len(values) + 1} of {len(answer)}: {_problem(error)}"
        raise UnreadableAnswer(message) from error
    return tuple(values)


def own_rows(answer: object, column: str, session: Session) -> object:
    """Leave out the rows of a NORMAL dealer's other clients, whom a column names; all else stays as it is.

    A dealer endpoint is asked for one client, but a server that shows all of them must not have them traded upon. A row
    without a name, or with a masked one, is taken for the client's own.

    Raises:
        UnreadableAnswer: a row names a client that neither the login nor the settings name: another client's, for whom
            nothing here must trade, or ours under another name.
    """
    if session.account.kind is not AccountKind.NORMAL or session.account.client_id is None:
        return answer  # it is not certain what the rows of a PRO desk name
    if isinstance(answer, dict) and "positionList" in answer:
        return answer | {"positionList": own_rows(answer["positionList"], column, session)}
    if not isinstance(answer, list):
        return answer
    own, others = name_key(session.account.client_id), clients_of_others(session)
    named = [name_key(row.get(column)) if isinstance(row, dict) else "" for row in answer]
    if {name for name in named if name.strip("*")} - others - {own}:
        refuse("its rows name a client that neither the login nor the settings name")
    return [row for row, name in zip(answer, named, strict=True) if name not in others]


def _problem(error: Exception) -> str:
    if isinstance(error, UnreadableAnswer):
        return str(error)
    if isinstance(error, KeyError):
        return f"{error.args[0]} is missing"
    return "it is not made of plain cells"  # no table is keyed by a list or a mapping


_log = logging.getLogger(__name__)

_STATE_BY_FOLDED_WORD: Final = {str(word).casefold(): state for word, state in STATE_BY_WORD.items()}


def _instrument(cells: tuple[object, object]) -> InstrumentKey:
    segment, number = cells
    name = segment.strip().upper() if type(segment) is str else segment
    exchange = EXCHANGE_BY_SEGMENT.get(name) if type(name) is str or type(name) is int else None
    if exchange is None:
        refuse(f"exchange segment {quoted(segment)} is unknown")
    return InstrumentKey(exchange, units(number))


def _side(word: object) -> Side:
    side = SIDE_BY_WORD.get(word.strip().upper()) if type(word) is str else None
    if side is None:
        refuse(f"order side {quoted(word)} is unknown")
    return side


def _product(word: object) -> str:
    if type(word) is not str or not word.strip():
        refuse("the product is missing")
    return word.strip().upper()


def _price_type(word: object) -> PriceType | None:
    return PRICE_TYPE_BY_ORDER_TYPE.get(word.strip().upper()) if type(word) is str else None


def _state(word: object) -> OrderState:
    state = _STATE_BY_FOLDED_WORD.get(str(word).strip().casefold())
    if state is None:
        _log.warning("Order state %s is unknown; such orders count as working", quoted(word))
        return OrderState.UNRECOGNISED
    return state


INSTRUMENTS: Final[Memo[tuple[object, object], InstrumentKey]] = Memo(_instrument)
"""By segment and number, each as the row writes it."""
SIDES: Final[Memo[object, Side]] = Memo(_side)
PRODUCTS: Final[Memo[object, str]] = Memo(_product)
PRICE_TYPES: Final[Memo[object, PriceType | None]] = Memo(_price_type)
STATES: Final[Memo[object, OrderState]] = Memo(_state)
"""Remembering the answer is also what logs an unknown word once, not with every refresh."""
AMOUNTS: Final[Memo[object, Decimal | None]] = Memo(amount)
RUPEES: Final[Memo[object, Decimal]] = Memo(rupees)
SHOWN_RUPEES: Final[Memo[object, Decimal]] = Memo(shown_rupees)
MOMENTS: Final[Memo[object, datetime | None]] = Memo(moment)
TEXTS: Final[Memo[str, str]] = Memo(text)
"""Texts that many rows share, as contract names are."""
