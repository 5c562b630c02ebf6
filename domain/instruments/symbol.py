"""The symbol grammar: how a contract is spelled, and how a spelling is read back.

Equity ``SBIN``; future ``NIFTY26MAR26FUT``; option ``NIFTY26MAR2625000CE`` or ``VEDL26MAR26292.5PE``; index ``NIFTY``.
These are the symbols of the host's symbol-format page. Which listing of a share has the bare name is decided
by `with_equity_symbols`.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Literal, TypeAlias

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument

_NSE: Final = {
    "NIFTY 50": "NIFTY",
    "NIFTY BANK": "BANKNIFTY",
    "NIFTY FIN SERVICE": "FINNIFTY",
    "NIFTY FINANCIAL SERVICES": "FINNIFTY",
    "NIFTY NEXT 50": "NIFTYNXT50",
    "NIFTY MID SELECT": "MIDCPNIFTY",
    "NIFTY MIDCAP SELECT": "MIDCPNIFTY",
}
_BSE: Final = {
    "BSE SENSEX": "SENSEX",
    "BSE BANKEX": "BANKEX",
    "BSE SENSEX 50": "SENSEX50",
    "SNSX50": "SENSEX50",
    "SNXT50": "BSESENSEXNEXT50",
    "SENSEX NEXT 50": "BSESENSEXNEXT50",
    "MID150": "BSE150MIDCAPINDEX",
    "LMI250": "BSE250LARGEMIDCAPINDEX",
    "MSL400": "BSE400MIDSMALLCAPINDEX",
    "AUTO": "BSEAUTO",
    "BSE CG": "BSECAPITALGOODS",
    "CARBON": "BSECARBONEX",
    "BSE CD": "BSECONSUMERDURABLES",
    "CPSE": "BSECPSE",
    "DOL100": "BSEDOLLEX100",
    "DOL200": "BSEDOLLEX200",
    "DOL30": "BSEDOLLEX30",
    "ENERGY": "BSEENERGY",
    "BSEFMC": "BSEFASTMOVINGCONSUMERGOODS",
    "FIN": "BSEFINANCIALSERVICES",
    "FINSER": "BSEFINANCIALSERVICES",
    "GREENX": "BSEGREENEX",
    "BSE HC": "BSEHEALTHCARE",
    "INFRA": "BSEINDIAINFRASTRUCTUREINDEX",
    "INDSTR": "BSEINDUSTRIALS",
    "BSE IT": "BSEINFORMATIONTECHNOLOGY",
    "LRGCAP": "BSELARGECAP",
    "METAL": "BSEMETAL",
    "MIDCAP": "BSEMIDCAP",
    "MIDSEL": "BSEMIDCAPSELECTINDEX",
    "OILGAS": "BSEOIL&GAS",
    "POWER": "BSEPOWER",
    "BSEPBI": "BSEPSU",
    "REALTY": "BSEREALTY",
    "SMLCAP": "BSESMALLCAP",
    "SMLSEL": "BSESMALLCAPSELECTINDEX",
    "SMEIPO": "BSESMEIPO",
    "TECK": "BSETECK",
    "TELCOM": "BSETELECOM",
}
"""The short codes of BSE's feed. None is also an NSE index: those all say NIFTY, INDIA or HANGSENG."""

INDEX_NAMES: Final = _NSE | _BSE
"""Every name whose symbol is not the name without blanks; upper case, single blanks, no ``S&P`` in front."""


MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_MONTH_NUMBER: Final = {name: number for number, name in enumerate(MONTHS, start=1)}
_CENTURY: Final = 2000
_DERIVATIVE: Final = re.compile(
    r"(?P<root>.+?)(?P<day>\d{2})(?P<month>" + "|".join(MONTHS) + r")(?P<year>\d{2})"
    r"(?:(?P<future>FUT)|(?P<strike>\d+(?:\.\d+)?)(?P<right>CE|PE))",
    re.ASCII,
)

OptionRight: TypeAlias = Literal["CE", "PE"]


@dataclass(frozen=True, slots=True)
class PlainSymbol:
    """An equity or an index: the name is all there is."""

    name: str


@dataclass(frozen=True, slots=True)
class FutureSymbol:
    """A future on a root, expiring on a day of the exchange's calendar."""

    root: str
    expiry: date


