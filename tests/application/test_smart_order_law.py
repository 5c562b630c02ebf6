"""After a smart order no single order that still works can take the position beyond the target or through zero."""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import pytest
from returns.pipeline import is_successful

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.application.orders.place import Placement
from jainam_prop.domain.errors import Blocked, BrokerError, PartlyPlaced, Rejected, Unconfirmed
from jainam_prop.domain.orders.order import PriceType, Side
from jainam_prop.domain.positions.smart_order import NoTrade
from tests.application.trading import SBIN, Trader, error_of

BOTH_SIDES: Final = pytest.mark.parametrize("sign", [1, -1], ids=["long", "short"])
LOT: Final = 65
NEVER: Final = {"JAINAM_MARKET_FALLBACK": "always"}


class Account:
    """A position of either side: what a long one does with sells and falling prices, a short one does mirrored."""

    def __init__(self, sign: int, **settings: str) -> None:
        self.sign = sign
        self.trader = Trader(**settings)  # type: ignore[arg-type]

    def hold(self, units: int) -> None:
        self.trader.place(quantity=units, action=self.side(1)).unwrap()

    def rest_exit(self, units: int, percent: int) -> str:
        """Rest an order that closes, so many per cent away in favour of the position."""
        return self.trader.rest(self.factor(percent), quantity=units, action=self.side(-1))

    def rest_entry(self, units: int, percent: int) -> str:
        """Rest an order that increases, so many per cent away against the position."""
        return self.trader.rest(self.factor(-percent), quantity=units, action=self.side(1))

    def protect(self, units: int, percent: int = 2) -> str:
        """Place a stop so many per cent away against the position."""
        return self.trader.protect(units, self.factor(-percent), action=self.side(-1))

    def wait_to_open(self, units: int) -> str:
        """Place a stop that opens a position two per cent away in its favour."""
        return self.trader.protect(units, self.factor(2), action=self.side(1))

    def smart(self, target: int, **fields: object) -> Placement | NoTrade:
        return self.trader.smart(self.sign * target, **fields).unwrap()

    def move(self, percent: int) -> None:
        """Let the market move so many per cent, up for a long position."""
        self.trader.move(self.factor(percent))

    @property
    def net(self) -> int:
        return self.sign * self.trader.net()

    @property
    def stops(self) -> list[int]:
        """Units of the stops that still wait."""
        orders = self.trader.exchange.working_orders()
        return [order.left for order in orders if order.terms.price_type.has_trigger and not order.triggered]

    def keeps_the_law(self, target: int) -> bool:
        low, high = min(0, target, self.net), max(0, target, self.net)
        working = self.trader.exchange.working_orders()
        return all(low <= self.net + self.sign * each.side.sign * each.left <= high for each in working)

    def side(self, sign: int) -> str:
        return (Side.BUY if self.sign * sign > 0 else Side.SELL).value

    def factor(self, percent: int) -> str:
        return str(1 + self.sign * percent / 100)


@BOTH_SIDES
def test_an_exit_at_market_does_not_wait_for_a_limit_that_rests(sign: int) -> None:
    account = Account(sign)
    account.hold(75)
    limit = account.rest_exit(75, 5)

    outcome = account.smart(0)
    account.move(-10)

    assert (account.net, outcome.cancelled) == (0, (limit,))
    assert isinstance(outcome, Placement)
    assert outcome.message == f"Order placed, 1 order cancelled ({limit})"


@BOTH_SIDES
@pytest.mark.parametrize("held", [100, 0])
def test_orders_on_both_sides_are_cancelled_and_named(sign: int, held: int) -> None:
    account = Account(sign)
    if held:
        account.hold(held)
    resting = {account.rest_exit(100, 3), account.rest_entry(100, 3)}

    outcome = account.smart(0)
    account.move(5)
    account.move(-5)

    assert (account.net, set(outcome.cancelled), account.trader.exchange.working_orders()) == (0, resting, [])
    if not held:
        assert "Position already 0, 2 orders cancelled" in outcome.message


