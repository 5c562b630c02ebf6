"""How each adapter is made from the settings, where that takes more than its constructor, and classes loaded late."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING, Any

from dependency_injector import providers

from jainam_prop.entrypoints.settings_source import variable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import httpx

    from jainam_prop.adapters.system.threads import ThreadTaskRunner
    from jainam_prop.adapters.xts.http.client import XtsServer
    from jainam_prop.adapters.xts.http.connections import Connections
    from jainam_prop.adapters.xts.network import NetworkPolicy
    from jainam_prop.adapters.xts.stream.connection import RootOf
    from jainam_prop.application.ports.runtime import Clock
    from jainam_prop.application.ports.sessions import Login, TokenStore
    from jainam_prop.domain.sessions.session import Session
    from jainam_prop.entrypoints.settings import Settings


def lazy(where: str) -> Callable[..., Any]:
    """Return what makes an instance of ``module:class``, importing the module at the first call.

    A test builds every provider, so that a wrong name fails there.
    """
    module, _, name = where.partition(":")

    def make(*args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 (whatever the class takes)
        return getattr(import_module(f"jainam_prop.{module}"), name)(*args, **kwargs)

    return make


def single(where: str, *parts: Any, **named: Any) -> providers.Singleton[Any]:  # noqa: ANN401 (whatever the class takes)
    """Provide the one instance of ``module:class`` in a container, made when it is first needed."""
    return providers.Singleton(lazy(where), *parts, **named)


def make_server(settings: Settings) -> XtsServer:
    """Describe the server that the settings name."""
    from jainam_prop.adapters.xts.http.client import HostLookup, XtsServer  # noqa: PLC0415

    lookup = None
    if settings.host_lookup_url is not None and settings.host_lookup_password is not None:
        lookup = HostLookup(settings.host_lookup_url, settings.host_lookup_password)
    layout = replace(settings.broker.layout, market_roots=settings.market_roots)
    return XtsServer(settings.server_url, layout, settings.api_order_source, lookup)


def open_tasks(threads: int) -> Iterator[ThreadTaskRunner]:
    """Run tasks as long as the container is open."""
    from jainam_prop.adapters.system.threads import ThreadTaskRunner  # noqa: PLC0415

    tasks = ThreadTaskRunner(threads)
    yield tasks
    tasks.close()


def keep_connections(clock: Clock, network: NetworkPolicy) -> Iterator[Connections]:
    """Keep the connections to the broker as long as the container is open."""
    from jainam_prop.adapters.xts.http.connections import open_connections  # noqa: PLC0415

    with open_connections(clock.monotonic, network) as connections:
        yield connections


def open_http(connections: Connections) -> Iterator[httpx.Client]:
    """Keep a client of httpx over the same connections, for the SDK."""
    from jainam_prop.adapters.xts.http.httpx_client import open_client  # noqa: PLC0415

    with open_client(connections) as client:
        yield client


def make_login(
    plain: Login, server: XtsServer, http: Callable[[], httpx.Client], settings: Settings, clock: Clock
) -> Login:
    """Log in through Symphony's SDK where there is one, and through our own calls otherwise."""
    if settings.xts_sdk_path is None:
        return plain
    from jainam_prop.adapters.xts.sdk.login import SdkLogin, SdkServer  # noqa: PLC0415

    layout, setting = server.layout, variable("xts_sdk_path", settings.broker)
    sdk = SdkServer(settings.xts_sdk_path, server.base_url, layout.market_roots, layout.login_source, setting)
    return SdkLogin(sdk, http(), settings.credentials, settings.choice, clock, plain)


def stored_session(tokens: TokenStore, profile: str) -> Session | None:
    """Return the session that the store holds for a profile."""
    return tokens.load(profile).value_or(None)


def market_root(server: XtsServer) -> RootOf:
    """Return where the market-data application of a session is."""
    return lambda session: server.market(session.market_root)


def how_to_allow_square_off(settings: Settings) -> str:
    """Return what a person does to allow the broker's own square-off."""
    return f"{variable('native_squareoff', settings.broker)}=true or --native"
