"""Sessions that die, are closed or are doubted while somebody trades."""

from collections.abc import Callable
from typing import Final

import pytest
from returns.pipeline import is_successful
from returns.result import Failure

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.errors import SessionExpired
from jainam_prop.domain.orders.ticket import read_ticket
from jainam_prop.domain.sessions.session_life import RENEWALS_AT_MOST
from tests.application.trading import SBIN, Market, Trader, order

LOGGED_OUT: Final = Failure(SessionExpired("logged out on request"))


def logins(trader: Trader) -> tuple[int, int]:
    return trader.sent("login"), trader.sent("market_login")


def test_a_position_book_that_refuses_every_token_costs_one_login_and_leaves_the_rest_alone() -> None:
    trader = Trader()
    trader.place(product="NRML")
    trader.exchange.faults.add(
        Fault(FaultKind.REFUSED, on="dealer_positions", times=None, code="e-session-0007", text="Invalid Token")
    )

    assert not is_successful(trader.smart(20, product="NRML"))
    assert not is_successful(trader.smart(20, product="NRML"))

    assert logins(trader) == (2, 1)
    assert is_successful(trader.app.read_account.funds(trader.session))
    assert is_successful(trader.app.read_quotes(trader.session, [SBIN])[SBIN])
    trader.exchange.faults.clear()
    assert is_successful(trader.smart(0))
    assert (trader.net(), logins(trader)) == (0, (2, 1))


def test_callers_with_a_doubted_token_share_one_look_at_the_balance() -> None:
    trader = Trader()
    trader.exchange.faults.add(
        Fault(FaultKind.REFUSED, on="dealer_order_book", times=None, code="e-session-0007", text="Invalid Token")
    )

    for _ in range(12):
        assert not is_successful(trader.app.read_books.orders(trader.session))

    assert (trader.sent("balance"), logins(trader)) == (1, (2, 1))


def test_a_token_that_dies_in_the_middle_of_a_close_costs_one_login_and_no_second_order() -> None:
    trader = Trader()
    trader.place(quantity=75)
    trader.exchange.faults.add(Fault(FaultKind.TOKEN_KILLED, on="place", times=1))

    assert trader.close_all().is_flat

    assert (trader.net(), logins(trader)) == (0, (2, 1))
    assert [len(orders) for orders in trader.per_identifier().values()] == [1, 1]


@pytest.mark.parametrize("leave", [Trader.close_all, lambda trader: trader.smart(0)], ids=["close", "smart order to 0"])
def test_an_exit_has_a_login_in_reserve_for_its_reads(leave: Callable[[Trader], object]) -> None:
    trader = Trader()
    trader.place(quantity=75)
    for _ in range(RENEWALS_AT_MOST + 1):
        trader.clock.advance(2.0)
        trader.strike(FaultKind.TOKEN_KILLED, "dealer_order_book", times=1)
        trader.app.read_books.orders(trader.session)
    assert isinstance(trader.app.read_books.orders(trader.session).failure(), SessionExpired)

    leave(trader)

    assert trader.net() == 0


def test_an_exit_tries_a_refused_login_again() -> None:
    trader = Trader()
    trader.place(quantity=75)
    trader.strike(FaultKind.TOKEN_KILLED, "dealer_order_book", times=1)
    trader.strike(FaultKind.REFUSED, "login", times=1, code="e-user-0013", text="not from a trusted IP")
    trader.clock.advance(2.0)
    assert not is_successful(trader.app.read_books.orders(trader.session))

    trader.clock.advance(31.0)

    assert not is_successful(trader.app.read_books.orders(trader.session))
    assert (trader.close_all().is_flat, trader.net()) == (True, 0)


def test_after_a_logout_no_process_feed_or_order_brings_the_session_back() -> None:
    market = Market()
    trader, other = Trader(market=market), Trader(market=market)
    auth = trader.app.sessions.auth_for(trader.session)
    assert is_successful(trader.app.sessions.log_out())

    assert (trader.app.sessions.newest(), other.app.sessions.newest()) == (LOGGED_OUT, LOGGED_OUT)
    assert (trader.app.sessions.session_for(auth), other.app.sessions.session_for(auth)) == (LOGGED_OUT, LOGGED_OUT)
    for process in (trader, other):
        sent = process.app.place_order(process.session, read_ticket(order()))
        assert isinstance(sent.failure(), SessionExpired)
    assert (trader.orders(), logins(trader)) == ([], (1, 1))
