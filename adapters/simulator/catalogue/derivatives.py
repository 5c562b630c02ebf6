"""Master rows of the derivative segments: futures, spreads and options per underlying, and their expiry days."""

from calendar import monthrange
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import chain, count, pairwise
from math import exp, sqrt
from typing import Final

from jainam_prop.adapters.simulator.catalogue.cash import KNOWN, Row, Scrip, invented
from jainam_prop.domain.instruments.symbol import MONTHS

TUESDAY: Final = 1
THURSDAY: Final = 3
FRIDAY: Final = 4
_WEEKLY_MONTHS: Final = "123456789OND"
_MONTHS: Final = 12


def weekly(day: date, weekday: int, count: int) -> list[date]:
    """Return the next expiries on a weekday, today included."""
    first = day + timedelta(days=(weekday - day.weekday()) % 7)
    return [first + timedelta(weeks=week) for week in range(count)]


def monthly(day: date, weekday: int, count: int) -> tuple[date, ...]:
    """Return the next month-end expiries on a weekday, today included."""

    def expiry(year: int, month: int) -> date:
        end = date(year, month, monthrange(year, month)[1])
        return end - timedelta(days=(end.weekday() - weekday) % 7)

    return _coming(day, count, expiry)


def on_day_of_month(day: date, number: int, count: int) -> tuple[date, ...]:
    """Return the next expiries of commodities, on a fixed day of the month, today included."""
    return _coming(day, count, lambda year, month: date(year, month, number))


def _coming(day: date, count: int, expiry_of: Callable[[int, int], date]) -> tuple[date, ...]:
    months = (divmod(day.year * _MONTHS + day.month - 1 + number, _MONTHS) for number in range(count + 1))
    return tuple(expiry for year, month in months if (expiry := expiry_of(year, month + 1)) >= day)[:count]


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


_YEAR_DAYS: Final = 365
_VOLATILITY: Final = 0.16
_RIGHTS: Final = (("CE", 3), ("PE", 4))


@dataclass(frozen=True, slots=True)
class Underlying:
    """An underlying of futures and options.

    Attributes:
        segment, number: the segment's name and number.
        lot, freeze: units; the freeze cell of the master is one above the limit at NSE.
        fraction: PriceNumerator and PriceDenominator cells.
        expiry_time: the time in ``ContractExpiration``.
        monthly: contract months, the first three with futures.
        weekly: further option expiries; one on a monthly day has the monthly spelling.
        reference: UnderlyingInstrumentId and UnderlyingIndexName cells.
    """

    root: str
    segment: str
    number: int
    price: float
    step: float
    lot: int
    freeze: int
    future_series: str
    option_series: str
    monthly: tuple[date, ...]
    weekly: tuple[date, ...] = ()
    tick: str = "0.05"
    option_tick: str = "0.05"
    multiplier: int = 1
    fraction: tuple[int, int] = (1, 1)
    expiry_time: str = "T14:30:00"
    reference: tuple[str, str] = ("-1", "")


def future_rows(of: Underlying, tokens: Iterator[int]) -> Iterator[Row]:
    """Yield the futures of the nearest months, 21 cells each."""
    for index, expiry in enumerate(of.monthly[:3]):
        price = round(of.price * (1 + 0.005 * index), 2)
        spelled = f"{of.root}{month_code(expiry)}FUT"
        token = next(tokens)
        yield Row(
            token,
            price,
            f"{_head(of, token, 1, spelled, of.future_series)}{of.number}{serial_code(expiry)}{token:08d}|"
            f"{price * 1.1:.2f}|{price * 0.9:.2f}|{of.freeze}|{of.tick}|{of.lot}|{of.multiplier}|{of.reference[0]}|"
            f"{of.reference[1]}|{expiry.isoformat()}{of.expiry_time}|{of.root} {display_code(expiry)}|"
            f"{of.fraction[0]}|{of.fraction[1]}|{spelled}",
        )


def spread_rows(of: Underlying, tokens: Iterator[int]) -> Iterator[Row]:
    """Yield the calendar spreads between neighbouring futures, 21 cells with prices that may be negative."""
    for near, far in pairwise(of.monthly[:3]):
        spelled = f"{of.root}{month_code(near)}{month_code(far)}FUT"
        width = of.price * 0.02
        token = next(tokens)
        yield Row(
            token,
            round(of.price * 0.005, 2),
            f"{_head(of, token, 4, spelled, of.future_series)}{of.number}100110000000|"
            f"{width:.2f}|{-width:.2f}|{of.freeze}|{of.tick}|{of.lot}|{of.multiplier}|-1||"
            f"{near.isoformat()}{of.expiry_time}|{of.root} {display_code(near)[:5]}{display_code(far)[:5]} SPD|"
            f"{of.fraction[0]}|{of.fraction[1]}|{spelled}",
        )


