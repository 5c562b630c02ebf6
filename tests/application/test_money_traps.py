"""Defects of other integrations that cost money; each number is a row of the trap list in docs/traps.md."""

from decimal import Decimal

import pytest
from returns.result import Success

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.errors import BrokerError, Invalid, OutcomeUnknown, Rejected, Unreadable
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.order import OrderState, Product, Side
from jainam_prop.domain.orders.ticket import read_ticket
from jainam_prop.domain.positions.smart_order import NoTrade
from tests.application.trading import RELIANCE, SBIN, TCS, Trader, error_of, order, states


def test_01_an_unreadable_position_book_sends_no_smart_order(trader: Trader) -> None:
    trader.place(quantity=75, product="NRML")
    trader.strike(FaultKind.SERVER_ERROR, "dealer_positions", times=None)

    outcome = trader.smart(75, product="NRML")

    assert (error_of(outcome), trader.sent(), trader.net(product="NRML")) == (Unreadable, 1, 75)


def test_01_an_intraday_position_is_known_by_its_fills_without_the_position_book(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.strike(FaultKind.SERVER_ERROR, "dealer_positions", times=None)

    assert (error_of(trader.smart(75)), trader.sent(), trader.net()) == (None, 1, 75)


def test_02_close_all_claims_nothing_when_positions_cannot_be_read(trader: Trader) -> None:
    trader.place()
    trader.strike(FaultKind.SERVER_ERROR, "dealer_positions", times=None)

    assert error_of(trader.app.close_all_positions(trader.session)) is Unreadable
    assert trader.sent() == 1


def test_03_close_all_names_every_refused_leg(trader: Trader) -> None:
    for symbol in ("SBIN", "RELIANCE", "TCS"):
        trader.place(symbol=symbol)
    trader.strike(FaultKind.RMS_REJECT, times=3, text="RMS: margin exceeds")

    report = trader.close_all()

    assert states(report) == dict.fromkeys(("SBIN", "RELIANCE", "TCS"), "rejected")
    assert report.message.count("RMS: margin exceeds") == 3
    assert [trader.net(key) for key in (SBIN, RELIANCE, TCS)] == [10, 10, 10]


def test_04_a_lost_reply_of_one_leg_does_not_stop_the_others(trader: Trader) -> None:
    for symbol in ("SBIN", "RELIANCE", "TCS"):
        trader.place(symbol=symbol)
    trader.strike(FaultKind.REPLY_LOST)

    assert trader.close_all().is_flat
    assert [trader.net(key) for key in (SBIN, RELIANCE, TCS)] == [0, 0, 0]
    assert trader.sent() == 6


def test_05_close_all_cancels_a_resting_stop_before_it_can_reverse(trader: Trader) -> None:
    trader.place(quantity=75)
    trader.protect(75)

    report = trader.close_all()
    trader.move("0.97")

    assert (report.is_flat, trader.net(), trader.exchange.working_orders()) == (True, 0, [])


def test_07_an_order_whose_reply_was_lost_is_found_not_sent_again(trader: Trader) -> None:
    trader.strike(FaultKind.REPLY_LOST)

    placed = trader.place().unwrap()

    assert [str(held.order_id) for held in trader.orders()] == [placed.order_id]


def test_07_an_order_that_cannot_be_found_is_unknown_and_must_not_be_sent_again(trader: Trader) -> None:
    trader.strike(FaultKind.REPLY_LOST)
    trader.strike(FaultKind.BOOK_DELAY, seconds=60)

    error = trader.place().failure()

    (held,) = trader.orders()
    assert isinstance(error, OutcomeUnknown)
    assert (error.identifier, "Do not resend" in error.message) == (held.intake.identifier, True)


def test_08_orders_of_the_same_moment_carry_different_identifiers(trader: Trader) -> None:
    trader.market.broker.network.latency = 0.0
    for _ in range(5):
        trader.place(quantity=1)

    identifiers = [held.intake.identifier for held in trader.orders()]
    assert len(set(identifiers)) == 5
    assert all(identifier.isalnum() and len(identifier) <= 20 for identifier in identifiers)


def test_10_a_position_in_the_list_is_found(trader: Trader) -> None:
    trader.place(quantity=75)

    outcome = trader.smart(75).unwrap()

    assert (type(outcome), trader.sent()) == (NoTrade, 1)
    assert trader.app.read_books.net_position(trader.session, "SBIN", Exchange.NSE, Product.MIS) == Success(75)


@pytest.mark.parametrize(
    ("pricetype", "limit"),
    [
        pytest.param("SL", "0.97", id="12-SL-keeps-its-limit"),
        pytest.param("SL-M", "0", id="13-SL-M-has-no-limit"),
    ],
)
def test_stop_orders_keep_their_meaning(trader: Trader, pricetype: str, limit: str) -> None:
    price, trigger = trader.price(limit), trader.price("0.98")

    trader.place(action="SELL", pricetype=pricetype, price=price, trigger_price=trigger).unwrap()

    terms = trader.orders()[0].terms
    assert (terms.price_type.value, terms.price, terms.trigger) == (pricetype, price, trigger)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        pytest.param({"pricetype": "LMT", "price": 100}, "pricetype 'LMT' is unknown", id="14-price-type"),
        pytest.param({"product": "NRLM"}, "product 'NRLM' is unknown", id="16-product"),
        pytest.param({"exchange": "NSEE"}, "exchange 'NSEE' is unknown", id="16-exchange"),
        pytest.param({"action": "HOLD"}, "action 'HOLD' is unknown", id="15-side"),
        pytest.param({"quantity": 0}, "quantity 0 must be above zero", id="zero"),
        pytest.param({"quantity": -5}, "quantity -5 must be above zero", id="negative"),
        pytest.param({"quantity": "75.5"}, "quantity '75.5' is not a whole number", id="34-fraction"),
        pytest.param({"quantity": ""}, "quantity '' is not a whole number", id="34-blank"),
        pytest.param({"quantity": None}, "quantity 'None' is not a whole number", id="34-null"),
        pytest.param({"pricetype": "LIMIT"}, "price must be above zero", id="limit-without-price"),
        pytest.param({"pricetype": "SL", "price": 9}, "trigger_price must be above zero", id="stop-without-trigger"),
        pytest.param({"symbol": "SBINN"}, "'SBINN' is not listed on NSE", id="37-unknown-symbol"),
        pytest.param({"symbol": "NIFTY", "exchange": "NSE_INDEX"}, "is an index", id="index"),
    ],
)
def test_bad_input_is_named_and_never_sent(trader: Trader, changes: dict[str, object], named: str) -> None:
    before = sum(trader.exchange.requests.values())

    error = trader.place(**changes).failure()

    assert isinstance(error, Invalid)
    assert named in error.message
    assert sum(trader.exchange.requests.values()) == before


