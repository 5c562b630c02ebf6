"""The lock of a position, in PostgreSQL, whose connection ends while its order waits for a turn, or has just had it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dependency_injector import providers
from sqlalchemy import create_engine, text

from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.sql.advisory_locks import AdvisoryLocks
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.application.ports.journal import LOCK_LOST
from jainam_prop.application.ports.runtime import LockState, Throttle, position_lock
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.openalgo.auth_api import authenticate_broker
from jainam_prop.entrypoints.openalgo.order_api import place_smartorder_api
from jainam_prop.entrypoints.openalgo.runtime import using_container
from jainam_prop.entrypoints.settings import settings_from
from tests.adapters.xts.stream.standin import until
from tests.e2e.world import SBIN, UNLIMITED, UNPACED, World, settings_text, smart
from tests.postgres import throw_away_cluster

LOCK = PositionKey(SBIN, Product.MIS)


@dataclass(slots=True)
class Cutting:
    """A pace that does something once, before or after an order had its turn."""

    inner: Throttle
    cut: Callable[[], None] = lambda: None
    is_after: bool = False

    def wait(self, family: CallFamily, timeout_seconds: float, *, reduces: bool = False) -> bool:
        if family is not CallFamily.ORDER:
            return self.inner.wait(family, timeout_seconds, reduces=reduces)
        if not self.is_after:
            self._cut()
        had = self.inner.wait(family, timeout_seconds, reduces=reduces)
        if self.is_after:
            self._cut()
        return had

    def ended(self, family: CallFamily) -> None:
        self.inner.ended(family)

    def slow_down(self, family: CallFamily, seconds: float) -> None:
        self.inner.slow_down(family, seconds)

    def _cut(self) -> None:
        cut, self.cut = self.cut, lambda: None
        cut()


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk on a PostgreSQL, whose orders are paced by ``pace``."""

    world: World
    pace: Cutting
    url: str

    def smart(self, size: int) -> tuple[int, str, str | None]:
        """Place a smart order: the status, the message and the order's id."""
        reply, body, order_id = place_smartorder_api(smart(size), self.world.auth)
        return getattr(reply, "status", 0), str(body.get("message", "")), order_id

    def lock(self) -> str:
        return position_lock(self.world.container.infra.settings().login_key, LOCK)

    def end_lock(self) -> None:
        """End the connection that holds the lock, as a network would, and wait until that has arrived."""
        everywhere = self.world.container.infra.locks().everywhere
        fence = everywhere.fence(self.lock())
        engine = create_engine(self.url)
        with engine.connect() as sql:
            sql.execute(text("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"))
        engine.dispose()
        until(lambda: fence.is_lost)

    def states(self) -> list[IntentState]:
        return [entry.state for entry in self.world.container.infra.shared_journal().recent()]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with throw_away_cluster() as url:
        yield url


@pytest.fixture
def desk(url: str, tmp_path: Path) -> Iterator[Desk]:
    pace = Cutting(PacedThrottle(dict.fromkeys(CallFamily, UNLIMITED), SystemClock()))
    own = {"JAINAM_DATABASE_URL": url, "XDG_DATA_HOME": str(tmp_path)}
    with XtsSimulator(UNPACED) as sim:
        container = open_container(settings_from(settings_text(sim, tmp_path, AccountKind.PRO, **own)))
        container.infra.throttle.override(providers.Object(pace))
        with using_container(container) as app:
            auth = authenticate_broker(None)[0] or ""
            app.sync_instruments().unwrap()
            yield Desk(World(sim, container, app, auth, AccountKind.PRO), pace, url)
        container.shutdown_resources()


@pytest.mark.parametrize("is_after", [False, True], ids=["before-the-turn", "after-the-turn"])
def test_an_entry_whose_lock_was_lost_does_not_leave(desk: Desk, *, is_after: bool) -> None:
    desk.pace.is_after, desk.pace.cut = is_after, desk.end_lock
    before, sent = desk.states(), desk.world.sent()
    status, message, order_id = desk.smart(10)

    assert (status, order_id, LOCK_LOST in message) == (409, None, True), message
    assert (desk.world.sent() - sent, desk.states()) == (0, [IntentState.NOT_SENT, *before])
    assert (desk.smart(10)[0], desk.world.net()) == (200, 10)


@pytest.mark.parametrize("is_after", [False, True], ids=["before-the-turn", "after-the-turn"])
def test_an_exit_whose_lock_was_lost_leaves(desk: Desk, *, is_after: bool) -> None:
    desk.smart(10)
    desk.pace.is_after, desk.pace.cut = is_after, desk.end_lock

    assert (desk.smart(0)[0], desk.world.net()) == (200, 0)


def test_who_takes_over_meanwhile_finds_the_order_in_the_journal(desk: Desk) -> None:
    """It is there before the lock can be had by another, who so knows of it whether it leaves or not."""
    found: list[list[IntentState]] = []

    def take_over() -> None:
        desk.end_lock()
        with AdvisoryLocks(desk.world.container.infra.database()).hold(desk.lock(), 10.0) as taken:
            assert taken is LockState.HELD
            found.append(desk.states()[:1])

    desk.pace.cut = take_over
    status, _, order_id = desk.smart(10)

    assert (found, status, order_id) == ([[IntentState.INTENDED]], 409, None)
