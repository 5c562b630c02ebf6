"""The simulated day: ticks, candles, minute bars, day bar and quote are one series of prices, the same for one seed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import groupby, pairwise
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from jainam_prop.adapters.simulator.catalogue.universe import Listing
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.simulator.vocabulary import EPOCH, indian_wall_clock
from jainam_prop.domain.exchange import Exchange
from tests.adapters.simulator.http_client import QUICK, Caller
from tests.adapters.simulator.socket_client import SocketClient
from tests.fakes.clock import FakeClock

LAST_PRICE: Final = 1512
DEPTH: Final = 1502
TO_THE_NEXT_DAY: Final = 16 * 3600
"""Seconds, fewer than a session lives."""
SEGMENTS: Final = {"NSECM": 12, "NSEFO": 4, "BSECM": 2, "MCXFO": 1, "NSECD": 1}
"""How many instruments of each segment: twenty together."""


class Tick(NamedTuple):
    minute: datetime
    price: Decimal


class Bar(NamedTuple):
    at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: int


def twenty(simulator: XtsSimulator) -> list[Listing]:
    listed = {segment: list(simulator.exchange.universe.listings(segment)) for segment in SEGMENTS}
    return [listing for segment, count in SEGMENTS.items() for listing in listed[segment][:count]]


def wire(listing: Listing) -> dict[str, object]:
    return {"exchangeSegment": listing.segment, "exchangeInstrumentID": listing.key.token}


def bars(dealer: Caller, listing: Listing, first: date, last: date, interval: str) -> list[Bar]:
    """Read bars over HTTP; a bar is named by its first second."""
    window = {"startTime": f"{first:%b %d %Y} 000000", "endTime": f"{last:%b %d %Y} 235959"}
    reply = dealer.market("GET", "/instruments/ohlc", **wire(listing), **window, compressionValue=interval)
    rows = [row.split("|") for row in reply.json()["result"]["dataReponse"].split(",") if row]
    seconds = 0 if interval == "D" else int(interval) - 1
    found = []
    for row in rows:
        opened, high, low, close = map(Decimal, row[1:5])
        found.append(Bar(EPOCH + timedelta(seconds=int(row[0]) - seconds), opened, high, low, close, int(row[5])))
    return found


def joined(minutes: list[Bar], at: datetime) -> Bar:
    return Bar(
        at,
        minutes[0].open,
        max(bar.high for bar in minutes),
        min(bar.low for bar in minutes),
        minutes[-1].close,
        sum(bar.volume for bar in minutes),
    )


def aggregated(ticks: list[Tick], before: Decimal) -> list[tuple[datetime, Decimal, Decimal, Decimal, Decimal]]:
    """Join ticks by the minute; a minute opens at the price before it."""
    found = []
    for minute, group in groupby(ticks, lambda tick: tick.minute):
        prices = [before, *(tick.price for tick in group)]
        found.append((minute, prices[0], max(prices), min(prices), prices[-1]))
        before = prices[-1]
    return found


@contextmanager
def a_day(seed: int = 7) -> Iterator[tuple[XtsSimulator, Caller, FakeClock]]:
    clock = FakeClock()
    config = replace(QUICK, seed=seed, subscription_cap=100)
    with XtsSimulator(config, clock) as simulator, Caller(simulator) as dealer:
        yield simulator, dealer, clock


def walk(simulator: XtsSimulator, clock: FakeClock, listings: list[Listing], steps: int) -> None:
    """Move every instrument once in seven seconds."""
    for _ in range(steps):
        for listing in listings:
            simulator.ticker.step(listing.segment, listing.key.token)
        clock.advance(7)


def walked_ticks(
    simulator: XtsSimulator, dealer: Caller, clock: FakeClock, listings: list[Listing], steps: int
) -> dict[int, list[Tick]]:
    """Walk, and return what a socket gets, by instrument number."""
    instruments = [wire(listing) for listing in listings]
    dealer.market("POST", "/instruments/subscription", instruments=instruments, xtsMessageCode=LAST_PRICE)
    found: dict[int, list[Tick]] = {listing.key.token: [] for listing in listings}
    with SocketClient.market(simulator, dealer) as client:
        for _ in range(steps):
            minute = indian_wall_clock(clock.now()).replace(second=0, microsecond=0)
            walk(simulator, clock, listings, 1)
            for event in client.events(len(listings)):
                number, price = event.body["ExchangeInstrumentID"], Decimal(str(event.body["LastTradedPrice"]))
                found[number].append(Tick(minute, price))
    return found


def test_ticks_aggregate_to_the_minute_bars_of_twenty_instruments() -> None:
    with a_day() as (simulator, dealer, clock):
        listings = twenty(simulator)
        assert len({listing.key.token for listing in listings}) == 20
        ticks = walked_ticks(simulator, dealer, clock, listings, 40)
        clock.advance(60)
        today = simulator.exchange.day
        for listing in listings:
            expected = aggregated(ticks[listing.key.token], listing.price)
            minutes = {bar.at: bar[:5] for bar in bars(dealer, listing, today, today, "60")}
            assert [minutes[row[0]] for row in expected] == expected


def test_minute_bars_quote_and_day_bar_agree_for_twenty_instruments() -> None:
    with a_day() as (simulator, dealer, clock):
        listings = twenty(simulator)
        dealer.place()
        walk(simulator, clock, listings, 40)
        dealer.place(orderSide="SELL", orderQuantity=3)
        clock.advance(8 * 3600)  # after every session but one
        today = simulator.exchange.day
        midnight = datetime.combine(today, datetime.min.time())
        reply = dealer.market(
            "POST", "/instruments/quotes", instruments=[wire(listing) for listing in listings], xtsMessageCode=DEPTH
        )
        lines = [json.loads(text)["Touchline"] for text in reply.json()["result"]["listQuotes"]]
        days = [joined(bars(dealer, listing, today, today, "60"), midnight) for listing in listings]
        for line, day in zip(lines, days, strict=True):
            names = ("Open", "High", "Low", "LastTradedPrice", "TotalTradedQuantity")
            assert [Decimal(str(line[name])) for name in names] == [*day[1:5], day.volume]
        assert sum(day.volume for day in days) == 13

        clock.advance(TO_THE_NEXT_DAY - 8 * 3600)
        assert [bars(dealer, listing, today, today, "D") for listing in listings] == [[day] for day in days]


def test_a_closed_day_never_changes() -> None:
    with a_day() as (simulator, dealer, clock):
        listings = twenty(simulator)
        walk(simulator, clock, listings, 20)
        clock.advance(TO_THE_NEXT_DAY)
        today = simulator.exchange.day
        past = today - timedelta(days=30)
        seen = [bars(dealer, listing, past, today, "D") for listing in listings]
        minutes = [bars(dealer, listing, today, today, "60") for listing in listings]
        walk(simulator, clock, listings, 20)
        dealer.place()

        assert [bars(dealer, listing, past, today, "D") for listing in listings] == seen
        assert [bars(dealer, listing, today, today, "60") for listing in listings] == minutes


def test_closed_days_are_one_walk_that_ends_where_the_trading_day_starts() -> None:
    with a_day() as (simulator, dealer, _):
        today = simulator.exchange.day
        for listing in twenty(simulator):
            days = bars(dealer, listing, today - timedelta(days=7), today, "D")
            minutes = [bar for day in days for bar in bars(dealer, listing, day.at.date(), day.at.date(), "60")]
            by_day = [list(group) for _, group in groupby(minutes, lambda bar: bar.at.date())]

            assert [joined(group, day.at) for group, day in zip(by_day, days, strict=True)] == days
            assert all(later.open == earlier.close for earlier, later in pairwise(minutes))
            assert (days[-1].close, len(days)) == (listing.price, 5)


def test_longer_bars_are_minute_bars_joined() -> None:
    with a_day() as (simulator, dealer, _):
        sbin = simulator.exchange.find(Exchange.NSE, "SBIN-EQ")
        yesterday = simulator.exchange.day - timedelta(days=1)
        minutes = bars(dealer, sbin, yesterday, yesterday, "60")
        quarters = bars(dealer, sbin, yesterday, yesterday, "900")

        assert quarters == [joined(minutes[at : at + 15], minutes[at].at) for at in range(0, 375, 15)]


def test_a_minute_without_a_trade_is_flat() -> None:
    with a_day() as (simulator, dealer, clock):
        sbin = simulator.exchange.find(Exchange.NSE, "SBIN-EQ")
        simulator.exchange.move(sbin.key, Decimal(785))
        clock.advance(180)
        today = simulator.exchange.day
        flat, price = Decimal(785), sbin.price
        found = [bar[1:] for bar in bars(dealer, sbin, today, today, "60")]

        assert found[14:] == [(price, price, price, price, 0), (price, flat, price, flat, 0), (flat,) * 4 + (0,), (flat,) * 4 + (0,)]  # fmt: skip # noqa: E501


def recorded(folder: Path, seed: int) -> bytes:
    """Write a walked day with its bars to a file, and return its content."""
    with a_day(seed) as (simulator, dealer, clock):
        listings = twenty(simulator)
        ticks = walked_ticks(simulator, dealer, clock, listings, 10)
        clock.advance(60)
        first = simulator.exchange.day - timedelta(days=1)
        found = [
            [bars(dealer, listing, first, simulator.exchange.day, size) for size in ("60", "D")] for listing in listings
        ]
    file = folder / f"{seed}.json"
    file.write_text(json.dumps([ticks, found], default=str, indent=1), encoding="utf-8")
    return file.read_bytes()


def test_the_same_seed_gives_the_same_files_and_another_seed_others(tmp_path: Path) -> None:
    first, again, other = (recorded(tmp_path, seed) for seed in (3, 3, 4))

    assert first == again
    assert first != other


@pytest.mark.parametrize("hours", [0, 10])
def test_the_market_starts_a_new_day_at_midnight(hours: int) -> None:
    with a_day() as (simulator, _, clock):
        sbin = simulator.exchange.find(Exchange.NSE, "SBIN-EQ")
        simulator.exchange.move(sbin.key, Decimal(790))
        clock.advance(86_400 + hours * 3_600)

        market = simulator.exchange.market(sbin.key)

    assert [market.previous_close, market.open, market.high, market.low] == [Decimal(790)] * 4
    assert market.volume == 0
