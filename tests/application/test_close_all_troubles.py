"""What can go wrong around an emergency close, at the worst moment."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.application.close_all.report import LegState
from jainam_prop.domain.deadlines import Timing
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.positions.position import PositionKey
from tests.application.trading import QUICK_BROKER, RELIANCE, SBIN, TCS, Market, Trader, error_of, states
from tests.fakes.broker.portfolio import hold, reversed_positions, some, trade
from tests.fakes.clock import A_MORNING

NAMES = ("SBIN", "RELIANCE", "TCS", "INFY", "ICICIBANK")
CALL = Timing().call
POLL = Timing().poll


def hold_all(trader: Trader, names: Iterable[str] = NAMES) -> None:
    for symbol in names:
        trader.place(symbol=symbol)


def at(token: int) -> dict[str, str]:
    return {"exchangeInstrumentID": str(token)}


def test_a_token_that_dies_in_the_middle_costs_one_login_and_nothing_else(trader: Trader) -> None:
    hold_all(trader)
    trader.strike(FaultKind.TOKEN_KILLED, skip=2)

    report = trader.close_all()

    assert (report.is_flat, trader.left(), trader.sent("login")) == (True, {}, 2)
    assert all(len(held) == 1 for held in trader.per_identifier().values())


@pytest.mark.parametrize("is_shared", [True, False])
@pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.FALSE_EMPTY, FaultKind.RATE_LIMITED])
def test_a_position_book_that_fails_after_the_plan_proves_nothing(kind: FaultKind, *, is_shared: bool) -> None:
    trader = Trader(timing=replace(Timing(), poll=POLL if is_shared else 0.001))
    trader.place()
    slot = trader.carry(100)
    trader.strike(FaultKind.RMS_REJECT, times=None, where=at(2885))
    trader.strike(kind, "dealer_positions", times=None, skip=1)

    report = trader.close_all()

    # Whether the other leg could go depends on how soon after the plan it was, when its book may be shared.
    assert (report.is_flat, trader.left()[slot]) == (False, 100)
    assert states(report)["RELIANCE"] in {LegState.REJECTED, LegState.UNKNOWN}


def test_a_carried_position_is_closed_by_its_fill_though_every_later_book_is_empty() -> None:
    trader = Trader(timing=replace(Timing(), poll=0.001))
    slot = trader.carry(100)
    trader.strike(FaultKind.FALSE_EMPTY, "dealer_positions", times=None, skip=1)

    report = trader.close_all()

    assert slot not in trader.left()
    assert (report.is_flat, trader.left(), states(report)) == (True, {}, {"RELIANCE": LegState.CLOSED})


def test_one_book_that_is_falsely_empty_is_no_flat_account(trader: Trader) -> None:
    trader.carry(100)
    trader.strike(FaultKind.FALSE_EMPTY, "dealer_positions")

    report = trader.close_all()

    assert (report.is_flat, trader.left(), trader.sent()) == (True, {}, 1)


def test_an_entry_whose_cancel_takes_its_time_is_waited_for(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.rest(quantity=25)
    trader.strike(FaultKind.SETTLE_DELAY, "cancel", seconds=2.0)

    report = trader.close_all()

    _, entry, closing = trader.orders()
    assert (report.is_flat, trader.left(), entry.state) == (True, {}, OrderState.CANCELLED)
    assert closing.placed_at > entry.history[-1].at


def test_a_stop_that_its_book_hides_after_the_cancel_is_not_forgotten(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.protect(75)
    trader.strike(FaultKind.SETTLE_DELAY, "cancel", seconds=6.0)
    trader.strike(FaultKind.SLOW, "cancel", seconds=1.0)
    trader.strike(FaultKind.FALSE_EMPTY, "dealer_order_book", skip=1, times=3)

    trader.close_all()
    trader.move("0.97")

    assert (trader.net(), reversed_positions(trader.exchange, {})) == (0, [])


def test_a_fill_that_no_book_shows_yet_is_no_flat_account(trader: Trader) -> None:
    trader.strike(FaultKind.POSITION_LAG, seconds=3.0, times=1)
    trader.strike(FaultKind.BOOK_DELAY, seconds=3.0, times=1)
    trader.place(quantity=75)

    report = trader.close_all()

    assert (report.is_flat, trader.left()) == (True, {})


def test_a_position_is_closed_by_its_fills_though_the_position_book_never_hears_of_them(trader: Trader) -> None:
    trader.strike(FaultKind.POSITION_LAG, seconds=600)
    trader.place(quantity=75)

    report = trader.close_all()

    assert (report.is_flat, trader.net(), states(report)) == (True, 0, {"SBIN": LegState.CLOSED})


def test_an_entry_of_unknown_fate_is_no_flat_account() -> None:
    trader = Trader(JAINAM_SETTLE_SECONDS="120")
    trader.strike(FaultKind.HOLD, processed=False, seconds=600.0)
    trader.place()

    report = trader.close_all()

    assert (report.is_flat, states(report)) == (False, {"SBIN": LegState.UNKNOWN})
    assert "the outcome of order" in report.message


def test_an_entry_that_arrives_late_is_closed_before_it_is_settled(trader: Trader) -> None:
    trader.strike(FaultKind.HOLD, processed=False, seconds=15.0)
    trader.place()

    report = trader.close_all()

    assert (report.is_flat, trader.net(), trader.sent()) == (True, 0, 2)


def test_a_stop_that_fires_while_its_cancel_is_on_the_way_leaves_nothing_to_sell(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.protect(75)
    trader.strike(FaultKind.HOLD, "cancel", processed=False, seconds=1.0)
    trader.clock.call_later(0.6, lambda: trader.move("0.97"))

    report = trader.close_all()

    assert (report.is_flat, trader.net(), trader.sent()) == (True, 0, 2)


def test_an_order_book_that_was_falsely_empty_at_first_does_not_make_a_lagging_position_look_settled(
    trader: Trader,
) -> None:
    trade(trader.exchange, trader.booked_to, trader.exchange.find(Exchange.NSE, "SBIN-EQ"), "MIS", 75)
    trader.strike(FaultKind.FALSE_EMPTY, "dealer_order_book")
    trader.strike(FaultKind.POSITION_LAG, seconds=4.0)

    trader.close_all()

    assert (trader.net(), reversed_positions(trader.exchange, {})) == (0, [])


def test_a_silent_leg_delays_nobody_beyond_a_call(trader: Trader) -> None:
    hold_all(trader)
    trader.strike(FaultKind.HOLD, processed=False, seconds=600.0, where=at(3045))
    began = trader.clock.monotonic()

    report = trader.close_all()

    took = trader.clock.monotonic() - began
    assert (states(report), trader.left()) == (dict.fromkeys(NAMES, LegState.CLOSED), {})
    others = [order for order in trader.orders() if order.key != SBIN]
    assert max(order.history[-1].at for order in others) < A_MORNING + timedelta(seconds=CALL)
    assert took < 4 * CALL < Timing().close_all
    assert reversed_positions(trader.exchange, {}) == []


def test_a_storm_of_rate_limits_does_not_stop_a_close(trader: Trader) -> None:
    hold_all(trader)
    trader.strike(FaultKind.RATE_LIMITED, times=8)

    report = trader.close_all()

    assert (report.is_flat, trader.left(), trader.sent("login")) == (True, {}, 1)


def test_a_leg_under_another_decision_waits_but_not_for_ever_and_delays_no_other(trader: Trader) -> None:
    hold_all(trader)
    trader.market.guard.held_elsewhere.add(PositionKey(SBIN, "MIS"))
    looked: list[tuple[int, int]] = []
    trader.clock.call_later(CALL, lambda: looked.append((trader.net(), len(trader.left()))))

    report = trader.close_all()

    assert (looked, report.is_flat, trader.left()) == ([(10, 1)], True, {})


@pytest.mark.parametrize("seed", range(3))
def test_two_closes_at_once_of_more_than_one_can_send_in_time_reverse_nothing(seed: int) -> None:
    market = Market(config=SimulatorConfig(instruments=QUICK_BROKER.instruments), seed=seed)
    one = Trader(market=market, JAINAM_REQUEST_TIMEOUT="2.5")
    two = one.beside(JAINAM_REQUEST_TIMEOUT="2.5")
    one.exchange.set_funds(one.booked_to, 10**12)  # type: ignore[arg-type]
    for holding in some(one.exchange.universe, random.Random(2), 40, with_stops=False):  # noqa: S311
        hold(one.exchange, one.booked_to, holding)
    start = one.left()

    first, second = one.clock.together([one.close_all, two.close_all])

    assert (len(one.orders()), reversed_positions(one.exchange, start), one.left()) == (40, [], {})
    assert first.is_flat or second.is_flat


@pytest.mark.parametrize("seed", range(5))
def test_smart_orders_of_other_processes_and_a_close_do_not_reverse_a_position(seed: int) -> None:
    trader = Trader(market=Market(seed=seed))
    rivals = [trader.beside() for _ in range(3)]
    trader.place(quantity=75)

    trader.clock.together(
        [lambda: trader.close_all().is_flat, *(lambda rival=rival: rival.smart(0) for rival in rivals)]
    )
    last = trader.close_all()

    assert (last.is_flat, trader.net(), reversed_positions(trader.exchange, {})) == (True, 0, [])


def test_a_close_goes_before_the_smart_orders_that_line_up(trader: Trader) -> None:
    rivals = [trader.beside() for _ in range(10)]
    trader.place(quantity=75)
    ended: list[str] = []

    def decide(rival: Trader) -> None:
        rival.smart(75)
        ended.append("smart order")

    def close() -> None:
        assert trader.close_all().is_flat
        ended.append("close")

    trader.clock.together([*(lambda rival=rival: decide(rival) for rival in rivals), close])

    assert ended.index("close") < 5
    assert reversed_positions(trader.exchange, {}) == []


def test_what_a_strategy_opens_again_meanwhile_is_not_called_flat(trader: Trader) -> None:
    strategy = trader.beside()
    trader.place(quantity=75)
    trader.place(symbol="TCS", quantity=5)
    trader.strike(FaultKind.HOLD, seconds=3.0, where=at(11536))

    def open_again() -> None:
        strategy.clock.wait_until(lambda: strategy.net() == 0)
        assert error_of(strategy.place(quantity=30)) is None

    report, _ = trader.clock.together([trader.close_all, open_again])

    assert report is not None
    assert (trader.net(TCS), trader.net(RELIANCE)) == (0, 0)
    assert report.is_flat == (trader.net() == 0)


def test_a_closing_order_that_was_found_by_a_read_is_named(trader: Trader) -> None:
    """Its reply was lost and the search for it as well: only the read that shows the position flat shows the order."""
    trader.place(quantity=75)
    trader.strike(FaultKind.REPLY_LOST, times=1)
    trader.strike(FaultKind.BOOK_DELAY, seconds=12.0)

    report = trader.close_all()

    (leg,) = report.legs
    assert (trader.net(), report.is_flat) == (0, True)
    assert leg.order_ids == (str(trader.orders()[-1].order_id),)
