"""The simulated broker as a whole: exchange, sessions and the loopback server in front of them."""

from contextlib import ExitStack
from types import TracebackType
from typing import Self

from jainam_prop.adapters.simulator.api.account import MarginApi, UserApi
from jainam_prop.adapters.simulator.api.books import BooksApi, EmptyAnswer, PortfolioApi
from jainam_prop.adapters.simulator.api.instruments import LookupApi, MarketApi
from jainam_prop.adapters.simulator.api.orders import LinkedApi, OrdersApi
from jainam_prop.adapters.simulator.api.quotes import OhlcApi, QuotesApi
from jainam_prop.adapters.simulator.clock import Clock
from jainam_prop.adapters.simulator.config import LoginSpec, SimulatorConfig
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.faults.faults import Faults
from jainam_prop.adapters.simulator.http.dispatcher import RequestDispatcher, Router, Routes
from jainam_prop.adapters.simulator.http.messages import Answer, Request, failure
from jainam_prop.adapters.simulator.http.rate_limits import RateLimiter
from jainam_prop.adapters.simulator.http.server import LoopbackServer
from jainam_prop.adapters.simulator.http.sessions import Sessions
from jainam_prop.adapters.simulator.rows.books import RowWriter
from jainam_prop.adapters.simulator.server.admin import ROOT, AdminApi
from jainam_prop.adapters.simulator.server.host_lookup import PATH, HostLookup
from jainam_prop.adapters.simulator.sockets.sockets import Sockets
from jainam_prop.adapters.simulator.sockets.ticker import Ticker
from jainam_prop.domain.sessions.session import AccountKind


class XtsSimulator:
    """An XTS server on the loopback interface; use it as a context manager.

    Attributes:
        exchange: the market and the truth, for whoever tests.
        faults: what goes wrong; may be changed at any time.
        sessions: who is logged in.
        sockets: the sockets of both applications.
        ticker: lets prices walk, when told to or when the configuration names a rate.
    """

    def __init__(self, config: SimulatorConfig | None = None, clock: Clock | None = None) -> None:
        """Bind and build everything; requests are answered from `start` on.

        Raises:
            ValueError: the host is not a loopback address.
        """
        self.config = config or SimulatorConfig()
        self.exchange = SimulatedExchange(self.config, clock)
        self.faults: Faults = self.exchange.faults
        self.sessions = Sessions(self.config.logins, self.exchange.clock)
        self.sockets = Sockets(self.exchange, self.sessions)
        self.ticker = Ticker(self.exchange, self.sessions, self.sockets.ticks)
        self._walking = ExitStack()
        self._admin = AdminApi(self.exchange, self.sessions, self.sockets)
        password = self.config.host_lookup_password
        self._lookup = HostLookup(password) if password else None
        self._chart = RateLimiter(self.exchange.clock, enforced=self.config.rate_limits, rates=self.config.rates)
        self._switchboard = self._wired()
        self._server = LoopbackServer(self.config.host, self.config.port, self._answer)

    @property
    def base_url(self) -> str:
        """Where it listens, ``http://127.0.0.1:port``."""
        host, port = self._server.address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def port(self) -> int:
        """The port it listens on."""
        return self._server.address[1]

    @property
    def credentials(self) -> dict[AccountKind, LoginSpec]:
        """The first login of each kind, with its four invented credentials."""
        return {login.kind: login for login in reversed(self.config.logins)}

    @property
    def rate_refusals(self) -> int:
        """How many requests came faster than the rate chart allows."""
        return self._chart.refusals

    def start(self) -> Self:
        """Begin to answer."""
        self._server.start()
        if self.config.ticks_per_second > 0:
            self._walking.enter_context(self.ticker.running(self.config.ticks_per_second))
        return self

    def close(self) -> None:
        """Let held replies go, end every connection and stop."""
        self.faults.close()
        self._walking.close()
        self._server.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self, request: Request) -> Answer:
        if request.path.startswith(ROOT):
            return self._admin.answer(request)
        socket = self.sockets.answer(request)
        if socket is not None:
            return socket
        if self._lookup is not None and request.path == PATH:
            return self._lookup.answer(request, self.base_url)
        if self._lookup is not None and not self._lookup.admits(request):
            return failure("e-user-0002", "Invalid uniqueKey")
        return self._switchboard.answer(request)

    def _wired(self) -> RequestDispatcher:
        exchange, sessions, config = self.exchange, self.sessions, self.config
        writer = RowWriter(
            iso_dates=config.iso_dates, pro_client=config.pro_row_client, mixed_positions=config.mixed_positions
        )
        empty = EmptyAnswer(exchange)
        interactive: Routes = {
            **UserApi(exchange, sessions, writer).routes(),
            **OrdersApi(exchange, config.cancel_as_array).routes(),
            **LinkedApi(exchange).routes(),
            **BooksApi(exchange, writer, empty).routes(),
            **PortfolioApi(exchange, writer, empty).routes(),
            **MarginApi(exchange).routes(),
        }
        market: Routes = {
            **MarketApi(exchange, sessions).routes(),
            **QuotesApi(exchange, self.sockets.ticks.first_images).routes(),
            **LookupApi(exchange).routes(),
            **OhlcApi(exchange).routes(),
        }
        router = Router(interactive, market, config)
        return RequestDispatcher(exchange, sessions, router, self._chart)
