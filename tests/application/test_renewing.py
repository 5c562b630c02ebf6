"""Calls survive a dead token: one new login, the call once more, and never an order twice."""

from collections.abc import Callable, Sequence

import pytest
from returns.result import Failure, Result, Success

from jainam_prop.application.sessions.renewing import (
    RenewingAccount,
    RenewingMarketData,
    RenewingOrderBook,
    RenewingOrderGateway,
    RenewingPositionBook,
    SessionRetry,
)
from jainam_prop.application.sessions.service import LoginService
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
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.quote import Quote
from jainam_prop.domain.money import ZERO
from jainam_prop.domain.orders.order import Order, OrderChange, OrderRequest, PriceType, Product, Side, Trade
from jainam_prop.domain.positions.account_books import Funds, Holding
from jainam_prop.domain.positions.position import Position
from jainam_prop.domain.sessions.session import AccountChoice, AccountKind, Session
from tests.domain.samples import SBIN
from tests.fakes.clock import FakeClock
from tests.fakes.login import FakeLogin
from tests.fakes.login_lock import InMemoryLoginLock
from tests.fakes.token_store import InMemoryTokenStore

DEAD = SessionExpired("Invalid Token (e-session-0007)")
FUNDS = Funds(ZERO, ZERO, ZERO, ZERO, ZERO)
ORDER = OrderRequest(SBIN, Side.BUY, Product.MIS, PriceType.MARKET, 1, identifier="jp1")
CHANGE = OrderChange("7", SBIN, Product.MIS, PriceType.MARKET, 2)


