"""A call survives a dead token: one new login, the call once more, within the time of the call."""

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.application.sessions.renewal import RenewedCalls
from jainam_prop.domain.errors import (
    Blocked,
    BrokerError,
    Invalid,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    SessionExpired,
    Unreadable,
)
from jainam_prop.domain.sessions.session import AccountChoice, AccountKind, Application, Session
from tests.fakes.clock import FakeClock
from tests.fakes.login import FakeLogin, a_login_service

DEAD = SessionExpired("Invalid Token (e-session-0007)")


class Process:
    """A logged-in process and a broker that answers the sessions it knows.

    ``error`` is answered instead, after the token was looked at; ``slow`` is what every call costs in seconds.
    """

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.login = FakeLogin(self.clock)
        self.sessions = a_login_service(self.login, self.clock, AccountChoice(AccountKind.NORMAL, "CLIENT01"))
        self.session = self.sessions.log_in().unwrap()
        self.error: BrokerError | None = None
        self.slow = 0.0
        self.refuses_quotes = False
        self.calls: list[float] = []
        self._renewed = RenewedCalls(self.sessions, self.clock)

    def trade(self) -> Result[str, BrokerError]:
        return self._renewed(Application.TRADING, self.session, 10.0, self._answer)

    def ask_market(self) -> Result[str, BrokerError]:
        return self._renewed(Application.MARKET_DATA, self.session, 10.0, self._quote)

    def _answer(self, session: Session, timeout_seconds: float) -> Result[str, BrokerError]:
        self.calls.append(timeout_seconds)
        self.clock.advance(self.slow)
        if not self.login.knows(session):
            return Failure(DEAD)
        return Success("done") if self.error is None else Failure(self.error)

    def _quote(self, session: Session, timeout_seconds: float) -> Result[str, BrokerError]:
        self.calls.append(timeout_seconds)
        if self.refuses_quotes or not self.login.knows_market(session):
            return Failure(DEAD)
        return Success("quote")


@pytest.fixture
def process() -> Process:
    return Process()


def test_with_a_live_session_a_call_is_made_once(process: Process) -> None:
    assert process.trade() == Success("done")
    assert (process.calls, process.login.logins) == ([10.0], (1, 1))


def test_with_a_dead_token_it_is_made_again_after_one_login(process: Process) -> None:
    process.login.kill_interactive()

    assert (process.trade(), process.trade()) == (Success("done"), Success("done"))
    assert (len(process.calls), process.login.logins) == (3, (2, 1))


def test_past_the_time_of_the_session_it_is_made_with_a_new_one_only(process: Process) -> None:
    process.clock.advance(24 * 3600)

    assert process.trade() == Success("done")
    assert (len(process.calls), process.login.logins) == (1, (2, 2))


def test_after_a_refused_login_it_says_log_in_again(process: Process) -> None:
    process.login.kill_interactive()
    process.login.refusal = Rejected("Invalid appKey", "e-user-0001")

    assert process.trade() == Failure(
        SessionExpired("Invalid Token (e-session-0007); logging in again failed: Invalid appKey (e-user-0001)")
    )


@pytest.mark.parametrize(
    "error",
    [
        Rejected("no"),
        RateLimited("too fast"),
        NotSent("refused"),
        OutcomeUnknown("timeout"),
        Unreadable("html"),
        Blocked("halted"),
        Invalid(("quantity",)),
    ],
    ids=lambda error: type(error).__name__,
)
def test_no_other_error_leads_to_a_login_or_a_second_call(process: Process, error: BrokerError) -> None:
    process.error = error

    assert process.trade() == Failure(error)
    assert (len(process.calls), process.login.logins) == (1, (1, 1))


def test_a_token_that_dies_twice_in_one_call_is_reported(process: Process) -> None:
    process.login.kill_interactive()
    process.error = DEAD

    assert process.trade() == Failure(DEAD)
    assert process.login.logins == (2, 1)


def test_the_second_call_gets_only_the_time_that_is_left(process: Process) -> None:
    process.login.kill_interactive()
    process.slow = 4.0
    process.trade()

    assert process.calls == [10.0, 6.0]


def test_a_call_without_time_left_is_not_made_again(process: Process) -> None:
    process.login.kill_interactive()
    process.slow = 10.0

    assert process.trade() == Failure(
        SessionExpired("Invalid Token (e-session-0007); a new session is open, but no time was left to use it"),
    )
    assert len(process.calls) == 1


def test_a_dead_market_token_leaves_trading_alone(process: Process) -> None:
    process.login.kill_market()

    assert process.ask_market() == Success("quote")
    assert (process.login.logins, process.login.knows(process.session)) == ((1, 2), True)


def test_missing_market_data_is_opened_at_the_first_call(process: Process) -> None:
    process.login.market_refusal = NotSent("refused")
    process.session = process.sessions.log_in(force=True).unwrap()
    process.login.market_refusal = None

    assert process.ask_market() == Success("quote")
    assert len(process.calls) == 1


def test_missing_market_data_is_named_as_the_cause(process: Process) -> None:
    process.login.market_refusal = NotSent("refused")
    process.session = process.sessions.log_in(force=True).unwrap()

    problem = NotSent("refused").message
    assert process.ask_market() == Failure(SessionExpired(f"{problem}; logging in again failed: {problem}"))


def test_market_data_that_is_refused_with_every_token_costs_one_login_a_minute(process: Process) -> None:
    process.refuses_quotes = True
    outcomes = []
    for _ in range(10):
        outcomes.append(process.ask_market())
        process.clock.advance(5)

    assert process.login.logins == (1, 2)
    assert (
        outcomes[1:]
        == [Failure(SessionExpired("Invalid Token (e-session-0007); a new session was refused as well"))] * 9
    )
    process.clock.advance(10)
    process.ask_market()
    assert process.login.logins == (1, 3)


def test_a_market_token_that_worked_and_died_is_renewed_at_once(process: Process) -> None:
    for _ in range(3):
        process.login.kill_market()

        assert process.ask_market() == Success("quote")
    assert process.login.logins == (1, 4)


def test_a_trading_call_that_is_refused_with_every_token_costs_one_login(process: Process) -> None:
    process.error = DEAD
    for _ in range(10):
        process.trade()
        process.clock.advance(1)

    assert process.login.logins == (2, 1)
