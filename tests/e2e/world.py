"""A trading desk at a simulated broker, as OpenAlgo would use it."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final

from returns.pipeline import is_successful

from jainam_prop.adapters.simulator.catalogue.universe import SPREAD
from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.adapters.xts.profiles.jainam import PRO_CLIENT_MARK
from jainam_prop.domain.deadlines import Timing
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey
from jainam_prop.domain.rate_limit import CallFamily, Rate
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.container import Container, open_container
from jainam_prop.entrypoints.openalgo.auth_api import authenticate_broker
from jainam_prop.entrypoints.openalgo.runtime import using_container
from jainam_prop.entrypoints.settings import settings_from
from jainam_prop.entrypoints.trading_app import TradingApp

UNLIMITED: Final = Rate(100_000, 1.0)
INSTRUMENTS: Final = 300
UNPACED: Final = SimulatorConfig(instruments=INSTRUMENTS, rate_limits=False)
"""A broker that takes calls as fast as they come."""
SBIN: Final = InstrumentKey(Exchange.NSE, 3045)
RELIANCE: Final = InstrumentKey(Exchange.NSE, 2885)
TCS: Final = InstrumentKey(Exchange.NSE, 11536)
STORE: Final = "desk.db"

BOOKED_TO: Final = {
    AccountKind.INVESTOR: "INVEST01",
    AccountKind.NORMAL: "CLIENT01",
    AccountKind.PRO: PRO_CLIENT_MARK,
}


@dataclass(frozen=True, slots=True)
class World:
    """A desk, the broker behind it and the string that the host keeps."""

    sim: XtsSimulator
    container: Container
    desk: TradingApp
    auth: str
    account: AccountKind

    def net(self, key: InstrumentKey = SBIN, product: str = "MIS") -> int:
        """The truth: signed units that the exchange holds for the account."""
        return self.sim.exchange.net(BOOKED_TO[self.account], key, product)

    def sent(self) -> int:
        """How many orders reached the broker."""
        return self.sim.exchange.requests["place"]

    def nifty_future(self) -> Instrument:
        """The nearest NIFTY future."""
        nearest = self.sim.exchange.universe.nearest_future("NIFTY")
        found = self.desk.instruments.find_key(nearest.key)
        assert found is not None
        return found

    def unlisted(self) -> InstrumentKey:
        """A contract that the broker knows and our master leaves out: a spread."""
        return next(row.key for row in self.sim.exchange.universe.listings("NSEFO") if row.kind == SPREAD)

    def price(self, factor: str, key: InstrumentKey = SBIN) -> Decimal:
        """A valid price some way from where the instrument trades now (``"0.99"`` is one per cent below)."""
        tick = Decimal("0.05")
        return (self.sim.exchange.market(key).last_price * Decimal(factor) / tick).to_integral_value() * tick


def order(**changes: object) -> dict[str, Any]:
    """A market order for ten SBIN, as the host's schema would fill it in."""
    return {
        "apikey": "host-key",
        "strategy": "test",
        "symbol": "SBIN",
        "exchange": "NSE",
        "action": "BUY",
        "quantity": 10,
        "pricetype": "MARKET",
        "product": "MIS",
        "price": 0.0,
        "trigger_price": 0.0,
        "disclosed_quantity": 0,
    } | changes


def smart(size: object, **changes: object) -> dict[str, Any]:
    """A smart order for SBIN."""
    return order(quantity=0, position_size=size) | changes


def settings_text(sim: XtsSimulator, folder: Path, account: AccountKind, **changes: str) -> dict[str, str]:
    """The settings of a desk at a simulator, with its store in a folder."""
    lines = dict(line.split("=", 1) for line in settings_lines(sim, account))
    ours = {
        "JAINAM_DATABASE_URL": f"sqlite:///{folder / STORE}",
        "JAINAM_ORDER_RATE": "25",
        "JAINAM_REQUEST_TIMEOUT": "10",
        "JAINAM_RETRY_DELAYS": "0.1,0.2",
    }
    return lines | ours | changes


@contextmanager
def a_world(
    folder: Path,
    account: AccountKind = AccountKind.PRO,
    config: SimulatorConfig | None = None,
    timing: Timing | None = None,
    prepare: Callable[[Container], object] = lambda _container: None,
    **settings: str,
) -> Iterator[World]:
    """Open a broker and a desk that is logged in and knows today's instruments.

    The desk keeps to the rate chart only at a broker that enforces it, so that most tests need not wait; ``timing``
    stands in for its own waits and deadlines.
    """
    with (
        XtsSimulator(config or UNPACED) as sim,
        a_desk(sim, folder, account, timing, prepare, **settings) as world,
    ):
        yield world


@contextmanager
def a_desk(
    sim: XtsSimulator,
    folder: Path,
    account: AccountKind = AccountKind.PRO,
    timing: Timing | None = None,
    prepare: Callable[[Container], object] = lambda _container: None,
    **settings: str,
) -> Iterator[World]:
    """Open a desk at a broker that runs already, logged in and with today's instruments; as `a_world`.

    ``prepare`` may put something else in the place of one of its parts before any is built.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / STORE).exists():
        copy_synced_store(sim, folder)
    container = open_container(settings_from(settings_text(sim, folder, account, **settings)))
    prepare(container)
    if not sim.config.rate_limits:
        container.infra.throttle.override(PacedThrottle(dict.fromkeys(CallFamily, UNLIMITED), SystemClock()))
    if timing is not None:
        container.infra.timing.override(timing)
    try:
        with using_container(container) as desk:
            auth, *_, error = authenticate_broker(None)
            assert auth is not None
            assert error is None
            yield World(sim, container, desk, auth, account)
    finally:
        container.shutdown_resources()


def copy_synced_store(sim: XtsSimulator, folder: Path) -> None:
    """Put the store of a desk that knows a broker's instruments into a folder."""
    for name, content in _synced_store(sim.config.instruments, sim.config.day, sim.config.seed).items():
        (folder / name).write_bytes(content)


@cache
def _synced_store(instruments: int, day: date | None, seed: int) -> dict[str, bytes]:
    """Return the files of a desk that has synced and is logged out: where most tests begin."""
    config = SimulatorConfig(instruments=instruments, day=day, seed=seed, rate_limits=False)
    with tempfile.TemporaryDirectory() as name, XtsSimulator(config) as sim:
        container = open_container(settings_from(settings_text(sim, Path(name), AccountKind.PRO)))
        try:
            desk = container.app()
            synced = desk.sync_instruments()
            assert is_successful(synced), synced
            assert desk.journal.open_entries() == ()
            container.infra.tokens().forget(container.infra.profile())
        finally:
            container.shutdown_resources()
        return {path.name: path.read_bytes() for path in Path(name).glob("*.db")}
