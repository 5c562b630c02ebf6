"""What may come out of a message, whatever goes in: no price that it does not hold."""

import struct
from collections.abc import Iterator
from typing import Final

from jainam_prop.domain.market_data.tick import FeedEvent, Tick

DIVISORS: Final = (100, 10_000, 10_000_000)


def numbers(value: object) -> Iterator[float]:
    """Every number that a JSON value holds, also as text."""
    if isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from numbers(part)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield float(value) if abs(value) < 1e300 else value
    elif isinstance(value, str):
        try:
            yield float(value)
        except ValueError:
            return


def prices(event: FeedEvent | None) -> Iterator[float]:
    """Every price that an event publishes."""
    if not isinstance(event, Tick):
        return
    for price in (event.last_price, event.average_price, event.open, event.high, event.low, event.close):
        if price is not None:
            yield price
    for price, _, _ in (*(event.bids or ()), *(event.asks or ())):
        yield price


def held(payload: bytes) -> set[float]:
    """Every number that a binary payload holds at any place, as a double or as a whole number that is divided."""
    doubles = {struct.unpack_from("<d", payload, at)[0] for at in range(len(payload) - 7)}
    whole = {struct.unpack_from("<i", payload, at)[0] for at in range(len(payload) - 3)}
    return doubles | {number / divisor for number in whole for divisor in DIVISORS}