@BOTH_SIDES
def test_a_stop_is_made_as_small_as_what_is_left(sign: int) -> None:
    account = Account(sign)
    account.hold(100)
    stop = account.protect(100)

    outcome = account.smart(50)

    assert (account.net, account.stops, outcome.resized) == (50, [50], (stop,))
    account.move(-5)
    assert (account.net, account.trader.exchange.working_orders()) == (0, [])


@BOTH_SIDES
def test_a_stop_that_was_too_large_is_made_smaller_though_nothing_is_traded(sign: int) -> None:
    account = Account(sign)
    account.hold(50)
    account.protect(100)

    outcome = account.smart(50)

    assert (type(outcome), account.net, account.stops) == (NoTrade, 50, [50])
    assert "1 order made smaller" in outcome.message


@BOTH_SIDES
@pytest.mark.parametrize("target", [0, 50])
def test_a_refused_exit_leaves_the_position_protected_and_says_so(sign: int, target: int) -> None:
    account = Account(sign)
    account.hold(100)
    account.protect(100)
    account.trader.strike(FaultKind.REFUSED, code="e-orders-0009", text="RMS: margin")

    error = account.trader.smart(sign * target).failure()

    assert isinstance(error, Rejected)
    assert error.message.startswith("RMS: margin (e-orders-0009). Its stop was put back as order ")
    assert (account.net, account.stops) == (100, [100])


@BOTH_SIDES
def test_an_exit_that_the_exchange_refuses_afterwards_leaves_the_position_protected(sign: int) -> None:
    account = Account(sign)
    account.hold(100)
    account.protect(100)
    account.trader.strike(FaultKind.RMS_REJECT, text="RMS: margin", times=1)

    error = account.trader.smart(0).failure()

    assert isinstance(error, Rejected)
    assert error.message.startswith("RMS: margin. Its stop was put back as order ")
    assert (account.net, account.stops) == (100, [100])


@BOTH_SIDES
@pytest.mark.parametrize(("traded", "kind"), [(0, Rejected), (40, PartlyPlaced)])
def test_what_is_left_of_an_exit_that_the_exchange_ends_is_protected(
    sign: int, traded: int, kind: type[BrokerError]
) -> None:
    account = Account(sign)
    account.hold(100)
    account.protect(100)
    account.trader.quote_thinly(traded)
    account.trader.end_market_orders(0.3)

    error = account.trader.smart(0).failure()

    assert (type(error), account.net, account.stops) == (kind, 100 - traded, [100 - traded])
    assert "was ended by the exchange without a reason. Its stop was put back as order" in error.message


@BOTH_SIDES
@pytest.mark.parametrize("kind", [FaultKind.REFUSED, FaultKind.RMS_REJECT])
def test_the_stops_of_an_exit_in_slices_are_put_back_for_what_is_left(sign: int, kind: FaultKind) -> None:
    account = Account(sign)
    trader, future = account.trader, account.trader.nifty_future()
    slice_units = future.largest_order or 0
    terms = {"symbol": future.symbol, "exchange": "NFO", "product": "NRML"}
    trader.exchange.set_funds(trader.booked_to, Decimal(10**12))
    trader.carry(sign * 2 * slice_units, future.key)
    trigger = trader.price(account.factor(-2), future.key).quantize(future.tick_size)
    trader.protect(2 * slice_units, action=account.side(-1), trigger_price=trigger, **terms)
    trader.strike(kind, skip=1, text="RMS: margin")

    error = trader.smart(0, **terms).failure()

    assert isinstance(error, PartlyPlaced)
    assert (error.placed, account.stops) == (slice_units, [slice_units])
    assert trader.net(future.key, "NRML") == sign * slice_units


def test_a_cancel_that_the_exchange_refuses_is_asked_for_again_at_once(trader: Trader) -> None:
    trader.place(quantity=75)
    stop = trader.protect(75)
    trader.strike(FaultKind.RMS_REJECT, "cancel", times=1, text="Not now")
    began = trader.clock.monotonic()

    answer = trader.smart(0).unwrap()

    assert answer.message == f"Order placed, 1 order cancelled ({stop})"
    assert (trader.net(), trader.exchange.working_orders()) == (0, [])
    assert trader.clock.monotonic() - began < 1.0


