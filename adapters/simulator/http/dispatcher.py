"""The request dispatcher: routing, faults, authorisation and refusals."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeAlias

from jainam_prop.adapters.simulator.config import LoginSpec, SimulatorConfig
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.faults.fault import ON_REQUEST, WAITING, Fault, FaultKind
from jainam_prop.adapters.simulator.http.messages import (
    Answer,
    HangUp,
    Reply,
    Request,
    crashed,
    envelope,
    failure,
    no_such_route,
    not_found,
    rate_limited,
)
from jainam_prop.adapters.simulator.http.rate_limits import RateLimiter
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, MARKET, LiveSession, Sessions
from jainam_prop.adapters.simulator.refusals import Crash, Limited, Refusal


@dataclass(frozen=True, slots=True)
class Call:
    """One request that has passed the door.

    Attributes:
        root: the application's prefix as it was called.
        live: the caller's session; None on endpoints that need none.
    """

    root: str
    fields: Mapping[str, object]
    token: str = field(default="", repr=False)
    live: LiveSession | None = None

    @property
    def session(self) -> LiveSession:
        """The caller's session.

        Raises:
            LookupError: the endpoint needs none and so has none.
        """
        if self.live is None:
            raise LookupError(self.root)
        return self.live

    @property
    def login(self) -> LoginSpec:
        """Who calls."""
        return self.session.login


Handler: TypeAlias = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint.

    Attributes:
        name: what faults, counters and the rate chart call it.
        family: the group that faults may name instead.
        is_open: whether it answers without a token.
    """

    name: str
    family: str
    handler: Handler
    is_open: bool = False

    @property
    def places(self) -> tuple[str, str]:
        """The names under which a fault may strike here."""
        return self.name, self.family


Routes: TypeAlias = dict[tuple[str, str], Route]


_BARE: Final = frozenset({"user", "orders", "portfolio", "status", "messages"})


class Router:
    """Finds the route of a request.

    Attributes:
        applications: prefix → application name and its routes.
    """

    def __init__(self, interactive: Routes, market: Routes, config: SimulatorConfig) -> None:
        """Serve the interactive application below its prefix, and without any where there is a host lookup."""
        self._interactive = interactive
        self._roots: dict[str, tuple[str, Routes]] = {config.interactive_root: (INTERACTIVE, interactive)}
        self._bare = bool(config.host_lookup_password)
        self._roots |= dict.fromkeys(config.market_roots, (MARKET, market))

    def application(self, path: str) -> tuple[str, str] | None:
        """Return the prefix and the application of a path, None where nginx routes nothing."""
        root = path.strip("/").partition("/")[0]
        found = self._roots.get(root)
        if found is None and self._bare and root in _BARE:
            return "", INTERACTIVE
        return (root, found[0]) if found else None

    def route(self, root: str, method: str, path: str, fields: Mapping[str, object]) -> Route | None:
        """Return the endpoint of a path below a prefix; one order's history shares its path with the order book."""
        below = f"/{path.strip('/').removeprefix(root).strip('/')}"
        if method == "GET" and below == "/orders" and "appOrderID" in fields:
            below = "/orders?appOrderID"
        routes = self._roots[root][1] if root else self._interactive
        return routes.get((method, below))


_SILENT: Final = frozenset({FaultKind.REPLY_LOST, FaultKind.RESET})


class _Call(NamedTuple):
    """One request on its way through."""

    root: str
    application: str
    route: Route
    fields: Mapping[str, object]
    token: str


def _refused(fault: Fault) -> Reply:
    text = fault.text or "Request refused"
    return envelope(fault.status, "error", fault.code or "e-orders-0009", text, {})


class RequestDispatcher:
    """Answers the requests of both applications."""

    def __init__(self, exchange: SimulatedExchange, sessions: Sessions, router: Router, chart: RateLimiter) -> None:
        self._exchange = exchange
        self._sessions = sessions
        self._router = router
        self._chart = chart

    def answer(self, request: Request) -> Answer:
        """Answer one request."""
        application = self._router.application(request.path)
        if application is None:
            return not_found()
        root, name = application
        fields = request.fields()
        route = self._router.route(root, request.method, request.path, fields)
        if route is None:
            return no_such_route(request)
        self._exchange.count(route.name)
        visit = _Call(root, name, route, fields, request.token)
        fault = self._struck(visit)
        if fault is None:
            return self._handled(visit)
        return self._stricken(fault, visit)

    def _struck(self, visit: _Call) -> Fault | None:
        faults = self._exchange.faults
        if faults.is_quiet:
            return None
        return faults.take(ON_REQUEST, (*visit.route.places, visit.application), visit.fields)

    def _stricken(self, fault: Fault, visit: _Call) -> Answer:
        if fault.kind in WAITING and not fault.is_processed:
            self._exchange.faults.wait(fault)
            return self._handled(visit)
        if fault.kind is FaultKind.TOKEN_KILLED:
            self._sessions.close(visit.token)
            return self._handled(visit)
        if not fault.is_processed:
            return self._broken(fault, visit, None)
        reply = self._handled(visit)
        if fault.kind in WAITING:
            self._exchange.faults.wait(fault)
            return reply
        return self._broken(fault, visit, reply)

    def _broken(self, fault: Fault, visit: _Call, reply: Reply | None) -> Answer:
        """Return what a fault leaves of a reply; None if the request was not carried out."""
        if fault.kind in _SILENT:
            return HangUp(abruptly=fault.kind is FaultKind.RESET)
        body = reply.body if reply else b'{"type":"success","code":"s-orders-0001"}'
        replies: dict[FaultKind, Reply] = {
            FaultKind.BAD_JSON: Reply(200, body[: len(body) // 2]),
            FaultKind.RATE_LIMITED: rate_limited(self._user_of(visit), wrapped=fault.wrapped),
            FaultKind.NOT_FOUND: not_found(),
            FaultKind.REFUSED: _refused(fault),
            FaultKind.SERVER_ERROR: crashed(),
        }
        return replies[fault.kind]

    def _handled(self, visit: _Call) -> Reply:
        try:
            live = None if visit.route.is_open else self._sessions.check(visit.application, visit.token)
            self._chart.admit(self._user_of(visit), visit.route.name)
            return visit.route.handler(Call(visit.root, visit.fields, visit.token, live))
        except Refusal as refusal:
            return failure(refusal.code, refusal.text, refusal.result)
        except Limited:
            return rate_limited(self._user_of(visit), wrapped=False)
        except Crash:
            return crashed()

    def _user_of(self, visit: _Call) -> str:
        """Return whose request it is; a login has no session yet and goes by its key."""
        session = self._sessions.find(visit.token)
        return session.login.user_id if session else str(visit.fields.get("appKey", ""))
