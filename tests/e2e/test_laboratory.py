"""Two desks of one account behind wires that fail in every way: what each was told is what the exchange holds.

Damage is counted in bytes, not in seconds, so that a failing schedule can be repeated and shrunk. ``JAINAM_SOAK=1``
tries many more schedules.
"""

import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from returns.pipeline import is_successful
from sqlalchemy import URL, create_engine, make_url

from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.market_data.calendar import book_day
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.orders.trading_state import CircuitRule
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.openalgo.order_api import (
    cancel_order,
    close_all_positions,
    place_order_api,
    place_smartorder_api,
)
from jainam_prop.entrypoints.openalgo.runtime import using_container
from tests.e2e.troubles import QUICK, SOAK, SkippingClock, eventually
from tests.e2e.wire import WHOLE, Damage, FaultyProxy, Side, Wire
from tests.e2e.world import BOOKED_TO, UNPACED, World, a_desk, order, smart
from tests.postgres import throw_away_cluster

ENDLESS: Final = CircuitRule(threshold=10**9)
OK: Final = 200
UNKNOWN: Final = 504
LONGEST_UNKNOWN: Final = 180.0
AFTER: Final = [0, 1, 60, 200, 400, 1_000]
"""Bytes until the damage: before, in and behind the head of a message, and in its body."""

desks = st.integers(0, 1)


