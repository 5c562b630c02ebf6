"""Decisions by an order feed that loses, doubles and delays events, and dies in the middle: every target is reached."""

import random
from collections.abc import Callable

import pytest
from returns.pipeline import is_successful

from jainam_prop.domain.positions.smart_order import NoTrade
from tests.application.trading import PACED_BROKER, Trader

BROKER = PACED_BROKER
STEPS = 25


def close(trader: Trader) -> None:
    report = trader.close_all()
    assert trader.net() == 0 or not report.is_flat


@pytest.mark.parametrize("seed", range(24))
def test_a_smart_order_leads_to_its_target_or_nowhere_and_its_word_is_true(trader: Trader, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (reproducible on purpose)
    faults = trader.market.broker.feed
    faults.lost, faults.twice, faults.jitter = (chance.choice(some) for some in ((0, 0.1, 0.5, 0.9), (0, 0.5), (0, 2)))
    trader.app.follow_orders().start(trader.session)
    trader.clock.advance(3.0)
    (feed,) = trader.market.broker.feeds
    events: tuple[Callable[[], object], ...] = (
        trader.rest,
        trader.cancel_all,
        lambda: feed.drop(5.0),
        lambda: feed.drop(0.5),
        lambda: close(trader),
    )
    for _ in range(STEPS):
        if chance.random() < 0.5:
            chance.choice(events)()
        target, before = chance.choice((0, 10, 20, -10)), trader.net()
        outcome = trader.smart(target)
        trader.clock.advance(0.05)
        assert trader.net() in {before, target}
        if is_successful(outcome) and isinstance(outcome.unwrap(), NoTrade):
            assert trader.net() == target
        trader.clock.advance(chance.choice((0.0, 0.02, 0.3, 1.2, 5.0)))
