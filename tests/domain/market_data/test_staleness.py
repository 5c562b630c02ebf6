"""A price is current, marked stale, or about to be read by quote."""

from typing import Final

import pytest

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.freshness import Staleness

SBIN: Final = InstrumentKey(Exchange.NSE, 3045)
GOLD: Final = InstrumentKey(Exchange.MCX, 430001)


def trading(exchange: Exchange) -> bool:
    return exchange is Exchange.NSE


def heard(*keys: InstrumentKey, at: float = 0.0) -> Staleness:
    staleness = Staleness()
    for key in keys:
        staleness.want(key, at)
        staleness.heard(key, at)
    return staleness


def test_a_subscription_without_an_image_is_read_by_quote_after_a_second() -> None:
    staleness = Staleness()
    staleness.want(SBIN, 0.0)
    staleness.held(SBIN, 1.0, has_image=False)

    assert [staleness.due(at, trading) for at in (1.9, 2.0)] == [[], [SBIN]]


def test_an_image_or_a_tick_makes_the_quote_needless() -> None:
    staleness = Staleness()
    staleness.want(SBIN, 0.0)
    staleness.held(SBIN, 1.0, has_image=False)
    staleness.heard(SBIN, 1.5)

    assert staleness.due(2.5, trading) == []


def test_after_a_gap_a_price_is_stale_until_it_is_confirmed() -> None:
    staleness = heard(SBIN, GOLD)
    staleness.gap([SBIN, GOLD], 10.0)
    assert staleness.overdue(12.9) == []

    assert staleness.overdue(13.0) == [SBIN, GOLD]
    assert staleness.overdue(14.0) == []
    staleness.heard(SBIN, 15.0)
    staleness.quoted(GOLD, 15.0, is_new=False)

    assert staleness.stale == {}


def test_a_contract_without_any_price_yet_is_not_stale() -> None:
    staleness = Staleness()
    staleness.want(SBIN, 0.0)
    staleness.gap([SBIN], 1.0)

    assert staleness.overdue(100.0) == []


def test_a_quiet_contract_is_read_ever_less_often_while_nothing_is_new() -> None:
    staleness, now, reads = heard(SBIN), 0.0, []
    while now < 400.0:
        now += 1.0
        if staleness.due(now, trading):
            reads.append(now)
            staleness.quoted(SBIN, now, is_new=False)

    assert reads == [5.0, 15.0, 35.0, 75.0, 155.0, 315.0]


@pytest.mark.parametrize("news", ["tick", "quote"])
def test_news_makes_it_be_read_soon_again(news: str) -> None:
    staleness = heard(SBIN)
    for now in (5.0, 15.0, 35.0):
        staleness.quoted(SBIN, now, is_new=False)
    if news == "tick":
        staleness.heard(SBIN, 50.0)
    else:
        staleness.quoted(SBIN, 50.0, is_new=True)

    assert [bool(staleness.due(now, trading)) for now in (54.0, 55.0)] == [False, True]


def test_of_many_quiet_contracts_the_longest_due_comes_first() -> None:
    keys = [InstrumentKey(Exchange.NSE, number) for number in range(4)]
    staleness = heard(*keys)
    staleness.heard(keys[0], 4.0)
    staleness.quoted(keys[1], 3.0, is_new=True)
    staleness.quoted(keys[2], 2.0, is_new=False)  # read twice as seldom

    assert staleness.due(20.0, trading) == [keys[3], keys[1], keys[0], keys[2]]


def test_an_exchange_that_does_not_trade_is_not_read() -> None:
    assert heard(GOLD).due(1_000.0, trading) == []


def test_a_quote_that_did_not_come_is_read_again_later() -> None:
    staleness = Staleness()
    staleness.want(SBIN, 0.0)
    staleness.held(SBIN, 0.0, has_image=False)
    staleness.unanswered([SBIN], 1.0)

    assert [staleness.due(at, trading) for at in (5.9, 6.0)] == [[], [SBIN]]


def test_a_dropped_contract_is_forgotten() -> None:
    staleness = heard(SBIN)
    staleness.gap([SBIN], 1.0)
    staleness.overdue(10.0)
    staleness.drop(SBIN)

    assert (staleness.stale, staleness.due(100.0, trading), staleness.overdue(100.0)) == ({}, [], [])


def test_the_age_of_an_exchange_is_that_of_its_last_tick() -> None:
    staleness = heard(SBIN)
    staleness.ticked_at[Exchange.NSE] = 3.0
    staleness.quoted(SBIN, 9.0, is_new=False)

    assert staleness.ages(10.0) == {Exchange.NSE: 7.0}
