"""Calls to the exchange without HTTP: the same sessions and faults, with outcomes as the ports name them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Final, TypeVar

from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.faults import ON_REQUEST, WAITING, Fault, FaultKind
from jainam_prop.adapters.simulator.http.dispatcher import RateLimiter
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, MARKET, LiveSession, Sessions, account_of
from jainam_prop.adapters.simulator.refusals import DEAD_TOKEN_CODES, Limited, Refusal
from jainam_prop.application.ports.runtime import Throttle
from jainam_prop.application.ports.sessions import SessionSource
from jainam_prop.application.sessions.renewal import RenewedCalls
from jainam_prop.domain.errors import (
    BrokerError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    SessionExpired,
    Unreadable,
)
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import Application, Session
from tests.fakes.clock import FakeClock

_T = TypeVar("_T")
_STRIKING: Final = ON_REQUEST | {FaultKind.UNREACHABLE}
_APPLICATIONS: Final = {INTERACTIVE: Application.TRADING, MARKET: Application.MARKET_DATA}
_OPTIONAL: Final = frozenset(
    {
        "cover_place",
        "cover_exit",
        "bracket_place",
        "bracket_modify",
        "bracket_cancel",
        "convert",
        "squareoff",
        "squareoff_all",
    }
)
"""Endpoints that a server may not have, which is then a refusal."""

_FAMILIES: Final = {
    "order_book": CallFamily.ORDER_BOOK,
    "dealer_order_book": CallFamily.ORDER_BOOK,
    "order_history": CallFamily.ORDER_BOOK,
    "trade_book": CallFamily.TRADE_BOOK,
    "dealer_trade_book": CallFamily.TRADE_BOOK,
    "positions": CallFamily.POSITIONS,
    "dealer_positions": CallFamily.POSITIONS,
    "holdings": CallFamily.HOLDINGS,
    "balance": CallFamily.BALANCE,
    "place": CallFamily.ORDER,
    "modify": CallFamily.ORDER,
    "cancel": CallFamily.ORDER,
}
"""The family by which the application paces an endpoint."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the endpoint that HTTP would use, with its family, session, timeout in seconds and fields."""

    endpoint: str
    family: str
    session: Session | None
    timeout_seconds: float
    fields: Mapping[str, object] = field(default_factory=dict)
    application: str = INTERACTIVE
    exits: bool = False

    @property
    def token(self) -> str:
        """The token of the application that is called; empty without a session."""
        if self.session is None:
            return ""
        token = self.session.interactive_token if self.application == INTERACTIVE else self.session.market_token
        return token or ""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time, in seconds of the monotonic clock, in which the broker cannot be reached or does not answer."""

    begins: float
    ends: float
    is_silent: bool


def _nothing() -> None:
    """Do nothing before a call."""


@dataclass(slots=True)
class Network:
    """The way to the broker, shared by all processes.

    Attributes:
        latency: seconds that a call takes.
        outages: when the broker cannot be reached.
        calls: how many calls set out.
        before_call: what is done before a call sets out, by its number.
    """

    latency: float = 0.0
    outages: list[Outage] = field(default_factory=list)
    calls: int = 0
    before_call: dict[int, Callable[[], object]] = field(default_factory=dict)

    def count(self) -> None:
        """Count a call that sets out, and do what is to be done before it."""
        self.calls += 1
        self.before_call.pop(self.calls, _nothing)()


class Calls:
    """Carries out calls at the exchange unless a fault strikes; a lost reply is an unknown outcome.

    The exchange acts in the middle of the time that a call takes. Dead sessions are renewed once from `source`, as the
    adapters do; without a source that is left to the caller. The `throttle` hears when a call has ended, and gives a
    question that is repeated with a renewed session another turn, as theirs does.
    """

    def __init__(
        self, exchange: SimulatedExchange, sessions: Sessions, clock: FakeClock, network: Network, limiter: RateLimiter
    ) -> None:
        self.exchange = exchange
        self._limiter = limiter
        self.sessions = sessions
        self.clock = clock
        self.network = network
        self.source: SessionSource | None = None
        self.throttle: Throttle | None = None

    def command(
        self, call: Call, action: Callable[[LiveSession], _T], *, takes_turns: bool = False
    ) -> Result[_T, BrokerError]:
        """Carry out a command for its session, renewed where that is possible."""
        if self.source is None or call.session is None:
            return self.once(call, action)
        attempts = count()

        def attempt(live: Session, seconds: float) -> Result[_T, BrokerError]:
            if next(attempts) and takes_turns and not self._has_turn(call, seconds):
                return Failure(Unreadable("the rate limit left no turn in time"))
            return self.once(replace(call, session=live, timeout_seconds=seconds), action)

        renewed = RenewedCalls(self.source, self.clock)
        application = _APPLICATIONS[call.application]
        return renewed(application, call.session, call.timeout_seconds, attempt, exits=call.exits)

    def question(self, call: Call, action: Callable[[LiveSession], _T]) -> Result[_T, BrokerError]:
        """Answer a question for its session; one that goes unanswered is unreadable."""
        return self.command(call, action, takes_turns=True).alt(as_unanswered)

    def _has_turn(self, call: Call, seconds: float) -> bool:
        family = _FAMILIES.get(call.endpoint)
        return self.throttle is None or family is None or self.throttle.wait(family, seconds, reduces=True)

    def once(self, call: Call, action: Callable[[LiveSession], _T]) -> Result[_T, BrokerError]:
        """Carry out a command for its session, dead or not."""

        def act() -> _T:
            live = self.sessions.check(call.application, call.token)
            self._limiter.admit(live.login.user_id, call.endpoint)
            return action(live)

        return self.anonymous(call, act)

    def anonymous(self, call: Call, action: Callable[[], _T]) -> Result[_T, BrokerError]:
        """Carry out what needs no session."""
        self.network.count()
        until = self.clock.monotonic() + call.timeout_seconds
        away = self._outage()
        done = self._carried_out(call, action) if away is None else self._unreached(call, away)
        if self.throttle is not None and call.endpoint in _FAMILIES:
            self.throttle.ended(_FAMILIES[call.endpoint])
        return done if self.clock.monotonic() <= until else Failure(_no_reply(call))

    def _carried_out(self, call: Call, action: Callable[[], _T]) -> Result[_T, BrokerError]:
        self.clock.sleep(self.network.latency / 2)
        self.exchange.count(call.endpoint)
        faults = self.exchange.faults
        places = (call.endpoint, call.family, call.application)
        fault = faults.take(_STRIKING, places, call.fields)
        done = _tried(action) if fault is None else self._struck(fault, call, action)
        self.clock.sleep(self.network.latency / 2)
        return done

    def _outage(self) -> Outage | None:
        now = self.clock.monotonic()
        return next((one for one in self.network.outages if one.begins <= now < one.ends), None)

    def _unreached(self, call: Call, away: Outage) -> Result[_T, BrokerError]:
        if not away.is_silent:
            return Failure(NotSent("connection refused"))
        self.clock.sleep(call.timeout_seconds)
        return Failure(_no_reply(call))

    def _struck(self, fault: Fault, call: Call, action: Callable[[], _T]) -> Result[_T, BrokerError]:
        if fault.kind is FaultKind.TOKEN_KILLED:
            self.sessions.close(call.token)
            return _tried(action)
        if fault.kind in WAITING:
            return self._late(fault, call, action)
        if fault.is_processed:
            _tried(action)
        return Failure(_loss(fault, call.endpoint))

    def _late(self, fault: Fault, call: Call, action: Callable[[], _T]) -> Result[_T, BrokerError]:
        """Answer late: after seconds of the clock, or for a held reply without seconds when it is released."""
        if fault.kind is FaultKind.HOLD and not fault.seconds:
            done = _tried(action) if fault.is_processed else None
            self.exchange.faults.wait(fault)
            return _tried(action) if done is None else done
        is_lost = fault.seconds > call.timeout_seconds
        done = _tried(action) if fault.is_processed else None
        if done is None and is_lost:
            self.clock.call_later(fault.seconds, lambda: _tried(action))
        self.clock.sleep(min(fault.seconds, call.timeout_seconds))
        if is_lost:
            return Failure(_no_reply(call))
        return _tried(action) if done is None else done


def _no_reply(call: Call) -> OutcomeUnknown:
    return OutcomeUnknown(f"no reply within {call.timeout_seconds:g} s")


def _of(call: Call) -> Session:
    assert call.session is not None
    return call.session


def client_of(session: Session) -> dict[str, object]:
    """Return the client that a session names in every call; nothing for an investor."""
    return {"clientID": session.account.client_id} if session.account.client_id else {}


def account_for(live: LiveSession, session: Session, group: str) -> str:
    """Return the account that a call of a session is booked to."""
    return account_of(live.login, client_of(session), group)


def as_unanswered(error: BrokerError) -> BrokerError:
    """A question has no outcome to be unknown, and is not rejected like an order."""
    match error:
        case OutcomeUnknown(reason):
            return Unreadable(reason)
        case Rejected():
            return Unreadable(error.message)
        case _:
            return error


def _tried(action: Callable[[], _T]) -> Result[_T, BrokerError]:
    try:
        return Success(action())
    except Limited:
        return Failure(RateLimited("Rate limit exceeded (e-apirl-0004)"))
    except Refusal as refusal:
        if refusal.code in DEAD_TOKEN_CODES:
            return Failure(SessionExpired(f"{refusal.text} ({refusal.code})"))
        return Failure(Rejected(refusal.text, refusal.code))


def _loss(fault: Fault, endpoint: str) -> BrokerError:
    """Return what the caller can know after a fault."""
    match fault.kind:
        case FaultKind.NOT_FOUND if endpoint in _OPTIONAL:
            return Rejected("this server has no such call: it answered HTTP 404")
        case FaultKind.RATE_LIMITED:
            return RateLimited("Rate limit exceeded (e-apirl-0004)")
        case FaultKind.REFUSED if fault.code in DEAD_TOKEN_CODES:
            return SessionExpired(f"{fault.text} ({fault.code})")
        case FaultKind.REFUSED:
            return Rejected(fault.text or "Request refused", fault.code or "e-orders-0009")
        case FaultKind.UNREACHABLE:
            return NotSent("connection refused")
        case _:
            return OutcomeUnknown(f"{fault.kind}, as the simulator was told", has_ended=True)
