"""From request to answer: route, count, strike faults, open the door, handle, and translate refusals."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from jainam_prop.adapters.simulator.api.refusal import Crash, Limited, Refusal
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.faults.fault import ON_REQUEST, WAITING, Fault, FaultKind
from jainam_prop.adapters.simulator.server.http_messages import (
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
from jainam_prop.adapters.simulator.server.rate_chart import RateChart
from jainam_prop.adapters.simulator.server.routing import Call, Route, Router
from jainam_prop.adapters.simulator.server.sessions import Sessions

_SILENT: Final = frozenset({FaultKind.REPLY_LOST, FaultKind.RESET})


class _Visit(NamedTuple):
    """One request on its way through."""

    root: str
    application: str
    route: Route
    fields: Mapping[str, object]
    token: str


def _refusal(fault: Fault) -> Reply:
    text = fault.text or "Request refused"
    return envelope(fault.status, "error", fault.code or "e-orders-0009", text, {})


class Switchboard:
    """Answers the requests of both applications."""

    def __init__(self, exchange: SimulatedExchange, sessions: Sessions, router: Router, chart: RateChart) -> None:
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
        visit = _Visit(root, name, route, fields, request.token)
        fault = self._struck(visit)
        if fault is None:
            return self._handled(visit)
        return self._stricken(fault, visit)

    def _struck(self, visit: _Visit) -> Fault | None:
        faults = self._exchange.faults
        if faults.is_quiet:
            return None
        return faults.take(ON_REQUEST, (*visit.route.places, visit.application), visit.fields)

    def _stricken(self, fault: Fault, visit: _Visit) -> Answer:
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

    def _broken(self, fault: Fault, visit: _Visit, reply: Reply | None) -> Answer:
        """Return what a fault leaves of a reply; None if the request was not carried out."""
        if fault.kind in _SILENT:
            return HangUp(abruptly=fault.kind is FaultKind.RESET)
        body = reply.body if reply else b'{"type":"success","code":"s-orders-0001"}'
        replies: dict[FaultKind, Reply] = {
            FaultKind.BAD_JSON: Reply(200, body[: len(body) // 2]),
            FaultKind.RATE_LIMITED: rate_limited(self._user_of(visit), wrapped=fault.wrapped),
            FaultKind.NOT_FOUND: not_found(),
            FaultKind.REFUSED: _refusal(fault),
            FaultKind.SERVER_ERROR: crashed(),
        }
        return replies[fault.kind]

    def _handled(self, visit: _Visit) -> Reply:
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

    def _user_of(self, visit: _Visit) -> str:
        """Return whose request it is; a login has no session yet and goes by its key."""
        session = self._sessions.find(visit.token)
        return session.login.user_id if session else str(visit.fields.get("appKey", ""))
