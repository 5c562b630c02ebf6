"""Round trips to an XTS server without a session: httpcore's exceptions become values, and questions are retried."""

from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from typing import Final

import httpcore
from returns.result import Result

from jainam_prop.adapters.xts.http.connections import (
    EXCHANGE_ERRORS,
    Call,
    Connections,
    PackedReplyError,
    Patience,
    ReplyTooLongError,
)
from jainam_prop.adapters.xts.http.outcomes import (
    Lost,
    Reply,
    Unsent,
    is_limited,
    never,
    pause_before_retry,
    question_outcome,
    read_answer,
)
from jainam_prop.adapters.xts.profiles.profile import ServerLayout
from jainam_prop.adapters.xts.wire.replies.envelope import Envelope
from jainam_prop.application.ports.runtime import Clock, Throttle
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.sessions.session import Session


@dataclass(frozen=True, slots=True)
class HostLookup:
    """The extra call by which some servers name the address of their interactive application, which changes daily.

    Attributes:
        url: whole address of the lookup call.
        access_password: a constant that the vendor publishes.
        allow_plain_http: whether the application may be used without TLS beyond this machine; tokens then travel
            unencrypted.
    """

    url: str
    access_password: str = field(repr=False)
    allow_plain_http: bool = False


@dataclass(frozen=True, slots=True)
class XtsServer:
    """One XTS installation with its two applications.

    Attributes:
        base_url: scheme, host and port.
        layout: its paths and fixed words.
        api_order_source: ``apiOrderSource`` of every order; "" leaves it out.
        lookup: the host lookup before an interactive login; None where there is none.
    """

    base_url: str
    layout: ServerLayout
    api_order_source: str = ""
    lookup: HostLookup | None = None

    def interactive(self, session: Session | None = None) -> str:
        """Return the address before an interactive path."""
        if session is not None and session.interactive_base:
            return session.interactive_base
        return f"{self.base_url.rstrip('/')}/{self.layout.interactive_root}"

    def market(self, root: str) -> str:
        """Return the address before a market-data path; the first of the roots when the session knows none."""
        return f"{self.base_url.rstrip('/')}/{root or self.layout.market_roots[0]}"


RETRY_DELAYS: Final = (1.0, 2.0, 4.0)
CONNECT_SECONDS: Final = 5.0

_NEVER_LEFT: Final = (
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
    httpcore.PoolTimeout,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
)
_CAUSES: Final[dict[type[Exception], str]] = {
    httpcore.ConnectError: "no connection",
    httpcore.ConnectTimeout: "no connection in time",
    httpcore.PoolTimeout: "all connections were busy",
    httpcore.ProxyError: "the proxy refused the connection",
    httpcore.UnsupportedProtocol: "the address is not one of HTTP",
    httpcore.ReadTimeout: "no answer in time",
    httpcore.WriteTimeout: "the request could not be written in time",
    PackedReplyError: "the answer cannot be unpacked",
    ReplyTooLongError: "the answer is too long",
}
"""Used instead of the exceptions' own texts, which can hold addresses."""

_NOT_FOUND: Final = 404


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class XtsClient:
    """Sends calls, safely from many threads.

    Attributes:
        connections: they stay their owner's to close.
        clock: for deadlines and for the waits between attempts.
        connect_seconds: the most of a call's time that may go into a connection.
        retry_delays: seconds before each repetition of a question.
        throttle: gives each repetition a turn, and hears when a call has ended; the caller has the first turn already.
    """

    connections: Connections
    clock: Clock
    _: KW_ONLY
    connect_seconds: float = CONNECT_SECONDS
    retry_delays: tuple[float, ...] = RETRY_DELAYS
    throttle: Throttle | None = None

    def ask(
        self, call: Call, deadline: Deadline, is_empty: Callable[[Envelope], bool] = never
    ) -> Result[object, BrokerError]:
        """Send a question, again if its answer was lost, and return the envelope's ``result``.

        Args:
            call: something that changes nothing at the broker, whatever its method.
            deadline: for all attempts together; one that would begin too late is not made.
            is_empty: recognises the errors that mean an empty list.
        """
        for delay in self.retry_delays:
            reply = self.exchange(call, deadline)
            pause = pause_before_retry(reply, delay)
            if pause is not None and self.throttle is not None and call.family is not None and is_limited(reply):
                self.throttle.slow_down(call.family, pause)
            if pause is None or not deadline.allows(self.clock.monotonic(), pause):
                return question_outcome(reply, is_empty)
            self.clock.sleep(pause)
            if not self.has_turn(call, deadline):
                return question_outcome(reply, is_empty)
        return question_outcome(self.exchange(call, deadline), is_empty)

    def has_turn(self, call: Call, deadline: Deadline) -> bool:
        """Wait for a turn to repeat a question; it is had before those who ask for a page, since an exit may wait."""
        if self.throttle is None or call.family is None:
            return True
        return self.throttle.wait(call.family, deadline.remaining(self.clock.monotonic()), reduces=True)

    def deadline(self, timeout_seconds: float) -> Deadline:
        """Return the moment at which a call that starts now must be over."""
        return Deadline(self.clock.monotonic() + timeout_seconds)

    def exchange(self, call: Call, deadline: Deadline) -> Reply:
        """Send one request and read its answer, within the deadline."""
        remaining = deadline.remaining(self.clock.monotonic())
        if remaining <= 0:
            return Unsent("no time was left for the call")
        patience = Patience(remaining, min(self.connect_seconds, remaining), deadline)
        try:
            return read_answer(self.connections.send(call, patience))
        except _NEVER_LEFT as error:
            return Unsent(_cause(error))
        except EXCHANGE_ERRORS as error:
            silent = isinstance(error, httpcore.ReadTimeout | httpcore.WriteTimeout)
            return Lost(_cause(error), repeats=not isinstance(error, ReplyTooLongError), has_ended=not silent)
        finally:
            if self.throttle is not None and call.family is not None:
                self.throttle.ended(call.family)

    def first_found(self, calls: Sequence[Call], deadline: Deadline) -> tuple[int, Reply]:
        """Send one call after the other until the web server answers one with something else than 404.

        Returns:
            The place of the call that was answered, or of the last one, and its reply.
        """
        for place, call in enumerate(calls):
            reply = self.exchange(call, deadline)
            if place + 1 == len(calls) or not (isinstance(reply, Lost) and reply.status == _NOT_FOUND):
                return place, reply
        message = "there must be a call to send"
        raise ValueError(message)


def _cause(error: Exception) -> str:
    if "CERTIFICATE_VERIFY_FAILED" in str(error):
        return "the server's certificate is not trusted"
    return _CAUSES.get(type(error), "the connection broke")
