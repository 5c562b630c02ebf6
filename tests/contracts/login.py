"""What every login does: open sessions that work, end the earlier ones, and say truly which still live."""

from datetime import UTC, datetime

import pytest
from returns.pipeline import is_successful
from returns.result import Success

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.errors import RateLimited, Rejected, SessionExpired, Unreadable
from jainam_prop.domain.sessions.session import AccountChoice, AccountKind, Application
from tests.contracts.broker import CHOICES, QUICK, SECONDS, BrokerContract, LoggedIn
from tests.domain.samples import SBIN

ALIVE = Success(True)  # noqa: FBT003 - the answer of the port
DEAD = Success(False)  # noqa: FBT003


class LoginContract(BrokerContract):
    def test_a_session_acts_for_the_account_of_the_settings(self, desk: LoggedIn, kind: AccountKind) -> None:
        account = desk.session.account

        assert (account.kind, account.trading_barrier) == (kind, "")
        assert account.client_id == (None if kind is AccountKind.INVESTOR else desk.booked_to)
        assert desk.session.expires_at > datetime(2026, 1, 1, tzinfo=UTC)

    def test_settings_that_contradict_the_login_bar_it_from_trading(self) -> None:
        with self.open_broker(AccountChoice(AccountKind.NORMAL, "SOMEBODY"), QUICK) as broker:
            session = broker.login.log_in().unwrap()

            assert session.account.trading_barrier
            assert broker.login.is_alive(session) == ALIVE

    def test_both_sessions_work(self, desk: LoggedIn) -> None:
        for application in Application:
            assert desk.broker.login.is_alive(desk.session, application) == ALIVE
        assert is_successful(desk.broker.market_data.quotes(desk.session, [SBIN.key], SECONDS))

    def test_a_new_login_ends_the_earlier_one(self, desk: LoggedIn) -> None:
        later = desk.broker.login.log_in().unwrap()

        for application in Application:
            assert desk.broker.login.is_alive(desk.session, application) == DEAD
            assert desk.broker.login.is_alive(later, application) == ALIVE

    def test_the_interactive_session_is_renewed_alone(self, desk: LoggedIn) -> None:
        renewed = desk.broker.login.log_in_interactive(desk.session).unwrap()

        assert renewed.interactive_token != desk.session.interactive_token
        assert renewed.market_token == desk.session.market_token
        assert desk.broker.login.is_alive(renewed) == ALIVE
        assert is_successful(desk.broker.market_data.quotes(renewed, [SBIN.key], SECONDS))

    def test_the_market_session_is_renewed_alone(self, desk: LoggedIn) -> None:
        renewed = desk.broker.login.log_in_market(desk.session).unwrap()

        assert renewed.market_token != desk.session.market_token
        assert renewed.interactive_token == desk.session.interactive_token
        assert isinstance(desk.broker.market_data.quotes(desk.session, [SBIN.key], SECONDS).failure(), SessionExpired)
        assert is_successful(desk.broker.market_data.quotes(renewed, [SBIN.key], SECONDS))

    def test_logging_out_ends_both_sessions(self, desk: LoggedIn) -> None:
        assert desk.broker.login.log_out(desk.session) == Success(None)

        assert desk.broker.login.is_alive(desk.session) == DEAD
        assert isinstance(desk.broker.market_data.quotes(desk.session, [SBIN.key], SECONDS).failure(), SessionExpired)

    def test_logging_out_twice_is_logging_out(self, desk: LoggedIn) -> None:
        desk.broker.login.log_out(desk.session).unwrap()

        assert desk.broker.login.log_out(desk.session) == Success(None)

    def test_trading_goes_on_without_market_data(self) -> None:
        with self.open_broker(CHOICES[AccountKind.PRO], QUICK) as broker:
            broker.exchange.faults.add(Fault(FaultKind.REFUSED, on="market_login", text="Invalid Credentials"))

            session = broker.login.log_in().unwrap()

            assert session.market_token is None
            assert "Invalid Credentials" in session.market_problem
            assert broker.login.is_alive(session) == ALIVE
            assert isinstance(broker.market_data.quotes(session, [SBIN.key], SECONDS).failure(), Unreadable)

    @pytest.mark.parametrize(
        ("fault", "error"),
        [
            (FaultKind.REFUSED, Rejected),
            (FaultKind.RATE_LIMITED, RateLimited),
            (FaultKind.SERVER_ERROR, Unreadable),
            (FaultKind.BAD_JSON, Unreadable),
            (FaultKind.REPLY_LOST, Unreadable),
        ],
    )
    def test_a_login_that_fails_says_how(self, fault: FaultKind, error: type) -> None:
        with self.open_broker(CHOICES[AccountKind.PRO], QUICK) as broker:
            broker.exchange.faults.add(Fault(fault, on="login"))

            assert isinstance(broker.login.log_in().failure(), error)

    def test_whether_a_session_lives_can_stay_unknown(self, desk: LoggedIn) -> None:
        desk.strike(FaultKind.SERVER_ERROR, "balance")

        assert isinstance(desk.broker.login.is_alive(desk.session).failure(), Unreadable)

    def test_a_rate_limit_is_no_sign_of_death(self, desk: LoggedIn) -> None:
        desk.strike(FaultKind.RATE_LIMITED, "balance")

        assert desk.broker.login.is_alive(desk.session) != DEAD