class Laboratory(RuleBasedStateMachine):
    """An exchange, a wire, and two desks with one store that trade one account."""

    def __init__(self) -> None:
        super().__init__()
        self.opened = ExitStack()

    @initialize()
    def open(self) -> None:
        self.number = next(_NUMBERS)
        self.resting: list[str] = []
        self.told: list[str] = []
        self.clock = SkippingClock()
        self.folder = Path(self.opened.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        self.sim = self.opened.enter_context(XtsSimulator(UNPACED))
        self.open_desks()
        self.sim.exchange.set_funds(BOOKED_TO[self.desks[0].account], Decimal(10**12))

    def open_desks(self) -> None:
        """Put the wire between the desks and the broker."""
        self.wire = self._wire(("127.0.0.1", self.sim.port))
        self.desks = [self._desk(JAINAM_BASE_URL=self.wire.base_url) for _ in range(2)]
        self.observer = self.desks[0]

    def _wire(self, target: str | tuple[str, int]) -> FaultyProxy:
        wire = FaultyProxy(target)
        self.opened.callback(wire.close)
        return wire

    def _desk(self, **settings: str) -> World:
        def prepare(container: Any) -> None:  # noqa: ANN401 (a container has no type of its own)
            container.trading.circuit_rule.override(ENDLESS)
            container.infra.clock.override(self.clock)

        made = a_desk(self.sim, self.folder, AccountKind.PRO, QUICK, prepare, JAINAM_REQUEST_TIMEOUT="2", **settings)
        return self.opened.enter_context(made)

    @rule(damage=st.sampled_from(list(Damage)), side=st.sampled_from(list(Side)), after=st.sampled_from(AFTER))
    def damage(self, damage: Damage, side: Side, after: int) -> None:
        self.wire.wire = Wire(damage, side, after)

    @rule(seconds=st.sampled_from([-3_600, -60, 60, 3_600]))
    def step_the_clock(self, seconds: int) -> None:
        """Step the wall clock, as a time server does; the monotonic clock goes on. Never into another day's books."""
        ahead = self.clock.ahead + timedelta(seconds=seconds)
        now = self.clock.now() - self.clock.ahead
        if book_day(now + ahead) == book_day(now):
            self.clock.ahead = ahead

    @rule(desk=desks, size=st.integers(1, 9), side=st.sampled_from(["BUY", "SELL"]))
    def place(self, desk: int, size: int, side: str) -> None:
        self._place(desk, size, action=side)

    @rule(desk=desks, size=st.integers(1, 9))
    def rest(self, desk: int, size: int) -> None:
        price = float(self.desks[0].price("0.98"))
        order_id = self._place(desk, size, pricetype="LIMIT", price=price)
        if order_id is not None:
            self.resting.append(order_id)

    def _place(self, desk: int, size: int, **terms: object) -> str | None:
        before = self.identifiers()
        with using_container(self.desks[desk].container):
            reply, body, order_id = place_order_api(order(quantity=size, **terms), self.desks[desk].auth)
        new = self.identifiers() - before
        made = [each for each in self.sim.exchange.all_orders() if each.intake.identifier in new]
        self.tell(f"desk {desk} {terms} {size}: {reply.status} {order_id} {body.get('message', '')}")
        assert len(made) <= 1, self.told
        if reply.status == OK:
            assert [(str(each.order_id), each.terms.quantity) for each in made] == [(order_id, size)], self.told
        elif reply.status != UNKNOWN:
            assert made == [], self.told
        return order_id

    @rule(sizes=st.tuples(st.integers(1, 9), st.integers(11, 19)))
    def place_at_once(self, sizes: tuple[int, int]) -> None:
        """Let both desks place, so that a reply of one connection can overtake that of the other."""
        before = self.identifiers()

        def place(desk: int) -> tuple[Any, Any, str | None]:
            with using_container(self.desks[desk].container):
                return place_order_api(order(quantity=sizes[desk]), self.desks[desk].auth)

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(place, (0, 1)))
        new = self.identifiers() - before
        made = [each for each in self.sim.exchange.all_orders() if each.intake.identifier in new]
        for size, (reply, body, order_id) in zip(sizes, answers, strict=True):
            self.tell(f"at once {size}: {reply.status} {order_id} {body.get('message', '')}")
            mine = [str(each.order_id) for each in made if each.terms.quantity == size]
            assert len(mine) <= 1, self.told
            if reply.status != UNKNOWN:
                assert mine == ([order_id] if reply.status == OK else []), self.told

    @rule(desk=desks, wanted=st.integers(-9, 9))
    def smart(self, desk: int, wanted: int) -> None:
        world = self.desks[desk]
        with using_container(world.container):
            reply, body, _ = place_smartorder_api(smart(wanted), world.auth)
        status = OK if reply is None else reply.status
        self.tell(f"desk {desk} smart {wanted}: {status} {body.get('message', '')}")
        if status == OK and body["status"] == "success":
            assert wanted in {self.net(), self.net() + self.working()}, self.told

    def working(self) -> int:
        """Return the signed units of what works at the exchange, which may be what reaches a target."""
        orders = self.sim.exchange.working_orders()
        return sum((each.terms.quantity - each.filled) * each.intake.side.sign for each in orders)

    @rule(desk=desks)
    def cancel(self, desk: int) -> None:
        if not self.resting:
            return
        order_id, world = self.resting[-1], self.desks[desk]
        with using_container(world.container):
            body, status = cancel_order(order_id, world.auth)
        self.tell(f"desk {desk} cancel {order_id}: {status} {body.get('message', '')}")
        state = next(each.state for each in self.sim.exchange.all_orders() if str(each.order_id) == order_id)
        if status == OK:
            assert state.value.lower() == OrderState.CANCELLED.value.lower(), self.told

    @rule(desk=desks)
    def close(self, desk: int) -> None:
        self._close(desk)

    def _close(self, desk: int) -> int:
        world = self.desks[desk]
        with using_container(world.container):
            body, status = close_all_positions("key", world.auth)
        self.tell(f"desk {desk} close: {status} {body.get('message', '')}")
        if status == OK:
            assert self.net() == 0, self.told
            assert not self.sim.exchange.working_orders(), self.told
        return status

    def tell(self, words: str) -> None:
        """Keep what a desk was told, with the state of the wire and the truth at that moment."""
        wire = self.wire.wire
        self.told.append(f"{wire.damage} of {wire.side} after {wire.after}: {words}; holds {self.net()}")

    def net(self) -> int:
        return sum(self.desks[0].net(product=product) for product in ("MIS", "NRML", "CNC"))

    @invariant()
    def every_order_is_in_the_journal_once(self) -> None:
        if not hasattr(self, "desks"):
            return
        held = [each.intake.identifier for each in self.sim.exchange.all_orders()]
        assert len(held) == len(set(held)), self.told
        assert set(held) <= self.intents(), self.told

    def intents(self) -> set[str]:
        return {entry.intent.identifier for entry in self.observer.desk.journal.recent(10_000)}

    def identifiers(self) -> set[str]:
        """Return those of all orders that were begun; what a wire held back arrives later than it was begun."""
        return self.intents()

    def lost(self) -> set[str]:
        """Return what the exchange holds and the desk still calls unknown after it looked."""
        world = self.desks[0]
        resolution = world.desk.recovery.resolve(world.desk.sessions.session_for(world.auth).unwrap())
        assert is_successful(resolution), (resolution, self.told)
        held = {each.intake.identifier for each in self.sim.exchange.all_orders()}
        return held & {each.intent.identifier for each in resolution.unwrap().unknown}

    def teardown(self) -> None:
        """Once the wire is whole and nothing is on its way, all that is unknown is found, and the account is closed."""
        try:
            if hasattr(self, "desks"):
                self.wire.wire = Wire(Damage.DOWN)
                self.wire.wire = WHOLE
                assert eventually(lambda: not self.lost()), self.told
                self.clock.skip(LONGEST_UNKNOWN)  # what never arrived may have been late until now
                assert eventually(lambda: self._close(1) == OK, 30.0), self.told
        finally:
            self.opened.close()


