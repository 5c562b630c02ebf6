"""The lock of a position, in PostgreSQL, whose connection ends while its order waits for a turn, or has just had it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dependency_injector import providers
from returns.result import Failure, Result, Success
from sqlalchemy import create_engine, text

from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.sql.advisory_locks import AdvisoryLocks
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.system.throttle import PacedThrottle
from jainam_prop.application.close_all.report import LegState
from jainam_prop.application.ports.journal import LOCK_LOST
from jainam_prop.application.ports.runtime import LockState, Throttle, position_lock
from jainam_prop.application.positions.convert import Converted
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.openalgo.auth_api import authenticate_broker
from jainam_prop.entrypoints.openalgo.order_api import cancel_order, modify_order, place_order_api, place_smartorder_api
from jainam_prop.entrypoints.openalgo.runtime import using_container
from jainam_prop.entrypoints.settings import settings_from
from tests.adapters.xts.stream.standin import until
from tests.e2e.world import SBIN, UNLIMITED, UNPACED, World, order, settings_text, smart
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

    def convert(self, quantity: int) -> Result[Converted, BrokerError]:
        """Carry units of the position as NRML."""
        app = self.world.desk
        instrument = app.instruments.find_key(SBIN)
        assert instrument is not None
        conversion = Conversion(instrument, quantity, Product.MIS, Product.NRML)
        return app.convert_position(app.sessions.newest().unwrap(), conversion)

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


@pytest.mark.parametrize("is_after", [False, True], ids=["before-the-turn", "after-the-turn"])
def test_a_conversion_whose_lock_was_lost_does_not_leave(desk: Desk, *, is_after: bool) -> None:
    desk.smart(10)
    desk.pace.is_after, desk.pace.cut = is_after, desk.end_lock
    before, asked = desk.states(), desk.world.sim.exchange.requests["convert"]

    assert desk.convert(10) == Failure(Blocked(LOCK_LOST))
    assert desk.states() == [IntentState.NOT_SENT, IntentState.NOT_SENT, *before]
    assert (desk.world.sim.exchange.requests["convert"] - asked, desk.world.net()) == (0, 10)
    assert desk.convert(10) == Success(Converted(0, 10))


def test_a_square_off_whose_lock_was_lost_leaves(desk: Desk) -> None:
    desk.smart(10)
    desk.pace.cut = desk.end_lock
    app = desk.world.desk

    closed = app.native_square_off.one(app.sessions.newest().unwrap(), LOCK, insist=True)

    assert ([leg.state for leg in closed.unwrap().legs], desk.world.net()) == ([LegState.CLOSED], 0)


def test_a_stop_is_back_where_the_lock_was_lost_while_it_was_cancelled(desk: Desk) -> None:
    """A cancel goes on; the order that it made way for would go beyond zero, so it does not leave."""
    desk.smart(10)
    trigger = float(desk.world.price("0.97"))
    stop = order(action="SELL", pricetype="SL", price=trigger - 1, trigger_price=trigger)
    assert place_order_api(stop, desk.world.auth)[0].status == 200
    desk.pace.cut = desk.end_lock
    status, message, order_id = desk.smart(-5)

    assert (status, order_id, LOCK_LOST in message) == (409, None, True), message
    working = [(each.intake.side.value, each.terms.quantity) for each in desk.world.sim.exchange.working_orders()]
    assert (desk.world.net(), working) == (10, [("SELL", 10)]), message


def test_new_terms_and_a_cancel_leave_beside_a_lock_that_was_lost(desk: Desk) -> None:
    """They hold none: it is that of a smart order that waits meanwhile."""
    terms = order(quantity=5, pricetype="LIMIT", price=float(desk.world.price("0.97")))
    order_id = place_order_api(terms, desk.world.auth)[2]
    with desk.world.container.infra.guard().hold(LOCK, 10.0):
        desk.end_lock()
        changed, _ = modify_order(terms | {"orderid": order_id, "quantity": 4}, desk.world.auth)
        cancelled, _ = cancel_order(order_id or "", desk.world.auth)

    assert (changed["status"], cancelled["status"]) == ("success", "success"), (changed, cancelled)


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