@dataclass(frozen=True, slots=True)
class OptionSymbol:
    """An option on a root; the strike is in rupees."""

    root: str
    expiry: date
    strike: Decimal
    right: OptionRight


ParsedSymbol: TypeAlias = PlainSymbol | FutureSymbol | OptionSymbol


def expiry_code(expiry: date) -> str:
    """Write an expiry for a symbol, ``26MAR26``."""
    return f"{expiry.day:02d}{MONTHS[expiry.month - 1]}{expiry.year % 100:02d}"


def expiry_column(expiry: date) -> str:
    """Write an expiry as instrument tables hold it, ``26-MAR-26``."""
    return f"{expiry.day:02d}-{MONTHS[expiry.month - 1]}-{expiry.year % 100:02d}"


def parse_expiry_column(text: str) -> date:
    """Read an expiry of an instrument table; the inverse of `expiry_column`.

    Raises:
        ValueError: it is not of that form, or no day.
    """
    day, month, year = text[:2], _MONTH_NUMBER.get(text[3:6]), text[7:]
    if month is None or text[2:3] != "-" or text[6:7] != "-" or len(year) != 2:  # noqa: PLR2004 (26-MAR-26)
        message = f"expiry {text!r} is not written as 26-MAR-26"
        raise ValueError(message)
    return date(_CENTURY + int(year), month, int(day))


def strike_text(strike: Decimal) -> str:
    """Write a strike for a symbol: no exponent, no trailing zeros, decimals kept."""
    text = f"{strike:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def index_symbol(exchange_name: str) -> str:
    """Spell an index from the exchange's own name for it (``NIFTY 50`` → ``NIFTY``, ``AUTO`` → ``BSEAUTO``).

    Indices that derivatives are written on are shortened, and the short codes of BSE written out; every other
    one loses its blanks and hyphens.
    """
    name = " ".join(exchange_name.upper().split()).removeprefix("S&P ")
    return INDEX_NAMES.get(name) or re.sub(r"[^A-Z0-9&]", "", name)


def parse_symbol(symbol: str) -> ParsedSymbol:
    """Read a symbol; one that is not spelled like a derivative of a real day is an equity or an index."""
    found = _DERIVATIVE.fullmatch(symbol)
    if found is None:
        return PlainSymbol(symbol)
    try:
        expiry = date(_CENTURY + int(found["year"]), _MONTH_NUMBER[found["month"]], int(found["day"]))
    except ValueError:
        return PlainSymbol(symbol)
    if found["future"]:
        return FutureSymbol(found["root"], expiry)
    right: OptionRight = "CE" if found["right"] == "CE" else "PE"
    return OptionSymbol(found["root"], expiry, Decimal(found["strike"]), right)


_NSE_RANKS: Final = ("EQ", "BE", "BZ", "SM", "ST", "SZ", "RR", "IV", "GS", "SG", "TB", "GB", "MF")
"""Shares and their trade-to-trade and SME series, trusts, then debt and funds, whose names stand for one security."""

_BSE_RANKS: Final = ("A", "B", "X", "XT", "T", "TS", "M", "MT", "Z", "ZP", "E", "IF")
_RANKS: Final = {
    Exchange.NSE: {series: rank for rank, series in enumerate(_NSE_RANKS)},
    Exchange.BSE: {series: rank for rank, series in enumerate(_BSE_RANKS)},
}
_UNRANKED: Final = 99


def with_equity_symbols(exchange: Exchange, listings: Sequence[Instrument]) -> list[Instrument]:
    """Give every listing of a cash market its symbol, from names, series and tokens; no two get the same.

    A symbol has no series (``SBIN``), yet one name may be listed in several: the share in ``EQ``, its block window in
    ``BL``, the company's bonds in ``N1``, ``N2``… Here

    - the bare name goes to the best listing of a name by the ranks above, so that a share which moves from ``EQ`` to
      the trade-to-trade series ``BE`` keeps its symbol;
    - every other listing is called ``NAME-SERIES`` (``SBIN-N5``). An NSE series without a rank is never bare, even
      alone: when a share is delisted, an order for it must not buy its bond instead;
    - at BSE a scrip id names one security, so the only listing of a name is bare whatever its group;
    - two listings of one series are called ``NAME-SERIES-TOKEN``, and neither is bare.
    """
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
