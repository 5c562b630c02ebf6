"""What the SDK gets for ``requests``: the few names it uses, on a client of ours, under one deadline."""

from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any, Final

import httpx

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.deadlines import Deadline

DEADLINE: Final = "deadline"
"""Request extension by which the container's client takes the moment at which every wait of a call must end."""

_MARKET_PREFIX: Final = "/apimarketdata/"


class SdkTransport:
    """Makes the SDK's requests; what it says about certificates and timeouts is not listened to.

    Attributes:
        last: what came of the latest request, which the SDK tends to hide; None before any.
    """

    def __init__(self, http: httpx.Client, clock: Clock, deadline: Deadline, market_root: str = "") -> None:
        """Send through a client that checks certificates.

        Args:
            http: the client; its owner closes it.
            clock: what the deadline is measured by.
            deadline: for all requests together.
            market_root: where this server has its market-data application; the SDK knows only ``apimarketdata``.
        """
        self.last: httpx.Response | httpx.RequestError | None = None
        self._http = http
        self._clock = clock
        self._deadline = deadline
        self._market_root = market_root

    def request(self, method: str, url: str, **said: Any) -> httpx.Response:  # noqa: ANN401 (the SDK's own call)
        """Make one request, with body, query and headers as the SDK says, and read the whole answer."""
        body = said.get("data")
        payload: dict[str, Any] = {"content": body} if isinstance(body, str | bytes) else {"data": body}
        request = self._http.build_request(
            method,
            self._address(url),
            params=said.get("params") or None,
            headers=said.get("headers"),
            timeout=self._deadline.remaining(self._clock.monotonic()),
            extensions={DEADLINE: self._deadline.at},
            **payload,
        )
        try:
            response = self._http.send(request)
        except httpx.RequestError as error:
            self.last = error
            raise
        self.last = response
        return response

    def _address(self, url: str) -> str:
        return url.replace(_MARKET_PREFIX, f"/{self._market_root}/", 1) if self._market_root else url


def requests_module(request: Callable[..., object]) -> ModuleType:
    """Return a module that looks like ``requests`` to the SDK and sends with this function."""
    exceptions = SimpleNamespace(
        RequestException=httpx.RequestError,
        HTTPError=httpx.HTTPError,
        ConnectionError=httpx.ConnectError,
        ConnectTimeout=httpx.ConnectTimeout,
        ReadTimeout=httpx.ReadTimeout,
        Timeout=httpx.TimeoutException,
    )
    module = ModuleType("requests")
    vars(module).update(
        vars(exceptions),
        request=request,
        exceptions=exceptions,
        packages=SimpleNamespace(urllib3=SimpleNamespace(disable_warnings=_keep_warnings)),
    )
    return module


def _keep_warnings() -> None:
    """Stay warned: the SDK wants urllib3 to be silent about unchecked certificates, for the whole process."""
