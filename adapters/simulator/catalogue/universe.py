"""The instruments of the simulated exchange: master text by segment, index lists, look-ups."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from itertools import islice
from typing import Final, NamedTuple

from jainam_prop.adapters.simulator.catalogue import derivatives
from jainam_prop.adapters.simulator.catalogue.cash import Row, bse_rows, nse_rows
from jainam_prop.adapters.simulator.vocabulary import EXCHANGES, SEGMENTS
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey

EQUITY: Final = 8
OPTION: Final = 2
FUTURE: Final = 1
SPREAD: Final = 4


class Listing(NamedTuple):
    """A listed instrument.

    Attributes:
        kind: XTS InstrumentType.
        freeze: the master's cell; 0 is no limit.
        upper, lower: price band in rupees; zero is no band.
        price: the price in rupees at which its market starts.
        expiration: the master's cell; "" for cash.
        option_type: ``CE``, ``PE`` or "".
    """

    key: InstrumentKey
    segment: str
    kind: int
    name: str
    description: str
    series: str
    instrument_id: int
    upper: Decimal
    lower: Decimal
    freeze: int
    tick: Decimal
    lot: int
    multiplier: Decimal
    display_name: str
    isin: str
    underlying_id: int
    underlying_name: str
    expiration: str
    strike: Decimal | None
    option_type: str
    price: Decimal

    @property
    def largest_order(self) -> int | None:
        """The most units of one order; the freeze cell of NSE and MCX is one more, that of BSE the number itself."""
        if not self.freeze:
            return None
        return self.freeze if self.segment.startswith("BSE") else self.freeze - 1

    @property
    def expiry(self) -> date | None:
        """The expiry day; None for cash."""
        return date.fromisoformat(self.expiration[:10]) if self.expiration else None


def read_listing(text: str, price: float) -> Listing:
    """Parse a well-formed master row."""
    cells = text.split("|")
    kind = int(cells[2])
    is_cash = kind == EQUITY
    tick = Decimal(cells[11])
    return Listing(
        key=InstrumentKey(EXCHANGES[cells[0]], int(cells[1])),
        segment=cells[0],
        kind=kind,
        name=cells[3],
        description=cells[4],
        series=cells[5],
        instrument_id=int(cells[7]),
        upper=Decimal(cells[8]),
        lower=Decimal(cells[9]),
        freeze=int(cells[10]),
        tick=tick,
        lot=int(cells[12]),
        multiplier=Decimal(cells[13]),
        display_name=cells[14] if is_cash else cells[19 if kind == OPTION else 17],
        isin=cells[15] if is_cash else "",
        underlying_id=0 if is_cash else int(cells[14]),
        underlying_name="" if is_cash else cells[15],
        expiration="" if is_cash else cells[16],
        strike=Decimal(cells[17]) if kind == OPTION else None,
        option_type={"3": "CE", "4": "PE"}[cells[18]] if kind == OPTION else "",
        price=round(Decimal(str(price)) / tick) * tick,
    )


NSE_INDICES: Final = (
    ("NIFTY 50", 26000), ("NIFTY BANK", 26001), ("INDIA VIX", 26002), ("NIFTY IT", 26003), ("NIFTY 100", 26004),
    ("NIFTY FIN SERVICE", 26034), ("NIFTY CONSR DURBL", 26037), ("NIFTY NEXT 50", 26054), ("NIFTY MID SELECT", 26121),
    ("NIFTY MULTI MFG", 26147), ("NIFTY MULTI INFRA", 26147), ("NIFTY TATA 25 CAP", 26148), ("NIFTY IPO", 26148),
)  # fmt: skip
"""Names and numbers; two numbers are listed twice, as on a live server."""

BSE_INDICES: Final = (("SENSEX", 26065), ("BANKEX", 26118), ("SENSEX50", 26066))
INDEX_PRICES: Final = {
    26000: 25012.35, 26001: 58664.0, 26002: 12.4, 26034: 27310.5, 26054: 68420.0, 26121: 13120.4, 26065: 81900.25,
    26118: 65310.0, 26066: 26010.1,
}  # fmt: skip
_SHARES: Final = {"NSECM": 0.08, "BSECM": 0.10, "BSEFO": 0.15, "MCXFO": 0.08, "NSECD": 0.03}


class Universe:
    """Every listed instrument of one day; immutable."""

    def __init__(self, rows: dict[str, dict[int, Row]]) -> None:
        self._rows = rows
        self._listings: dict[InstrumentKey, Listing] = {}

    def __len__(self) -> int:
        return sum(len(rows) for rows in self._rows.values())

    def tokens(self, segment: str) -> frozenset[int]:
        """Return the instrument numbers of a segment."""
        return frozenset(self._rows.get(segment, ()))

    def master(self, segment: str) -> str:
        """Return the rows of a segment as one text without header, "" where nothing is listed."""
        return "\n".join(row.text for row in self._rows.get(segment, {}).values())

    def find(self, key: InstrumentKey) -> Listing | None:
        """Return the listing of a key; None for unlisted instruments and for indices, which are only quoted."""
        found = self._listings.get(key)
        if found is None and not key.exchange.is_index:
            row = self._rows.get(SEGMENTS.get(key.exchange, ""), {}).get(key.token)
            if row is not None:
                found = self._listings[key] = read_listing(row.text, row.price)
        return found

    def named(self, exchange: Exchange, description: str) -> Listing:
        """Return the listing with this Description cell, such as ``SBIN-EQ`` or ``NIFTY26MARFUT``.

        Raises:
            LookupError: nothing is listed by that name.
        """
        for listing in self.search(f"|{description}|", exchange):
            if listing.description == description:
                return listing
        raise LookupError(description)

    def search(self, text: str, exchange: Exchange | None = None) -> Iterator[Listing]:
        """Yield the listings with a text in their row."""
        for segment, rows in self._rows.items():
            if exchange is None or SEGMENTS.get(exchange) == segment:
                yield from (read_listing(row.text, row.price) for row in rows.values() if text in row.text)

    def nearest_future(self, root: str, exchange: Exchange = Exchange.NFO) -> Listing:
        """Return the nearest future of an underlying.

        Raises:
            LookupError: there is none.
        """
        for listing in self.search(f"|1|{root}|", exchange):
            return listing
        raise LookupError(root)

    def listings(self, segment: str) -> Iterator[Listing]:
        """Yield every listing of a segment."""
        return (read_listing(row.text, row.price) for row in self._rows.get(segment, {}).values())


@lru_cache(maxsize=4)
def universe(day: date, count: int) -> Universe:
    """Build the instruments of a day, or return the cached ones of this process.

    Args:
        day: the trading day, from which expiries are counted.
        count: how many instruments; a small count still has the well-known ones.
    """
    strikes = min(60, count // 1500)
    commodities = derivatives.rows_of(derivatives.commodity_families(day), 430_001, day, strikes * 2)
    rows = {
        "NSECM": _take(nse_rows(), max(60, int(count * _SHARES["NSECM"]))),
        "BSECM": _take(bse_rows(), max(40, int(count * _SHARES["BSECM"]))),
        "BSEFO": _take(
            derivatives.rows_of(derivatives.bse_families(day), 820_001, day, strikes),
            max(min(500, count // 6), int(count * _SHARES["BSEFO"])),
        ),
        "MCXFO": _take(commodities, max(min(300, count // 10), int(count * _SHARES["MCXFO"]))),
        "NSECD": _take(
            derivatives.rows_of(derivatives.currency_families(day), 1_001, day, strikes),
            max(min(150, count // 20), int(count * _SHARES["NSECD"])),
        ),
    }
    listed = sum(len(segment) for segment in rows.values())
    rows["NSEFO"] = _take(
        derivatives.rows_of(derivatives.nse_families(day), 35_001, day, strikes), max(min(3_000, count), count - listed)
    )
    return Universe(rows)


def index_list(segment: str) -> tuple[str, ...] | None:
    """Return the index list of a segment as ``NAME_number`` texts; None for a segment without indices."""
    lists: dict[str, Iterable[tuple[str, int]]] = {"NSECM": NSE_INDICES, "BSECM": BSE_INDICES}
    if segment not in lists:
        return None
    return tuple(f"{name}_{number}" for name, number in lists[segment])


def _take(rows: Iterator[Row], count: int) -> dict[int, Row]:
    found: dict[int, Row] = {}
    for row in islice(rows, count):
        found.setdefault(row.token, row)
    return found