def test_an_exit_that_has_not_traded_yet_is_said_where_its_stop_is_gone(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.protect(75)
    trader.strike(FaultKind.SETTLE_DELAY, seconds=30.0)

    answer = trader.smart(0).unwrap()

    assert answer.message.endswith("The exit has not traded yet, and its stop is cancelled.")


def test_protection_that_may_be_lost_is_said_first(trader: Trader) -> None:
    trader.place(quantity=75)
    stop = trader.protect(75)
    trader.strike(FaultKind.RESET)

    message = trader.smart(0).failure().message

    assert message.startswith(f"The position may have lost protection: stop {stop} was cancelled. ")


@BOTH_SIDES
def test_stops_come_back_while_an_exit_rests_that_was_refused_as_market(sign: int) -> None:
    account = Account(sign, JAINAM_MARKET_FALLBACK="protected-limit")
    account.hold(75)
    account.protect(75, 5)
    account.trader.strike(FaultKind.ALGO_KEY, times=1)
    account.trader.exchange.set_levels(SBIN, bids=[], asks=[])

    outcome = account.smart(0)

    assert isinstance(outcome, Placement)
    assert (outcome.price_type, account.net, account.stops) == (PriceType.LIMIT, 75, [75])
    assert "The exit rests. Its stop was put back as order " in outcome.message


@BOTH_SIDES
def test_an_exit_that_became_a_limit_leaves_the_stop_until_it_has_filled(sign: int) -> None:
    account = Account(sign, **NEVER)
    account.trader.place(quantity=75, action=account.side(1)).unwrap()
    stop = account.protect(75, 5)
    account.trader.exchange.set_levels(SBIN, bids=[], asks=[])

    outcome = account.smart(0)

    assert isinstance(outcome, Placement)
    assert (outcome.price_type, outcome.cancelled, account.stops) == (PriceType.LIMIT, (), [75])
    assert f"Stop {stop} stays until the order has filled" in outcome.message


@BOTH_SIDES
def test_a_stop_goes_once_the_exit_that_became_a_limit_has_filled(sign: int) -> None:
    account = Account(sign, **NEVER)
    account.trader.place(quantity=75, action=account.side(1)).unwrap()
    stop = account.protect(75, 5)

    outcome = account.smart(0)

    assert (account.net, outcome.cancelled, account.stops) == (0, (stop,), [])


@BOTH_SIDES
def test_a_resting_order_counts_for_an_order_with_a_limit(sign: int) -> None:
    account = Account(sign)
    account.rest_entry(75, 2)

    outcome = account.smart(75, pricetype="LIMIT", price=account.trader.price("1.00"))

    assert (type(outcome), account.trader.sent()) == (NoTrade, 1)


@BOTH_SIDES
@pytest.mark.parametrize(("held", "left"), [(75, 10), (150, 20), (1825, 5)])
def test_whole_lots_are_traded_and_the_odd_rest_is_named(sign: int, held: int, left: int) -> None:
    trader = Trader()
    future = trader.nifty_future()
    assert future.lot_size == LOT
    trader.carry(sign * held, future.key, "NRML", 25000)

    outcome = trader.smart(0, symbol=future.symbol, exchange="NFO", product="NRML").unwrap()

    assert trader.net(future.key, "NRML") == sign * left
    assert f"{left} units are left, less than one lot of {LOT}." in outcome.message


@BOTH_SIDES
@pytest.mark.parametrize("seed", range(3))
def test_two_processes_that_decide_at_once_keep_the_law(sign: int, seed: int) -> None:
    del seed
    account = Account(sign)
    account.hold(100)
    account.protect(100)
    account.rest_exit(100, 3)
    other = account.trader.beside()

    outcomes = account.trader.clock.together([lambda: account.trader.smart(sign * 50), lambda: other.smart(sign * 50)])

    assert [error_of(outcome) for outcome in outcomes] == [None, None]
    assert (account.net, account.stops, account.keeps_the_law(50)) == (50, [50], True)
    account.move(-5)
    account.move(10)
    assert account.net == 0


def test_a_dry_run_says_what_an_exit_with_a_stop_would_do() -> None:
    trader = Trader()
    trader.place(quantity=100)
    stop = trader.protect(100)
    rehearsal = trader.beside(JAINAM_DRY_RUN="true")

    outcome = rehearsal.smart(0)

    assert is_successful(outcome)
    placed = outcome.unwrap()
    assert isinstance(placed, Placement)
    assert (placed.quantity, placed.cancelled, trader.net()) == (100, (stop,), 100)
    assert placed.order_id.startswith("DRYRUN-")


def test_what_was_cancelled_is_named_also_when_the_order_is_refused() -> None:
    account = Account(1)
    account.hold(75)
    resting = account.rest_exit(75, 3)
    account.trader.strike(FaultKind.REFUSED, times=None, code="e-orders-0009", text="Not now")

    error = account.trader.smart(0).failure()

    assert error.message == f"Not now (e-orders-0009). 1 order cancelled ({resting})."


@BOTH_SIDES
def test_a_cancel_that_no_book_shows_in_time_is_said_not_to_be_confirmed(sign: int) -> None:
    account = Account(sign)
    account.hold(75)
    stop = account.protect(75)
    account.trader.strike(FaultKind.SETTLE_DELAY, "cancel", times=None, seconds=30.0)

    error = account.trader.smart(0).failure()

    assert f"The position may have lost protection: the cancel of order {stop} is not confirmed." in error.message


@pytest.mark.parametrize("with_feed", [True, False], ids=["feed", "books"])
@pytest.mark.parametrize("fault", [FaultKind.SETTLE_DELAY, FaultKind.HOLD], ids=["unanswered", "silent"])
@pytest.mark.parametrize("rest", [Account.rest_entry, Account.protect], ids=["entry", "stop"])
def test_an_order_that_cannot_be_cleared_is_answered_within_the_call(
    rest: Callable[[Account, int, int], str], fault: FaultKind, *, with_feed: bool
) -> None:
    account = Account(1)
    account.hold(75)
    order_id = rest(account, 75, 3)
    if with_feed:
        account.trader.app.follow_orders()(lambda _event: None)
        account.trader.clock.advance(2.0)
    account.trader.strike(fault, "cancel", times=None, seconds=30.0, processed=False)
    began = account.trader.clock.monotonic()

    error = account.trader.smart(0).failure()

    assert f"the cancel of order {order_id} is not confirmed." in error.message.lower()
    assert account.trader.clock.monotonic() - began < 10.5


@BOTH_SIDES
@pytest.mark.parametrize("seconds", [6.5, 7.0, 8.0])
def test_a_stop_whose_cancel_is_seen_late_is_back_within_the_call(sign: int, seconds: float) -> None:
    account = Account(sign)
    account.hold(75)
    stop = account.protect(75)
    account.trader.strike(FaultKind.SETTLE_DELAY, "cancel", seconds=seconds)
    began = account.trader.clock.monotonic()

    outcome = account.trader.smart(0)

    words = outcome.failure().message
    again = [str(order.order_id) for order in account.trader.exchange.working_orders()]
    assert (account.net, account.stops, again != [stop]) == (75, [75], True), words
    assert f"Its stop was put back as order {again[0]}." in words
    assert account.trader.clock.monotonic() - began < 10.5


@BOTH_SIDES
@pytest.mark.parametrize("cancelled_after", [0.0, 8.0])
def test_a_stop_that_cannot_be_put_back_is_said_within_the_call(sign: int, cancelled_after: float) -> None:
    account = Account(sign)
    account.hold(75)
    account.protect(75)
    account.trader.strike(FaultKind.SETTLE_DELAY, "cancel", seconds=cancelled_after)
    account.trader.strike(FaultKind.UNREACHABLE, times=None)
    began = account.trader.clock.monotonic()

    error = account.trader.smart(0).failure()

    assert error.message.startswith("The position has lost protection: stop "), error.message
    assert account.trader.clock.monotonic() - began < 10.5


@BOTH_SIDES
def test_no_stop_is_changed_where_no_time_is_left_to_put_it_back(sign: int) -> None:
    account = Account(sign)
    account.hold(75)
    stop = account.protect(75)
    account.trader.strike(FaultKind.SLOW, "dealer_order_book", seconds=7.5)

    error = account.trader.smart(0).failure()

    assert error == Blocked("no time is left in which a stop could be put back, so none was changed")
    assert (account.net, [str(each.order_id) for each in account.trader.exchange.working_orders()]) == (75, [stop])
    assert account.smart(0).cancelled == (stop,)
    assert (account.net, account.stops) == (0, [])


def test_a_change_of_a_stop_that_no_book_shows_in_time_is_said_not_to_be_confirmed() -> None:
    account = Account(1)
    account.hold(75)
    stop = account.protect(75)
    account.trader.strike(FaultKind.SETTLE_DELAY, "modify", times=None, seconds=30.0)

    error = account.trader.smart(25).failure()

    assert f"The change of stop {stop} is not confirmed." in error.message


@BOTH_SIDES
def test_an_exit_with_a_limit_is_taken_back_when_a_stop_has_traded_while_its_reply_was_awaited(sign: int) -> None:
    account = Account(sign)
    account.hold(150)
    stop = account.protect(40, percent=1)
    account.trader.strike(FaultKind.HOLD, times=1, seconds=12.0)
    account.trader.clock.call_later(1.0, lambda: account.move(-2))

    outcome = account.smart(0, pricetype="LIMIT", price=account.trader.price(account.factor(3)))

    working = [(order.left, order.terms.price_type) for order in account.trader.exchange.working_orders()]
    assert (account.net, working, account.keeps_the_law(0)) == (110, [(110, PriceType.LIMIT)], True)
    assert len(outcome.cancelled) == 1
    assert stop not in outcome.cancelled


@BOTH_SIDES
def test_a_stop_does_not_wait_for_an_increase_that_has_not_filled(sign: int) -> None:
    account = Account(sign)
    account.hold(40)
    account.protect(75)
    account.trader.strike(FaultKind.SETTLE_DELAY, times=1, seconds=8.0)

    account.smart(75)

    assert (account.net, account.stops, account.keeps_the_law(75)) == (40, [40], True)


def test_what_was_cancelled_is_named_also_when_a_stop_is_left_after_a_limit_has_filled() -> None:
    account = Account(1, JAINAM_MARKET_FALLBACK="always")
    account.hold(75)
    entry, stop = account.rest_entry(75, 3), account.protect(75)
    account.trader.strike(
        FaultKind.REFUSED, "cancel", times=None, where={"appOrderID": stop}, code="e-orders-0021", text="Not now"
    )

    error = account.trader.smart(0).failure()

    placed = account.trader.orders()[-1].order_id
    assert isinstance(error, Unconfirmed)
    but = f"but order {stop} still works and could pass the target. 1 order cancelled ({entry})"
    assert error.reason == f"order {placed} was placed, {but}"


def test_a_stop_that_cannot_be_cancelled_after_a_limit_has_filled_is_said() -> None:
    account = Account(1)
    account.hold(40)
    stop = account.protect(40)
    account.trader.strike(FaultKind.RMS_REJECT, "cancel", times=None, text="being matched")

    error = account.trader.smart(-75, pricetype="LIMIT", price=account.trader.price("0.99")).failure()

    assert "still work" in error.message
    assert stop in error.message


@BOTH_SIDES
def test_a_limit_is_not_taken_for_sent_because_a_stop_waits_to_open_the_same_position(sign: int) -> None:
    """The stop buys above the market, the limit below it: whoever asks for the one does not have it by the other."""
    account = Account(sign)
    stop = account.wait_to_open(75)

    outcome = account.smart(75, pricetype="LIMIT", price=account.trader.price(account.factor(-1)))
    account.move(-2)
    account.move(8)

    assert (account.net, outcome.cancelled, account.trader.exchange.working_orders()) == (75, (stop,), [])


@BOTH_SIDES
def test_a_stop_that_waits_counts_where_a_stop_is_asked_for(sign: int) -> None:
    account = Account(sign)
    account.wait_to_open(75)

    outcome = account.smart(75, pricetype="SL-M", trigger_price=account.trader.price(account.factor(3)))

    assert (
        outcome.message
        == f"Position 0 and working orders for {sign * 75:+d} already reach {sign * 75}. No action needed."
    )
    account.move(5)
    assert (account.net, account.trader.exchange.working_orders()) == (75, [])


@BOTH_SIDES
def test_a_limit_that_turns_a_position_is_named_though_its_stop_made_a_second_plan_necessary(sign: int) -> None:
    account = Account(sign)
    account.hold(75)
    stop = account.protect(10)

    outcome = account.smart(-75, pricetype="LIMIT", price=account.trader.price(account.factor(-1)))

    (order,) = [each for each in account.trader.orders() if each.terms.quantity == 150]
    assert isinstance(outcome, Placement)
    assert (outcome.order_ids, outcome.quantity, outcome.cancelled) == ((str(order.order_id),), 150, (stop,))
    assert (account.net, account.trader.exchange.working_orders()) == (-75, [])


@BOTH_SIDES
def test_of_two_stops_that_are_each_too_large_the_one_that_is_not_put_back_is_named(sign: int) -> None:
    account = Account(sign)
    account.hold(40)
    near, far = account.protect(200, 2), account.protect(200, 3)
    account.trader.strike(FaultKind.RMS_REJECT, text="RMS: margin")

    error = account.trader.smart(0).failure()

    again = account.trader.orders()[-1].order_id
    assert (account.net, account.stops) == (40, [40])
    assert error.message == (
        f"RMS: margin. Its stop was put back as order {again}. Stop {far} was not: the others are for all that is held."
    )
    assert near not in error.message


def test_a_stop_that_cannot_be_put_back_leaves_its_units_to_the_next(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.protect(40, "0.99")
    trader.protect(75, "0.98")
    trader.strike(FaultKind.REFUSED, times=2, code="e-orders-0009", text="Not now")

    message = trader.smart(0).failure().message

    assert message.startswith("The position has lost protection: stop ")
    assert [order.left for order in trader.exchange.working_orders()] == [75]


def test_a_position_that_a_limit_and_its_stop_have_turned_is_brought_to_the_target() -> None:
    """Both fill while the reply is awaited."""
    trader = Trader(JAINAM_MARKET_FALLBACK="always")
    trader.place(quantity=75)
    trader.protect(75, "0.999")
    trader.strike(FaultKind.SETTLE_DELAY, seconds=0.5, times=1)
    trader.clock.call_later(0.6, lambda: trader.move("0.998"))

    trader.smart(0)

    assert (trader.net(), trader.exchange.working_orders()) == (0, [])


def test_a_position_that_both_have_turned_while_the_limit_seemed_to_rest_is_brought_to_the_target() -> None:
    """The order book cannot be read until both have filled."""
    trader = Trader(JAINAM_MARKET_FALLBACK="always")
    trader.place(quantity=75)
    trader.protect(75, "0.999")
    trader.strike(FaultKind.SETTLE_DELAY, seconds=0.5, times=1)
    trader.clock.call_later(0.3, lambda: trader.strike(FaultKind.SERVER_ERROR, "dealer_order_book", times=None))
    trader.clock.call_later(0.6, lambda: trader.move("0.998"))
    trader.clock.call_later(1.7, trader.exchange.faults.clear)

    trader.smart(0)

    assert (trader.net(), trader.exchange.working_orders()) == (0, [])


@BOTH_SIDES
def test_a_stop_that_is_sent_again_and_not_seen_to_work_is_named_as_not_confirmed(sign: int) -> None:
    account = Account(sign)
    account.hold(100)
    stop = account.protect(100)
    account.trader.strike(FaultKind.REFUSED, times=1, code="e-orders-0009", text="RMS: margin")
    account.trader.strike(FaultKind.SETTLE_DELAY, seconds=60.0)

    error = account.trader.smart(0).failure()

    again = account.trader.orders()[-1].order_id
    doubt = f"stop {stop}, sent again as order {again}, is not confirmed"
    assert error.message.startswith(f"The position may have lost protection: {doubt}. RMS: margin")
    account.trader.clock.advance(60.0)
    assert (account.net, account.stops) == (100, [100])