class DatabaseLaboratory(Laboratory):
    """The same desks with their store on PostgreSQL, behind the wire; the broker is near."""

    server = ""

    def open_desks(self) -> None:
        url = make_url(self.server)
        name = f"lab{self.number}"
        maker = create_engine(url, isolation_level="AUTOCOMMIT")
        with maker.connect() as sql:
            sql.exec_driver_sql(f"CREATE DATABASE {name}")
        maker.dispose()
        self.wire = self._wire(f"{url.query['host']}/.s.PGSQL.5432")
        near = url.set(database=name).render_as_string()
        far = URL.create(url.drivername, url.username, host="127.0.0.1", port=self.wire.port, database=name)
        self.observer = self._desk(JAINAM_DATABASE_URL=near)
        assert is_successful(self.observer.desk.sync_instruments())
        self.desks = [self._desk(JAINAM_DATABASE_URL=far.render_as_string()) for _ in range(2)]
        for each in self.desks:
            assert each.desk.instruments.find("SBIN", "NSE") is not None  # all are read at the first look-up

    @invariant()
    def every_order_is_in_the_journal_once(self) -> None:
        """An exit goes without the journal, so that its record may come later."""
        held = [each.intake.identifier for each in self.sim.exchange.all_orders()] if hasattr(self, "desks") else []
        assert len(held) == len(set(held)), self.told

    def identifiers(self) -> set[str]:
        """Return those of all orders; here each arrives at once, and an exit may be written down later."""
        return self.intents() | {each.intake.identifier for each in self.sim.exchange.all_orders()}

    def teardown(self) -> None:
        try:
            if hasattr(self, "desks"):
                self.wire.wire = Wire(Damage.DOWN)
                self.wire.wire = WHOLE
                assert eventually(lambda: self._close(1) == OK, 60.0), self.told
                held = {each.intake.identifier for each in self.sim.exchange.all_orders()}
                assert eventually(lambda: held <= self.intents(), 60.0), self.told
        finally:
            self.opened.close()


_NUMBERS: Final = count(1)
SETTINGS: Final = settings(
    max_examples=19 if SOAK else 4,
    stateful_step_count=20 if SOAK else 10,
    derandomize=not SOAK,
    deadline=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
in_parts = pytest.mark.parametrize("part", range(8 if SOAK else 1))
"""Of the schedules, so that they run beside each other and say how far they are."""


@in_parts
def test_a_wire_to_the_broker_that_fails(part: int) -> None:
    del part  # hypothesis draws another schedule each time
    assert schedules_run(Laboratory) > 0  # each asserts in its own teardown


@in_parts
def test_a_wire_to_the_database_that_fails(part: int) -> None:
    del part
    with throw_away_cluster() as server:
        DatabaseLaboratory.server = server
        assert schedules_run(DatabaseLaboratory) > 0


def schedules_run(laboratory: type[Laboratory]) -> int:
    """Run schedules of a laboratory and return how many opened their desks."""
    before = next(_NUMBERS)
    run_state_machine_as_test(laboratory, settings=SETTINGS)
    return next(_NUMBERS) - before - 1


def test_a_clock_that_is_set_back_moves_no_fill_behind_the_book_that_knows_it() -> None:
    """A schedule that the laboratory found and shrunk: half of its runs ended with a close that opened a position."""
    for _ in range(4):
        state = Laboratory()
        state.open()
        state.smart(desk=0, wanted=-5)
        state.place(desk=1, size=4, side="BUY")
        state.step_the_clock(seconds=-3_600)
        state.place_at_once(sizes=(3, 12))
        state.smart(desk=0, wanted=2)
        state.smart(desk=1, wanted=-1)
        state.place(desk=0, size=1, side="SELL")
        state.place_at_once(sizes=(9, 14))
        state.place_at_once(sizes=(7, 15))
        state.smart(desk=0, wanted=-5)
        state.step_the_clock(seconds=3_600)
        state.place(desk=1, size=8, side="BUY")
        state.place_at_once(sizes=(9, 16))
        state.smart(desk=0, wanted=0)
        state.teardown()
        assert [line for line in state.sim.exchange.positions().values() if line.net] == []


def test_an_order_that_reduces_leaves_while_the_journal_is_cut_off() -> None:
    """A schedule that the laboratory found and shrunk: what it made was looked for in the journal alone."""
    with throw_away_cluster() as server:
        DatabaseLaboratory.server = server
        state = DatabaseLaboratory()
        state.open()
        state.place(desk=1, size=8, side="SELL")
        state.damage(damage=Damage.DOWN, side=Side.REPLY, after=0)
        state.place(desk=1, size=1, side="BUY")
        held = state.net()
        state.teardown()

    assert held == -7


def test_orders_of_a_clock_that_was_set_forward_are_settled() -> None:
    """A schedule that the laboratory found and shrunk: those of unknown outcome stayed so for the hour of the jump."""
    state = Laboratory()
    state.open()
    state.damage(damage=Damage.RESET, side=Side.REQUEST, after=0)
    state.place_at_once(sizes=(6, 13))
    state.step_the_clock(seconds=3_600)
    state.place_at_once(sizes=(6, 13))
    made = state.intents()
    state.teardown()

    assert (len(made), state.net()) == (4, 0)
