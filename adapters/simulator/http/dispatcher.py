"""The request dispatcher: routing, request faults, authorisation, rate limits and refusals."""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

from jainam_prop.adapters.simulator.config import LoginSpec, SimulatorConfig
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.faults import ON_REQUEST, WAITING, Fault, FaultKind
from jainam_prop.adapters.simulator.http import messages
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, MARKET, LiveSession, Sessions
from jainam_prop.adapters.simulator.refusals import Crash, Limited, Refusal
from jainam_prop.adapters.simulator.vocabulary import Clock

CHART: Final[dict[str, tuple[float, int]]] = {
    "login": (1, 1),
    "profile": (5, 1),
    "balance": (3, 10),
    "place": (1, 25),
    "modify": (1, 25),
    "cancel": (1, 25),
    "cover_place": (1, 25),
    "cover_exit": (1, 25),
    "bracket_place": (1, 25),
    "bracket_modify": (1, 25),
    "bracket_cancel": (1, 25),
    "order_book": (1, 6),
    "trade_book": (2, 40),
    "positions": (1, 1),
    "convert": (1, 50),
    "holdings": (10, 1),
}
"""Window in seconds and requests in it; a kind that is not listed has no limit."""

_SHARED: Final = {
    "logout": "login",
    "order_history": "order_book",
    "dealer_order_book": "order_book",
    "dealer_trade_book": "trade_book",
    "dealer_positions": "positions",
}
"""Endpoints that count under another one's limit."""


class RateLimiter:
    """Counts requests in sliding windows; safe across threads.

    Attributes:
        refusals: the number of requests above a limit.
    """

    def __init__(self, clock: Clock, *, enforced: bool, rates: Mapping[str, tuple[float, int]] = CHART) -> None:
        self._clock = clock
        self.refusals = 0
        self._enforced = enforced
        self._chart = {**CHART, **rates}
        self._lock = threading.Lock()
        self._seen: defaultdict[tuple[str, str], deque[datetime]] = defaultdict(deque)

    def admit(self, user_id: str, endpoint: str) -> None:
        """Count a request of a login.

        Raises:
            Limited: the request exceeds the limit.
        """
        kind = _SHARED.get(endpoint, endpoint)
        if not self._enforced or kind not in self._chart:
            return
        window, most = self._chart[kind]
        now = self._clock.now()
        with self._lock:
            seen = self._seen[user_id, kind]
            while seen and (now - seen[0]).total_seconds() >= window:
                seen.popleft()
            if len(seen) >= most:
                self.refusals += 1
                raise Limited
            seen.append(now)


_BARE: Final = frozenset({"user", "orders", "portfolio"})
"""First segments of interactive paths, for servers behind a host lookup, which have no prefix."""


@dataclass(frozen=True, slots=True)
class Call:
    """One dispatched request.

    Attributes:
        root: the application's prefix in the path.
        live: the caller's session; None at an open endpoint, and before authorisation.
    """

    root: str
    application: str
    route: "Route"
    fields: Mapping[str, object]
    token: str = field(default="", repr=False)
    live: LiveSession | None = None

    @property
    def session(self) -> LiveSession:
        """The caller's session.

        Raises:
            LookupError: the endpoint is open.
        """
        if self.live is None:
            raise LookupError(self.root)
        return self.live

    @property
    def login(self) -> LoginSpec:
        """The caller's login."""
        return self.session.login


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint.

    Attributes:
        name: the endpoint's name for faults, counters and rate limits.
        family: the group of endpoints that a fault may name instead.
        is_open: whether it answers without a token.
    """

    name: str
    family: str
    handler: Callable[[Call], messages.Reply]
    is_open: bool = False


Routes: TypeAlias = dict[tuple[str, str], Route]
"""Endpoints by method and path below the application's prefix."""


