"""What else can go wrong at the worst moment."""

import random
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from dependency_injector import providers
from returns.pipeline import is_successful
from sqlalchemy import event

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.fault import Fault, FaultKind
from jainam_prop.adapters.simulator.ledger import Slot
from jainam_prop.adapters.simulator.server import XtsSimulator
from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.order_journal import journal_url
from jainam_prop.adapters.system.symbol_guard import ThreadGuard
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.order import OrderState
from jainam_prop.domain.pacing import Deadline
from jainam_prop.domain.position import PositionKey
from jainam_prop.domain.session import AccountKind
from jainam_prop.entrypoints.container import Container
from jainam_prop.entrypoints.openalgo.order_api import (
    cancel_all_orders_api,
    cancel_order,
    close_all_positions,
    place_order_api,
    place_smartorder_api,
)
from tests.e2e.portfolio import hold, left, reversed_positions, some, trade
from tests.e2e.processes import start, together
from tests.e2e.troubles import QUICK, SkippingClock, eventually, per_identifier
from tests.e2e.world import (
    BOOKED_TO,
    INSTRUMENTS,
    RELIANCE,
    SBIN,
    TCS,
    World,
    a_desk,
    a_world,
    order,
    settings_text,
    smart,
)

FREE = SimulatorConfig(instruments=INSTRUMENTS, rate_limits=False)
NAMES = ("SBIN", "RELIANCE", "TCS", "INFY", "ICICIBANK")


def states(body: dict[str, Any]) -> dict[str, str]:
    return {leg["symbol"]: leg["state"] for leg in body["data"]}


