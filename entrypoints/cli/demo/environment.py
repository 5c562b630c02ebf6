"""The demo's environment: a simulated exchange, a trading app connected to it, its store; and the steps of the day."""

import logging
import secrets
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from rich.console import RenderableType
from rich.text import Text

from jainam_prop.adapters.simulator.config import PRO_CLIENT, SimulatorConfig
from jainam_prop.adapters.simulator.exchange.exchange import SimulatedExchange
from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.openalgo.runtime import using_container
from jainam_prop.entrypoints.settings import Settings, settings_from
from jainam_prop.entrypoints.trading_app import TradingApp

ACCOUNT: Final = PRO_CLIENT
"""The account that a PRO login trades for, as the exchange books it."""

_PACKAGE: Final = "jainam_prop"
_LOG_FILE: Final = "demo.log"


@dataclass(slots=True)
class DemoEnvironment:
    """A trading app, its exchange, and what a host keeps between two calls.

    Attributes:
        auth: the auth string of the login; a secret.
        asked: how many orders the day has asked for so far.
    """

    simulator: XtsSimulator
    app: TradingApp
    folder: Path
    auth: str = field(default="", repr=False)
    asked: int = 0

    @property
    def exchange(self) -> SimulatedExchange:
        """The exchange's own records."""
        return self.simulator.exchange

    def net(self, key: InstrumentKey, product: str) -> int:
        """Return what the exchange says is held, in signed units."""
        return self.exchange.net(ACCOUNT, key, product)

    def order(self, order_id: str | None) -> SimOrder | None:
        """Return an order as the exchange holds it."""
        return next((order for order in self.exchange.all_orders() if str(order.order_id) == order_id), None)

    def open_positions(self) -> dict[str, int]:
        """Return what the exchange holds open, in signed units by symbol."""
        held = self.exchange.positions(ACCOUNT)
        return {self.symbol(slot.key): line.net for slot, line in held.items() if line.net}

    def symbol(self, key: InstrumentKey) -> str:
        """Return OpenAlgo's symbol for a contract, or its number where today's instruments do not list it."""
        found = self.app.instruments.find_key(key)
        return found.symbol if found else str(key.token)

    def instrument(self, symbol: str, exchange: Exchange = Exchange.NSE) -> Instrument:
        """Return an instrument that the day trades.

        Raises:
            LookupError: today's instruments do not list it.
        """
        found = self.app.instruments.find(symbol, exchange)
        if found is None:
            raise LookupError(symbol)
        return found

    def nifty_future(self) -> Instrument:
        """Return the NIFTY future that expires first.

        Raises:
            LookupError: today's instruments do not list it.
        """
        found = self.app.instruments.find_key(self.exchange.universe.nearest_future("NIFTY").key)
        if found is None:
            message = "the nearest NIFTY future"
            raise LookupError(message)
        return found


@contextmanager
def open_environment(instruments: int, *, keep: bool = False) -> Iterator[DemoEnvironment]:
    """Open an exchange and a trading app for the length of a block; nothing of the user's is read or written.

    Args:
        instruments: how many the exchange lists.
        keep: leave the folder with store and log behind.
    """
    folder = Path(tempfile.mkdtemp(prefix="jainam-prop-demo-"))
    try:
        with _logging_to(folder / _LOG_FILE), XtsSimulator(SimulatorConfig(instruments=instruments)) as simulator:
            container = open_container(_settings(simulator, folder))
            try:
                with using_container(container) as app:
                    yield DemoEnvironment(simulator, app, folder)
            finally:
                container.shutdown_resources()
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)


def _settings(simulator: XtsSimulator, folder: Path) -> Settings:
    """Take every setting from here and none from the environment."""
    lines = dict(line.split("=", 1) for line in settings_lines(simulator))
    own = {"JAINAM_DATABASE_URL": f"sqlite:///{folder / 'jainam-prop.db'}", "JAINAM_TOKEN_KEY": secrets.token_hex(32)}
    return settings_from(lines | own | {"JAINAM_RETRY_DELAYS": "0.2,0.4"})


@contextmanager
def _logging_to(file: Path) -> Iterator[None]:
    """Send our own records to a file instead of between the tables."""
    logger, handler = logging.getLogger(_PACKAGE), logging.FileHandler(file, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    level, propagate = logger.level, logger.propagate
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)
        logger.propagate = propagate
        handler.close()


@dataclass(frozen=True, slots=True)
class Check:
    """A sentence about the exchange, whether it is true, and what was seen when it is not.

    ``marked`` says that the step's own table carries the mark already.
    """

    text: str
    holds: bool
    seen: str = ""
    marked: bool = False


def check(text: str, seen: object, expected: object, *, marked: bool = False) -> Check:
    """Compare what was seen with what a sentence says."""
    return Check(text, seen == expected, f"seen {seen!r}, expected {expected!r}", marked)


def mark(*, holds: bool) -> Text:
    """Write the mark of a check."""
    return Text("✓", style="bold green") if holds else Text("✗", style="bold red")


@dataclass(frozen=True, slots=True)
class StepOutcome:
    """What a step came to.

    Attributes:
        asked: what was asked for, for the summary.
        holds: what the exchange holds afterwards, likewise.
        view: a table for the terminal.
    """

    asked: str
    holds: str
    checks: tuple[Check, ...]
    view: RenderableType | None = None


Watch: TypeAlias = Callable[[RenderableType], None]
"""Shows the progress of a step, on a terminal."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the day.

    Attributes:
        vital: without it nothing after it makes sense.
    """

    title: str
    story: str
    run: Callable[[DemoEnvironment, Watch], StepOutcome]
    vital: bool = False


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step that has run, with its duration in seconds."""

    step: Step
    outcome: StepOutcome
    seconds: float

    @property
    def holds(self) -> bool:
        """Whether every check holds; a step that checks nothing has not shown anything."""
        return bool(self.outcome.checks) and all(one.holds for one in self.outcome.checks)
