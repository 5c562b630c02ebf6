"""A server that gives one prepared answer after the other, in memory."""

import json
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import httpx

from jainam_prop.adapters.xts.http.api import XtsApi
from jainam_prop.adapters.xts.http.client import XtsClient, XtsServer
from jainam_prop.application.ports.runtime import Clock, Throttle
from tests.adapters.xts.http.mocked import connections_to
from tests.fakes.clock import FakeClock

Answer: TypeAlias = httpx.Response | Exception | Callable[[httpx.Request], httpx.Response]


class ScriptedServer:
    """Remembers every request; an exception among the answers is what the connection does instead of answering."""

    def __init__(self, answers: Iterable[Answer]) -> None:
        self.requests: list[httpx.Request] = []
        self._answers = list(answers)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else answer(request)

    @property
    def paths(self) -> list[str]:
        """The method and path of every request."""
        return [f"{request.method} {request.url.path}" for request in self.requests]

    def body(self, at: int) -> dict[str, Any]:
        """The JSON of one request."""
        content: dict[str, Any] = json.loads(self.requests[at].content)
        return content


def client_of(server: ScriptedServer, clock: Clock | None = None, throttle: Throttle | None = None) -> XtsClient:
    """Return a client that speaks to nobody but this server."""
    return XtsClient(connections_to(server), clock or FakeClock(), throttle=throttle)


def api_of(server: ScriptedServer, address: XtsServer) -> XtsApi:
    """Return the API of that server, at an address, which renews no session."""
    return XtsApi(client_of(server), address)


def success(result: object) -> httpx.Response:
    """An agreeing envelope."""
    return httpx.Response(200, json={"type": "success", "code": "s-x-0001", "description": "ok", "result": result})


def error(code: str, description: str, status: int = 400) -> httpx.Response:
    """A refusing envelope."""
    return httpx.Response(status, json={"type": "error", "code": code, "description": description, "result": {}})


def page(status: int) -> httpx.Response:
    """What a web server says on its own account."""
    return httpx.Response(status, headers={"Content-Type": "text/html"}, content=b"<html><body>nginx</body></html>")


def rate_limit(retry_after: str | None = None) -> httpx.Response:
    """The rate limiter's wrapped refusal."""
    body = {"err": True, "data": {"type": "error", "code": "e-apirl-0004", "description": "Rate limit exceeded"}}
    return httpx.Response(429, json=body, headers={} if retry_after is None else {"Retry-After": retry_after})
