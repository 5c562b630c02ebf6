"""Master rows of the cash segments: real scrips with their real numbers, then invented ones."""

from collections.abc import Iterator
from itertools import count
from string import ascii_uppercase
from typing import Final, NamedTuple


class Row(NamedTuple):
    """One row of a master, and the price in rupees at which its market starts."""

    token: int
    price: float
    text: str


class Scrip(NamedTuple):
    """A share: its numbers at NSE and BSE, 0 where not listed, price in rupees and tick."""

    name: str
    nse: int
    bse: int
    isin: str
    price: float
    tick: str
    company: str


KNOWN: Final = (
    Scrip("RELIANCE", 2885, 500325, "INE002A01018", 1404.8, "0.1", "RELIANCE INDUSTRIES LTD"),
    Scrip("SBIN", 3045, 500112, "INE062A01020", 780.1, "0.05", "STATE BANK OF INDIA"),
    Scrip("TCS", 11536, 532540, "INE467B01029", 3001.0, "0.1", "TATA CONSULTANCY SERV LT"),
    Scrip("INFY", 1594, 500209, "INE009A01021", 1512.4, "0.1", "INFOSYS LIMITED"),
    Scrip("HDFCBANK", 1333, 500180, "INE040A01034", 819.6, "0.05", "HDFC BANK LTD"),
    Scrip("ICICIBANK", 4963, 532174, "INE090A01021", 1350.2, "0.1", "ICICI BANK LTD"),
    Scrip("AXISBANK", 5900, 532215, "INE238A01034", 1120.5, "0.1", "AXIS BANK LIMITED"),
    Scrip("ITC", 1660, 500875, "INE154A01025", 405.25, "0.05", "ITC LTD"),
    Scrip("LT", 11483, 500510, "INE018A01030", 3590.3, "0.1", "LARSEN & TOUBRO LTD"),
    Scrip("TATASTEEL", 3499, 500470, "INE081A01020", 171.35, "0.01", "TATA STEEL LIMITED"),
    Scrip("VEDL", 3063, 500295, "INE205A01025", 441.7, "0.05", "VEDANTA LIMITED"),
    Scrip("M&M", 2031, 500520, "INE101A01026", 3310.4, "0.1", "MAHINDRA & MAHINDRA LTD"),
    Scrip("BAJAJ-AUTO", 16669, 532977, "INE917I01010", 8890.5, "0.5", "BAJAJ AUTO LIMITED"),
    Scrip("ACC", 22, 500410, "INE012A01025", 1732.7, "0.1", "ACC LIMITED"),
    Scrip("SUZLON", 12018, 532667, "INE040H01021", 62.21, "0.01", "SUZLON ENERGY LIMITED"),
    Scrip("NIFTYBEES", 10576, 590103, "INF204KB14I2", 279.35, "0.01", "NIPPON INDIA ETF NIFTY 50 BEES"),
)

_ODD_SERIES: Final = (
    ("ABCINFRA", "BE", 24801, 112.75, "0.01"),
    ("ABCTECH", "SM", 27301, 202.4, "0.05"),
    ("ABCMICRO", "ST", 27302, 55.3, "0.05"),
    ("ABCZED", "BZ", 24802, 18.45, "0.01"),
    ("719GS2060", "GS", 24850, 99.85, "0.01"),
    ("749GJ32", "SG", 24851, 101.2, "0.01"),
    ("364D100926", "TB", 24852, 94.6, "0.01"),
    ("SGBFEB32IV", "GB", 24853, 9120.0, "0.01"),
    ("ABCNCD", "N0", 24854, 1015.5, "0.01"),
    ("ABCFUND", "MF", 24855, 14.22, "0.01"),
)
_SERIES_CYCLE: Final = ("EQ",) * 12 + ("BE", "EQ", "SM", "EQ", "ST", "EQ", "BZ")
_GROUP_CYCLE: Final = ("A", "B", "B", "X", "X", "XT", "T", "M", "F", "G", "Z", "B")
_COLLIDING: Final = (2885, 3045, 11536, 26000, 26001)
"""Numbers of NSECM that BSECM lists too, so that a number without its segment identifies no instrument."""

_FIRST_NSE: Final = 30001
_FIRST_BSE: Final = 510001
_TEST_SCRIPS: Final = range(2036, 2042)


def invented(index: int) -> Scrip:
    """Return an invented share; an index is the same company in every segment."""
    letters, rest = "", index
    for _ in range(4):
        rest, digit = divmod(rest, 26)
        letters = ascii_uppercase[digit] + letters
    price = 20 + index * 7919 % 398_000 / 100
    isin = f"INE{index:06d}Q11"
    tick = "0.05" if price < 1000 else "0.1"  # noqa: PLR2004 - where NSE's finer tick ends
    on_tick = round(round(price / float(tick)) * float(tick), 2)
    return Scrip(f"X{letters}", _FIRST_NSE + index, 0, isin, on_tick, tick, f"X{letters} INVENTED LIMITED")


def nse_rows() -> Iterator[Row]:
    """Yield NSECM rows: real shares, odd series, test scrips, then invented shares without end."""
    for scrip in KNOWN:
        yield _row("NSECM", 1, scrip.nse, scrip, "EQ", 100_001)
    for name, series, token, price, tick in _ODD_SERIES:
        yield _row("NSECM", 1, token, Scrip(name, token, 0, f"IN{token:07d}018", price, tick, name), series, 12_001)
    for number, token in enumerate(_TEST_SCRIPS, start=1):
        test = Scrip(f"{number:02d}1NSETEST", token, 0, f"DUMMYSAN{number:03d}", 100.0, "0.05", "NSE TEST SCRIP")
        yield _row("NSECM", 1, token, test, "EQ", 100_001)
    for index in count():
        scrip = invented(index)
        yield _row("NSECM", 1, scrip.nse, scrip, _SERIES_CYCLE[index % len(_SERIES_CYCLE)], 50_001)


def bse_rows() -> Iterator[Row]:
    """Yield BSECM rows: the index, real shares, colliding numbers, then invented shares without end."""
    sensex = "BSECM|1|8|SENSEX|SENSEX-SPOT|SPOT|SENSEX-SPOT|11100100000001|0|0|0|0.01|1|1|SENSEX||1|1|SENSEX|0|-1|-1"
    yield Row(1, 81_900.25, sensex)
    for scrip in KNOWN:
        yield _row("BSECM", 11, scrip.bse, scrip, "A", 0)
    for index, token in enumerate(_COLLIDING):
        yield _row("BSECM", 11, token, invented(90_000 + index), "F", 0)
    for index in count():
        yield _row("BSECM", 11, _FIRST_BSE + index, invented(index), _GROUP_CYCLE[index % len(_GROUP_CYCLE)], 0)


def _row(segment: str, number: int, token: int, scrip: Scrip, series: str, freeze: int) -> Row:  # noqa: PLR0913, PLR0917
    name, price = scrip.name, scrip.price
    spelled = f"{name}-{series}"
    indicator = 100 if series in {"BE", "T", "XT"} else 0
    detail = f"{scrip.company}-{series}" if number == 1 else scrip.company[:30]
    text = (
        f"{segment}|{token}|8|{name}|{spelled}|{series}|{spelled}|{number}1001{token:08d}|{price * 1.1:.2f}|"
        f"{price * 0.9:.2f}|{freeze}|{scrip.tick}|1|1|{name}|{scrip.isin}|1|1|{detail}|{indicator}|-1|-1"
    )
    return Row(token, price, text)
