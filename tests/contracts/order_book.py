"""What every order book does: show what the exchange holds, and never call unread what is empty or the reverse."""

from dataclasses import replace
from decimal import Decimal

import pytest
from returns.result import Success

from jainam_prop.adapters.simulator.config import EmptyBooks
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.errors import SessionExpired, Unreadable
from jainam_prop.domain.orders.order import OrderChange, OrderState, PriceType, Product, Side
from tests.contracts.broker import (
    CHOICES,
    LIMIT_ORDER,
    QUICK,
    SECONDS,
    BrokerContract,
    LoggedIn,
)
from tests.domain.samples import SBIN


class OrderBookContract(BrokerContract):
    def test_an_order_shows_with_its_terms_and_its_fills(self, desk: LoggedIn) -> None:
        order_id = desk.place()

        (order,) = desk.broker.order_book.orders(desk.session, SECONDS).unwrap()

        assert order.placed_at is not None
        assert order._replace(placed_at=None, updated_at=None, average_price=Decimal(0)) == (
            order_id,
            "jpmarket",
            SBIN.key,
            order.broker_symbol,
            Side.BUY,
            "MIS",
            PriceType.MARKET,
            OrderState.FILLED,
            10,
            10,
            0,
            Decimal(0),
            Decimal(0),
            Decimal(0),
            "",
            None,
            None,
        )
        assert order.average_price > 0

    def test_the_book_shows_the_latest_state_of_every_order(self, desk: LoggedIn) -> None:
        kept, cancelled = desk.place(LIMIT_ORDER), desk.place(replace(LIMIT_ORDER, identifier="jpother"))
        desk.broker.order_gateway.cancel(desk.session, cancelled, SECONDS).unwrap()

        orders = desk.broker.order_book.orders(desk.session, SECONDS).unwrap()

        assert {order.order_id: order.state for order in orders} == {
            kept: OrderState.NEW,
            cancelled: OrderState.CANCELLED,
        }

    def test_a_rejected_order_says_why(self, desk: LoggedIn) -> None:
        desk.strike(FaultKind.RMS_REJECT, "place", text="RMS : Margin Exceeds")
        desk.place()

        (order,) = desk.broker.order_book.orders(desk.session, SECONDS).unwrap()

        assert (order.state, order.filled) == (OrderState.REJECTED, 0)
        assert "Margin Exceeds" in order.reason

    def test_every_fill_is_a_trade_of_its_own(self, desk: LoggedIn) -> None:
        levels = [(Decimal("780.10"), 4), (Decimal("780.15"), 5), (Decimal("780.20"), 50)]
        desk.broker.exchange.set_levels(SBIN.key, bids=[], asks=levels)
        order_id = desk.place()

        trades = desk.broker.order_book.trades(desk.session, SECONDS).unwrap()

        assert sorted((trade.quantity, trade.price) for trade in trades) == [
            (1, Decimal("780.20")),
            (4, Decimal("780.10")),
            (5, Decimal("780.15")),
        ]
        assert {(trade.order_id, trade.identifier, trade.instrument, trade.side) for trade in trades} == {
            (order_id, "jpmarket", SBIN.key, Side.BUY)
        }
        assert len({trade.trade_id for trade in trades}) == 3

    def test_the_history_is_told_oldest_first(self, desk: LoggedIn) -> None:
        order_id = desk.place(LIMIT_ORDER)
        change = OrderChange(order_id, SBIN, Product.MIS, PriceType.LIMIT, 25, Decimal("751.10"))
        desk.broker.order_gateway.modify(desk.session, change, SECONDS).unwrap()

        history = desk.broker.order_book.history(desk.session, order_id, SECONDS).unwrap()

        assert history[0].state is OrderState.PENDING_NEW
        assert (history[-1].state, history[-1].quantity) == (OrderState.REPLACED, 25)

    def test_an_order_that_is_not_shown_yet_has_no_history(self, desk: LoggedIn) -> None:
        desk.broker.exchange.faults.add(Fault(FaultKind.HISTORY_DELAY, seconds=3_600))
        order_id = desk.place()

        assert desk.broker.order_book.history(desk.session, order_id, SECONDS) == Success(())

    @pytest.mark.parametrize("style", list(EmptyBooks))
    def test_an_empty_book_is_empty_however_it_is_said(self, style: EmptyBooks) -> None:
        for choice in CHOICES.values():
            with self.open_broker(choice, replace(QUICK, empty_books=style)) as broker:
                session = broker.login.log_in().unwrap()

                assert broker.order_book.orders(session, SECONDS) == Success(())
                assert broker.order_book.trades(session, SECONDS) == Success(())

    @pytest.mark.parametrize(
        "fault", [FaultKind.SERVER_ERROR, FaultKind.BAD_JSON, FaultKind.REPLY_LOST, FaultKind.REFUSED]
    )
    def test_a_book_that_could_not_be_read_is_not_empty(self, desk: LoggedIn, fault: FaultKind) -> None:
        desk.place()
        desk.strike(fault, "books", for_ever=True)

        assert isinstance(desk.broker.order_book.orders(desk.session, SECONDS).failure(), Unreadable)
        assert isinstance(desk.broker.order_book.trades(desk.session, SECONDS).failure(), Unreadable)

    def test_a_dead_token_is_told_apart(self, desk: LoggedIn) -> None:
        desk.broker.login.log_out(desk.session).unwrap()

        assert isinstance(desk.broker.order_book.orders(desk.session, SECONDS).failure(), SessionExpired)
        assert isinstance(desk.broker.order_book.trades(desk.session, SECONDS).failure(), SessionExpired)
