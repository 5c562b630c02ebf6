"""The library trades at a simulated broker, with typed results and one family of exceptions."""

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from queue import SimpleQueue
from typing import get_args

import pytest
from pandas import DataFrame

import jainam_prop
from jainam_prop.adapters.simulator.config import PRO_CLIENT, SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines
from jainam_prop.application.close_all.report import CloseReport
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.market_data.tick import Tick
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.positions.position import Position
from jainam_prop.domain.positions.smart_order import NoTrade
from jainam_prop.entrypoints.exceptions import EXCEPTIONS
from jainam_prop.entrypoints.library import JainamBroker, connect
from jainam_prop.entrypoints.library_asyncio import aconnect
from jainam_prop.entrypoints.settings import Settings, settings_from
from tests.children import start_child
from tests.e2e.world import STORE, copy_synced_store


@pytest.fixture
def sim() -> Iterator[XtsSimulator]:
    with XtsSimulator(SimulatorConfig(instruments=300, rate_limits=False)) as running:
        yield running


@pytest.fixture
def settings(sim: XtsSimulator, tmp_path: Path) -> Settings:
    lines = dict(line.split("=", 1) for line in settings_lines(sim))
    own = {"JAINAM_DATABASE_URL": f"sqlite:///{tmp_path / STORE}", "JAINAM_TOKEN_KEY": "a key for tests only"}
    copy_synced_store(sim, tmp_path)
    return settings_from(lines | own | {"JAINAM_ORDER_RATE": "25", "JAINAM_RETRY_DELAYS": "0.1"})


@pytest.fixture
def broker(settings: Settings) -> Iterator[JainamBroker]:
    with connect(settings) as opened:
        yield opened


def test_orders_positions_and_a_close_are_typed(broker: JainamBroker, sim: XtsSimulator) -> None:
    placed = broker.place("NSE:SBIN", "BUY", 10, product="MIS")
    reached = broker.smart("SBIN", -5)
    there = broker.smart("SBIN", -5)
    (position,) = broker.positions()
    report = broker.close_all()

    assert {order.order_id for order in broker.orders()} >= {*placed.order_ids}
    assert not isinstance(reached, NoTrade)
    assert isinstance(there, NoTrade)
    assert (position.net, report.is_flat) == (-5, True)
    assert sim.exchange.net(PRO_CLIENT, broker.instrument("SBIN").key, "MIS") == 0


def test_a_working_order_is_cancelled(broker: JainamBroker) -> None:
    placed = broker.place("SBIN", "BUY", 10, pricetype="LIMIT", price=750)

    assert broker.cancel(placed.order_ids[0]) == placed.order_ids[0]
    assert broker.cancel_all().cancelled == ()


def test_prices_are_a_quote_and_a_frame(broker: JainamBroker, sim: XtsSimulator) -> None:
    last = sim.exchange.day - timedelta(days=1)

    quote = broker.quote("NSE:SBIN")
    bars = broker.history("NSE:SBIN", "D", last - timedelta(days=10), last)

    assert quote.last_price is not None
    assert isinstance(bars, DataFrame)
    assert list(bars.columns) == ["at", "open", "high", "low", "close", "volume", "open_interest"]
    assert len(bars) >= 5


def test_without_pandas_bars_are_rows(broker: JainamBroker, sim: XtsSimulator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    last = sim.exchange.day - timedelta(days=1)

    bars = broker.history("NSE:SBIN", "D", last - timedelta(days=10), last)

    assert [type(bar).__name__ for bar in bars] == ["Bar"] * len(bars)


def test_ticks_and_order_events_reach_their_handlers(broker: JainamBroker) -> None:
    ticks: SimpleQueue[Tick] = SimpleQueue()
    changes: SimpleQueue[Order] = SimpleQueue()

    broker.on_tick(["NSE:SBIN"], lambda _instrument, tick: ticks.put(tick))
    broker.on_order(changes.put)
    placed = broker.place("NSE:SBIN", "BUY", 10)

    assert ticks.get(timeout=20).instrument == broker.instrument("SBIN").key
    assert changes.get(timeout=20).order_id == placed.order_ids[0]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fault(FaultKind.RMS_REJECT, on="place", text="RMS: blocked"), None),
        (Fault(FaultKind.REFUSED, on="place", status=400, code="e-orders-0001", text="not now"), "RejectedError"),
        (Fault(FaultKind.SERVER_ERROR, on="dealer_positions", times=None), "UnreadableError"),
    ],
)
def test_outcomes_are_one_family_of_exceptions(
    broker: JainamBroker, sim: XtsSimulator, fault: Fault, expected: str | None
) -> None:
    sim.faults.add(fault)
    call = broker.positions if fault.on == "dealer_positions" else lambda: broker.place("SBIN", "BUY", 1)

    if expected is None:
        call()  # the broker took it; that it rejected it afterwards is in the order book
        return
    with pytest.raises(getattr(jainam_prop, expected)) as raised:
        call()
    assert isinstance(raised.value, jainam_prop.JainamError)
    assert raised.value.error.message == str(raised.value)


def test_a_wrong_request_names_every_problem_and_sends_nothing(broker: JainamBroker, sim: XtsSimulator) -> None:
    with pytest.raises(jainam_prop.InvalidError, match=r"quantity .* action 'HOLD'|action 'HOLD'"):
        broker.place("SBIN", "HOLD", -1)
    with pytest.raises(jainam_prop.InvalidError, match="not listed"):
        broker.quote("NSE:NOSUCH")

    assert sim.exchange.requests["place"] == 0


