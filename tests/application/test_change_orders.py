"""Modifying and cancelling working orders."""

from functools import partial

import pytest
from returns.result import Failure, Success

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import Blocked, Invalid, OutcomeUnknown, Rejected, Unreadable
from jainam_prop.domain.orders.order import OrderState, PriceType
from tests.application.trading import SBIN, Trader, error_of


class TestModify:
    """New terms for a working order."""

    def test_price_and_quantity_are_changed_and_the_identifier_stays(self, trader: Trader) -> None:
        order_id = trader.rest(quantity=75)
        before = trader.orders()[0].intake.identifier
        price = trader.price("0.97")

        outcome = trader.modify(order_id, quantity=50, pricetype="LIMIT", price=price)

        (held,) = trader.orders()
        assert outcome == Success(order_id)
        assert (held.terms.quantity, held.terms.price, held.intake.identifier) == (50, price, before)

    def test_a_limit_order_becomes_a_stop(self, trader: Trader) -> None:
        order_id = trader.rest()
        trigger = trader.price("1.02")

        trader.modify(order_id, pricetype="SL-M", trigger_price=trigger).unwrap()

        (held,) = trader.orders()
        assert (held.terms.price_type, held.terms.trigger) == (PriceType.SL_M, trigger)

    @pytest.mark.parametrize("order_id", ["", "  "])
    def test_an_order_without_an_id_is_not_asked_for(self, trader: Trader, order_id: str) -> None:
        error = trader.modify(order_id, pricetype="LIMIT", price=trader.price("0.98")).failure()

        assert (error, trader.sent("modify")) == (Invalid(("orderid is missing",)), 0)

    @pytest.mark.parametrize(
        ("terms", "named"),
        [
            ({"pricetype": "LIMIT", "price": "780.17"}, "off the tick"),
            ({"pricetype": "LIMIT", "price": "780", "quantity": 0}, "quantity 0 must be above zero"),
            ({"pricetype": "LMT", "price": "780"}, "pricetype 'LMT' is unknown"),
            ({"pricetype": "LIMIT", "price": "780", "symbol": "SBINN"}, "'SBINN' is not listed"),
        ],
    )
    def test_bad_terms_are_named_and_never_sent(self, trader: Trader, terms: dict[str, object], named: str) -> None:
        order_id = trader.rest()

        error = trader.modify(order_id, **terms).failure()

        assert named in error.message
        assert trader.sent("modify") == 0

    def test_an_order_that_filled_first_is_rejected(self, trader: Trader) -> None:
        order_id = trader.rest()
        trader.move("0.97")

        outcome = trader.modify(order_id, quantity=20, pricetype="LIMIT", price=trader.price("0.98"))

        assert (error_of(outcome), trader.net()) == (Rejected, 10)

    def test_an_order_that_fills_while_the_reply_is_lost_is_rejected(self, trader: Trader) -> None:
        order_id = trader.rest()
        trader.strike(FaultKind.RESET, "modify")
        trader.clock.call_later(0.2, lambda: trader.move("0.97"))

        outcome = trader.modify(order_id, quantity=20, pricetype="LIMIT", price=trader.price("0.95"))

        assert outcome == Failure(Rejected(f"order {order_id} is already Filled"))

    def test_a_change_that_the_book_never_shows_is_unknown(self, trader: Trader) -> None:
        order_id = trader.rest()
        trader.strike(FaultKind.REPLY_LOST, "modify")
        dies = partial(trader.strike, FaultKind.SERVER_ERROR, "dealer_order_book", times=None)
        trader.clock.call_later(0.03, dies)  # after the order was read

        outcome = trader.modify(order_id, quantity=20, pricetype="LIMIT", price=trader.price("0.98"))

        assert (error_of(outcome), trader.sent("modify")) == (OutcomeUnknown, 1)

    def test_halted_nothing_is_changed(self, trader: Trader) -> None:
        order_id = trader.rest()
        halted = trader.beside(JAINAM_TRADING_STATE="HALT")

        outcome = halted.modify(order_id, quantity=5, pricetype="LIMIT", price=trader.price("0.98"))

        assert (error_of(outcome), trader.sent("modify")) == (Blocked, 0)

    def test_reduced_an_order_that_the_book_does_not_show_is_not_changed(self, trader: Trader) -> None:
        reduced = trader.beside(JAINAM_TRADING_STATE="REDUCE")

        outcome = reduced.modify("42", quantity=5, pricetype="LIMIT", price=trader.price("0.98"))

        assert (error_of(outcome), trader.sent("modify")) == (Invalid, 0)

    def test_reduced_a_stop_may_be_moved(self, trader: Trader) -> None:
        trader.place(quantity=75)
        stop_id = trader.protect(75)
        reduced = trader.beside(JAINAM_TRADING_STATE="REDUCE")
        trigger = trader.price("0.99")

        outcome = reduced.modify(stop_id, action="SELL", quantity=75, pricetype="SL-M", trigger_price=trigger)

        assert (outcome, trader.orders()[-1].terms.trigger) == (Success(stop_id), trigger)


