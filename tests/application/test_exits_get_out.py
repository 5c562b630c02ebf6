"""An exit does not give up: broker away, journal locked or a read hung at any step of a close.

A close uses its whole time. Wherever the broker could be reached for ten of its sixty seconds everything is flat, and
no position is left without its stop unless that is said.
"""

from collections.abc import Callable
from typing import Final

import pytest
from returns.pipeline import is_successful

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.application.close_all.report import CloseReport
from jainam_prop.domain.deadlines import Timing
from tests.application.trading import PACED_BROKER, RELIANCE, SBIN, Trader

BROKER: Final = PACED_BROKER
STEPS: Final = range(1, 11)
"""The calls of a close before which something happens: more than one without troubles makes."""

AWAY: Final = (5, 12, 20, 30, 50)
LOCKED: Final = (1, 6, 14, 20, 30)
ENDPOINTS: Final = ("dealer_positions", "dealer_order_book", "cancel", "place")


def a_portfolio(trader: Trader) -> None:
    """Hold a long position with its stop, and a short one without."""
    trader.place(quantity=75)
    trader.protect(75)
    trader.place(symbol="RELIANCE", quantity=30, action="SELL")


def before_step(trader: Trader, step: int, action: Callable[[], object]) -> None:
    network = trader.market.broker.network
    network.before_call[network.calls + step] = action


def close(trader: Trader) -> CloseReport:
    began = trader.clock.monotonic()
    report = trader.close_all()
    assert trader.clock.monotonic() - began < Timing().close_all + Timing().call
    return report


def is_in_doubt(trader: Trader) -> bool:
    """Whether an order of ours was lost in silence."""
    return bool(trader.market.journal.open_entries())


def assert_true(trader: Trader, report: CloseReport) -> None:
    """What is said of a close that did not end flat is true, above all about a position without its stop."""
    assert report.is_flat == (trader.net() == 0 and trader.net(RELIANCE) == 0)
    stops = [order for order in trader.exchange.working_orders() if order.key == SBIN]
    if trader.net() > 0 and not stops and not is_in_doubt(trader):
        told = " ".join([report.problem, report.message, *(leg.reason for leg in report.legs)])
        assert "no protection" in told or "protect" in told, told
    trader.clock.advance(120.0)
    trader.move("0.97")
    assert trader.net() >= 0
    assert trader.net(RELIANCE) <= 0


@pytest.mark.parametrize("silent", [False, True], ids=["refused", "silent"])
@pytest.mark.parametrize("seconds", AWAY)
@pytest.mark.parametrize("step", STEPS)
def test_a_broker_that_is_away_in_the_middle_of_a_close(
    trader: Trader, step: int, seconds: float, *, silent: bool
) -> None:
    a_portfolio(trader)
    before_step(trader, step, lambda: trader.market.broker.be_away(seconds, silent=silent))

    report = close(trader)

    assert report.is_flat, report
    assert_true(trader, report)


@pytest.mark.parametrize("step", STEPS)
def test_a_broker_that_does_not_come_back_leaves_a_true_report(trader: Trader, step: int) -> None:
    a_portfolio(trader)
    before_step(trader, step, lambda: trader.market.broker.be_away(600.0))

    outcome = trader.app.close_all_positions(trader.session)

    assert trader.net() in {0, 75}
    assert trader.net(RELIANCE) in {0, -30}
    is_flat = is_successful(outcome) and outcome.unwrap().is_flat
    assert is_flat <= (trader.net() == trader.net(RELIANCE) == 0)


@pytest.mark.parametrize("seconds", LOCKED)
@pytest.mark.parametrize("step", STEPS)
def test_a_journal_that_is_locked_in_the_middle_of_a_close(trader: Trader, step: int, seconds: float) -> None:
    a_portfolio(trader)
    before_step(trader, step, lambda: trader.market.journal.lock(seconds))

    report = close(trader)

    assert report.is_flat, report
    assert_true(trader, report)


@pytest.mark.parametrize("number", range(4))
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("processed", [True, False], ids=["arrived", "lost"])
def test_a_call_that_hangs_once(trader: Trader, endpoint: str, number: int, *, processed: bool) -> None:
    a_portfolio(trader)
    hung = Fault(FaultKind.HOLD, on=endpoint, skip=number, times=1, seconds=600.0, processed=processed)
    trader.exchange.faults.add(hung)

    report = close(trader)

    assert report.is_flat, report
    assert_true(trader, report)


def test_a_closing_order_that_never_arrived_is_settled_by_the_books_and_sent_again(trader: Trader) -> None:
    a_portfolio(trader)
    trader.strike(FaultKind.RESET, times=1, where={"exchangeInstrumentID": str(SBIN.token)})

    report = close(trader)

    assert (report.is_flat, trader.net()) == (True, 0)


@pytest.mark.parametrize("seconds", [5, 12, 20])
@pytest.mark.parametrize("step", [1, 2, 3])
def test_a_smart_order_that_ends_a_position_does_not_leave_it_naked(trader: Trader, step: int, seconds: float) -> None:
    trader.place(quantity=75)
    trader.protect(75)
    before_step(trader, step, lambda: trader.market.broker.be_away(seconds))

    outcome = trader.smart(0)
    stops = [order for order in trader.exchange.working_orders() if order.key == SBIN]

    assert trader.net() == 0 or stops or "protect" in outcome.failure().message, outcome
    trader.clock.advance(120.0)
    trader.move("0.97")
    assert trader.net() >= 0
