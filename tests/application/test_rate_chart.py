"""Never one call above the broker's rate chart, counted at the broker, whatever the processes do."""

import random
from decimal import Decimal
from functools import partial

import pytest

from jainam_prop.domain.errors import BrokerError
from tests.application.trading import PACED_BROKER, Market, Trader, at_once, error_of
from tests.fakes.broker.portfolio import hold, some


@pytest.mark.parametrize("seed", range(3))
def test_processes_that_trade_read_and_close_at_once_stay_below_the_chart(seed: int) -> None:
    market = Market(config=PACED_BROKER, seed=seed)
    processes = [Trader(market=market) for _ in range(4)]
    trader = processes[0]
    trader.exchange.set_funds(trader.booked_to, Decimal(10**12))
    for holding in some(trader.exchange.universe, random.Random(seed), 12):  # noqa: S311
        hold(trader.exchange, trader.booked_to, holding)

    def work(one: Trader) -> None:
        chance = random.Random(f"{seed}-{processes.index(one)}")  # noqa: S311
        for _ in range(8):
            one.smart(chance.choice([0, 10, -10]), symbol=chance.choice(["SBIN", "TCS"]))
            one.app.read_books.positions(one.session)
            one.app.read_account.holdings(one.session)
            one.clock.sleep(chance.random())
        one.close_all()

    at_once(processes, work)

    assert market.broker.limiter.refusals == 0
    assert trader.close_all().is_flat


def reach(trader: Trader, symbol: str) -> type[BrokerError] | None:
    return error_of(trader.smart(10, symbol=symbol))


def test_five_smart_orders_of_one_second_wait_for_books_but_break_no_limit() -> None:
    market = Market(config=PACED_BROKER)
    trader = Trader(market=market)
    names = ["SBIN", "RELIANCE", "TCS", "INFY", "ICICIBANK"]

    outcomes = trader.clock.together([partial(reach, trader, name) for name in names])

    assert outcomes == [None] * 5
    assert market.broker.limiter.refusals == 0
