"""The simulated broker behind a loopback server, and the simulator as a program that serves until a signal."""

import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Final, Self, TypeVar

from jainam_prop.adapters.simulator.api.account import AccountApi
from jainam_prop.adapters.simulator.api.books import BooksApi
from jainam_prop.adapters.simulator.api.instruments import InstrumentsApi
from jainam_prop.adapters.simulator.api.orders import OrdersApi
from jainam_prop.adapters.simulator.api.quotes import QuotesApi
from jainam_prop.adapters.simulator.config import LoginSpec, SimulatorConfig
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.faults import Faults
from jainam_prop.adapters.simulator.http.dispatcher import RateLimiter, RequestDispatcher, Router, Routes
from jainam_prop.adapters.simulator.http.messages import Answer, Request, failure
from jainam_prop.adapters.simulator.http.server import LoopbackServer
from jainam_prop.adapters.simulator.http.sessions import HostLookup, Sessions
from jainam_prop.adapters.simulator.rows import RowWriter
from jainam_prop.adapters.simulator.server.replay import ReplayServer
from jainam_prop.adapters.simulator.sockets.sockets import Sockets
from jainam_prop.adapters.simulator.sockets.tick_publisher import Ticker
from jainam_prop.adapters.simulator.vocabulary import Clock
from jainam_prop.domain.sessions.session import AccountKind


class XtsSimulator:
    """An XTS server on the loopback interface; use it as a context manager.

    Attributes:
        exchange: the true state, and control of the market.
        faults: the faults, which may be changed at any time.
        sessions: the live sessions.
        sockets: the sockets of both applications.
        ticker: moves prices, when started or when the configuration has a rate.
    """

    def __init__(self, config: SimulatorConfig | None = None, clock: Clock | None = None) -> None:
        """Bind; requests are answered from `start` on.

        Raises:
            ValueError: the host is not a loopback address.
        """
        self.config = config or SimulatorConfig()
        self.exchange = SimulatedExchange(self.config, clock)
        self.faults: Faults = self.exchange.faults
        self.sessions = Sessions(self.config.logins, self.exchange.clock)
        self.sockets = Sockets(self.exchange, self.sessions)
        self.ticker = Ticker(self.exchange, self.sessions, self.sockets.ticks)
        self._ticking = ExitStack()
        password = self.config.host_lookup_password
        self._lookup = HostLookup(password) if password else None
        self._limiter = RateLimiter(self.exchange.clock, enforced=self.config.rate_limits, rates=self.config.rates)
        self._dispatcher = self._build_dispatcher()
        self._server = LoopbackServer(self.config.host, self.config.port, self._answer)

    @property
    def base_url(self) -> str:
        """The server's address, ``http://127.0.0.1:port``."""
        host, port = self._server.address
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def port(self) -> int:
        """The server's port."""
        return self._server.address[1]

    @property
    def credentials(self) -> dict[AccountKind, LoginSpec]:
        """The first login of each kind, with its four invented credentials."""
        return {login.kind: login for login in reversed(self.config.logins)}

    @property
    def rate_refusals(self) -> int:
        """The number of requests above a rate limit."""
        return self._limiter.refusals

    def start(self) -> Self:
        """Start to answer requests."""
        self._server.start()
        if self.config.ticks_per_second > 0:
            self._ticking.enter_context(self.ticker.running(self.config.ticks_per_second))
        return self

    def close(self) -> None:
        """Release held replies, end every connection and stop."""
        self.faults.close()
        self._ticking.close()
        self._server.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _answer(self, request: Request) -> Answer:
        socket = self.sockets.answer(request)
        if socket is not None:
            return socket
        if self._lookup is not None and request.path == HostLookup.PATH:
            return self._lookup.answer(request, self.base_url)
        if self._lookup is not None and not self._lookup.admits(request):
            return failure("e-user-0002", "Invalid uniqueKey")
        return self._dispatcher.answer(request)

    def _build_dispatcher(self) -> RequestDispatcher:
        exchange, sessions, config = self.exchange, self.sessions, self.config
        writer = RowWriter(iso_dates=config.iso_dates, pro_client=config.pro_row_client)
        interactive: Routes = {
            **AccountApi(exchange, sessions, writer).routes(),
            **OrdersApi(exchange).routes(),
            **BooksApi(exchange, writer).routes(),
        }
        market: Routes = {
            **InstrumentsApi(exchange, sessions).routes(),
            **QuotesApi(exchange, self.sockets.ticks.first_images).routes(),
        }
        return RequestDispatcher(exchange, sessions, Router(interactive, market, config), self._limiter)


_Server = TypeVar("_Server")

_TICKS_PER_SECOND: Final = 4.0
"""Over all subscribed instruments together; without a subscription no price moves."""


def settings_lines(simulator: XtsSimulator, account: AccountKind = AccountKind.PRO) -> tuple[str, ...]:
    """Return the settings, ``KEY=value``, that make this project's commands and other clients use a simulator.

    Args:
        simulator: the simulator.
        account: the kind of login.
    """
    login = simulator.credentials[account]
    lines = (
        f"JAINAM_BASE_URL={simulator.base_url}",
        f"JAINAM_ACTIVE_ACCOUNT_TYPE={account}",
        f"JAINAM_INTERACTIVE_API_KEY={login.interactive.key}",
        f"JAINAM_INTERACTIVE_API_SECRET={login.interactive.secret}",
        f"JAINAM_MARKET_API_KEY={login.market.key}",
        f"JAINAM_MARKET_API_SECRET={login.market.secret}",
        f"BROKER_API_KEY={login.interactive.key}",
        f"BROKER_API_SECRET={login.interactive.secret}",
        f"BROKER_API_KEY_MARKET={login.market.key}",
        f"BROKER_API_SECRET_MARKET={login.market.secret}",
    )
    return (*lines, f"JAINAM_CLIENT_ID={login.clients[0]}") if account is AccountKind.NORMAL else lines


def replay_lines(replay: ReplayServer, account: AccountKind) -> tuple[str, ...]:
    """Return the settings that lead to a replay; any keys do.

    Args:
        replay: the replay.
        account: the kind of login, where the transcript does not say it.
    """
    kinds = ("INTERACTIVE_API_KEY", "INTERACTIVE_API_SECRET", "MARKET_API_KEY", "MARKET_API_SECRET")
    return (
        f"JAINAM_BASE_URL={replay.base_url}",
        f"JAINAM_ACTIVE_ACCOUNT_TYPE={replay.about.get('account_type', account.value)}",
        *(f"JAINAM_{kind}=of-a-transcript" for kind in kinds),
    )


@contextmanager
def simulator_with_prices(config: SimulatorConfig) -> Iterator[XtsSimulator]:
    """Open a simulator whose prices move."""
    with XtsSimulator(config) as simulator, simulator.ticker.running(_TICKS_PER_SECOND):
        yield simulator


def serve(opened: AbstractContextManager[_Server], announce: Callable[[_Server], object]) -> None:
    """Serve on loopback until SIGINT or SIGTERM; call it from the main thread.

    Args:
        opened: a server that is about to be opened.
        announce: called with the server once it answers.
    """
    asked = SimpleQueue[int]()  # a signal may come in the middle of its get; an event's lock would never be free again
    before = {each: signal.signal(each, lambda *got: asked.put(got[0])) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        with opened as server:
            announce(server)
            while asked.empty():
                with suppress(Empty):  # a bounded wait lets signals through on every platform
                    asked.put(asked.get(timeout=1.0))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