def option_rows(of: Underlying, tokens: Iterator[int], day: date, strikes: int) -> Iterator[Row]:
    """Yield calls and puts of every expiry, 23 cells each, with ``strikes`` on either side of the money."""
    at_the_money = round(of.price / of.step) * of.step
    for expiry in sorted({*of.monthly, *of.weekly}):
        code = month_code(expiry) if expiry in of.monthly else week_code(expiry)
        series = _OptionSeries(of, expiry, code, (expiry - day).days)
        for offset in range(-strikes, strikes + 1):
            strike = at_the_money + offset * of.step
            if strike > 0:
                yield from series.rows(strike, tokens)


@dataclass(frozen=True, slots=True)
class _OptionSeries:
    """The options of one expiry."""

    of: Underlying
    expiry: date
    code: str
    days: int

    def rows(self, strike: float, tokens: Iterator[int]) -> Iterator[Row]:
        of, strike_cell = self.of, f"{strike:.2f}".rstrip("0").rstrip(".")
        serial, shown = serial_code(self.expiry), display_code(self.expiry)
        for right, code in _RIGHTS:
            price = self._premium(strike, right)
            spelled = f"{of.root}{self.code}{strike_cell}{right}"
            token = next(tokens)
            yield Row(
                token,
                price,
                f"{_head(of, token, 2, spelled, of.option_series)}{of.number}{serial}{token:08d}|"
                f"{price * 3 + of.price * 0.02:.2f}|{of.option_tick}|{of.freeze}|{of.option_tick}|{of.lot}|"
                f"{of.multiplier}|{of.reference[0]}|{of.reference[1]}|{self.expiry.isoformat()}{of.expiry_time}|"
                f"{strike_cell}|{code}|{of.root} {shown} {right} {strike_cell}|"
                f"{of.fraction[0]}|{of.fraction[1]}|{spelled}",
            )

    def _premium(self, strike: float, right: str) -> float:
        """Return intrinsic value plus a time value that falls away from the money, in rupees."""
        spot, tick = self.of.price, float(self.of.option_tick)
        intrinsic = max(spot - strike, 0.0) if right == "CE" else max(strike - spot, 0.0)
        width = spot * _VOLATILITY * sqrt((self.days + 0.5) / _YEAR_DAYS)
        time_value = 0.4 * width * exp(-(((strike - spot) / width) ** 2) / 2)
        return round(max(round((intrinsic + time_value) / tick), 1) * tick, 4)


def _head(of: Underlying, token: int, kind: int, spelled: str, series: str) -> str:
    return f"{of.segment}|{token}|{kind}|{of.root}|{spelled}|{series}|{of.root}-{series}|"


_REUSED_TOKENS: Final = (2885, 3045, 11536, 26000, 26001, 1594, 1333)
"""Numbers of NSECM and of indices that options have too, so that a number without segment identifies nothing."""

_NARROW: Final = 10
_STOCK_STRIKES: Final = 15
_STOCK_LOT_VALUE: Final = 600_000


def nse_families(day: date) -> Iterator[Underlying]:
    """Yield indices, then real shares, then invented ones without end."""
    months, weeks = monthly(day, TUESDAY, 3), tuple(weekly(day, TUESDAY, 4))
    for root, price, step, lot, freeze, name, tick in (
        ("NIFTY", 25012.35, 50, 65, 1801, "Nifty 50", "0.1"),
        ("BANKNIFTY", 58664.0, 100, 30, 601, "Nifty Bank", "0.2"),
        ("FINNIFTY", 27310.5, 50, 60, 1801, "Nifty Fin Service", "0.1"),
        ("MIDCPNIFTY", 13120.4, 25, 120, 2801, "NIFTY MID SELECT", "0.05"),
        ("NIFTYNXT50", 68420.0, 100, 25, 601, "Nifty Next 50", "0.2"),
    ):
        yield Underlying(
            root, "NSEFO", 2, price, step, lot, freeze, "FUTIDX", "OPTIDX", months,
            weekly=weeks if root == "NIFTY" else (), tick=tick, reference=("-1", name),
        )  # fmt: skip
    for scrip in chain(KNOWN, (invented(index) for index in count())):
        if scrip.name != "NIFTYBEES":
            yield _stock("NSEFO", 2, scrip, months)


