"""Which listing of a security bears its bare name as symbol, and how the other listings are told apart.

OpenAlgo writes a share without its series (``SBIN``), yet one name may be listed in several: the share in ``EQ``, its
block window in ``BL``, the company's bonds in ``N1``, ``N2``… Here

- the bare name goes to the best listing of a name by the ranks below, so that a share which moves from ``EQ`` to the
  trade-to-trade series ``BE`` keeps its symbol;
- every other listing is called ``NAME-SERIES`` (``SBIN-N5``). An NSE series without a rank is never bare, even alone:
  when a share is delisted, an order for it must not buy its bond instead;
- at BSE a scrip id names one security, so the only listing of a name is bare whatever its group;
- two listings that not even their series tells apart are called ``NAME-SERIES-TOKEN``, and neither is bare.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from jainam_prop.domain.exchange import Exchange

_NSE_RANKS: Final = ("EQ", "BE", "BZ", "SM", "ST", "SZ", "RR", "IV", "GS", "SG", "TB", "GB", "MF")
"""Shares and their trade-to-trade and SME series, trusts, then debt and funds, whose names stand for one security."""

_BSE_RANKS: Final = ("A", "B", "X", "XT", "T", "TS", "M", "MT", "Z", "ZP", "E", "IF")
_RANKS: Final = {
    Exchange.NSE: {series: rank for rank, series in enumerate(_NSE_RANKS)},
    Exchange.BSE: {series: rank for rank, series in enumerate(_BSE_RANKS)},
}
_UNRANKED: Final = 99


class Listing(NamedTuple):
    """A row of a cash market: the name of the security, the series or group it is listed in, its number."""

    name: str
    series: str
    token: int


def equity_symbols(exchange: Exchange, listings: Sequence[Listing]) -> list[str]:
    """Return the symbol of each listing of one exchange, in the order given; no two are the same."""
    listed = Counter(listing.name for listing in listings)
    shared = [listing for listing in listings if listed[listing.name] > 1]
    series = Counter((listing.name, listing.series) for listing in shared)
    best = _best_ranks(exchange, shared)
    ranks = _RANKS[exchange]

    def symbol(listing: Listing) -> str:
        name, mark, token = listing
        rank = ranks.get(mark, _UNRANKED)
        if listed[name] == 1:
            return name if rank != _UNRANKED or exchange is Exchange.BSE else f"{name}-{mark}"
        if series[name, mark] > 1:
            return f"{name}-{mark}-{token}"
        return name if rank != _UNRANKED and rank == best[name] else f"{name}-{mark}"

    return [symbol(listing) for listing in listings]


def _best_ranks(exchange: Exchange, listings: Iterable[Listing]) -> dict[str, int]:
    ranks, best = _RANKS[exchange], dict[str, int]()
    for name, series, _ in listings:
        best[name] = min(best.get(name, _UNRANKED), ranks.get(series, _UNRANKED))
    return best
