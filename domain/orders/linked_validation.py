"""The rules of cover and bracket orders; every broken one is named, with the nearest valid value.

Neither kind is sliced: the broker links one entry with its exits, so that a quantity above the freeze is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.money import ZERO
from jainam_prop.domain.orders.linked_order import BracketChange
from jainam_prop.domain.orders.order import PriceType, Side
from jainam_prop.domain.orders.validation import (
    Terms,
    single_order_problems,
    terms_problems,
    tick_problems,
    units_problem,
)

_COVER_ENTRIES = (PriceType.MARKET, PriceType.LIMIT)


@dataclass(frozen=True, slots=True)
class Distances:
    """How far the exits of a bracket are from its entry, in rupees; None is what could not be read."""

    target: Decimal | None
    stop_loss: Decimal | None
    trailing_stop: Decimal | None


def cover_problems(terms: Terms, side: Side | None, instrument: Instrument | None) -> tuple[str, ...]:
    """Name every rule that a cover order would break; the trigger of the terms is where its stop fires."""
    problems = [*_entry(terms, instrument, "cover", _COVER_ENTRIES), *_stop(terms, side)]
    if instrument is not None and instrument.is_tradable:
        problems += tick_problems({"trigger_price": terms.trigger_price}, instrument.tick_size)
    return tuple(problems)


def bracket_problems(
    terms: Terms, distances: Distances, side: Side | None, instrument: Instrument | None
) -> tuple[str, ...]:
    """Name every rule that a bracket order would break."""
    return (
        *_entry(terms, instrument, "bracket", (PriceType.LIMIT,)),
        *_distances(distances),
        *_distance_ticks(distances, instrument),
        *_exits_above_zero(terms, distances, side),
    )


def bracket_change_problems(change: BracketChange) -> tuple[str, ...]:
    """Name every rule that new terms for a bracket would break."""
    terms = Terms(None, PriceType.LIMIT, change.quantity, change.price, ZERO, 0)
    unchanged = Distances(None, change.stop_loss, None)
    return (
        *_entry(terms, change.instrument, "bracket", (PriceType.LIMIT,)),
        *_distances(unchanged),
        *_distance_ticks(unchanged, change.instrument),
    )


def _entry(terms: Terms, instrument: Instrument | None, kind: str, offered: tuple[PriceType, ...]) -> Iterator[str]:
    if terms.price_type is not None and terms.price_type not in offered:
        yield f"pricetype {terms.price_type} is not offered for a {kind} order: use {' or '.join(offered)}"
        terms = replace(terms, price_type=None, price=None)
    yield from terms_problems(replace(terms, trigger_price=None), instrument, None)
    if instrument is not None and instrument.is_tradable:
        yield from single_order_problems(terms.quantity, instrument)
        problem = units_problem(terms.quantity or 0, instrument)
        if problem is not None:
            yield problem


def _stop(terms: Terms, side: Side | None) -> Iterator[str]:
    stop, limit = terms.trigger_price, terms.price
    if stop is None:
        return
    if stop <= ZERO:
        yield "trigger_price must be above zero: a cover order has a stop"
    elif terms.price_type is PriceType.LIMIT and side is not None and limit:
        loss = (limit - stop) * side.sign
        if loss <= ZERO:
            yield f"trigger_price {stop} must be {'below' if side is Side.BUY else 'above'} the price {limit}"


def _distances(distances: Distances) -> Iterator[str]:
    for name, value in (("target", distances.target), ("stop_loss", distances.stop_loss)):
        if value is not None and value <= ZERO:
            yield f"{name} must be above zero: it is the distance from the price, in rupees"
    if distances.trailing_stop is not None and distances.trailing_stop < ZERO:
        yield "trailing_stop must not be negative"


def _distance_ticks(distances: Distances, instrument: Instrument | None) -> Iterator[str]:
    if instrument is not None and instrument.is_tradable:
        named = {"target": distances.target, "stop_loss": distances.stop_loss, "trailing_stop": distances.trailing_stop}
        yield from tick_problems(named, instrument.tick_size)


def _exits_above_zero(terms: Terms, distances: Distances, side: Side | None) -> Iterator[str]:
    """The exit below the entry needs a price of its own."""
    name, below = ("stop_loss", distances.stop_loss) if side is Side.BUY else ("target", distances.target)
    if side is not None and below is not None and terms.price and below >= terms.price > ZERO:
        yield f"{name} {below} leaves no price above zero below the price {terms.price}"