class Broker:
    """Does what it is asked for those whose token it knows, and remembers the orders it took.

    ``error`` is answered instead, after the token was looked at; ``slow`` is what every call costs in seconds.
    """

    def __init__(self, login: FakeLogin, clock: FakeClock) -> None:
        self.error: BrokerError | None = None
        self.slow = 0.0
        self.calls: list[float] = []
        self.taken: list[str] = []
        self._login = login
        self._clock = clock

    def place(self, session: Session, order: OrderRequest, timeout_seconds: float) -> Result[str, BrokerError]:
        return self._take(session, f"place {order.identifier}", timeout_seconds)

    def modify(self, session: Session, change: OrderChange, timeout_seconds: float) -> Result[str, BrokerError]:
        return self._take(session, f"modify {change.order_id}", timeout_seconds)

    def cancel(self, session: Session, order_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        return self._take(session, f"cancel {order_id}", timeout_seconds)

    def orders(self, session: Session, timeout_seconds: float) -> Result[tuple[Order, ...], BrokerError]:
        return self._answer(session, timeout_seconds).map(lambda _: ())

    def trades(self, session: Session, timeout_seconds: float) -> Result[tuple[Trade, ...], BrokerError]:
        return self._answer(session, timeout_seconds).map(lambda _: ())

    def history(
        self, session: Session, order_id: str, timeout_seconds: float
    ) -> Result[tuple[Order, ...], BrokerError]:
        del order_id
        return self._answer(session, timeout_seconds).map(lambda _: ())

    def positions(self, session: Session, timeout_seconds: float) -> Result[tuple[Position, ...], BrokerError]:
        return self._answer(session, timeout_seconds).map(lambda _: ())

    def funds(self, session: Session, timeout_seconds: float) -> Result[Funds, BrokerError]:
        return self._answer(session, timeout_seconds).map(lambda _: FUNDS)

    def holdings(self, session: Session, timeout_seconds: float) -> Result[tuple[Holding, ...], BrokerError]:
        return self._answer(session, timeout_seconds).map(lambda _: ())

    def quotes(
        self, session: Session, keys: Sequence[InstrumentKey], timeout_seconds: float
    ) -> Result[dict[InstrumentKey, Quote], BrokerError]:
        self.calls.append(timeout_seconds)
        if not self._login.knows_market(session):
            return Failure(DEAD)
        return Success({key: Quote(ZERO) for key in keys})

    def _take(self, session: Session, what: str, timeout_seconds: float) -> Result[str, BrokerError]:
        answer = self._answer(session, timeout_seconds)
        return answer.map(lambda _: self._took(what))

    def _took(self, what: str) -> str:
        self.taken.append(what)
        return "7"

    def _answer(self, session: Session, timeout_seconds: float) -> Result[None, BrokerError]:
        self.calls.append(timeout_seconds)
        self._clock.advance(self.slow)
        if not self._login.knows(session):
            return Failure(DEAD)
        return Success(None) if self.error is None else Failure(self.error)


class Day:
    """A logged-in process, and every port of it behind renewal."""

    def __init__(self) -> None:
        self.clock = FakeClock()
        self.login = FakeLogin(self.clock)
        self.keeper = LoginService(
            self.login,
            InMemoryTokenStore(),
            InMemoryLoginLock(),
            self.clock,
            profile="B-1",
            choice=AccountChoice(AccountKind.NORMAL, "CLIENT01"),
        )
        self.session = self.keeper.log_in().unwrap()
        self.broker = Broker(self.login, self.clock)
        retry = SessionRetry(self.keeper, self.clock)
        self.gateway = RenewingOrderGateway(self.broker, retry)
        self.orders = RenewingOrderBook(self.broker, retry)
        self.positions = RenewingPositionBook(self.broker, retry)
        self.account = RenewingAccount(self.broker, retry)
        self.market = RenewingMarketData(self.broker, retry)


@pytest.fixture
def day() -> Day:
    return Day()


Call = Callable[[Day], Result[object, BrokerError]]

CALLS = [
    pytest.param(lambda day: day.gateway.place(day.session, ORDER, 10.0), "7", id="place"),
    pytest.param(lambda day: day.gateway.modify(day.session, CHANGE, 10.0), "7", id="modify"),
    pytest.param(lambda day: day.gateway.cancel(day.session, "7", 10.0), "7", id="cancel"),
    pytest.param(lambda day: day.orders.orders(day.session, 10.0), (), id="orders"),
    pytest.param(lambda day: day.orders.trades(day.session, 10.0), (), id="trades"),
    pytest.param(lambda day: day.orders.history(day.session, "7", 10.0), (), id="history"),
    pytest.param(lambda day: day.positions.positions(day.session, 10.0), (), id="positions"),
    pytest.param(lambda day: day.account.funds(day.session, 10.0), FUNDS, id="funds"),
    pytest.param(lambda day: day.account.holdings(day.session, 10.0), (), id="holdings"),
]


@pytest.mark.parametrize(("call", "answer"), CALLS)
class TestEveryTradingCall:
    def test_with_a_live_session_is_made_once(self, day: Day, call: Call, answer: object) -> None:
        assert call(day) == Success(answer)
        assert (day.broker.calls, day.login.logins) == ([10.0], (1, 1))

    def test_with_a_dead_token_is_made_again_after_one_login(self, day: Day, call: Call, answer: object) -> None:
        day.login.kill_interactive()

        assert call(day) == Success(answer)
        assert call(day) == Success(answer)
        assert (len(day.broker.calls), day.login.logins) == (3, (2, 1))

    def test_past_the_session_time_is_made_with_a_new_session_only(self, day: Day, call: Call, answer: object) -> None:
        day.clock.advance(24 * 3600)

        assert call(day) == Success(answer)
        assert (len(day.broker.calls), day.login.logins) == (1, (2, 2))

    def test_after_a_refused_login_says_log_in_again(self, day: Day, call: Call, answer: object) -> None:
        del answer
        day.login.kill_interactive()
        day.login.refusal = Rejected("Invalid appKey", "e-user-0001")

        assert call(day) == Failure(
            SessionExpired(
                "Invalid Token (e-session-0007); logging in again failed: Invalid appKey (e-user-0001)",
            )
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
def test_no_other_error_leads_to_a_login_or_a_second_call(day: Day, error: BrokerError) -> None:
    day.broker.error = error

    assert day.gateway.place(day.session, ORDER, 10.0) == Failure(error)
    assert (len(day.broker.calls), day.login.logins) == (1, (1, 1))


def test_an_order_that_met_a_dead_token_is_taken_once(day: Day) -> None:
    day.login.kill_interactive()
    day.gateway.place(day.session, ORDER, 10.0)

    assert day.broker.taken == ["place jp1"]


def test_a_token_that_dies_twice_in_one_call_is_reported(day: Day) -> None:
    dead = DEAD
    day.login.kill_interactive()
    day.broker.error = dead

    assert day.gateway.place(day.session, ORDER, 10.0) == Failure(dead)
    assert (day.broker.taken, day.login.logins) == ([], (2, 1))


def test_the_second_call_gets_only_the_time_that_is_left(day: Day) -> None:
    day.login.kill_interactive()
    day.broker.slow = 4.0
    day.gateway.place(day.session, ORDER, 10.0)

    assert day.broker.calls == [10.0, 6.0]


def test_a_call_whose_time_is_up_is_not_made_again(day: Day) -> None:
    day.login.kill_interactive()
    day.broker.slow = 10.0
    outcome = day.gateway.place(day.session, ORDER, 10.0)

    assert outcome == Failure(
        SessionExpired("Invalid Token (e-session-0007); a new session is open, but no time was left to use it"),
    )
    assert day.broker.taken == []


def test_a_dead_market_token_leaves_trading_alone(day: Day) -> None:
    day.login.kill_market()
    outcome = day.market.quotes(day.session, [SBIN.key], 10.0)

    assert outcome == Success({SBIN.key: Quote(ZERO)})
    assert (day.login.logins, day.login.knows(day.session)) == ((1, 2), True)


def test_missing_market_data_is_had_at_the_first_quote(day: Day) -> None:
    day.login.market_refusal = NotSent("refused")
    day.session = day.keeper.log_in(force=True).unwrap()
    day.login.market_refusal = None

    assert day.market.quotes(day.session, [], 10.0) == Success({})
    assert len(day.broker.calls) == 1


def test_missing_market_data_is_named_as_the_cause(day: Day) -> None:
    day.login.market_refusal = NotSent("refused")
    day.session = day.keeper.log_in(force=True).unwrap()
    outcome = day.market.quotes(day.session, [], 10.0)

    problem = NotSent("refused").message
    assert outcome == Failure(SessionExpired(f"{problem}; logging in again failed: {problem}"))
