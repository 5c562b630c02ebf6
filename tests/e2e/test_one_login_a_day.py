"""One login a day for every process, and what happens when it dies or its day ends."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from freezegun import freeze_time
from returns.pipeline import is_successful
from sqlalchemy import event

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE, MARKET
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.market_data.calendar import IST
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.openalgo.auth_api import authenticate_broker
from jainam_prop.entrypoints.openalgo.funds import get_margin_data, test_auth_token
from jainam_prop.entrypoints.openalgo.order_api import get_holdings, get_order_book, get_positions, place_order_api
from jainam_prop.entrypoints.openalgo.order_data import map_order_data, map_position_data
from jainam_prop.entrypoints.openalgo.replies import BrokerUnavailableError, Reply
from jainam_prop.entrypoints.openalgo.runtime import using_container
from jainam_prop.entrypoints.settings import settings_from
from tests.e2e.processes import start, together
from tests.e2e.world import INSTRUMENTS, World, a_world, order, settings_text

PROCESSES: Final = 8
THREADS: Final = 4


def status_of(reply: Reply | None) -> int | None:
    return None if reply is None else reply.status


def logins(sim: XtsSimulator) -> tuple[int, int]:
    return sim.exchange.requests["login"], sim.exchange.requests["market_login"]


def test_eight_processes_of_four_threads_share_one_login_and_all_trade(tmp_path: Path) -> None:
    with XtsSimulator(SimulatorConfig(instruments=INSTRUMENTS, rate_limits=False)) as sim:
        texts = settings_text(sim, tmp_path, AccountKind.PRO, JAINAM_REQUEST_TIMEOUT="10")
        container = open_container(settings_from(texts))
        assert is_successful(container.app().sync_instruments())
        container.shutdown_resources()
        workers = [start("worker.py", texts, tmp_path) for _ in range(PROCESSES)]
        lines = [line for output in together(workers) for line in output]
        held = sim.exchange.requests["place"]

        assert logins(sim) == (1, 1)
    assert [(line["http"], line["user"], line["error"]) for line in lines] == [(200, "PRODESK01", None)] * (
        PROCESSES * THREADS
    )
    assert (held, len({line["id"] for line in lines})) == (PROCESSES * THREADS, PROCESSES * THREADS)


def test_a_token_killed_in_a_burst_costs_one_login_and_no_read_and_no_order(world: World) -> None:
    sim, container = world.sim, world.container
    sessions, book, account = world.desk.sessions, container.broker.order_book(), container.broker.account()
    session = sessions.session_for(world.auth).unwrap()
    sim.faults.add(Fault(FaultKind.HOLD, on="place"))
    halfway = threading.Barrier(9)

    def read() -> list[object]:
        outcomes: list[object] = []
        for number in range(25):
            if number == 5:
                halfway.wait(30)
            found = book.orders(session, 10.0) if number % 2 else account.funds(session, 10.0)
            outcomes.append(is_successful(found) or found)
        return outcomes

    with ThreadPoolExecutor(9) as pool:
        placing = pool.submit(place_order_api, order(), world.auth)
        assert sim.faults.wait_holding(10)
        readers = [pool.submit(read) for _ in range(8)]
        halfway.wait(30)
        sim.sessions.kill("PRODESK01", INTERACTIVE)
        outcomes = [outcome for reader in readers for outcome in reader.result(60)]
        sim.faults.release()
        reply, _body, order_id = placing.result(60)

    assert outcomes == [True] * 200
    assert logins(sim) == (2, 1)
    assert (status_of(reply), world.sent(), world.net()) == (200, 1, 10)
    assert [row["orderid"] for row in map_order_data(get_order_book(world.auth))] == [order_id]


def test_an_order_that_meets_a_dead_token_is_at_the_exchange_once(world: World) -> None:
    world.sim.sessions.kill("PRODESK01", INTERACTIVE)
    reply, _body, order_id = place_order_api(order(), world.auth)

    assert (status_of(reply), world.net(), logins(world.sim)) == (200, 10, (2, 1))
    assert [row["orderid"] for row in map_order_data(get_order_book(world.auth))] == [order_id]


def test_a_dead_market_token_is_replaced_and_trading_is_left_alone(world: World) -> None:
    world.sim.sessions.kill("PRODESK01", MARKET)
    holdings = get_holdings(world.auth)

    assert isinstance(holdings, list)
    assert logins(world.sim) == (1, 2)


def test_a_rate_limit_never_leads_to_a_login(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.RATE_LIMITED, on="*", times=None))
    get_order_book(world.auth)
    get_positions(world.auth)

    assert logins(world.sim) == (1, 1)


def test_rehydrating_costs_one_query_and_after_that_a_call_costs_none(world: World) -> None:
    container = open_container(world.container.settings())
    seen: list[str] = []
    event.listen(container.infra.database(), "before_cursor_execute", lambda *call: seen.append(call[2]))
    sessions = container.app().sessions
    session = sessions.session_for(world.auth).unwrap()
    first = [statement for statement in seen if "jainam_sessions" in statement and statement.startswith("SELECT")]
    seen.clear()
    book = container.broker.order_book()
    for _ in range(100):
        assert is_successful(book.orders(sessions.session_for(world.auth).unwrap(), 10.0))
    container.shutdown_resources()

    assert session.user_id == "PRODESK01"
    assert len(first) == 1
    assert seen == []
    assert logins(world.sim) == (1, 1)


def at(moment: datetime, *, tick: bool = False) -> AbstractContextManager[object]:
    """Set every clock but pytest's own."""
    frozen: AbstractContextManager[object] = freeze_time(moment, tick=tick, ignore=["_pytest."])
    return frozen