def bse_families(day: date) -> Iterator[Underlying]:
    """Yield SENSEX and BANKEX, then shares without end; the expiry time of BSE is midnight."""
    months, weeks = monthly(day, THURSDAY, 3), tuple(weekly(day, THURSDAY, 4))
    for root, price, lot, freeze in (("SENSEX", 81900.25, 20, 1000), ("BANKEX", 65310.0, 30, 600)):
        yield Underlying(
            root, "BSEFO", 12, price, 100, lot, freeze, "IF", "IO", months,
            weekly=weeks if root == "SENSEX" else (), reference=("-1", root), expiry_time="T00:00:00",
        )  # fmt: skip
    for scrip in chain(KNOWN[:6], (invented(index) for index in count())):
        yield _stock("BSEFO", 12, scrip, months)


def commodity_families(day: date) -> Iterator[Underlying]:
    """Yield commodities; a lot is in quotation units, and two have a price numerator other than 1."""
    for root, price, step, lot, multiplier, fraction, expires, tick in (
        ("CRUDEOIL", 5812.0, 50, 100, 1, (1, 1), 19, "1"),
        ("NATURALGAS", 312.4, 5, 1250, 1, (1, 1), 25, "0.1"),
        ("GOLDM", 150_575.0, 100, 1, 10, (3, 1), 5, "1"),
        ("SILVERM", 245_300.0, 250, 1, 5, (4, 1), 28, "1"),
        ("COPPER", 1010.3, 5, 2500, 1, (1, 1), 27, "0.05"),
        ("NATGASMINI", 303.1, 5, 1, 250, (1, 1), 26, "0.1"),
    ):
        yield Underlying(
            root, "MCXFO", 51, price, step, lot, lot * 100 + 1, "FUTCOM", "OPTFUT",
            on_day_of_month(day, expires, 6), tick=tick, option_tick="0.1",
            multiplier=multiplier, fraction=fraction, expiry_time="T23:30:00", reference=("-1", root),
        )  # fmt: skip


def currency_families(day: date) -> Iterator[Underlying]:
    """Yield currency pairs, with a lot of one unit and a multiplier of a thousand."""
    months = monthly(day, FRIDAY, 6)
    for index, (root, price) in enumerate((("USDINR", 89.12), ("EURINR", 103.4), ("GBPINR", 118.2)), start=1):
        yield Underlying(
            root, "NSECD", 3, price, 0.25, 1, 10_001, "FUTCUR", "OPTCUR", months, tick="0.0025",
            option_tick="0.0025", multiplier=1000, reference=(f"310010000000{index}", ""),
        )  # fmt: skip


def rows_of(families: Iterable[Underlying], first_token: int, day: date, strikes: int) -> Iterator[Row]:
    """Yield the rows of underlyings: indices, commodities and currencies, then shares without end, with fewer strikes.

    All futures of the first group come before its options, so that a short list has them.
    """
    tokens, spreads = count(first_token), count(9_000_001 + first_token)
    reused = chain(_REUSED_TOKENS, tokens)
    few, shares = _apart(families)
    for family in few:
        yield from future_rows(family, tokens)
        yield from spread_rows(family, spreads)
    for family in few:
        option_tokens = reused if family.segment == "MCXFO" else tokens
        yield from option_rows(family, option_tokens, day, max(strikes, _NARROW))
    for family in shares:
        yield from future_rows(family, tokens)
        yield from spread_rows(family, spreads)
        yield from option_rows(family, reused, day, _STOCK_STRIKES)


def _apart(families: Iterable[Underlying]) -> tuple[list[Underlying], Iterator[Underlying]]:
    """Split underlyings before the first share."""
    few: list[Underlying] = []
    every = iter(families)
    for family in every:
        if family.option_series in {"OPTSTK", "SO"}:
            return few, chain((family,), every)
        few.append(family)
    return few, iter(())


def _stock(segment: str, number: int, scrip: Scrip, months: tuple[date, ...]) -> Underlying:
    lot = max(25, round(_STOCK_LOT_VALUE / scrip.price / 25) * 25)
    is_nse = segment == "NSEFO"
    return Underlying(
        scrip.name, segment, number, scrip.price, _step(scrip.price), lot, lot * 40 + 1,
        "FUTSTK" if is_nse else "SF", "OPTSTK" if is_nse else "SO", months,
        tick=scrip.tick if is_nse else "0.05", reference=(f"1100100{scrip.nse:06d}", scrip.name),
        expiry_time="T14:30:00" if is_nse else "T00:00:00",
    )  # fmt: skip


def _step(price: float) -> float:
    for limit, step in ((100, 1), (500, 2.5), (1000, 10), (2500, 20)):
        if price < limit:
            return step
    return 50
