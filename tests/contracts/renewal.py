"""Calls of every adapter with a dead token: one new login, the call once more, and no order twice."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pytest
from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import BrokerError, SessionExpired
from jainam_prop.domain.market_data.history import Span
from jainam_prop.domain.orders.order import OrderChange, PriceType, Product
from jainam_prop.domain.sessions.session import AccountKind
from tests.contracts.broker import BOOKED_TO, LIMIT_ORDER, MARKET_ORDER, SECONDS, Broker, LoggedIn
from tests.contracts.linked_orders import place_bracket, place_cover
from tests.contracts.position_gateway import convert, square_off, square_off_all
from tests.domain.samples import SBIN

Calling = Callable[[LoggedIn], Result[Any, BrokerError]]

TODAY: Final = Span(date(2026, 8, 20), date(2026, 8, 20))


def modify(account: LoggedIn) -> Result[str, BrokerError]:
    order_id = account.place(LIMIT_ORDER)
    kill(account)
    change = OrderChange(order_id, SBIN, Product.MIS, PriceType.LIMIT, 25, Decimal("751.10"))
    return account.broker.order_gateway.modify(account.session, change, SECONDS)


def cancel(account: LoggedIn) -> Result[str, BrokerError]:
    order_id = account.place(LIMIT_ORDER)
    kill(account)
    return account.broker.order_gateway.cancel(account.session, order_id, SECONDS)


def history(account: LoggedIn) -> Result[Any, BrokerError]:
    order_id = account.place()
    kill(account)
    return account.broker.order_book.history(account.session, order_id, SECONDS)


def holding(call: Calling) -> Calling:
    """Return a call about positions of an account that holds one."""

    def held(account: LoggedIn) -> Result[Any, BrokerError]:
        account.place()
        kill(account)
        return call(account)

    return held


def place(account: LoggedIn) -> Result[str, BrokerError]:
    return account.broker.order_gateway.place(account.session, MARKET_ORDER, SECONDS)


TRADING: Final[list[Any]] = [
    pytest.param(place, id="place"),
    pytest.param(modify, id="modify"),
    pytest.param(cancel, id="cancel"),
    pytest.param(place_cover, id="cover"),
    pytest.param(place_bracket, id="bracket"),
    pytest.param(holding(convert), id="convert"),
    pytest.param(holding(square_off), id="square-off"),
    pytest.param(holding(square_off_all), id="square-off-all"),
    pytest.param(lambda account: account.broker.order_book.orders(account.session, SECONDS), id="orders"),
    pytest.param(lambda account: account.broker.order_book.trades(account.session, SECONDS), id="trades"),
    pytest.param(history, id="history"),
    pytest.param(lambda account: account.broker.position_book.positions(account.session, SECONDS), id="positions"),
    pytest.param(lambda account: account.broker.account.funds(account.session, SECONDS), id="funds"),
    pytest.param(lambda account: account.broker.account.holdings(account.session, SECONDS), id="holdings"),
    pytest.param(
        lambda account: account.broker.margins.required(account.session, [MARKET_ORDER], SECONDS), id="margins"
    ),
]
MARKET: Final[list[Any]] = [
    pytest.param(lambda account: account.broker.market_data.quotes(account.session, [SBIN.key], SECONDS), id="quotes"),
    pytest.param(
        lambda account: account.broker.open_interests.open_interest(account.session, [SBIN.key], SECONDS),
        id="open interest",
    ),
    pytest.param(
        lambda account: account.broker.price_history.bars(account.session, SBIN.key, 60, TODAY, SECONDS), id="bars"
    ),
]


def kill(account: LoggedIn) -> None:
    """Let the broker forget both tokens."""
    account.broker.login.log_out(account.session).unwrap()


def logins(account: LoggedIn) -> tuple[int, int]:
    requests = account.broker.exchange.requests
    return requests["login"], requests["market_login"]


class RenewalContract(ABC):
    @abstractmethod
    def open_renewing_broker(self) -> AbstractContextManager[Broker]:
        """Open a broker for the PRO account of `CHOICES`, whose sessions are renewed."""

    @pytest.fixture
    def account(self) -> Iterator[LoggedIn]:
        with self.open_renewing_broker() as broker:
            yield LoggedIn(broker, broker.login.log_in().unwrap(), BOOKED_TO[AccountKind.PRO])

    @pytest.mark.parametrize("call", TRADING)
    def test_a_trading_call_with_a_dead_token_is_made_again_after_one_login(
        self, account: LoggedIn, call: Calling
    ) -> None:
        kill(account)

        assert is_successful(call(account))

    @pytest.mark.parametrize("call", [place, TRADING[8].values[0]], ids=["order", "book"])
    def test_a_dead_trading_token_leaves_market_data_alone(self, account: LoggedIn, call: Calling) -> None:
        kill(account)
        call(account).unwrap()

        assert logins(account) == (2, 1)

    @pytest.mark.parametrize("call", MARKET)
    def test_a_dead_market_token_leaves_trading_alone(self, account: LoggedIn, call: Calling) -> None:
        kill(account)
        call(account).unwrap()

        assert logins(account) == (1, 2)

    def test_an_order_that_met_a_dead_token_is_placed_once(self, account: LoggedIn) -> None:
        account.strike(FaultKind.TOKEN_KILLED, "place")

        order_id = place(account).unwrap()

        assert [str(order.order_id) for order in account.broker.exchange.all_orders()] == [order_id]
        assert account.broker.exchange.requests["place"] == 2

    @pytest.mark.parametrize(
        "fault",
        [
            *(FaultKind.REFUSED, FaultKind.RATE_LIMITED, FaultKind.SERVER_ERROR, FaultKind.BAD_JSON),
            *(FaultKind.REPLY_LOST, FaultKind.RESET),
        ],
    )
    def test_no_other_answer_leads_to_a_login_or_a_second_order(self, account: LoggedIn, fault: FaultKind) -> None:
        account.strike(fault, "place")

        assert not is_successful(place(account))
        assert len(account.broker.exchange.all_orders()) <= 1
        assert (account.broker.exchange.requests["place"], logins(account)) == (1, (1, 1))

    def test_a_token_that_dies_twice_in_one_call_is_reported(self, account: LoggedIn) -> None:
        account.strike(FaultKind.TOKEN_KILLED, "place")
        account.strike(FaultKind.TOKEN_KILLED, "place")

        assert isinstance(place(account).failure(), SessionExpired)
        assert (account.broker.exchange.all_orders(), logins(account)) == ([], (2, 1))

    def test_a_refused_login_is_reported_with_the_cause(self, account: LoggedIn) -> None:
        kill(account)
        account.strike(FaultKind.REFUSED, "login", text="Invalid appKey")

        error = place(account).failure()

        assert isinstance(error, SessionExpired)
        assert "logging in again failed" in error.reason
        assert account.broker.exchange.all_orders() == []

    def test_an_exit_uses_the_reserve_of_the_budget_of_logins(self, account: LoggedIn) -> None:
        for _ in range(10):
            account.strike(FaultKind.TOKEN_KILLED, "place")
            place(account).unwrap()
        account.strike(FaultKind.TOKEN_KILLED, "place")

        assert isinstance(place(account).failure(), SessionExpired)
        assert is_successful(account.broker.order_gateway.place(account.session, MARKET_ORDER, SECONDS, exits=True))
