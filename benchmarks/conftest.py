"""A desk at a simulated broker in a process of its own, so that only our own time is measured."""

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Concatenate, Final, ParamSpec, TypeVar

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.openalgo.auth_api import authenticate_broker
from jainam_prop.entrypoints.openalgo.runtime import using_container
from jainam_prop.entrypoints.settings import settings_from
from jainam_prop.entrypoints.trading_app import TradingApp
from tests.e2e.world import INSTRUMENTS, UNLIMITED

UNPACED: Final = SimulatorConfig(instruments=INSTRUMENTS, rate_limits=False)
_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Counter:
    """A desk that is logged in, the string that the host keeps, and the broker."""

    desk: TradingApp
    auth: str
    base_url: str
    broker: Connection

    def at_broker(
        self,
        call: Callable[Concatenate[XtsSimulator, _Arguments], _Answer],
        *arguments: _Arguments.args,
        **named: _Arguments.kwargs,
    ) -> _Answer:
        """Call a function of a module with the simulator in its process, and return its answer."""
        self.broker.send((call, arguments, named))
        answer: _Answer = self.broker.recv()
        return answer


def serve(pipe: Connection, config: SimulatorConfig) -> None:
    """Be the broker until told to stop; a thread of ours would share the interpreter with what is measured."""
    with XtsSimulator(config) as broker:
        pipe.send(dict(line.split("=", 1) for line in settings_lines(broker)))
        while (asked := pipe.recv()) is not None:
            call, arguments, named = asked
            pipe.send(call(broker, *arguments, **named))


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """A PRO dealer's desk, logged in, with instruments and without a rate limiter."""
    with open_counter(tmp_path_factory.mktemp("desk")) as opened:
        yield opened


@contextmanager
def open_counter(folder: Path, config: SimulatorConfig = UNPACED, **changes: str) -> Iterator[Counter]:
    """Start a broker in another process, and open a desk there with its store in a folder.

    The desk keeps to the rate chart only at a broker that enforces it.
    """
    ours, theirs = multiprocessing.Pipe()
    broker = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs, config))
    broker.start()
    settings = ours.recv()
    store = {"JAINAM_DATABASE_URL": f"sqlite:///{folder / 'desk.db'}"}
    container = open_container(settings_from(settings | store | changes))
    if not config.rate_limits:
        container.infra.throttle.override(PacedThrottle(dict.fromkeys(CallFamily, UNLIMITED), SystemClock()))
    with using_container(container) as desk:
        desk.sync_instruments().unwrap()
        auth = authenticate_broker(None)[0]
        assert auth is not None
        yield Counter(desk, auth, settings["JAINAM_BASE_URL"], ours)
    container.shutdown_resources()
    ours.send(None)
    broker.join(10)
