"""Somebody who calls the simulator over HTTP, as any XTS client would."""

from types import TracebackType
from typing import Any, Final, Self

import httpx

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.xts.network import NetworkPolicy
from jainam_prop.domain.sessions.session import AccountKind

QUICK: Final = SimulatorConfig(instruments=300, rate_limits=False)
SECONDS: Final = 20.0


class Caller:
    """One login with its own connection, logged in to both applications.

    `get` and the like fill in clientID unless the call names one; ``clientID=None`` leaves it out.
    """

    def __init__(self, simulator: XtsSimulator, kind: AccountKind = AccountKind.PRO) -> None:
        self.login = simulator.credentials[kind]
        self.client = None if kind is AccountKind.INVESTOR else self.login.clients[0]
        self.http = httpx.Client(base_url=simulator.base_url, timeout=SECONDS, verify=NetworkPolicy().tls_context())
        self.token = self.log_in("/interactive/user/session", self.login.interactive.key, self.login.interactive.secret)
        self.market_token = self.log_in("/apimarketdata/auth/login", self.login.market.key, self.login.market.secret)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.http.close()

    def log_in(self, path: str, key: str, secret: str) -> str:
        """Log in and return the token."""
        reply = self.http.post(path, json={"appKey": key, "secretKey": secret, "source": "WEBAPI"})
        return str(reply.json()["result"]["token"])

    def get(self, path: str, **query: Any) -> httpx.Response:  # noqa: ANN401 - whatever the test sends
        """Ask the interactive application."""
        return self.http.get(f"/interactive{path}", params=self._with_client(query), headers=self._headers())

    def delete(self, path: str, **query: Any) -> httpx.Response:  # noqa: ANN401
        """Send a DELETE to the interactive application."""
        return self.http.delete(f"/interactive{path}", params=self._with_client(query), headers=self._headers())

    def post(self, path: str, **body: Any) -> httpx.Response:  # noqa: ANN401
        """Send a POST to the interactive application."""
        return self.http.post(f"/interactive{path}", json=self._with_client(body), headers=self._headers())

    def put(self, path: str, **body: Any) -> httpx.Response:  # noqa: ANN401
        """Send a PUT to the interactive application."""
        return self.http.put(f"/interactive{path}", json=self._with_client(body), headers=self._headers())

    def place(self, **changes: Any) -> httpx.Response:  # noqa: ANN401
        """Place a market order for ten SBIN, with changes."""
        return self.post("/orders", **(market_order() | changes))

    def market(self, method: str, path: str, **sent: Any) -> httpx.Response:  # noqa: ANN401
        """Call the market-data application: GET and DELETE send a query, POST and PUT a body."""
        query, body = (sent, None) if method in {"GET", "DELETE"} else (None, sent)
        headers = {"Authorization": self.market_token}
        return self.http.request(method, f"/apimarketdata{path}", params=query, json=body, headers=headers)

    def _headers(self) -> dict[str, str]:
        return {"Authorization": self.token}

    def _with_client(self, fields: dict[str, Any]) -> dict[str, Any]:
        named = {"clientID": self.client} | fields
        return {name: value for name, value in named.items() if value is not None}


def market_order() -> dict[str, Any]:
    """Return the body of a market order for ten SBIN."""
    return {
        "exchangeSegment": "NSECM",
        "exchangeInstrumentID": 3045,
        "productType": "MIS",
        "orderType": "MARKET",
        "orderSide": "BUY",
        "timeInForce": "DAY",
        "disclosedQuantity": 0,
        "orderQuantity": 10,
        "limitPrice": 0,
        "stopPrice": 0,
        "orderUniqueIdentifier": "mark0001",
        "apiOrderSource": "",
    }


def limit_order(price: float, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return the body of a limit order for ten SBIN, with changes."""
    return market_order() | {"orderType": "LIMIT", "limitPrice": price} | changes
