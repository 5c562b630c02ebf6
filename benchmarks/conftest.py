"""A desk at a simulated broker without a rate chart, in a process of its own, so that only our own time is measured."""

import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.server.running import settings_lines
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.openalgo.auth_api import authenticate_broker
from jainam_prop.entrypoints.openalgo.runtime import using_container
from jainam_prop.entrypoints.settings import settings_from
from jainam_prop.entrypoints.trading_app import TradingApp
from tests.e2e.world import INSTRUMENTS, UNLIMITED


@dataclass(frozen=True, slots=True)
class Counter:
    """A desk that is logged in, the string that the host keeps, and where the broker is."""

    desk: TradingApp
    auth: str
    base_url: str


def serve(pipe: Connection) -> None:
    """Be the broker until told to stop; a thread of ours would share the interpreter with what is measured."""
    with XtsSimulator(SimulatorConfig(instruments=INSTRUMENTS, rate_limits=False)) as broker:
        pipe.send(dict(line.split("=", 1) for line in settings_lines(broker)))
        pipe.recv()


@pytest.fixture(scope="module")
def counter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Counter]:
    """A PRO dealer's desk, logged in, with instruments and without a rate limiter."""
    with open_counter(tmp_path_factory.mktemp("desk")) as opened:
        yield opened


@contextmanager
def open_counter(folder: Path) -> Iterator[Counter]:
    """Start a broker in another process, and open a desk there with its store in a folder."""
    ours, theirs = multiprocessing.Pipe()
    broker = multiprocessing.get_context("spawn").Process(target=serve, args=(theirs,))
    broker.start()
    settings = ours.recv()
    container = open_container(settings_from(settings | {"JAINAM_DATABASE_URL": f"sqlite:///{folder / 'desk.db'}"}))
    container.infra.throttle.override(PacedThrottle(dict.fromkeys(CallFamily, UNLIMITED), SystemClock()))
    with using_container(container) as desk:
        desk.sync_instruments().unwrap()
        auth = authenticate_broker(None)[0]
        assert auth is not None
        yield Counter(desk, auth, settings["JAINAM_BASE_URL"])
    container.shutdown_resources()
    ours.send("stop")
    broker.join(10)