class TestTheEndOfTheDay:
    """The day of a login ends at 3 in the morning in India, and its tokens end after 24 hours."""

    EVENING: Final = datetime(2026, 8, 20, 21, 0, tzinfo=IST)
    LAST_SECOND: Final = datetime(2026, 8, 21, 2, 59, 59, tzinfo=IST)
    THREE: Final = datetime(2026, 8, 21, 3, 0, tzinfo=IST)

    @pytest.fixture
    def evening(self, tmp_path: Path) -> Iterator[World]:
        with at(self.EVENING, tick=True), a_world(tmp_path) as world:
            place_order_api(order(), world.auth)
            yield world

    def test_until_three_the_login_is_good(self, evening: World) -> None:
        with at(self.LAST_SECOND):
            assert test_auth_token(evening.auth) == (True, None)
            assert len(get_positions(evening.auth)) == 1

        assert logins(evening.sim) == (1, 1)

    def test_from_three_on_a_kept_login_is_told_to_be_over(self, evening: World) -> None:
        with at(self.THREE):
            good, reason = test_auth_token(evening.auth)

        assert (good, reason) == (False, "Session expired, log in again: its time has passed")
        assert logins(evening.sim) == (1, 1)

    def test_a_call_after_three_opens_the_new_day_and_reads_the_real_books(self, evening: World) -> None:
        with at(self.THREE, tick=True):
            rows = map_position_data(get_positions(evening.auth))
            funds = get_margin_data(evening.auth)

        assert [row["quantity"] for row in rows] == [10]
        assert funds["availablecash"] != "0.00"
        assert logins(evening.sim) == (2, 2)

    def test_when_the_new_day_cannot_be_opened_no_book_is_empty(self, evening: World) -> None:
        evening.sim.faults.add(Fault(FaultKind.REFUSED, on="login", times=None, code="e-user-0001", text="no"))
        with at(self.THREE, tick=True):
            answers = [get_order_book(evening.auth), get_positions(evening.auth), get_holdings(evening.auth)]
            reply, body, order_id = place_order_api(order(), evening.auth)
            with pytest.raises(BrokerUnavailableError, match="Session expired, log in again: "):
                get_margin_data(evening.auth)
            again = authenticate_broker(None)

        for answer in answers:
            assert isinstance(answer, dict)
            assert answer["status"] == "error"
            assert answer["message"].startswith("Session expired, log in again: ")
        assert (status_of(reply), order_id) == (401, None)
        assert body["message"].startswith("Session expired, log in again: ")
        assert again == (None, "no (e-user-0001)")
        assert evening.sim.exchange.requests["login"] == 3  # the first day's, one renewal, and the person's own

    def test_a_token_of_exactly_24_hours_is_over(self, tmp_path: Path) -> None:
        morning = datetime(2026, 8, 20, 3, 0, tzinfo=IST)
        with at(morning, tick=True), a_world(tmp_path) as world:
            bare = world.desk.sessions.session_for(world.auth).unwrap().interactive_token
            with at(morning + timedelta(hours=24), tick=True):
                rows = get_order_book(world.auth)
                with using_container(world.container):
                    same = get_order_book(bare)

            assert rows == same == []
            assert world.sim.exchange.requests["dealer_order_book"] == 2
            assert logins(world.sim) == (2, 2)