def test_every_error_has_its_exception() -> None:
    assert set(EXCEPTIONS) == set(get_args(BrokerError))


def test_the_loop_goes_on_while_many_tasks_place_orders(settings: Settings, sim: XtsSimulator) -> None:
    async def trade() -> tuple[set[str], int]:
        beats = 0
        done = asyncio.Event()

        async def beat() -> None:
            nonlocal beats
            while not done.is_set():
                beats += 1
                await asyncio.sleep(0)

        async with aconnect(settings) as broker:
            pulse = asyncio.create_task(beat())
            placements = await asyncio.gather(*(broker.place("NSE:SBIN", "BUY", 1) for _ in range(30)))
            done.set()
            await pulse
        return {order_id for placement in placements for order_id in placement.order_ids}, beats

    order_ids, beats = asyncio.run(trade())

    assert order_ids == {str(order.order_id) for order in sim.exchange.all_orders()}
    assert (len(order_ids), beats > 100) == (30, True)


def test_no_call_waits_in_the_loop_for_a_thread_to_start(settings: Settings) -> None:
    async def started() -> tuple[set[str], set[str]]:
        async with aconnect(settings) as broker:
            before = {thread.name for thread in threading.enumerate()}
            await asyncio.gather(*(broker.place("NSE:SBIN", "BUY", 1) for _ in range(30)), broker.positions())
            after = {thread.name for thread in threading.enumerate()}
        return before, {name for name in after - before if name.startswith(("entries", "others"))}

    before, later = asyncio.run(started())

    assert (len([name for name in before if name.startswith(("entries", "others"))]), later) == (32, set())


def test_what_is_read_and_closed_does_not_queue_behind_orders(settings: Settings, sim: XtsSimulator) -> None:
    async def trade() -> tuple[tuple[Position, ...], int, CloseReport]:
        async with aconnect(settings) as broker:
            sim.faults.add(Fault(FaultKind.HOLD, on="place", times=None, seconds=300))
            orders = [asyncio.create_task(broker.place("NSE:INFY", "BUY", 1)) for _ in range(60)]
            assert await asyncio.to_thread(sim.faults.wait_holding, 30)
            positions = await broker.positions()
            assert not any(order.done() for order in orders)
            for order in orders:
                order.cancel()
            await asyncio.wait(orders)
            sim.faults.clear()
            sim.faults.release()
        sent = sim.exchange.requests["place"]
        async with aconnect(settings) as broker:
            return positions, sent, await broker.close_all()

    positions, sent, report = asyncio.run(trade())

    assert [position.broker_symbol for position in positions] == ["INFY"]
    assert 0 < sent < 60
    assert report.is_flat


def test_handlers_are_called_in_the_loop(settings: Settings) -> None:
    async def trade() -> tuple[str, str, bool]:
        changed: asyncio.Queue[tuple[Order, int]] = asyncio.Queue()
        async with aconnect(settings) as broker:
            await broker.on_order(lambda order: changed.put_nowait((order, threading.get_ident())))
            placed = await broker.place("NSE:SBIN", "BUY", 1)
            order, thread = await changed.get()
        return str(placed.order_id), order.order_id, thread == threading.get_ident()

    placed, heard, is_in_the_loop = asyncio.run(trade())

    assert (heard, is_in_the_loop) == (placed, True)


def test_the_package_has_a_version_a_command_and_no_weight() -> None:
    program = (
        "import sys, jainam_prop; loaded = sorted({'httpx', 'sqlalchemy', 'pydantic'} & set(sys.modules));"
        "print(jainam_prop.__version__, loaded)"
    )
    version = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    command = subprocess.run(
        [sys.executable, "-m", "jainam_prop", "--version"], capture_output=True, text=True, check=True
    ).stdout

    assert version == f"{jainam_prop.__version__} []\n"
    assert command == f"jainam-prop {jainam_prop.__version__}\n"


def test_an_unknown_name_is_an_attribute_error() -> None:
    assert not hasattr(jainam_prop, "no_such_name")


EXAMPLES = sorted((Path(__file__).parents[2] / "examples").iterdir())


def code_of(example: Path) -> str:
    """Return the program, or the cells of the notebook in their order."""
    text = example.read_text(encoding="utf-8")
    cells = json.loads(text)["cells"] if example.suffix == ".ipynb" else []
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code") or text


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_at_the_simulator(example: Path, settings: Settings, sim: XtsSimulator, tmp_path: Path) -> None:
    lines = dict(line.split("=", 1) for line in settings_lines(sim))
    own = {"JAINAM_DATABASE_URL": settings.database_url, "JAINAM_TOKEN_KEY": "a key for tests only"}
    environment = {**os.environ, **lines, **own}  # noqa: TID251 (handed on)

    program = start_child(code_of(example), environment=environment, folder=tmp_path)
    printed, errors = program.communicate()

    assert (program.returncode, errors) == (0, "")
    assert printed


def test_the_snippets_of_the_documents_are_typed(tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    texts = [path.read_text(encoding="utf-8") for path in (root / "README.md", *(root / "docs").glob("*.md"))]
    snippets = [snippet for text in texts for snippet in re.findall(r"```python\n(.*?)```", text, re.DOTALL)]
    files = [tmp_path / f"snippet_{number}.py" for number in range(len(snippets))]
    for file, text in zip(files, snippets, strict=True):
        file.write_text(text)

    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", *map(str, files)],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (len(snippets) >= 3, ran.returncode) == (True, 0), ran.stdout
