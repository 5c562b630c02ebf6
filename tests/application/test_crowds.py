"""Crowds of equal signals: one order is right, and every caller hears what is true."""

from collections import Counter

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.domain.errors import Unreadable
from tests.application.trading import QUICK_BROKER, Market, Trader, at_once, error_of

STRICT = SimulatorConfig(instruments=QUICK_BROKER.instruments)
CASES = [
    pytest.param(0, 75, id="open"),
    pytest.param(75, -75, id="reverse"),
    pytest.param(75, 0, id="close"),
    pytest.param(75, 75, id="there"),
]


def a_crowd(before: int, target: int) -> tuple[Trader, Counter[type | None]]:
    """Let 64 threads in each of four processes fire one signal at once, at a broker that enforces its rate chart."""
    market = Market(config=STRICT, seed=1)
    processes = [Trader(market=market) for _ in range(4)]
    if before:
        processes[0].place(quantity=before)
    outcomes = at_once([one for one in processes for _ in range(64)], lambda one: one.smart(target))
    return processes[0], Counter(error_of(outcome) for outcome in outcomes)


@pytest.mark.parametrize(("before", "target"), CASES)
def test_256_callers_send_the_fewest_orders_and_stay_below_the_chart(before: int, target: int) -> None:
    trader, heard = a_crowd(before, target)

    assert (trader.net(), trader.sent()) == (target, (before > 0) + (before != target))
    assert (heard.total(), trader.market.broker.limiter.refusals, trader.sent("login")) == (256, 0, 1)


@pytest.mark.xfail(strict=True, reason="a position book a second leaves most callers of a crowd without an answer")
@pytest.mark.parametrize(("before", "target"), CASES)
def test_256_callers_hear_that_the_target_is_held_or_under_way(before: int, target: int) -> None:
    _, heard = a_crowd(before, target)

    assert heard[Unreadable] == 0
