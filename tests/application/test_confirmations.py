"""Modify and cancel are done when the exchange has done them, not when the broker has accepted them."""

import random
from decimal import Decimal

import pytest
from returns.result import Success

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import Invalid, Rejected, Unconfirmed
from jainam_prop.domain.orders.order import OrderState
from tests.application.trading import SBIN, Trader, error_of

REFUSED = "EXCH:16418 : outside the price range"


def limit_at(trader: Trader, factor: str, **fields: object) -> dict[str, object]:
    return {"pricetype": "LIMIT", "price": trader.price(factor)} | fields


def test_a_change_is_confirmed_within_a_fifth_of_a_second(trader: Trader) -> None:
    order_id = trader.rest("0.98")
    trader.strike(FaultKind.SETTLE_DELAY, "modify", times=1, seconds=0.1)
    began = trader.clock.monotonic()

    outcome = trader.modify(order_id, **limit_at(trader, "0.97"))

    assert outcome == Success(order_id)
    assert trader.clock.monotonic() - began < 0.35  # three reads and the call itself take 20 ms each


def test_a_change_that_the_exchange_refuses_is_refused_with_its_reason(trader: Trader) -> None:
    order_id = trader.rest("0.98")
    trader.strike(FaultKind.RMS_REJECT, "modify", times=1, text=REFUSED)

    outcome = trader.modify(order_id, **limit_at(trader, "0.97"))

    assert outcome.failure() == Rejected(f"the exchange refused the new terms: {REFUSED}")
    assert trader.modify(order_id, **limit_at(trader, "0.97")) == Success(order_id)


def test_a_change_without_an_answer_is_openly_unconfirmed(trader: Trader) -> None:
    order_id = trader.rest("0.98")
    trader.strike(FaultKind.SETTLE_DELAY, "modify", times=1, seconds=30.0)
    began = trader.clock.monotonic()

    outcome = trader.modify(order_id, **limit_at(trader, "0.97"))

    assert error_of(outcome) is Unconfirmed
    assert order_id in outcome.failure().message
    assert trader.clock.monotonic() - began < 6.0


def test_an_order_that_filled_first_is_said_to_have_filled(trader: Trader) -> None:
    order_id = trader.rest("0.98")
    trader.strike(FaultKind.SETTLE_DELAY, "modify", times=1, seconds=1.0)
    trader.clock.call_later(0.5, lambda: trader.move("0.97"))

    outcome = trader.modify(order_id, **limit_at(trader, "0.96"))

    assert outcome.failure() == Rejected(f"order {order_id} is already Filled")


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        pytest.param({"symbol": "TCS"}, "is of another contract", id="symbol"),
        pytest.param({"exchange": "BSE"}, "is of another contract", id="exchange"),
        pytest.param({"action": "SELL"}, "is a BUY order, not SELL", id="side"),
        pytest.param({"product": "CNC"}, "is carried as MIS, not CNC", id="product"),
    ],
)
def test_a_change_that_is_not_of_this_order_is_refused_before_the_call(
    trader: Trader, fields: dict[str, object], named: str
) -> None:
    order_id = trader.rest("0.98")
    before = trader.orders()[0].terms

    outcome = trader.modify(order_id, **{"pricetype": "LIMIT", "price": Decimal("700")} | fields)

    assert error_of(outcome) is Invalid
    assert named in outcome.failure().message
    assert (trader.sent("modify"), trader.orders()[0].terms) == (0, before)


def test_the_new_quantity_is_the_total_and_above_what_has_filled(trader: Trader) -> None:
    trader.exchange.set_levels(SBIN, bids=[], asks=[(trader.price("1.00"), 60)])
    order_id = trader.rest("1.00", quantity=100)

    outcome = trader.modify(order_id, **limit_at(trader, "0.99", quantity=60))

    assert error_of(outcome) is Invalid
    assert "must be above the 60 units that have filled" in outcome.failure().message


def test_a_cancel_that_the_exchange_refuses_is_refused_with_its_reason(trader: Trader) -> None:
    order_id = trader.rest("0.98")
    trader.strike(FaultKind.RMS_REJECT, "cancel", times=1, text=REFUSED)

    outcome = trader.cancel(order_id)

    assert outcome.failure() == Rejected(f"the exchange refused the cancel: {REFUSED}")
    assert trader.orders()[0].state is OrderState.NEW


@pytest.mark.parametrize("delay", [0.1, 0.4])
def test_a_cancel_is_done_when_the_order_is_cancelled(trader: Trader, delay: float) -> None:
    order_id = trader.rest("0.98")
    trader.strike(FaultKind.SETTLE_DELAY, "cancel", times=1, seconds=delay)

    outcome = trader.cancel(order_id)

    assert (outcome, trader.orders()[0].state) == (Success(order_id), OrderState.CANCELLED)


@pytest.mark.parametrize("seed", range(12))
def test_events_out_of_order_are_no_refusal_of_a_cancel(trader: Trader, seed: int) -> None:
    trader.app.follow_orders().start(trader.session)
    trader.clock.advance(3.0)
    faults = trader.market.broker.feed
    faults.jitter, faults.chance = 0.5, random.Random(seed)  # noqa: S311 (reproducible on purpose)
    trader.strike(FaultKind.SETTLE_DELAY, "cancel", times=1, seconds=0.3)
    order_id = trader.rest()

    assert trader.cancel(order_id) == Success(order_id)


def test_a_cancel_without_an_answer_is_openly_unconfirmed(trader: Trader) -> None:
    order_id = trader.rest("0.98")
    trader.strike(FaultKind.SETTLE_DELAY, "cancel", times=1, seconds=30.0)

    assert error_of(trader.cancel(order_id)) is Unconfirmed


def test_a_cancel_that_came_too_late_is_no_cancel(trader: Trader) -> None:
    order_id = trader.rest("0.98")
    trader.strike(FaultKind.SETTLE_DELAY, "cancel", times=1, seconds=1.0)
    trader.clock.call_later(0.5, lambda: trader.move("0.97"))

    assert trader.cancel(order_id).failure() == Rejected(f"order {order_id} is already Filled")


def test_cancel_all_names_what_it_saw_cancelled_and_what_the_exchange_refused(trader: Trader) -> None:
    first, second, third = (trader.rest(factor) for factor in ("0.98", "0.97", "0.96"))
    trader.strike(FaultKind.RMS_REJECT, "cancel", times=1, text=REFUSED)
    states = dict.fromkeys((first, second, third))

    done = trader.cancel_all().unwrap()

    assert set(done.cancelled) | {order_id for order_id, _ in done.failed} == set(states)
    assert [error for _, error in done.failed] == [Rejected(f"the exchange refused the cancel: {REFUSED}")]
    assert len(trader.exchange.working_orders()) == 1


def test_a_dry_run_waits_for_no_answer(trader: Trader) -> None:
    order_id = trader.rest("0.98")
    rehearsal = trader.beside(JAINAM_DRY_RUN="true")
    began = trader.clock.monotonic()

    outcomes = [rehearsal.cancel(order_id), rehearsal.modify(order_id, **limit_at(trader, "0.97"))]

    assert [error_of(outcome) for outcome in outcomes] == [None, None]
    assert trader.clock.monotonic() - began < 0.2
    assert trader.orders()[0].state is OrderState.NEW
