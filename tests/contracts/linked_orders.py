"""What every adapter for linked orders does: send once, and say of the outcome what is known, never more."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import (
    Blocked,
    BrokerError,
    Invalid,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    SessionExpired,
)
from jainam_prop.domain.orders.linked_order import BracketChange, BracketRequest, CoverIds, CoverRequest
from jainam_prop.domain.orders.order import OrderState, PriceType, Side
from tests.contracts.broker import SECONDS, BrokerContract, LoggedIn
from tests.domain.samples import SBIN

COVER: Final = CoverRequest(SBIN, Side.BUY, PriceType.LIMIT, 10, Decimal("740.00"), Decimal("750.05"), 0, "jpcover")
BRACKET: Final = BracketRequest(
    SBIN, Side.BUY, 10, Decimal("750.05"), Decimal(8), Decimal(4), Decimal(1), 0, "jpbracket"
)
"""Below the market, so that they rest."""

Sending = Callable[[LoggedIn], Result[Any, BrokerError]]


def place_cover(desk: LoggedIn) -> Result[CoverIds, BrokerError]:
    return desk.broker.linked_orders.place_cover(desk.session, COVER, SECONDS)


def place_bracket(desk: LoggedIn) -> Result[str, BrokerError]:
    return desk.broker.linked_orders.place_bracket(desk.session, BRACKET, SECONDS)


PLACING: Final = [
    pytest.param(place_cover, "cover_place", "jpcover", id="cover"),
    pytest.param(place_bracket, "bracket_place", "jpbracket", id="bracket"),
]


class LinkedOrdersContract(BrokerContract):
    def test_a_cover_order_arrives_as_it_was_meant(self, desk: LoggedIn) -> None:
        ids = place_cover(desk).unwrap()

        entry, stop = desk.broker.exchange.all_orders()
        assert ids == CoverIds(str(entry.order_id), str(stop.order_id))
        assert (entry.intake.identifier, entry.intake.account) == ("jpcover", desk.booked_to)
        assert (entry.side, entry.terms[:4]) == (Side.BUY, ("CO", PriceType.LIMIT, 10, Decimal("750.05")))
        assert (stop.side, stop.terms.price_type, stop.terms.trigger) == (Side.SELL, PriceType.SL_M, Decimal(740))

    def test_a_bracket_order_arrives_as_it_was_meant(self, desk: LoggedIn) -> None:
        entry_id = place_bracket(desk).unwrap()

        entry, target, stop = desk.broker.exchange.all_orders()
        assert (entry_id, entry.intake.account) == (str(entry.order_id), desk.booked_to)
        assert (entry.side, entry.terms[:4]) == (Side.BUY, ("BO", PriceType.LIMIT, 10, Decimal("750.05")))
        assert (target.side, target.terms.price, stop.terms.trigger) == (
            Side.SELL,
            Decimal("758.05"),
            Decimal("746.05"),
        )

    def test_the_order_book_shows_all_parts_under_one_mark(self, desk: LoggedIn) -> None:
        place_bracket(desk)

        orders = desk.broker.order_book.orders(desk.session, SECONDS).unwrap()

        assert [(order.identifier, order.side, order.product) for order in orders] == [
            ("jpbracket", Side.BUY, "BO"),
            ("jpbracket", Side.SELL, "BO"),
            ("jpbracket", Side.SELL, "BO"),
        ]

    def test_an_exited_cover_order_holds_nothing(self, desk: LoggedIn) -> None:
        market = replace(COVER, price_type=PriceType.MARKET, price=Decimal(0))
        ids = desk.broker.linked_orders.place_cover(desk.session, market, SECONDS).unwrap()
        assert desk.broker.exchange.net(desk.booked_to, SBIN.key, "CO") == 10

        assert desk.broker.linked_orders.exit_cover(desk.session, ids.exit, SECONDS) == Success(ids.exit)
        assert desk.broker.exchange.net(desk.booked_to, SBIN.key, "CO") == 0

    def test_new_terms_take_the_place_of_the_old(self, desk: LoggedIn) -> None:
        entry_id = place_bracket(desk).unwrap()
        change = BracketChange(entry_id, SBIN, 25, Decimal("751.10"), Decimal(5))

        assert desk.broker.linked_orders.modify_bracket(desk.session, change, SECONDS) == Success(entry_id)

        entry, target, stop = desk.broker.exchange.all_orders()
        assert (entry.terms.quantity, entry.terms.price) == (25, Decimal("751.10"))
        assert (target.terms.price, stop.terms.trigger) == (Decimal("759.10"), Decimal("746.10"))

    def test_a_cancelled_bracket_trades_no_more(self, desk: LoggedIn) -> None:
        entry_id = place_bracket(desk).unwrap()

        assert desk.broker.linked_orders.cancel_bracket(desk.session, entry_id, SECONDS) == Success(entry_id)
        assert {order.state for order in desk.broker.exchange.all_orders()} == {OrderState.CANCELLED}

    @pytest.mark.parametrize(("place", "endpoint", "mark"), PLACING)
    def test_what_the_broker_refuses_is_rejected_in_its_words(
        self, desk: LoggedIn, place: Sending, endpoint: str, mark: str
    ) -> None:
        desk.strike(FaultKind.REFUSED, endpoint, text="Product not allowed", code="e-orders-0030")

        assert place(desk) == Failure(Rejected("Product not allowed", "e-orders-0030"))
        assert desk.broker.exchange.orders_by_identifier(mark) == []

    @pytest.mark.parametrize(("place", "endpoint", "mark"), PLACING)
    def test_a_server_without_the_call_has_refused_it(
        self, desk: LoggedIn, place: Sending, endpoint: str, mark: str
    ) -> None:
        desk.strike(FaultKind.NOT_FOUND, endpoint)

        error = place(desk).failure()

        assert isinstance(error, Rejected)
        assert "it answered HTTP 404" in error.reason
        assert desk.broker.exchange.orders_by_identifier(mark) == []

    @pytest.mark.parametrize(("place", "endpoint", "mark"), PLACING)
    @pytest.mark.parametrize(
        ("fault", "arrived"),
        [
            (FaultKind.REPLY_LOST, True),
            (FaultKind.BAD_JSON, True),
            (FaultKind.RESET, False),
            (FaultKind.SERVER_ERROR, False),
        ],
    )
    def test_without_an_answer_the_outcome_is_unknown(
        self, desk: LoggedIn, place: Sending, endpoint: str, mark: str, fault: FaultKind, *, arrived: bool
    ) -> None:
        desk.strike(fault, endpoint)

        error = place(desk).failure()

        assert isinstance(error, OutcomeUnknown)
        assert error.identifier == mark
        assert bool(desk.broker.exchange.orders_by_identifier(mark)) == arrived
        assert desk.broker.exchange.requests[endpoint] == 1

    @pytest.mark.parametrize(("place", "endpoint", "mark"), PLACING)
    def test_a_dead_token_does_nothing(self, desk: LoggedIn, place: Sending, endpoint: str, mark: str) -> None:
        desk.strike(FaultKind.TOKEN_KILLED, endpoint)

        assert isinstance(place(desk).failure(), SessionExpired)
        assert desk.broker.exchange.orders_by_identifier(mark) == []

    @pytest.mark.parametrize(("place", "endpoint", "mark"), PLACING)
    def test_a_rate_limit_does_nothing_and_spares_the_session(
        self, desk: LoggedIn, place: Sending, endpoint: str, mark: str
    ) -> None:
        desk.strike(FaultKind.RATE_LIMITED, endpoint)

        assert isinstance(place(desk).failure(), RateLimited)
        assert desk.broker.exchange.orders_by_identifier(mark) == []
        assert place(desk).unwrap()

    def test_the_same_holds_for_changes_and_ends(self, desk: LoggedIn) -> None:
        entry_id = place_bracket(desk).unwrap()
        ids = place_cover(desk).unwrap()
        change = BracketChange(entry_id, SBIN, 25, Decimal("751.10"), Decimal(5))
        for endpoint in ("bracket_modify", "bracket_cancel", "cover_exit"):
            desk.strike(FaultKind.REPLY_LOST, endpoint)
        orders = desk.broker.linked_orders

        for outcome in (
            orders.modify_bracket(desk.session, change, SECONDS),
            orders.cancel_bracket(desk.session, entry_id, SECONDS),
            orders.exit_cover(desk.session, ids.exit, SECONDS),
        ):
            assert isinstance(outcome.failure(), OutcomeUnknown)

    def test_a_session_that_must_not_trade_may_only_cancel(self, desk: LoggedIn) -> None:
        entry_id = place_bracket(desk).unwrap()
        barred = replace(desk.session, account=replace(desk.session.account, trading_barrier="not this one"))
        orders, change = desk.broker.linked_orders, BracketChange(entry_id, SBIN, 25, Decimal("751.10"), Decimal(5))

        for outcome in (
            orders.place_cover(barred, COVER, SECONDS),
            orders.place_bracket(barred, BRACKET, SECONDS),
            orders.modify_bracket(barred, change, SECONDS),
            orders.exit_cover(barred, entry_id, SECONDS),
        ):
            assert outcome == Failure(Blocked("not this one"))
        assert orders.cancel_bracket(barred, entry_id, SECONDS) == Success(entry_id)

    def test_what_is_no_order_id_is_not_sent(self, desk: LoggedIn) -> None:
        orders, wrong = desk.broker.linked_orders, "4x2"
        change = BracketChange(wrong, SBIN, 25, Decimal("751.10"), Decimal(5))

        for outcome in (
            orders.modify_bracket(desk.session, change, SECONDS),
            orders.cancel_bracket(desk.session, wrong, SECONDS),
            orders.exit_cover(desk.session, wrong, SECONDS),
        ):
            assert outcome == Failure(Invalid(("orderid '4x2' is not a number",)))
