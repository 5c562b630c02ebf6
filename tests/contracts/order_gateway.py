"""What every order gateway does: send once, and say of the outcome what is known, never more."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from returns.pipeline import is_successful
from returns.result import Failure, Success

from jainam_prop.adapters.simulator.config import BEYOND_FLOAT
from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import Blocked, OutcomeUnknown, RateLimited, Rejected, SessionExpired
from jainam_prop.domain.orders.order import OrderChange, OrderState, PriceType, Product, Side
from jainam_prop.domain.sessions.session import AccountKind
from tests.contracts.broker import (
    BOOKED_TO,
    CHOICES,
    LIMIT_ORDER,
    MARKET_ORDER,
    QUICK,
    SECONDS,
    BrokerContract,
    LoggedIn,
)
from tests.domain.samples import SBIN


class OrderGatewayContract(BrokerContract):
    @pytest.mark.parametrize(
        ("price_type", "price", "trigger"),
        [
            (PriceType.MARKET, 0, 0),
            (PriceType.LIMIT, "750.05", 0),
            (PriceType.SL, "812.15", "812.10"),
            (PriceType.SL_M, 0, "812.10"),
        ],
    )
    def test_an_order_arrives_as_it_was_meant(
        self, desk: LoggedIn, price_type: PriceType, price: str, trigger: str
    ) -> None:
        order = replace(
            MARKET_ORDER, price_type=price_type, price=Decimal(price), trigger_price=Decimal(trigger), identifier="jp7"
        )

        order_id = desk.broker.order_gateway.place(desk.session, order, SECONDS).unwrap()

        (held,) = desk.broker.exchange.all_orders()
        assert (str(held.order_id), held.intake.identifier, held.intake.account) == (order_id, "jp7", desk.booked_to)
        assert (held.key, held.side) == (SBIN.key, Side.BUY)
        assert held.terms[:6] == ("MIS", price_type, 10, Decimal(price), Decimal(trigger), 0)

    def test_new_terms_take_the_place_of_the_old(self, desk: LoggedIn) -> None:
        order_id = desk.place(LIMIT_ORDER)
        change = OrderChange(order_id, SBIN, Product.MIS, PriceType.LIMIT, 25, Decimal("751.10"))

        outcome = desk.broker.order_gateway.modify(desk.session, change, SECONDS)

        (held,) = desk.broker.exchange.all_orders()
        assert outcome.unwrap() == order_id
        assert (held.state, held.terms.quantity, held.terms.price) == (OrderState.REPLACED, 25, Decimal("751.10"))

    def test_a_cancelled_order_trades_no_more(self, desk: LoggedIn) -> None:
        order_id = desk.place(LIMIT_ORDER)

        outcome = desk.broker.order_gateway.cancel(desk.session, order_id, SECONDS)

        assert outcome.unwrap() == order_id
        assert desk.broker.exchange.working_orders() == []

    def test_an_id_beyond_a_float_keeps_every_digit(self) -> None:
        config = replace(QUICK, first_order_id=BEYOND_FLOAT)
        with self.open_broker(CHOICES[AccountKind.PRO], config) as broker:
            desk = LoggedIn(broker, broker.login.log_in().unwrap(), BOOKED_TO[AccountKind.PRO])
            order_id = desk.place(LIMIT_ORDER)

            outcome = broker.order_gateway.cancel(desk.session, order_id, SECONDS)

            assert (order_id, outcome) == ("9007199254740993", Success("9007199254740993"))
            (order,) = broker.order_book.orders(desk.session, SECONDS).unwrap()
            assert (order.order_id, order.state) == (order_id, OrderState.CANCELLED)

    def test_what_the_broker_refuses_is_rejected_in_its_words(self, desk: LoggedIn) -> None:
        reason = "Order quantity is not a multiple of lot size"
        desk.strike(FaultKind.REFUSED, "place", text=reason, code="e-orders-0001")

        outcome = desk.broker.order_gateway.place(desk.session, MARKET_ORDER, SECONDS)

        assert outcome == Failure(Rejected(reason, "e-orders-0001"))
        assert desk.broker.exchange.all_orders() == []

    def test_a_later_rejection_is_no_refusal_of_the_request(self, desk: LoggedIn) -> None:
        desk.strike(FaultKind.RMS_REJECT, "place", text="RMS : Margin Exceeds")

        outcome = desk.broker.order_gateway.place(desk.session, MARKET_ORDER, SECONDS)

        (held,) = desk.broker.exchange.all_orders()
        assert outcome.unwrap() == str(held.order_id)
        assert held.state is OrderState.REJECTED

    @pytest.mark.parametrize(
        ("fault", "arrived"),
        [
            (FaultKind.REPLY_LOST, 1),
            (FaultKind.BAD_JSON, 1),
            (FaultKind.RESET, 0),
            (FaultKind.SERVER_ERROR, 0),
        ],
    )
    def test_without_an_answer_the_outcome_is_unknown(self, desk: LoggedIn, fault: FaultKind, arrived: int) -> None:
        desk.strike(fault, "place")

        outcome = desk.broker.order_gateway.place(desk.session, MARKET_ORDER, SECONDS)

        error = outcome.failure()
        assert isinstance(error, OutcomeUnknown)
        assert error.identifier == MARKET_ORDER.identifier
        assert len(desk.broker.exchange.all_orders()) == arrived
        assert desk.broker.exchange.requests["place"] == 1

    @pytest.mark.parametrize("fault", [FaultKind.REPLY_LOST, FaultKind.BAD_JSON, FaultKind.SERVER_ERROR])
    def test_the_same_holds_for_changes_and_cancellations(self, desk: LoggedIn, fault: FaultKind) -> None:
        order_id = desk.place(LIMIT_ORDER)
        desk.strike(fault, "modify")
        desk.strike(fault, "cancel")
        change = OrderChange(order_id, SBIN, Product.MIS, PriceType.LIMIT, 25, Decimal("751.10"))

        assert isinstance(desk.broker.order_gateway.modify(desk.session, change, SECONDS).failure(), OutcomeUnknown)
        assert isinstance(desk.broker.order_gateway.cancel(desk.session, order_id, SECONDS).failure(), OutcomeUnknown)

    def test_a_dead_token_does_nothing(self, desk: LoggedIn) -> None:
        desk.strike(FaultKind.TOKEN_KILLED, "place")

        outcome = desk.broker.order_gateway.place(desk.session, MARKET_ORDER, SECONDS)

        assert isinstance(outcome.failure(), SessionExpired)
        assert desk.broker.exchange.all_orders() == []

    def test_a_rate_limit_does_nothing_and_spares_the_session(self, desk: LoggedIn) -> None:
        desk.strike(FaultKind.RATE_LIMITED, "place")

        outcome = desk.broker.order_gateway.place(desk.session, MARKET_ORDER, SECONDS)

        assert isinstance(outcome.failure(), RateLimited)
        assert desk.broker.exchange.all_orders() == []
        assert desk.place()

    def test_a_session_that_must_not_trade_sends_nothing(self, desk: LoggedIn) -> None:
        barred = replace(desk.session, account=replace(desk.session.account, trading_barrier="not this one"))

        outcome = desk.broker.order_gateway.place(barred, MARKET_ORDER, SECONDS)

        assert outcome == Failure(Blocked("not this one"))
        assert desk.broker.exchange.requests["place"] == 0

    def test_ten_threads_place_ten_orders(self, desk: LoggedIn) -> None:
        orders = [replace(LIMIT_ORDER, identifier=f"jpthread{number}") for number in range(10)]

        with ThreadPoolExecutor(10) as crew:
            outcomes = list(
                crew.map(lambda order: desk.broker.order_gateway.place(desk.session, order, SECONDS), orders)
            )

        assert all(is_successful(outcome) for outcome in outcomes)
        held = {str(order.order_id): order.intake.identifier for order in desk.broker.exchange.all_orders()}
        assert held == {outcome.unwrap(): order.identifier for outcome, order in zip(outcomes, orders, strict=True)}