def test_17_a_missing_quantity_is_refused(trader: Trader) -> None:
    request = order()
    del request["quantity"]

    error = trader.app.place_order(trader.session, read_ticket(request)).failure()

    assert (error, trader.sent()) == (Invalid(("quantity is missing",)), 0)


def test_every_problem_is_named_at_once(trader: Trader) -> None:
    error = trader.place(symbol="NOPE", action="x", product="y", pricetype="LIMIT", quantity="1.5").failure()

    for name in ("symbol", "action", "product", "quantity", "price "):
        assert name in error.message


def test_15_a_lower_case_side_is_understood(trader: Trader) -> None:
    trader.place(action="sell")

    assert trader.orders()[0].side is Side.SELL


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        pytest.param(Fault(FaultKind.REFUSED, "place", code="e-orders-0009", text="Not today"), Rejected, id="refused"),
        pytest.param(Fault(FaultKind.SERVER_ERROR, "place"), OutcomeUnknown, id="html-before"),
    ],
)
def test_26_no_order_id_is_no_success(trader: Trader, fault: Fault, error: type[BrokerError]) -> None:
    trader.exchange.faults.add(fault)

    assert (error_of(trader.place()), trader.orders()) == (error, [])


@pytest.mark.parametrize("kind", [FaultKind.BAD_JSON, FaultKind.SERVER_ERROR])
def test_26_an_answer_that_makes_no_sense_is_looked_up(trader: Trader, kind: FaultKind) -> None:
    trader.strike(kind, processed=True)

    placed = trader.place().unwrap()

    assert (placed.order_id, trader.sent()) == (str(trader.orders()[0].order_id), 1)


def test_29_a_position_of_another_product_is_not_this_one(trader: Trader) -> None:
    trader.place(quantity=75, product="CNC")

    trader.smart(75).unwrap()

    assert (trader.net(), trader.net(product="CNC")) == (75, 75)


def test_21_cancel_reaches_a_partly_filled_order(trader: Trader) -> None:
    trader.exchange.set_levels(SBIN, bids=[], asks=[(trader.price("1.0"), 4)])
    order_id = trader.rest("1.0")

    outcome = trader.cancel(order_id)

    (held,) = trader.orders()
    assert (outcome, held.state, held.filled) == (Success(order_id), OrderState.CANCELLED, 4)


def test_32_an_order_above_the_freeze_quantity_goes_out_in_slices(trader: Trader) -> None:
    future = trader.nifty_future()
    assert future.largest_order is not None
    quantity = future.largest_order + future.lot_size

    placed = trader.place(symbol=future.symbol, exchange="NFO", product="NRML", quantity=quantity).unwrap()

    assert placed.quantity == quantity
    assert [held.terms.quantity for held in trader.orders()] == [future.largest_order, future.lot_size]
    assert placed.order_ids == tuple(str(held.order_id) for held in trader.orders())


def test_44_an_unreadable_order_book_is_an_error_not_an_empty_book(trader: Trader) -> None:
    trader.strike(FaultKind.SERVER_ERROR, "dealer_order_book", times=None)

    assert error_of(trader.app.read_books.orders(trader.session)) is Unreadable


def test_a_price_off_the_tick_is_named_and_never_sent(trader: Trader) -> None:
    error = trader.place(pricetype="LIMIT", price=Decimal("780.17")).failure()

    assert "off the tick" in error.message
    assert trader.sent() == 0
