"""What every position book does: show what is held, and never call flat what could not be read."""

from dataclasses import replace
from decimal import Decimal

import pytest
from returns.result import Success

from jainam_prop.adapters.simulator.config import EmptyBooks
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import SessionExpired, Unreadable
from jainam_prop.domain.orders.order import Product, Side
from jainam_prop.domain.positions.position import PositionKey
from tests.contracts.broker import CHOICES, MARKET_ORDER, QUICK, SECONDS, BrokerContract, LoggedIn
from tests.domain.samples import SBIN

MIS = PositionKey(SBIN.key, "MIS")


class PositionBookContract(BrokerContract):
    def test_what_was_bought_is_held(self, desk: LoggedIn) -> None:
        desk.place()

        (position,) = desk.broker.position_book.positions(desk.session, SECONDS).unwrap()

        assert (position.key, position.net, position.multiplier) == (MIS, 10, Decimal(1))
        assert position.buy_average > 0
        assert position.net == desk.broker.exchange.net(desk.booked_to, SBIN.key, "MIS")

    def test_what_was_sold_without_holding_it_is_negative(self, desk: LoggedIn) -> None:
        desk.place(replace(MARKET_ORDER, side=Side.SELL))

        (position,) = desk.broker.position_book.positions(desk.session, SECONDS).unwrap()

        assert position.net == -10

    def test_products_are_positions_of_their_own(self, desk: LoggedIn) -> None:
        desk.place()
        desk.place(replace(MARKET_ORDER, product=Product.NRML, quantity=3, identifier="jpnrml"))

        positions = desk.broker.position_book.positions(desk.session, SECONDS).unwrap()

        assert {position.key.product: position.net for position in positions} == {"MIS": 10, "NRML": 3}

    def test_a_position_closed_today_stays_with_its_profit(self, desk: LoggedIn) -> None:
        desk.broker.exchange.set_levels(SBIN.key, bids=[(Decimal(779), 50)], asks=[(Decimal(780), 50)])
        desk.place()
        desk.place(replace(MARKET_ORDER, side=Side.SELL, identifier="jpclose"))

        (position,) = desk.broker.position_book.positions(desk.session, SECONDS).unwrap()

        assert (position.net, position.profit, position.realised) == (0, Decimal(-10), Decimal(-10))

    def test_what_was_carried_in_is_held(self, desk: LoggedIn) -> None:
        desk.broker.exchange.carry_in(Slot(desk.booked_to, "NRML", SBIN.key), -25, Decimal(700))

        (position,) = desk.broker.position_book.positions(desk.session, SECONDS).unwrap()

        assert (position.key.product, position.net) == ("NRML", -25)

    @pytest.mark.parametrize("style", list(EmptyBooks))
    def test_a_flat_account_is_flat_however_it_is_said(self, style: EmptyBooks) -> None:
        for choice in CHOICES.values():
            with self.open_broker(choice, replace(QUICK, empty_books=style)) as broker:
                session = broker.login.log_in().unwrap()

                assert broker.position_book.positions(session, SECONDS) == Success(())

    @pytest.mark.parametrize(
        "fault", [FaultKind.SERVER_ERROR, FaultKind.BAD_JSON, FaultKind.REPLY_LOST, FaultKind.REFUSED]
    )
    def test_a_book_that_could_not_be_read_is_not_flat(self, desk: LoggedIn, fault: FaultKind) -> None:
        desk.strike(fault, "portfolio", for_ever=True)

        assert isinstance(desk.broker.position_book.positions(desk.session, SECONDS).failure(), Unreadable)

    def test_a_dead_token_is_told_apart(self, desk: LoggedIn) -> None:
        desk.broker.login.log_out(desk.session).unwrap()

        assert isinstance(desk.broker.position_book.positions(desk.session, SECONDS).failure(), SessionExpired)
