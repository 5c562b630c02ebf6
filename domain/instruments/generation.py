"""A generation is the whole of the instruments of one day; these rules decide whether a new one may take over."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain, islice
from typing import Final, NamedTuple

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument

REQUIRED: Final = (Exchange.NSE, Exchange.NFO)
"""Without these no generation is a day's master; every other exchange may list nothing."""

_VENUES: Final = {
    Exchange.NSE: (Exchange.NSE, Exchange.NSE_INDEX),
    Exchange.BSE: (Exchange.BSE, Exchange.BSE_INDEX),
}
_NAMED: Final = 3


class Generation(NamedTuple):
    """The instruments in use.

    Attributes:
        number: grows with every replacement.
        replaced_at: when it took over, aware, in UTC.
        counts: instruments per exchange that lists any.
    """

    number: int
    replaced_at: datetime
    counts: dict[Exchange, int]


def count_by_exchange(instruments: Iterable[Instrument]) -> dict[Exchange, int]:
    """Count instruments per exchange."""
    return dict(Counter(instrument.exchange for instrument in instruments))


def first_clashes(instruments: Collection[Instrument]) -> tuple[str, ...]:
    """Name the contracts that claim the same number, or the same symbol, on one exchange; the first few of them."""
    total = len(instruments)
    found: list[Iterator[str]] = []
    if len({instrument.token for instrument in instruments}) < total:  # else there is nothing to look at closely
        found.append(_repeated("number", ((each.exchange, each.token, each.symbol) for each in instruments)))
    if len({instrument.symbol for instrument in instruments}) < total:
        found.append(_repeated("symbol", ((each.exchange, each.symbol, each.token) for each in instruments)))
    return tuple(islice(chain.from_iterable(found), _NAMED))


def objections(before: Mapping[Exchange, int], after: Mapping[Exchange, int]) -> Iterator[str]:
    """Name what speaks against taking over: a required exchange lists nothing, or one lists less than two thirds.

    Args:
        before: instruments per exchange so far; those of exchanges that need not be compared are left out.
        after: instruments per exchange of the new generation.
    """
    for exchange in REQUIRED:
        if not after.get(exchange):
            yield f"{exchange} lists no instruments"
    for exchange, count in before.items():
        left = after.get(exchange, 0)
        if left * 3 < count * 2 and (left or exchange not in REQUIRED):
            yield f"{exchange} lists only {left} instruments where it listed {count}; force it if that is right"


def venue(exchange: Exchange) -> tuple[Exchange, ...]:
    """Return the exchanges that come with one: a cash market brings its indices."""
    return _VENUES.get(exchange, (exchange,))


def _repeated(what: str, claims: Iterable[tuple[Exchange, int | str, int | str]]) -> Iterator[str]:
    claimants: dict[tuple[Exchange, int | str], list[str]] = {}
    for exchange, claim, claimant in claims:
        claimants.setdefault((exchange, claim), []).append(str(claimant))
    for (exchange, claim), names in claimants.items():
        if len(names) > 1:
            yield f"{exchange} {what} {claim} stands for {_listing(names)}"


def _listing(names: list[str]) -> str:
    named = " and ".join(names[:_NAMED])
    return named if len(names) <= _NAMED else f"{named} and {len(names) - _NAMED} more"
