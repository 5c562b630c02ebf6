"""The way into the exchange without HTTP: same sessions, same faults, but outcomes as the ports name them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeVar

from returns.result import Failure, Result, Success

from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.faults.fault import ON_REQUEST, WAITING, Fault, FaultKind
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, LiveSession, Sessions
from jainam_prop.adapters.simulator.refusals import DEAD_TOKEN_CODES, Refusal
from jainam_prop.domain.errors import (
    BrokerError,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    SessionExpired,
    Unreadable,
)
from jainam_prop.domain.sessions.session import Session

_T = TypeVar("_T")
_DIRECT: Final = ON_REQUEST | {FaultKind.UNREACHABLE}
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


@dataclass(frozen=True, slots=True)
class Errand:
    """What is asked of the exchange: the endpoint that HTTP would use, with its family and fields."""

    endpoint: str
    family: str
    token: str = field(repr=False)
    timeout_seconds: float
    fields: Mapping[str, object] = field(default_factory=dict)
    application: str = INTERACTIVE


class DirectDoor:
    """Carries out errands, unless a fault says otherwise; what would be a lost reply is an unknown outcome."""

    def __init__(self, exchange: SimulatedExchange, sessions: Sessions) -> None:
        self.exchange = exchange
        self.sessions = sessions

    def command(self, errand: Errand, action: Callable[[LiveSession], _T]) -> Result[_T, BrokerError]:
        """Carry out a command for the session of its token."""
        return self.anonymous(errand, lambda: action(self.sessions.check(errand.application, errand.token)))

    def question(self, errand: Errand, action: Callable[[LiveSession], _T]) -> Result[_T, BrokerError]:
        """Answer a question for the session of its token; one that goes unanswered is unreadable."""
        return self.command(errand, action).alt(as_unanswered)

    def anonymous(self, errand: Errand, action: Callable[[], _T]) -> Result[_T, BrokerError]:
        """Carry out what needs no session."""
        self.exchange.count(errand.endpoint)
        faults = self.exchange.faults
        places = (errand.endpoint, errand.family, errand.application)
        fault = None if faults.is_quiet else faults.take(_DIRECT, places, errand.fields)
        if fault is None:
            return _tried(action)
        if fault.kind is FaultKind.TOKEN_KILLED:
            self.sessions.close(errand.token)
            return _tried(action)
        if fault.kind in WAITING:
            return self._late(fault, errand, action)
        if fault.is_processed:
            _tried(action)
        return Failure(_loss(fault, errand.endpoint))

    def _late(self, fault: Fault, errand: Errand, action: Callable[[], _T]) -> Result[_T, BrokerError]:
        """Answer late; only a held reply makes the caller really wait."""
        done = _tried(action) if fault.is_processed else None
        if fault.kind is FaultKind.HOLD:
            self.exchange.faults.wait(fault)
        if done is None:
            done = _tried(action)
        if fault.seconds > errand.timeout_seconds:
            return Failure(OutcomeUnknown(f"no reply within {errand.timeout_seconds:g} s"))
        return done


def client_of(session: Session) -> dict[str, object]:
    """Return the client that a session names in every call; nothing for an investor."""
    return {"clientID": session.account.client_id} if session.account.client_id else {}


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
        case FaultKind.REFUSED:
            return Rejected(fault.text or "Request refused", fault.code or "e-orders-0009")
        case FaultKind.UNREACHABLE:
            return NotSent("connection refused")
        case _:
            return OutcomeUnknown(f"{fault.kind}, as the simulator was told")
