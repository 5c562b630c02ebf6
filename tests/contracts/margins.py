"""What every margin calculator does: one sum for a basket, an honest "there is none", and nothing placed."""

from dataclasses import replace
from decimal import Decimal

import pytest
from returns.result import Success

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import RateLimited, SessionExpired, Unreadable
from jainam_prop.domain.orders.order import Product, Side
from tests.contracts.broker import LIMIT_ORDER, MARKET_ORDER, QUICK, SECONDS, BrokerContract, LoggedIn
from tests.domain.samples import SBIN

INTRADAY = Decimal("0.20")
"""The share of the price that this exchange blocks for the day."""


class MarginsContract(BrokerContract):
    @pytest.fixture
    def config(self) -> SimulatorConfig:
        return replace(QUICK, margin_calculator=True)

    def test_a_basket_blocks_what_its_legs_need(self, desk: LoggedIn) -> None:
        delivery = replace(LIMIT_ORDER, product=Product.CNC)

        required = desk.broker.margins.required(desk.session, [LIMIT_ORDER, delivery], SECONDS)

        assert required == Success(10 * LIMIT_ORDER.price * (INTRADAY + 1))

    @pytest.mark.parametrize("side", list(Side))
    def test_a_market_order_is_reckoned_at_the_market(self, desk: LoggedIn, side: Side) -> None:
        required = desk.broker.margins.required(desk.session, [replace(MARKET_ORDER, side=side)], SECONDS)

        assert required == Success(10 * desk.broker.exchange.market(SBIN.key).last_price * INTRADAY)

    def test_nothing_is_placed_by_asking(self, desk: LoggedIn) -> None:
        desk.broker.margins.required(desk.session, [MARKET_ORDER], SECONDS).unwrap()

        assert desk.broker.order_book.orders(desk.session, SECONDS) == Success(())
        assert desk.broker.exchange.net(desk.booked_to, SBIN.key, "MIS") == 0

    @pytest.mark.parametrize("fault", [FaultKind.SERVER_ERROR, FaultKind.BAD_JSON, FaultKind.REPLY_LOST])
    def test_what_could_not_be_read_is_no_margin_and_not_none(self, desk: LoggedIn, fault: FaultKind) -> None:
        desk.strike(fault, "margin", for_ever=True)

        assert isinstance(desk.broker.margins.required(desk.session, [MARKET_ORDER], SECONDS).failure(), Unreadable)

    def test_too_many_calls_are_told_apart(self, desk: LoggedIn) -> None:
        desk.strike(FaultKind.RATE_LIMITED, "margin", for_ever=True)

        assert isinstance(desk.broker.margins.required(desk.session, [MARKET_ORDER], SECONDS).failure(), RateLimited)

    def test_a_dead_token_is_told_apart(self, desk: LoggedIn) -> None:
        desk.broker.login.log_out(desk.session).unwrap()

        failed = desk.broker.margins.required(desk.session, [MARKET_ORDER], SECONDS).failure()

        assert isinstance(failed, SessionExpired)


class WithoutMarginsContract(BrokerContract):
    def test_a_server_without_a_calculator_has_no_margin_to_tell(self, desk: LoggedIn) -> None:
        assert desk.broker.margins.required(desk.session, [MARKET_ORDER], SECONDS) == Success(None)