class TestCancel:
    """The end of working orders."""

    def test_a_working_order_is_cancelled_and_a_filled_one_is_not(self, trader: Trader) -> None:
        order_id, filled = trader.rest(), trader.place().unwrap().order_id

        assert trader.cancel(order_id) == Success(order_id)
        assert error_of(trader.cancel(filled)) is Rejected
        assert trader.orders()[0].state is OrderState.CANCELLED

    @pytest.mark.parametrize("order_id", ["", " ", "x7"])
    def test_what_is_no_id_is_refused(self, trader: Trader, order_id: str) -> None:
        assert error_of(trader.cancel(order_id)) is Invalid
        assert trader.sent("cancel") == 0

    def test_an_order_that_fills_while_the_cancel_is_lost_is_rejected(self, trader: Trader) -> None:
        order_id = trader.rest()
        trader.strike(FaultKind.RESET, "cancel")
        trader.clock.call_later(0.1, lambda: trader.move("0.97"))

        assert trader.cancel(order_id) == Failure(Rejected(f"order {order_id} is already Filled"))

    def test_a_cancel_that_is_lost_again_and_again_is_unknown(self, trader: Trader) -> None:
        order_id = trader.rest()
        trader.strike(FaultKind.RESET, "cancel", times=None)

        assert error_of(trader.cancel(order_id)) is OutcomeUnknown
        assert trader.sent("cancel") > 1

    def test_everything_that_works_is_cancelled(self, trader: Trader) -> None:
        trader.place(quantity=75)
        ids = {trader.rest(), trader.rest("0.97"), trader.protect(75)}

        done = trader.cancel_all().unwrap()

        assert (set(done.cancelled), done.failed, trader.exchange.working_orders()) == (ids, (), [])

    def test_an_order_that_the_book_does_not_show_yet_is_cancelled_too(self, trader: Trader) -> None:
        trader.strike(FaultKind.BOOK_DELAY, seconds=5.0)
        order_id = trader.rest()

        done = trader.cancel_all().unwrap()

        assert (done.cancelled, trader.exchange.working_orders()) == ((order_id,), [])

    def test_one_that_cannot_be_cancelled_is_named_and_the_others_go(self, trader: Trader) -> None:
        kept, gone = trader.rest(), trader.rest("0.97")
        trader.strike(FaultKind.REFUSED, "cancel", times=None, text="Not now", where={"appOrderID": kept})

        done = trader.cancel_all().unwrap()

        assert done.cancelled == (gone,)
        assert [(order_id, type(error)) for order_id, error in done.failed] == [(kept, Rejected)]

    def test_an_order_of_unknown_outcome_is_named_by_its_identifier(self, trader: Trader) -> None:
        trader.strike(FaultKind.RESET)
        unknown = trader.place().failure()
        assert isinstance(unknown, OutcomeUnknown)

        done = trader.cancel_all().unwrap()

        assert [(name, type(error)) for name, error in done.failed] == [(unknown.identifier, OutcomeUnknown)]

    def test_nothing_is_cancelled_by_a_book_that_cannot_be_read(self, trader: Trader) -> None:
        trader.rest()
        trader.strike(FaultKind.SERVER_ERROR, "dealer_order_book", times=None)

        assert (error_of(trader.cancel_all()), trader.sent("cancel")) == (Unreadable, 0)

    def test_halted_cancels_go_on(self, trader: Trader) -> None:
        order_id = trader.rest()
        halted = trader.beside(JAINAM_TRADING_STATE="HALT")

        assert halted.cancel(order_id) == Success(order_id)
        assert trader.net(SBIN) == 0
