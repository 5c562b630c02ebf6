"""Which listing of a security has its bare name as symbol, and how the other listings are distinguished.

A symbol has no series (``SBIN``), yet one name may be listed in several: the share in ``EQ``, its
block window in ``BL``, the company's bonds in ``N1``, ``N2``… Here

- the bare name goes to the best listing of a name by the ranks below, so that a share which moves from ``EQ`` to the
  trade-to-trade series ``BE`` keeps its symbol;
- every other listing is called ``NAME-SERIES`` (``SBIN-N5``). An NSE series without a rank is never bare, even alone:
  when a share is delisted, an order for it must not buy its bond instead;
- at BSE a scrip id names one security, so the only listing of a name is bare whatever its group;
- two listings of one series are called ``NAME-SERIES-TOKEN``, and neither is bare.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument

_NSE_RANKS: Final = ("EQ", "BE", "BZ", "SM", "ST", "SZ", "RR", "IV", "GS", "SG", "TB", "GB", "MF")
"""Shares and their trade-to-trade and SME series, trusts, then debt and funds, whose names stand for one security."""

_BSE_RANKS: Final = ("A", "B", "X", "XT", "T", "TS", "M", "MT", "Z", "ZP", "E", "IF")
_RANKS: Final = {
    Exchange.NSE: {series: rank for rank, series in enumerate(_NSE_RANKS)},
    Exchange.BSE: {series: rank for rank, series in enumerate(_BSE_RANKS)},
}
_UNRANKED: Final = 99


def with_equity_symbols(exchange: Exchange, listings: Sequence[Instrument]) -> list[Instrument]:
    """Give every listing of a cash market its symbol, from names, series and tokens; no two get the same."""
    ranks, keeps_unranked = _RANKS[exchange], exchange is Exchange.BSE
    listed = Counter([listing.name for listing in listings])
    shared = [listing for listing in listings if listed[listing.name] > 1]
    symbols = _symbols_of_shared_names(ranks, shared)

    def symbol(listing: Instrument) -> str:
        if listed[listing.name] > 1:
            return symbols[listing]
        is_bare = keeps_unranked or listing.series in ranks
        return listing.name if is_bare else f"{listing.name}-{listing.series}"

    return [_called(listing, symbol(listing)) for listing in listings]


def _symbols_of_shared_names(ranks: Mapping[str, int], listings: Sequence[Instrument]) -> dict[Instrument, str]:
    series = Counter((listing.name, listing.series) for listing in listings)
    best: dict[str, int] = {}
    for name, mark in series:
        best[name] = min(best.get(name, _UNRANKED), ranks.get(mark, _UNRANKED))

    def symbol(listing: Instrument) -> str:
        name, mark = listing.name, listing.series
        if series[name, mark] > 1:
            return f"{name}-{mark}-{listing.token}"
        return name if ranks.get(mark) == best[name] else f"{name}-{mark}"

    return {listing: symbol(listing) for listing in listings}


def _called(listing: Instrument, symbol: str) -> Instrument:
    return listing if listing.symbol == symbol else listing._replace(symbol=symbol)