class TestClosing:
    """Around an emergency close."""

    def test_a_token_that_dies_in_the_middle_costs_one_login_and_nothing_else(self, world: World) -> None:
        for symbol in NAMES:
            place_order_api(order(symbol=symbol), world.auth)
        world.sim.faults.add(Fault(FaultKind.TOKEN_KILLED, on="place", skip=2))

        _, status = close_all_positions("", world.auth)

        assert (status, left(world), world.sim.exchange.requests["login"]) == (200, {}, 2)
        assert all(len(held) == 1 for held in per_identifier(world).values())

    @pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.FALSE_EMPTY, FaultKind.RATE_LIMITED])
    def test_a_position_book_that_fails_after_the_orders_proves_nothing(self, tmp_path: Path, kind: FaultKind) -> None:
        with a_world(tmp_path, timing=QUICK) as world:
            place_order_api(order(), world.auth)
            slot = Slot(BOOKED_TO[world.account], "NRML", RELIANCE)
            world.sim.exchange.carry_in(slot, 100, Decimal(1300))
            refused = Fault(FaultKind.RMS_REJECT, on="place", times=None, where={"exchangeInstrumentID": "2885"})
            world.sim.faults.add(refused)
            world.sim.faults.add(Fault(kind, on="dealer_positions", times=None, skip=1))

            body, status = close_all_positions("", world.auth)

            assert (status, left(world)) == (502, {slot: 100})
            assert states(body)["RELIANCE"] in {"rejected", "unknown"}

    def test_one_book_that_is_falsely_empty_is_no_flat_account(self, world: World) -> None:
        world.sim.exchange.carry_in(Slot(BOOKED_TO[world.account], "NRML", RELIANCE), 100, Decimal(1300))
        world.sim.faults.add(Fault(FaultKind.FALSE_EMPTY, on="dealer_positions"))

        _, status = close_all_positions("", world.auth)

        assert (status, left(world), world.sent()) == (200, {}, 1)

    def test_an_entry_whose_cancel_takes_its_time_is_waited_for(self, tmp_path: Path) -> None:
        with a_world(tmp_path, timing=replace(QUICK, call=2.0)) as world:
            place_order_api(order(quantity=75), world.auth)
            place_order_api(order(quantity=25, pricetype="LIMIT", price=world.price("0.98")), world.auth)
            world.sim.faults.add(Fault(FaultKind.SETTLE_DELAY, on="cancel", seconds=0.4))

            _, status = close_all_positions("", world.auth)

            _, entry, closing = world.sim.exchange.all_orders()
            assert (status, left(world), entry.state) == (200, {}, OrderState.CANCELLED)
            assert closing.placed_at > entry.history[-1].at

    def test_a_stop_that_its_book_hides_after_the_cancel_is_not_forgotten(self, tmp_path: Path) -> None:
        with a_world(tmp_path, timing=QUICK) as world:
            place_order_api(order(quantity=75), world.auth)
            stop = order(quantity=75, action="SELL", pricetype="SL-M", trigger_price=world.price("0.98"))
            place_order_api(stop, world.auth)
            world.sim.faults.add(Fault(FaultKind.SETTLE_DELAY, on="cancel", seconds=0.6))
            world.sim.faults.add(Fault(FaultKind.SLOW, on="cancel", seconds=0.1))
            world.sim.faults.add(Fault(FaultKind.FALSE_EMPTY, on="dealer_order_book", skip=1, times=3))

            close_all_positions("", world.auth)
            world.sim.exchange.move(SBIN, world.price("0.97"))

            assert (world.net(), reversed_positions(world, {})) == (0, [])

    def test_a_fill_that_no_book_shows_yet_is_no_flat_account(self, world: World) -> None:
        world.sim.faults.add(Fault(FaultKind.POSITION_LAG, on="place", seconds=0.6, times=1))
        world.sim.faults.add(Fault(FaultKind.BOOK_DELAY, on="place", seconds=0.6, times=1))
        place_order_api(order(quantity=75), world.auth)

        _, status = close_all_positions("", world.auth)

        assert (status, left(world)) == (200, {})

    def test_a_position_book_that_never_hears_of_a_fill_is_no_flat_account(self, tmp_path: Path) -> None:
        with a_world(tmp_path, timing=QUICK) as world:
            world.sim.faults.add(Fault(FaultKind.POSITION_LAG, on="place", seconds=60))
            place_order_api(order(quantity=75), world.auth)

            body, status = close_all_positions("", world.auth)

            assert (status, world.net(), states(body)) == (502, 75, {"SBIN": "unknown"})

    def test_an_entry_of_unknown_fate_is_no_flat_account(self, tmp_path: Path) -> None:
        with a_world(tmp_path, timing=QUICK) as world:
            world.sim.faults.add(Fault(FaultKind.RESET, on="place"))
            place_order_api(order(), world.auth)

            body, status = close_all_positions("", world.auth)

            assert (status, states(body)) == (502, {"SBIN": "unknown"})
            assert "the outcome of order" in body["message"]

    def test_a_stop_that_fires_while_its_cancel_is_on_the_way_leaves_nothing_to_sell(self, world: World) -> None:
        place_order_api(order(quantity=75), world.auth)
        stop = order(quantity=75, action="SELL", pricetype="SL-M", trigger_price=world.price("0.98"))
        place_order_api(stop, world.auth)
        world.sim.faults.add(Fault(FaultKind.HOLD, on="cancel", processed=False))
        with ThreadPoolExecutor(1) as pool:
            closing = pool.submit(close_all_positions, "", world.auth)
            assert world.sim.faults.wait_holding(5)
            world.sim.exchange.move(SBIN, world.price("0.97"))
            world.sim.faults.release()
            _, status = closing.result(20)

        assert (status, world.net(), world.sent()) == (200, 0, 2)

    def test_an_order_book_that_was_falsely_empty_at_first_does_not_make_a_lagging_position_look_settled(
        self, tmp_path: Path
    ) -> None:
        with a_world(tmp_path, timing=QUICK) as world:
            trade(world, world.sim.exchange.universe.named(Exchange.NSE, "SBIN-EQ"), "MIS", 75)
            world.sim.faults.add(Fault(FaultKind.FALSE_EMPTY, on="dealer_order_book"))
            world.sim.faults.add(Fault(FaultKind.POSITION_LAG, on="place", seconds=0.5))

            close_all_positions("", world.auth)

            assert (world.net(), reversed_positions(world, {})) == (0, [])

    def test_a_silent_leg_delays_nobody_beyond_a_call(self, tmp_path: Path) -> None:
        with a_world(tmp_path, timing=QUICK) as world:
            for symbol in NAMES:
                place_order_api(order(symbol=symbol), world.auth)
            silent = Fault(FaultKind.HOLD, on="place", processed=False, where={"exchangeInstrumentID": "3045"})
            world.sim.faults.add(silent)
            began = time.monotonic()

            body, status = close_all_positions("", world.auth)

            took = time.monotonic() - began
            assert (status, states(body)) == (502, dict.fromkeys(NAMES, "closed") | {"SBIN": "unknown"})
            assert took < 4 * QUICK.call < QUICK.close_all
            world.sim.faults.release()
            assert eventually(lambda: world.net() == 0)
            assert reversed_positions(world, {}) == []

    def test_a_storm_of_rate_limits_does_not_stop_a_close(self, world: World) -> None:
        for symbol in NAMES:
            place_order_api(order(symbol=symbol), world.auth)
        world.sim.faults.add(Fault(FaultKind.RATE_LIMITED, on="place", times=8))

        _, status = close_all_positions("", world.auth)

        assert (status, left(world), world.sim.exchange.requests["login"]) == (200, {}, 1)

    def test_a_leg_whose_guard_nobody_gives_up_waits_but_not_for_ever_and_delays_no_other(self, tmp_path: Path) -> None:
        with a_world(tmp_path, timing=QUICK) as world:
            for symbol in NAMES:
                place_order_api(order(symbol=symbol), world.auth)
            done, holding = threading.Event(), threading.Event()

            def hold_on() -> None:
                with world.container.guard().hold(PositionKey(SBIN, "MIS"), 1.0):
                    holding.set()
                    done.wait(20)

            with ThreadPoolExecutor(2) as pool:
                pool.submit(hold_on)
                assert holding.wait(5)
                closing = pool.submit(close_all_positions, "", world.auth)
                assert eventually(lambda: len(left(world)) == 1, QUICK.call)
                before = world.net()
                _, status = closing.result(20)
                done.set()

            assert (before, status, left(world)) == (10, 200, {})

    def test_a_close_goes_before_the_smart_orders_that_line_up(self, tmp_path: Path) -> None:
        patient = replace(QUICK, call=10.0, close_all=30.0)
        with a_world(tmp_path, timing=patient) as world:
            place_order_api(order(quantity=75), world.auth)
            world.sim.faults.add(Fault(FaultKind.SLOW, on="dealer_positions", times=None, seconds=0.1))
            key, guard = PositionKey(SBIN, "MIS"), world.container.guard()
            assert isinstance(guard, ThreadGuard)
            with ThreadPoolExecutor(31) as pool:
                signals = [pool.submit(place_smartorder_api, smart(75), world.auth) for _ in range(30)]
                assert eventually(lambda: guard.waiting().get(key, 0) > 20)
                _, status = pool.submit(close_all_positions, "", world.auth).result(30)
                still = sum(not signal.done() for signal in signals)

            assert status == 200
            assert still > 10
            assert reversed_positions(world, {}) == []

    def test_two_closes_at_once_of_more_than_one_can_send_in_time_reverse_nothing(self, tmp_path: Path) -> None:
        brisk = {"JAINAM_ORDER_RATE": "15", "JAINAM_REQUEST_TIMEOUT": "1.5"}
        config = SimulatorConfig(instruments=INSTRUMENTS)
        with XtsSimulator(config) as sim, a_desk(sim, tmp_path, **brisk) as one, a_desk(sim, tmp_path, **brisk) as two:  # type: ignore[arg-type]
            sim.exchange.set_funds(BOOKED_TO[one.account], Decimal(10**12))
            holdings = some(one, random.Random(2), 40, with_stops=False)  # noqa: S311
            for holding in holdings:
                hold(one, holding)
            start = left(one)
            sessions = [world.desk.keeper.session_for(world.auth).unwrap() for world in (one, two)]
            with ThreadPoolExecutor(2) as pool:
                first, second = pool.map(
                    lambda world, session: world.desk.close_all_positions(session).unwrap(), (one, two), sessions
                )

            assert (len(sim.exchange.all_orders()), reversed_positions(one, start), left(one)) == (40, [], {})
            assert first.is_flat or second.is_flat

    def test_a_smart_order_of_another_process_and_a_close_do_not_reverse_a_position(self, tmp_path: Path) -> None:
        with XtsSimulator(FREE) as sim, a_desk(sim, tmp_path) as world:
            place_order_api(order(quantity=75), world.auth)
            texts = settings_text(sim, tmp_path, AccountKind.PRO, JAINAM_REQUEST_TIMEOUT="5")
            rival = start("crowd.py", texts, tmp_path, "4", "0")
            with ThreadPoolExecutor(1) as pool:
                lines = pool.submit(lambda: list(together([rival])))
                bodies = [close_all_positions("", world.auth) for _ in range(4)]
                lines.result(60)
            bodies.append(close_all_positions("", world.auth))

            assert (bodies[-1][1], world.net(), reversed_positions(world, {})) == (200, 0, [])

    def test_what_a_strategy_opens_again_meanwhile_is_not_called_flat(self, tmp_path: Path) -> None:
        with a_world(tmp_path, timing=QUICK) as world:
            place_order_api(order(quantity=75), world.auth)
            place_order_api(order(symbol="TCS", quantity=5), world.auth)
            world.sim.faults.add(Fault(FaultKind.HOLD, on="place", where={"exchangeInstrumentID": "11536"}))
            with ThreadPoolExecutor(1) as pool:
                closing = pool.submit(close_all_positions, "", world.auth)
                assert world.sim.faults.wait_holding(5)
                assert eventually(lambda: world.net() == 0)
                place_order_api(order(quantity=30), world.auth)
                world.sim.faults.release()
                body, status = closing.result(20)

            assert (world.net(TCS), world.net() == 0) == (0, status == 200), body


