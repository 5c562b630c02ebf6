"""What every adapter for commands about positions does: ask once, and say of the outcome what is known."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Final

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import Blocked, BrokerError, OutcomeUnknown, Rejected, SessionExpired
from jainam_prop.domain.orders.order import PriceType, Product, Side
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from tests.contracts.broker import MARKET_ORDER, SECONDS, BrokerContract, LoggedIn
from tests.domain.samples import SBIN

CONVERSION: Final = Conversion(SBIN, 4, Product.MIS, Product.CNC)
MIS: Final = PositionKey(SBIN.key, "MIS")
TAKEN: Final = Success(None)

Asking = Callable[[LoggedIn], Result[None, BrokerError]]


def convert(desk: LoggedIn) -> Result[None, BrokerError]:
    return desk.broker.position_gateway.convert(desk.session, CONVERSION, SECONDS, of_today=True)


def square_off(desk: LoggedIn) -> Result[None, BrokerError]:
    return desk.broker.position_gateway.square_off(desk.session, MIS, 6, SECONDS)


def square_off_all(desk: LoggedIn) -> Result[None, BrokerError]:
    return desk.broker.position_gateway.square_off_all(desk.session, SECONDS)


ASKING: Final = [
    pytest.param(convert, "convert", id="convert"),
    pytest.param(square_off, "squareoff", id="square-off"),
    pytest.param(square_off_all, "squareoff_all", id="square-off-all"),
]


def net(desk: LoggedIn, product: str = "MIS") -> int:
    return desk.broker.exchange.net(desk.booked_to, SBIN.key, product)


class PositionGatewayContract(BrokerContract):
    @pytest.mark.parametrize("side", list(Side))
    def test_units_are_carried_under_another_product(self, desk: LoggedIn, side: Side) -> None:
        desk.place(replace(MARKET_ORDER, side=side))

        assert convert(desk) == TAKEN
        assert (net(desk), net(desk, "CNC")) == (6 * side.sign, 4 * side.sign)

    @pytest.mark.parametrize("side", list(Side))
    def test_units_of_one_position_are_closed_and_its_orders_cancelled(self, desk: LoggedIn, side: Side) -> None:
        desk.place(replace(MARKET_ORDER, side=side))
        stop = replace(
            MARKET_ORDER,
            side=side.opposite,
            price_type=PriceType.SL_M,
            trigger_price=Decimal("740.00" if side is Side.BUY else "820.00"),
            identifier="jpstop",
        )
        desk.place(stop)

        assert square_off(desk) == TAKEN
        assert (net(desk), desk.broker.exchange.working_orders()) == (4 * side.sign, [])

    def test_every_position_is_closed(self, desk: LoggedIn) -> None:
        desk.place()
        desk.place(replace(MARKET_ORDER, side=Side.SELL, product=Product.NRML, identifier="jpnrml"))

        assert square_off_all(desk) == TAKEN
        assert (net(desk), net(desk, "NRML")) == (0, 0)

    @pytest.mark.parametrize(("ask", "endpoint"), ASKING)
    def test_what_the_broker_refuses_is_rejected_in_its_words(self, desk: LoggedIn, ask: Asking, endpoint: str) -> None:
        desk.place()
        desk.strike(FaultKind.REFUSED, endpoint, text="Not now", code="e-portfolio-0030")

        assert ask(desk) == Failure(Rejected("Not now", "e-portfolio-0030"))
        assert net(desk) == 10

    @pytest.mark.parametrize(("ask", "endpoint"), ASKING)
    def test_a_server_without_the_call_has_refused_it(self, desk: LoggedIn, ask: Asking, endpoint: str) -> None:
        desk.place()
        desk.strike(FaultKind.NOT_FOUND, endpoint)

        error = ask(desk).failure()

        assert isinstance(error, Rejected)
        assert "it answered HTTP 404" in error.reason

    @pytest.mark.parametrize(("ask", "endpoint"), ASKING)
    @pytest.mark.parametrize("fault", [FaultKind.REPLY_LOST, FaultKind.BAD_JSON, FaultKind.RESET])
    def test_without_an_answer_the_outcome_is_unknown(
        self, desk: LoggedIn, ask: Asking, endpoint: str, fault: FaultKind
    ) -> None:
        desk.place()
        desk.strike(fault, endpoint)

        assert isinstance(ask(desk).failure(), OutcomeUnknown)
        assert desk.broker.exchange.requests[endpoint] == 1
        assert (net(desk) == 10) == (fault is FaultKind.RESET)

    @pytest.mark.parametrize(("ask", "endpoint"), ASKING)
    def test_a_dead_token_does_nothing(self, desk: LoggedIn, ask: Asking, endpoint: str) -> None:
        desk.place()
        desk.strike(FaultKind.TOKEN_KILLED, endpoint)

        assert isinstance(ask(desk).failure(), SessionExpired)
        assert net(desk) == 10

    @pytest.mark.parametrize(("ask", "endpoint"), ASKING)
    def test_a_session_that_must_not_trade_sends_nothing(self, desk: LoggedIn, ask: Asking, endpoint: str) -> None:
        barred = replace(desk.session, account=replace(desk.session.account, trading_barrier="not this one"))

        assert ask(replace(desk, session=barred)) == Failure(Blocked("not this one"))
        assert desk.broker.exchange.requests[endpoint] == 0
