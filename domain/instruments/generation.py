"""A generation is the whole of the instruments of one day; these rules decide whether a new one may take over."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument

REQUIRED: Final = (Exchange.NSE, Exchange.NFO)
"""Without these no generation is a day's master; every other exchange may list nothing."""

_VENUES: Final = {Exchange.NSE: (Exchange.NSE, Exchange.NSE_INDEX), Exchange.BSE: (Exchange.BSE, Exchange.BSE_INDEX)}
_NAMED: Final = 3
_TOLERATED: Final = 10
"""One clash in so many contracts; a master with more contradicts itself."""


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


def resolve_clashes(instruments: Sequence[Instrument]) -> tuple[Sequence[Instrument], dict[Exchange, tuple[str, ...]]]:
    """Make numbers and symbols unique on each exchange, and describe every contract that this concerns.

    Contracts with one symbol get their number behind it, by which they can still be closed; see
    `Instrument.is_ambiguous`. Of rows with one number none is kept, unless they list the same terms of one contract.
    """
    total = len(instruments)
    if len({each.token for each in instruments}) == total and len({each.symbol for each in instruments}) == total:
        return instruments, {}
    clashes: dict[Exchange, list[str]] = {}
    kept = _distinct_numbers(instruments, clashes)
    symbols = Counter([(each.exchange, each.symbol) for each in kept])
    if len(symbols) == len(kept):
        return kept, {exchange: tuple(texts) for exchange, texts in clashes.items()}
    shared: dict[tuple[Exchange, str], list[str]] = {}
    for place, each in enumerate(kept):
        if symbols[each.exchange, each.symbol] > 1:
            shared.setdefault((each.exchange, each.symbol), []).append(str(each.token))
            kept[place] = each._replace(symbol=f"{each.symbol}-{each.token}")
    for (exchange, symbol), tokens in shared.items():
        clashes.setdefault(exchange, []).append(f"symbol {symbol} stands for {_listing(tokens)}")
    return kept, {exchange: tuple(texts) for exchange, texts in clashes.items()}


def renamed(
    before: Iterable[tuple[Exchange, str, str]], after: Iterable[Instrument]
) -> dict[tuple[Exchange, str], str]:
    """Return the symbols that are no longer listed but whose ISIN is, with that ISIN.

    Args:
        before: exchange, symbol and ISIN of the shares so far.
        after: instruments of the new generation.
    """
    shares = [each for each in after if each.isin]
    symbols = {(each.exchange, each.symbol) for each in shares}
    isins = {(each.exchange, each.isin) for each in shares}
    return {
        (exchange, symbol): isin
        for exchange, symbol, isin in before
        if (exchange, isin) in isins and (exchange, symbol) not in symbols
    }


def contradiction(total: int, clashes: Mapping[Exchange, tuple[str, ...]]) -> str | None:
    """Return why instruments with these clashes are no master; None when the clashes are few."""
    texts = [f"{exchange} {text}" for exchange, named in clashes.items() for text in named]
    if len(texts) * _TOLERATED <= total:
        return None
    return f"the master contradicts itself: {'; '.join(texts[:_NAMED])}"


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


def _distinct_numbers(instruments: Sequence[Instrument], clashes: dict[Exchange, list[str]]) -> list[Instrument]:
    claims: dict[tuple[Exchange, int], list[Instrument]] = {}
    numbers = Counter([(each.exchange, each.token) for each in instruments])
    if len(numbers) == len(instruments):
        return list(instruments)
    for each in instruments:
        if numbers[each.exchange, each.token] > 1:
            claims.setdefault((each.exchange, each.token), []).append(each)
    kept = [each for each in instruments if numbers[each.exchange, each.token] == 1]
    for (exchange, token), rows in claims.items():
        if len({_terms(row) for row in rows}) == 1:
            kept.append(rows[0]._replace(lower_band=None, upper_band=None))
        else:
            named = _listing([row.symbol for row in rows])
            clashes.setdefault(exchange, []).append(f"number {token} stands for {named}")
    return kept


def _terms(instrument: Instrument) -> tuple[object, ...]:
    """Return what an order depends on; the bands of a day are checked by the exchange anyway."""
    return (
        instrument.symbol,
        instrument.lot_size,
        instrument.tick_size,
        instrument.freeze_quantity,
        instrument.expiry,
        instrument.strike,
        instrument.multiplier,
    )


def _listing(names: list[str]) -> str:
    named = " and ".join(names[:_NAMED])
    return named if len(names) <= _NAMED else f"{named} and {len(names) - _NAMED} more"
