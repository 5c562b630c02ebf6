"""A shell whose commands reach a simulated broker: run one, read what it said."""

import json
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

from click.testing import CliRunner

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault
from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.adapters.xts.network import Tap
from jainam_prop.adapters.xts.profiles.jainam import PRO_CLIENT_MARK
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.main import root
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.settings import Settings, settings_from
from jainam_prop.entrypoints.trading_app import TradingApp
from tests.e2e.troubles import SkippingClock
from tests.e2e.world import UNLIMITED

INSTRUMENTS: Final = 300
_LOOKS: Final = 0.2
SBIN: Final = InstrumentKey(Exchange.NSE, 3045)
RELIANCE: Final = InstrumentKey(Exchange.NSE, 2885)


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command printed and how it ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Standard output as the one JSON document it has to be."""
        read = json.loads(self.out)
        assert isinstance(read, dict)
        return read

    @property
    def data(self) -> Any:  # noqa: ANN401 (a document has any shape)
        """What the document holds."""
        return self.document["data"]


def run(context: CliContext | None, *words: str, typed: str | None = None) -> Ran:
    """Run a command line; with ``typed`` somebody sits at the terminal and types that."""
    if context is not None:
        terminal = replace(context.terminal, can_ask=typed is not None)
        context = replace(context, terminal=terminal)
    result = CliRunner().invoke(root, list(words), input=typed, obj=context, prog_name="jainam-prop")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Ran(result.exit_code, result.stdout, result.stderr)


@dataclass(frozen=True, slots=True)
class Shell:
    """A shell whose settings lead to a simulator, with a store of its own."""

    sim: XtsSimulator
    context: CliContext

    def run(self, *words: str, typed: str | None = None) -> Ran:
        """Run a command line."""
        return run(self.context, *words, typed=typed)

    def given(self, *lines: str) -> None:
        """Run commands that only prepare a test and must succeed."""
        for line in lines:
            ran = self.run(*line.split())
            assert ran.status == 0, ran

    def hurrying(self, ahead: float = 0.0) -> "Shell":
        """Return one whose commands go at once through their waits for what does not come, so many seconds later."""
        return replace(self, context=replace(self.context, opened=partial(_hurried, ahead)))

    def paced(self) -> "Shell":
        """Return one whose commands keep to the rate chart, as they do at a real broker; they wait for it."""
        return replace(self, context=CliContext(self.context.terminal, reader=self.context.reader))

    def fault(self, fault: Fault) -> None:
        """Let something go wrong from now on."""
        self.sim.faults.add(fault)

    def net(self, key: InstrumentKey = SBIN, product: str = "MIS") -> int:
        """The truth: signed units that the exchange holds."""
        return self.sim.exchange.net(PRO_CLIENT_MARK, key, product)

    def sent(self) -> int:
        """How many orders reached the broker."""
        return self.sim.exchange.requests["place"]


def settings_for(sim: XtsSimulator, folder: Path, **changes: str) -> Settings:
    """Settings that lead to a simulator, with the store in a folder."""
    lines = dict(line.split("=", 1) for line in settings_lines(sim))
    store = {"JAINAM_DATABASE_URL": f"sqlite:///{folder / 'desk.db'}", "JAINAM_TOKEN_KEY": "a key for tests only"}
    return settings_from(lines | store | {"JAINAM_ORDER_RATE": "25"} | changes)


class HurriedClock(SkippingClock):
    """A clock on which the waits of a command between two looks take no time; shorter naps wait for other threads."""

    def sleep(self, seconds: float) -> None:
        if seconds < _LOOKS or threading.current_thread() is not threading.main_thread():
            super().sleep(seconds)
        else:
            self._skipped += seconds


@contextmanager
def unpaced(settings: Settings, tap: Tap | None, clock: SkippingClock | None = None) -> Iterator[TradingApp]:
    """Open the trading app of a command that does not keep to the rate chart, for a broker that enforces none."""
    container = open_container(settings, few_lookups=True, tap=tap)
    container.infra.throttle.override(PacedThrottle(dict.fromkeys(CallFamily, UNLIMITED), clock or SystemClock()))
    if clock is not None:
        container.infra.clock.override(clock)
    try:
        yield container.app()
    finally:
        container.shutdown_resources()


def _hurried(ahead: float, settings: Settings, tap: Tap | None) -> AbstractContextManager[TradingApp]:
    """Open the trading app of a command on a `HurriedClock`."""
    clock = HurriedClock()
    clock.skip(ahead)
    return unpaced(settings, tap, clock)


@contextmanager
def a_shell(folder: Path, **changes: str) -> Iterator[Shell]:
    """Open a broker and a shell that leads to it."""
    config = SimulatorConfig(instruments=INSTRUMENTS, rate_limits=False)
    with XtsSimulator(config) as sim:
        settings = settings_for(sim, folder, **changes)
        yield Shell(sim, CliContext(Terminal.of_process(), reader=lambda _: settings, opened=unpaced))
