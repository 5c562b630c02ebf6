"""Sessions of several processes on one account: one login for all, renewed once, and none after a logout."""

import pytest
from returns.pipeline import is_successful
from returns.result import Failure

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.errors import SessionExpired, Unreadable
from jainam_prop.domain.orders.ticket import read_ticket
from jainam_prop.domain.sessions.session import AccountKind
from tests.application.trading import SBIN, Market, Trader, at_once, error_of, order

TICKET = read_ticket(order())
REFUSED_MARKET = Fault(FaultKind.REFUSED, on="market_login", times=None, text="down for maintenance")


@pytest.mark.parametrize("seed", range(3))
def test_eight_processes_that_start_at_once_share_one_login_and_all_trade(seed: int) -> None:
    market = Market(seed=seed)
    processes = at_once_opened(market, 8)

    outcomes = at_once(processes, lambda one: one.place(quantity=1))

    assert [error_of(outcome) for outcome in outcomes] == [None] * 8
    assert (processes[0].sent("login"), processes[0].sent("market_login"), processes[0].net()) == (1, 1, 8)


def at_once_opened(market: Market, count: int) -> list[Trader]:
    return market.clock.together([lambda: Trader(market=market)] * count)


@pytest.mark.parametrize("account", list(AccountKind))
@pytest.mark.parametrize("seed", range(3))
def test_a_token_that_dies_under_all_is_renewed_once_and_every_order_placed_once(
    account: AccountKind, seed: int
) -> None:
    market = Market(account, seed=seed)
    processes = [Trader(market=market) for _ in range(4)]
    trader = processes[0]
    market.broker.sessions.kill(trader.session.user_id)

    outcomes = at_once(processes, lambda one: [error_of(one.place(quantity=1)) for _ in range(3)])

    assert outcomes == [[None] * 3] * 4
    assert (trader.sent("login"), trader.net()) == (2, 12)
    assert all(len(held) == 1 for held in trader.per_identifier().values())


def test_one_book_that_calls_every_token_invalid_does_not_spend_the_logins_of_the_day(trader: Trader) -> None:
    trader.place(product="NRML")
    trader.strike(FaultKind.REFUSED, "dealer_positions", times=None, code="e-session-0007", text="Invalid Token")

    outcomes = [error_of(trader.smart(20, product="NRML")) for _ in range(5)]

    assert None not in outcomes
    assert (trader.sent("login") <= 3, trader.net(product="NRML")) == (True, 10)


def test_after_a_logout_no_process_logs_in_again(trader: Trader) -> None:
    other = trader.beside()

    assert is_successful(trader.app.sessions.log_out())

    assert [error_of(one.place()) for one in (trader, other)] == [SessionExpired, SessionExpired]
    assert (trader.sent("login"), trader.net()) == (1, 0)


def test_a_person_who_logs_in_again_opens_the_account_for_all(trader: Trader) -> None:
    other = trader.beside()
    trader.app.sessions.log_out()
    trader.clock.advance(1.0)

    session = trader.app.sessions.log_in().unwrap()

    assert is_successful(trader.app.place_order(session, TICKET))
    assert error_of(other.place()) is None
    assert trader.net(SBIN) == 20


def test_a_session_ends_with_its_day_and_the_next_one_is_opened_once(trader: Trader) -> None:
    other = trader.beside()
    trader.clock.advance(86_400)

    outcomes = at_once([trader, other], lambda one: error_of(one.place()))

    assert (outcomes, trader.sent("login")) == ([None, None], 2)


def test_a_broker_that_refuses_a_new_login_is_not_asked_again_at_once(trader: Trader) -> None:
    trader.market.broker.sessions.kill(trader.session.user_id)
    trader.strike(FaultKind.REFUSED, "login", times=None, code="e-user-0001", text="Invalid appKey or secretKey")

    outcomes = [error_of(trader.place()) for _ in range(5)]

    assert set(outcomes) == {SessionExpired}
    assert trader.sent("login") == 2


def test_without_market_data_trading_goes_on_and_quotes_say_why() -> None:
    market = Market()
    market.broker.faults.add(REFUSED_MARKET)
    trader = Trader(market=market)

    assert "down for maintenance" in trader.session.market_problem
    assert error_of(trader.place()) is None
    quote = trader.app.read_quotes.one(trader.session, SBIN)
    assert isinstance(quote, Failure)
    assert type(quote.failure()) in {SessionExpired, Unreadable}
