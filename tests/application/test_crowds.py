"""Crowds of equal signals: one order is right, and every caller hears what is true."""

import pytest
from returns.result import Result

from jainam_prop.application.orders.place import Placement
from jainam_prop.domain.deadlines import Timing
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.positions.smart_order import NoTrade
from tests.application.trading import PACED_BROKER, Market, Trader, at_once, error_of

CASES = [
    pytest.param(0, 75, id="open"),
    pytest.param(75, -75, id="reverse"),
    pytest.param(75, 0, id="close"),
    pytest.param(75, 75, id="there"),
]


def a_crowd(before: int, target: int) -> tuple[Trader, list[Result[Placement | NoTrade, BrokerError]]]:
    """Let 64 threads in each of four processes fire one signal at once, at a broker that enforces its rate chart."""
    market = Market(config=PACED_BROKER, seed=1)
    processes = [Trader(market=market) for _ in range(4)]
    if before:
        processes[0].place(quantity=before)
    return processes[0], at_once([one for one in processes for _ in range(64)], lambda one: one.smart(target))


@pytest.mark.parametrize(("before", "target"), CASES)
def test_256_callers_send_the_fewest_orders_and_hear_that_the_target_is_held_or_under_way(
    before: int, target: int
) -> None:
    trader, outcomes = a_crowd(before, target)

    sent = [outcome for outcome in outcomes if isinstance(outcome.unwrap(), Placement)]
    assert (trader.net(), trader.sent(), len(sent)) == (target, (before > 0) + (before != target), before != target)
    assert (len(outcomes), trader.market.broker.limiter.refusals, trader.sent("login")) == (256, 0, 1)
    assert trader.clock.monotonic() < Timing().call


def test_a_crowd_whose_market_orders_become_limits_does_not_replace_them_one_after_the_other() -> None:
    market = Market(config=PACED_BROKER, seed=1)
    processes = [Trader(market=market, JAINAM_MARKET_FALLBACK="always") for _ in range(4)]
    processes[0].place(quantity=75)
    sent = processes[0].sent()

    outcomes = at_once([one for one in processes for _ in range(16)], lambda one: one.smart(0))

    assert [error_of(outcome) for outcome in outcomes] == [None] * 64
    assert (processes[0].net(), processes[0].sent() - sent) == (0, 1)
