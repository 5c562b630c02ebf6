"""Rows of the derivative segments: futures, spreads and options on one underlying at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from math import exp, sqrt
from typing import Final

from jainam_prop.adapters.simulator.catalogue.expiries import display_code, month_code, serial_code, week_code
from jainam_prop.adapters.simulator.catalogue.master_cash import Row

_YEAR_DAYS: Final = 365
_VOLATILITY: Final = 0.16
_RIGHTS: Final = (("CE", 3), ("PE", 4))


@dataclass(frozen=True, slots=True)
class Underlying:
    """What futures and options are written on.

    Attributes:
        segment, number: the segment's name and number.
        lot, freeze: units; the freeze value is the cell of the master, which NSE sets one above the limit.
        fraction: PriceNumerator and PriceDenominator cells.
        expiry_time: how the segment ends ``ContractExpiration``.
        monthly: contract months; the futures stand on the first three of them.
        weekly: further option expiries; those on a monthly day are spelled as monthly ones.
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
    """Return the futures on the nearest months, 21 cells each."""
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
    """Return the calendar spreads between neighbouring futures: 21 cells, and prices that may be negative."""
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
    """Return calls and puts on every expiry, 23 cells each, ``strikes`` of them on either side of the money."""
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
    """The options on one expiry: what all their rows share."""

    of: Underlying
    expiry: date
    code: str
    days: int

    def rows(self, strike: float, tokens: Iterator[int]) -> Iterator[Row]:
        of, strike_cell = self.of, _plain(strike)
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
        """Return a plausible premium: what it is worth now plus time value that fades away from the money."""
        spot, tick = self.of.price, float(self.of.option_tick)
        intrinsic = max(spot - strike, 0.0) if right == "CE" else max(strike - spot, 0.0)
        width = spot * _VOLATILITY * sqrt((self.days + 0.5) / _YEAR_DAYS)
        time_value = 0.4 * width * exp(-(((strike - spot) / width) ** 2) / 2)
        return round(max(round((intrinsic + time_value) / tick), 1) * tick, 4)


def _plain(strike: float) -> str:
    return f"{strike:.2f}".rstrip("0").rstrip(".")


def _head(of: Underlying, token: int, kind: int, spelled: str, series: str) -> str:
    return f"{of.segment}|{token}|{kind}|{of.root}|{spelled}|{series}|{of.root}-{series}|"