class Router:
    """Finds the endpoint of a request."""

    def __init__(self, interactive: Routes, market: Routes, config: SimulatorConfig) -> None:
        """Serve the interactive application below its prefix, and also without a prefix if there is a host lookup."""
        self._interactive = interactive
        self._roots: dict[str, tuple[str, Routes]] = {config.interactive_root: (INTERACTIVE, interactive)}
        self._roots |= dict.fromkeys(config.market_roots, (MARKET, market))
        self._bare = bool(config.host_lookup_password)

    def application(self, path: str) -> tuple[str, str] | None:
        """Return prefix and application of a path; None for a path that nginx does not route."""
        root = path.strip("/").partition("/")[0]
        found = self._roots.get(root)
        if found is None and self._bare and root in _BARE:
            return "", INTERACTIVE
        return (root, found[0]) if found else None

    def route(self, root: str, method: str, path: str, fields: Mapping[str, object]) -> Route | None:
        """Return the endpoint of a path below a prefix; order history and order book share one path."""
        below = f"/{path.strip('/').removeprefix(root).strip('/')}"
        if method == "GET" and below == "/orders" and "appOrderID" in fields:
            below = "/orders?appOrderID"
        routes = self._roots[root][1] if root else self._interactive
        return routes.get((method, below))


class RequestDispatcher:
    """Answers the REST requests of both applications."""

    def __init__(self, exchange: SimulatedExchange, sessions: Sessions, router: Router, limiter: RateLimiter) -> None:
        self._exchange = exchange
        self._sessions = sessions
        self._router = router
        self._limiter = limiter

    def answer(self, request: messages.Request) -> messages.Answer:
        """Route, count, apply a fault if one strikes, and handle one request."""
        application = self._router.application(request.path)
        if application is None:
            return messages.not_found()
        root, name = application
        fields = request.fields()
        route = self._router.route(root, request.method, request.path, fields)
        if route is None:
            return messages.no_such_route(request)
        self._exchange.count(route.name)
        call = Call(root, name, route, fields, request.token)
        fault = self._exchange.faults.take(ON_REQUEST, (route.name, route.family, name), fields)
        return self._handle(call) if fault is None else self._apply(fault, call)

    def _apply(self, fault: Fault, call: Call) -> messages.Answer:
        if fault.kind is FaultKind.TOKEN_KILLED:
            self._sessions.close(call.token)
            return self._handle(call)
        if fault.kind in WAITING and not fault.is_processed:
            self._exchange.faults.wait(fault)
            return self._handle(call)
        reply = self._handle(call) if fault.is_processed else None
        if reply is not None and fault.kind in WAITING:
            self._exchange.faults.wait(fault)
            return reply
        return self._damage(fault, call, reply)

    def _damage(self, fault: Fault, call: Call, reply: messages.Reply | None) -> messages.Answer:
        """Return the answer that a fault leaves of a reply; None for a request that was not processed."""
        if fault.kind in {FaultKind.REPLY_LOST, FaultKind.RESET}:
            return messages.HangUp(abruptly=fault.kind is FaultKind.RESET)
        body = reply.body if reply else b'{"type":"success","code":"s-orders-0001"}'
        text, code = fault.text or "Request refused", fault.code or "e-orders-0009"
        replies: dict[FaultKind, messages.Reply] = {
            FaultKind.BAD_JSON: messages.Reply(200, body[: len(body) // 2]),
            FaultKind.RATE_LIMITED: messages.rate_limited(self._user_of(call), wrapped=fault.wrapped),
            FaultKind.NOT_FOUND: messages.not_found(),
            FaultKind.REFUSED: messages.envelope(fault.status, "error", code, text, {}),
            FaultKind.SERVER_ERROR: messages.crashed(),
        }
        return replies[fault.kind]

    def _handle(self, call: Call) -> messages.Reply:
        try:
            live = None if call.route.is_open else self._sessions.check(call.application, call.token)
            self._limiter.admit(self._user_of(call), call.route.name)
            return call.route.handler(Call(call.root, call.application, call.route, call.fields, call.token, live))
        except Refusal as refusal:
            return messages.failure(refusal.code, refusal.text, refusal.result)
        except Limited:
            return messages.rate_limited(self._user_of(call), wrapped=False)
        except Crash:
            return messages.crashed()

    def _user_of(self, call: Call) -> str:
        """Return the user id of a call; a login has no session yet and counts under its key."""
        session = self._sessions.find(call.token)
        return session.login.user_id if session else str(call.fields.get("appKey", ""))
