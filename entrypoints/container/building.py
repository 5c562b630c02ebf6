"""How each adapter is made from the settings, where that takes more than its constructor."""

import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

import httpx
from sqlalchemy import Engine

from jainam_prop.adapters.openalgo_host.symbol_table import HostSymbolTable
from jainam_prop.adapters.sql.advisory_locks import AdvisoryLocks
from jainam_prop.adapters.sql.database import PAGE_BYTES, open_database
from jainam_prop.adapters.sql.sealing import key_from_file, key_from_secret
from jainam_prop.adapters.system.file_locks import FileLocks
from jainam_prop.adapters.system.symbol_guard import NamedLocks
from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.adapters.xts.http.connections import Connections, open_connections
from jainam_prop.adapters.xts.http.httpx_client import open_client
from jainam_prop.adapters.xts.http.server import HostLookup, XtsServer
from jainam_prop.adapters.xts.sdk.login import SdkLogin, SdkServer
from jainam_prop.adapters.xts.stream.address import RootOf
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.sessions import Login, TokenStore
from jainam_prop.application.timing import Timing
from jainam_prop.domain.rate_limit import rates_for
from jainam_prop.domain.sessions.session import AccountKind, Session
from jainam_prop.entrypoints.settings import Settings
from jainam_prop.entrypoints.settings_source import variable

_ENTROPY_BITS: Final = 46


def make_server(settings: Settings) -> XtsServer:
    """Describe the server that the settings name."""
    lookup = None
    if settings.host_lookup_url is not None and settings.host_lookup_password is not None:
        lookup = HostLookup(settings.host_lookup_url, settings.host_lookup_password.get_secret_value())
    layout = replace(settings.broker.layout, market_roots=settings.market_roots)
    return XtsServer(settings.server_url, layout, settings.api_order_source, lookup)


def keep_connections(clock: Clock, *, verify: bool) -> Iterator[Connections]:
    """Keep the connections to the broker as long as the container is open."""
    with open_connections(clock.monotonic, verify=verify) as connections:
        yield connections


def open_http(connections: Connections) -> Iterator[httpx.Client]:
    """Keep a client of httpx over the same connections, for the SDK."""
    with open_client(connections) as client:
        yield client


def open_engine(url: str, page_bytes: int = PAGE_BYTES) -> Iterator[Engine]:
    """Keep one database open as long as the container is open."""
    engine = open_database(url, page_bytes)
    yield engine
    engine.dispose()


def open_host_symbols(settings: Settings) -> Iterator[HostSymbolTable | None]:
    """Open OpenAlgo's own table of instruments where there is a host; it is mostly in the database we share with it."""
    if not settings.inside_openalgo or settings.host_database_url is None:
        yield None
    elif settings.own_database_url in {None, settings.host_database_url}:
        yield HostSymbolTable()
    else:
        engine = open_database(settings.host_database_url)
        yield HostSymbolTable(engine)
        engine.dispose()


def make_login(plain: Login, server: XtsServer, http: httpx.Client, settings: Settings, clock: Clock) -> Login:
    """Log in through Symphony's SDK where there is one, and through our own calls otherwise."""
    if settings.xts_sdk_path is None:
        return plain
    sdk = SdkServer(settings.xts_sdk_path, server.base_url, server.layout.market_roots, server.layout.login_source)
    return SdkLogin(sdk, http, settings.credentials, settings.choice, clock, plain)


def make_locks(engine: Engine, folder: Path, clock: Clock) -> NamedLocks:
    """Lock in the database where several machines share it, and in files otherwise."""
    return AdvisoryLocks(engine) if engine.dialect.name == "postgresql" else FileLocks(folder, clock)


def sealing_key(settings: Settings) -> Callable[[], bytes]:
    """Return what makes the key that tokens are sealed with; it is not made before it is needed."""
    secret = settings.sealing_secret
    return (lambda: key_from_file(settings.key_file)) if secret is None else (lambda: key_from_secret(secret))


def journal_owner(settings: Settings) -> str:
    """Name the account whose orders a journal holds: a NORMAL dealer's clients have order books of their own.

    Other accounts have one book, whatever client the settings name.
    """
    client = settings.client_id if settings.account_type is AccountKind.NORMAL else None
    return "|".join((settings.login_key, settings.account_type, client or ""))


def stored_session(tokens: TokenStore, profile: str) -> Session | None:
    """Return the session that the store holds for a profile."""
    return tokens.load(profile).value_or(None)


def make_timing(settings: Settings) -> Timing:
    """Take the deadlines of a call from the settings."""
    return Timing(call=settings.request_timeout, retries=settings.retry_delays)


def market_root(server: XtsServer) -> RootOf:
    """Return where the market-data application of a session is."""
    return lambda session: server.market(session.market_root)


def interactive_root(server: XtsServer) -> RootOf:
    """Return where the interactive application of a session is."""
    return server.interactive


def make_throttle(settings: Settings, clock: Clock) -> PacedThrottle:
    """Pace calls after the rate chart, together with all processes that share the store."""
    folder = settings.lock_folder / f"jainam-pace-{settings.login_key}"
    return PacedThrottle(rates_for(settings.broker.rates, int(settings.order_rate)), clock, folder)


def how_to_allow_square_off(settings: Settings) -> str:
    """Return what a person does to allow the broker's own square-off."""
    return f"{variable('native_squareoff', settings.broker)}=true or --native"


def entropy() -> int:
    """Return the random part of an order identifier."""
    return secrets.randbits(_ENTROPY_BITS)