class TestBooksThatLag:
    """Signals that repeat while the books are behind."""

    @pytest.mark.parametrize("hours", [1, -1], ids=["forward", "back"])
    def test_a_clock_that_jumps_between_two_signals_doubles_nothing(self, tmp_path: Path, hours: int) -> None:
        clock = SkippingClock()
        prepare = lambda desk: desk.clock.override(clock)  # noqa: E731
        with XtsSimulator(FREE) as sim, a_desk(sim, tmp_path, prepare=prepare) as world:
            sim.faults.add(Fault(FaultKind.BOOK_DELAY, on="place", seconds=1.0))
            sim.faults.add(Fault(FaultKind.POSITION_LAG, on="place", seconds=1.0))
            place_smartorder_api(smart(75), world.auth)
            clock.ahead += timedelta(hours=hours)
            place_smartorder_api(smart(75), world.auth)

            assert (world.net(), world.sent()) == (75, 1)

    def test_a_clock_two_minutes_fast_does_not_take_a_fill_of_now_for_an_old_one(self, tmp_path: Path) -> None:
        clock = SkippingClock()
        clock.ahead = timedelta(minutes=2)
        prepare = lambda desk: desk.clock.override(clock)  # noqa: E731
        with XtsSimulator(FREE) as sim, a_desk(sim, tmp_path) as first:
            sim.faults.add(Fault(FaultKind.POSITION_LAG, on="place", seconds=1.0))
            place_smartorder_api(smart(75), first.auth)
            with a_desk(sim, tmp_path, prepare=prepare) as second:
                place_smartorder_api(smart(75), second.auth)

            assert (first.net(), first.sent()) == (75, 1)

    def test_a_caller_in_a_hurry_does_not_spoil_the_read_of_one_who_has_time(self, tmp_path: Path) -> None:
        with a_world(tmp_path, timing=QUICK) as world:
            place_order_api(order(quantity=75), world.auth)
            world.sim.faults.add(Fault(FaultKind.SLOW, on="dealer_positions", seconds=0.4, times=None))
            books, session = world.container.books(), world.desk.keeper.session_for(world.auth).unwrap()
            with ThreadPoolExecutor(2) as pool:
                hurried = pool.submit(books.positions, session, Deadline(time.monotonic() + 0.1))
                patient = pool.submit(books.positions, session, Deadline(time.monotonic() + 5.0))

                assert not is_successful(hurried.result(10))
                assert is_successful(patient.result(10))


