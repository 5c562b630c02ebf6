"""The history of one order: every state it passed through, oldest first."""

import pytest

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import Invalid, Unreadable
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.sessions.session import AccountKind
from tests.application.trading import Trader


@pytest.mark.parametrize("account", list(AccountKind))
def test_every_state_is_there_oldest_first(account: AccountKind) -> None:
    trader = Trader(account)
    order_id = trader.rest()
    trader.cancel(order_id)

    states = trader.app.read_books.order_history(trader.session, order_id).unwrap()

    assert {state.order_id for state in states} == {order_id}
    assert [state.state for state in states] == [
        OrderState.PENDING_NEW,
        OrderState.NEW,
        OrderState.PENDING_CANCEL,
        OrderState.CANCELLED,
    ]


def test_one_that_does_not_show_yet_is_looked_for_again(trader: Trader) -> None:
    trader.strike(FaultKind.HISTORY_DELAY, seconds=0.8)
    order_id = trader.rest()

    assert [state.state for state in trader.app.read_books.order_history(trader.session, order_id).unwrap()][-1:] == [
        OrderState.NEW
    ]


def test_an_order_that_the_broker_does_not_know_is_no_empty_history(trader: Trader) -> None:
    error = trader.app.read_books.order_history(trader.session, "4242").failure()

    assert isinstance(error, Unreadable)
    assert "order 4242" in error.message


@pytest.mark.parametrize("order_id", ["", " ", "42x"])
def test_what_is_no_order_id_is_not_asked_for(trader: Trader, order_id: str) -> None:
    assert isinstance(trader.app.read_books.order_history(trader.session, order_id).failure(), Invalid)
    assert trader.sent("order_history") == 0
