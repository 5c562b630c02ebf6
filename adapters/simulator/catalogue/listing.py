"""Listed instruments, read from their master rows, and the expiry days of the exchanges in contract names."""

from calendar import monthrange
from datetime import date, timedelta
from decimal import Decimal
from typing import Final, NamedTuple

from jainam_prop.adapters.simulator.vocabulary import EXCHANGES
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.instruments.symbol import MONTHS

TUESDAY: Final = 1
THURSDAY: Final = 3
FRIDAY: Final = 4
_WEEKLY_MONTHS: Final = "123456789OND"
_LAST_MONTH: Final = 12


def weekly(day: date, weekday: int, count: int) -> list[date]:
    """Return the next expiries on a weekday, today included."""
    first = day + timedelta(days=(weekday - day.weekday()) % 7)
    return [first + timedelta(weeks=week) for week in range(count)]


def last_weekday(year: int, month: int, weekday: int) -> date:
    """Return the last given weekday of a month."""
    end = date(year, month, monthrange(year, month)[1])
    return end - timedelta(days=(end.weekday() - weekday) % 7)


def monthly(day: date, weekday: int, count: int) -> list[date]:
    """Return the next month-end expiries on a weekday, today included."""
    found: list[date] = []
    year, month = day.year, day.month
    while len(found) < count:
        expiry = last_weekday(year, month, weekday)
        if expiry >= day:
            found.append(expiry)
        year, month = following(year, month)
    return found


def on_day_of_month(day: date, number: int, count: int) -> list[date]:
    """Return the next expiries of commodities, on a fixed day of the month, today included."""
    found: list[date] = []
    year, month = day.year, day.month
    while len(found) < count:
        expiry = date(year, month, number)
        if expiry >= day:
            found.append(expiry)
        year, month = following(year, month)
    return found


def following(year: int, month: int) -> tuple[int, int]:
    """Return the month after one."""
    return (year + 1, 1) if month == _LAST_MONTH else (year, month + 1)


def month_code(expiry: date) -> str:
    """Write the month of a contract as ``26MAR``."""
    return f"{expiry.year % 100:02d}{MONTHS[expiry.month - 1]}"


def week_code(expiry: date) -> str:
    """Write a weekly expiry as ``26317``: year, one character for the month, day."""
    return f"{expiry.year % 100:02d}{_WEEKLY_MONTHS[expiry.month - 1]}{expiry.day:02d}"


def display_code(expiry: date) -> str:
    """Write an expiry as in display names, ``17MAR2026``."""
    return f"{expiry.day:02d}{MONTHS[expiry.month - 1]}{expiry.year}"


def serial_code(expiry: date) -> str:
    """Write an expiry as in a composite InstrumentID: last digit of the year, day of the year."""
    return f"{expiry.year % 10}{expiry.timetuple().tm_yday:03d}"


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