class TestAroundOrders:
    """Journal, instruments, processes and accounts."""

    def test_while_instruments_are_replaced_every_order_is_placed(self, world: World) -> None:
        stop = threading.Event()

        def sync() -> None:
            while not stop.is_set():
                assert is_successful(world.desk.sync_instruments())

        with ThreadPoolExecutor(5) as pool:
            syncing = pool.submit(sync)
            placing = [
                pool.submit(lambda: [place_order_api(order(quantity=1), world.auth)[0].status for _ in range(10)])
                for _ in range(4)
            ]
            heard = [status for each in placing for status in each.result(60)]
            stop.set()
            syncing.result(60)

        assert (heard, world.net()) == ([200] * 40, 40)

    def test_with_a_journal_that_cannot_be_written_nothing_is_sent_and_it_is_said(self, tmp_path: Path) -> None:
        with XtsSimulator(FREE) as sim:
            with a_desk(sim, tmp_path) as world:
                place_order_api(order(quantity=75), world.auth)
                _, _, resting = place_order_api(order(pricetype="LIMIT", price=world.price("0.98")), world.auth)
            with a_desk(sim, tmp_path, timing=QUICK, prepare=_read_only_journal) as world:
                plain, said, _ = place_order_api(order(), world.auth)
                repeated, _, _ = place_smartorder_api(smart(0), world.auth)
                body, status = close_all_positions("", world.auth)
                cancelled = cancel_order(resting or "", world.auth)

                assert repeated is not None
                assert (plain.status, repeated.status, status, world.sent(), world.net()) == (409, 409, 502, 2, 75)
                assert "the order journal cannot be written" in said["message"]
                assert "the order journal cannot be written" in body["message"]
                assert cancelled[1] in {200, 400}  # the close has cancelled it already

    def test_a_journal_that_cannot_be_read_stops_decisions_without_an_exception(self, tmp_path: Path) -> None:
        with a_world(tmp_path, timing=QUICK) as world:
            place_order_api(order(quantity=75), world.auth)
            with sqlite3.connect(tmp_path / "desk-orders.db") as broken:
                broken.execute("DROP TABLE jainam_order_intents")

            reply, said, _ = place_smartorder_api(smart(0), world.auth)
            body, status = close_all_positions("", world.auth)

            assert reply is not None
            assert (reply.status, status, world.sent(), world.net()) == (502, 502, 1, 75)
            assert "order journal" in said["message"]
            assert "order journal" in body["message"]

    def test_a_process_that_is_killed_while_it_decides_lets_the_next_one_decide(self, tmp_path: Path) -> None:
        with XtsSimulator(FREE) as sim, a_desk(sim, tmp_path) as world:
            place_order_api(order(quantity=75), world.auth)
            sim.faults.add(Fault(FaultKind.HOLD, on="dealer_positions"))
            doomed = start("crowd.py", settings_text(sim, tmp_path, AccountKind.PRO), tmp_path, "1", "75")
            with ThreadPoolExecutor(1) as pool:
                pool.submit(lambda: doomed.communicate("go\n"))
                assert sim.faults.wait_holding(20)
                doomed.kill()
            sim.faults.clear()

            reply, _, _ = place_smartorder_api(smart(0), world.auth)

            assert reply is not None
            assert (reply.status, world.net()) == (200, 0)

    def test_a_cancel_all_reaches_an_order_that_the_book_does_not_show_yet(self, world: World) -> None:
        resting = order(pricetype="LIMIT", price=world.price("0.98"))
        _, _, shown = place_order_api(resting, world.auth)
        world.sim.faults.add(Fault(FaultKind.BOOK_DELAY, on="place", seconds=30))
        _, _, hidden = place_order_api(resting, world.auth)

        cancelled, failed = cancel_all_orders_api({}, world.auth)

        assert (set(cancelled), failed, world.sim.exchange.working_orders()) == ({shown, hidden}, [], [])

    def test_a_cancel_all_names_the_order_of_which_nobody_knows(self, tmp_path: Path) -> None:
        with a_world(tmp_path, timing=QUICK) as world:
            world.sim.faults.add(Fault(FaultKind.RESET, on="place"))
            place_order_api(order(), world.auth)
            (mark,) = per_identifier(world)

            assert cancel_all_orders_api({}, world.auth) == ([], [mark])

    def test_the_orders_of_one_client_are_not_another_s(self, tmp_path: Path) -> None:
        with XtsSimulator(FREE) as sim:
            with a_desk(sim, tmp_path, AccountKind.NORMAL, timing=QUICK) as one:
                sim.faults.add(Fault(FaultKind.RESET, on="place"))
                assert place_order_api(order(), one.auth)[0].status == 504
            with a_desk(sim, tmp_path, AccountKind.NORMAL, timing=QUICK, JAINAM_CLIENT_ID="CLIENT02") as other:
                reply, _, _ = place_smartorder_api(smart(10), other.auth)

                assert reply is not None
                assert (reply.status, sim.exchange.net("CLIENT02", SBIN, "MIS")) == (200, 10)


def _read_only_journal(desk: Container) -> None:
    """Let the journal's database take no more writes, as a full disk would."""
    engine = open_database(journal_url(desk.settings().database_url))
    event.listen(engine, "connect", lambda connection, _record: connection.execute("PRAGMA query_only=ON"))
    desk.journal_database.override(providers.Object(engine))
