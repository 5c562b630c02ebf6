"""Smart orders against the exchange's own position."""

import pytest

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import Blocked, OutcomeUnknown, Unreadable
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.positions.smart_order import NoTrade
from jainam_prop.domain.sessions.session import AccountKind
from tests.application.trading import SBIN, Market, Trader, error_of

SCENARIOS = [
    pytest.param(0, 75, 75, 1, id="open-long"),
    pytest.param(0, -75, -75, 1, id="open-short"),
    pytest.param(75, 150, 150, 1, id="increase-long"),
    pytest.param(-75, -150, -150, 1, id="increase-short"),
    pytest.param(150, 75, 75, 1, id="reduce-long"),
    pytest.param(-150, -75, -75, 1, id="reduce-short"),
    pytest.param(75, 0, 0, 1, id="close-long"),
    pytest.param(-75, 0, 0, 1, id="close-short"),
    pytest.param(75, -75, -75, 1, id="reverse-long"),
    pytest.param(-75, 75, 75, 1, id="reverse-short"),
    pytest.param(75, 75, 75, 0, id="no-change-long"),
    pytest.param(-75, -75, -75, 0, id="no-change-short"),
    pytest.param(0, 0, 0, 0, id="no-change-flat"),
]


def hold(trader: Trader, units: int) -> None:
    """Take a position to begin with."""
    if units:
        trader.place(quantity=abs(units), action="BUY" if units > 0 else "SELL")


@pytest.mark.parametrize(("start", "target", "end", "orders"), SCENARIOS)
def test_the_target_is_reached_with_the_fewest_orders(
    trader: Trader, start: int, target: int, end: int, orders: int
) -> None:
    hold(trader, start)
    before = trader.sent()

    outcome = trader.smart(float(target)).unwrap()

    assert (trader.net(), trader.sent() - before) == (end, orders)
    assert isinstance(outcome, NoTrade) is (orders == 0)


@pytest.mark.parametrize("account", list(AccountKind))
def test_every_kind_of_account_reads_its_own_position(account: AccountKind) -> None:
    trader = Trader(account)
    hold(trader, 75)

    outcome = trader.smart(25)

    assert (error_of(outcome), trader.net()) == (None, 25)


def test_a_resting_order_that_reaches_the_target_is_no_reason_for_another(trader: Trader) -> None:
    trader.rest(quantity=75)

    outcome = trader.smart(75, pricetype="LIMIT", price=trader.price("0.99")).unwrap()

    assert (type(outcome), trader.sent()) == (NoTrade, 1)


def test_a_protective_stop_does_not_count_as_an_exit_under_way(trader: Trader) -> None:
    hold(trader, 75)
    trader.protect(75)

    outcome = trader.smart(75).unwrap()

    assert (type(outcome), trader.sent(), trader.net()) == (NoTrade, 2, 75)


def test_an_order_that_fills_while_the_signal_repeats_is_not_doubled(trader: Trader) -> None:
    trader.rest(quantity=75)
    trader.move("0.97")

    trader.smart(75)

    assert (trader.net(), trader.sent()) == (75, 1)


@pytest.mark.parametrize("seed", range(5))
def test_a_lagging_position_book_is_waited_for_not_traded_on(seed: int) -> None:
    trader = Trader(market=Market(seed=seed))
    trader.strike(FaultKind.POSITION_LAG, seconds=1.5)

    outcomes = trader.clock.together([lambda: trader.smart(75) for _ in range(10)])

    assert [error_of(outcome) for outcome in outcomes] == [None] * 10
    assert (trader.net(), trader.sent()) == (75, 1)


def test_an_order_that_the_book_does_not_show_yet_counts(trader: Trader) -> None:
    trader.strike(FaultKind.BOOK_DELAY, seconds=2.0)
    trader.strike(FaultKind.POSITION_LAG, seconds=2.0)

    trader.smart(75)
    trader.smart(75)

    assert (trader.net(), trader.sent()) == (75, 1)


def test_a_smart_order_above_the_freeze_quantity_goes_out_in_slices(trader: Trader) -> None:
    future = trader.nifty_future()
    assert future.largest_order is not None
    target = future.largest_order + future.lot_size

    placed = trader.smart(target, symbol=future.symbol, exchange="NFO", product="NRML").unwrap()

    assert not isinstance(placed, NoTrade)
    assert (len(placed.order_ids), trader.net(future.key, "NRML")) == (2, target)


def test_flat_with_a_quantity_is_no_entry_unless_the_policy_says_so() -> None:
    trader = Trader()
    outcome = trader.smart(0, quantity=75, action="SELL").unwrap()
    assert (type(outcome), trader.net()) == (NoTrade, 0)

    trader = Trader(JAINAM_FLAT_TARGET_POLICY="openalgo")
    trader.smart(0, quantity=75, action="SELL")
    assert trader.net() == -75


def test_a_carried_position_is_what_it_is(trader: Trader) -> None:
    trader.carry(100, SBIN, price=800)

    trader.smart(40, product="NRML")
    trader.smart(40, product="NRML")

    assert (trader.net(product="NRML"), trader.sent()) == (40, 1)


def test_an_exit_cancels_a_resting_entry_instead_of_selling_short(trader: Trader) -> None:
    trader.rest(quantity=75)

    outcome = trader.smart(0).unwrap()
    trader.move("0.97")

    assert (type(outcome), trader.net(), trader.sent(), trader.exchange.working_orders()) == (NoTrade, 0, 1, [])


def test_an_exit_of_a_position_with_a_resting_increase_ends_flat(trader: Trader) -> None:
    hold(trader, 75)
    trader.rest(quantity=75)

    outcome = trader.smart(0)
    trader.move("0.97")

    assert (error_of(outcome), trader.net(), trader.sent()) == (None, 0, 3)


def test_orders_that_lead_away_and_cannot_be_cancelled_stop_a_smart_order(trader: Trader) -> None:
    trader.rest(quantity=75)
    trader.strike(FaultKind.REFUSED, "cancel", times=None, code="e-orders-0021", text="Not now")

    outcome = trader.smart(0)

    # The last look may have too little time left for an answer.
    assert error_of(outcome) in {Blocked, Unreadable}
    assert (trader.net(), trader.sent()) == (0, 1)


def test_while_an_order_is_of_unknown_fate_the_next_one_is_refused_at_once_with_the_time(trader: Trader) -> None:
    trader.strike(FaultKind.HOLD, times=1, processed=False, seconds=600.0)
    lost = trader.smart(75).failure()
    began = trader.clock.monotonic()

    refused = trader.smart(75).failure()

    assert isinstance(refused, Blocked)
    assert isinstance(lost, OutcomeUnknown)
    assert refused.reason == (
        f"position unknown: the outcome of order {lost.identifier} is unknown; "
        "an order book that is read at 09:30:23 IST or later settles it"
    )
    assert trader.clock.monotonic() - began < 0.5


def test_an_order_swallowed_in_silence_is_settled_without_a_call_and_the_next_one_goes(trader: Trader) -> None:
    trader.strike(FaultKind.HOLD, times=1, processed=False, seconds=600.0)
    lost = trader.smart(75).failure()
    trader.clock.advance(30.0)
    (entry,) = trader.market.journal.recent()

    outcome = trader.smart(75)

    assert isinstance(lost, OutcomeUnknown)
    assert (entry.intent.identifier, entry.state) == (lost.identifier, IntentState.NEVER_ARRIVED)
    assert (error_of(outcome), trader.net()) == (None, 75)
