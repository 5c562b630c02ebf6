"""The cells that repeat themselves from row to row, each read once and then remembered.

An unknown price type leaves an order without one and an unknown state makes it a working one; everything else that is
unknown makes the row unreadable.
"""

import logging
from datetime import datetime
from decimal import Decimal
from typing import Final

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer, amount, moment, quoted, rupees, shown_rupees, units
from jainam_prop.adapters.xts.wire.words import (
    EXCHANGE_BY_SEGMENT,
    PRICE_TYPE_BY_ORDER_TYPE,
    SIDE_BY_WORD,
    STATE_BY_WORD,
)
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.memo import Memo
from jainam_prop.domain.orders.order import OrderState, PriceType, Side

_log = logging.getLogger(__name__)

_STATE_BY_FOLDED_WORD: Final = {str(word).casefold(): state for word, state in STATE_BY_WORD.items()}


def _instrument(cells: tuple[object, object]) -> InstrumentKey:
    segment, number = cells
    name = segment.strip().upper() if type(segment) is str else segment
    exchange = EXCHANGE_BY_SEGMENT.get(name) if type(name) is str or type(name) is int else None
    if exchange is None:
        message = f"exchange segment {quoted(segment)} is unknown"
        raise UnreadableAnswer(message)
    return InstrumentKey(exchange, units(number))


def _side(word: object) -> Side:
    side = SIDE_BY_WORD.get(word.strip().upper()) if type(word) is str else None
    if side is None:
        message = f"order side {quoted(word)} is unknown"
        raise UnreadableAnswer(message)
    return side


def _product(word: object) -> str:
    if type(word) is str and word.strip():
        return word.strip().upper()
    message = "the product is missing"
    raise UnreadableAnswer(message)


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
