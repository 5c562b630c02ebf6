"""Measures how long asyncio's loop is held up while many tasks place orders: ``python -m benchmarks.asyncio_orders``.

The simulator runs in a process of its own and enforces its rate chart; the library paces itself by its order rate.
A task sleeps for a millisecond again and again, and how late it wakes is the lag. On a machine with other work that is
mostly the scheduler's. Two figures are this process's own, on any machine:

- the share of a lag: at most the processor time of all threads of this process since the task went to sleep, since
  whatever holds the interpreter, a thread or the garbage collector, uses the processor meanwhile; and at most what is
  left of the lag without the time in which the loop's thread could run and got no processor (Linux counts it);
- the processor time of the loop's thread between two waits for events: the longest run of callbacks.

The exit status is 1 when an order is missing, or when one of these two is above the limit. The control is an idle loop
in another process at the same time: its lags are the machine's.
"""

import argparse
import asyncio
import gc
import json
import multiprocessing
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.library_asyncio import aconnect
from jainam_prop.entrypoints.settings import Settings, settings_from

LIMIT_MILLISECONDS: Final = 10.0
_SIMULATE: Final = (sys.executable, "-m", "jainam_prop", "simulate", "--instruments", "300", "--json")


@dataclass
class Meter:
    """What was measured in one loop, in milliseconds.

    Attributes:
        lags: of each wake-up.
        shares: of each lag, what this process can have caused.
        runs: processor time of the loop's thread between two waits for events.
        pauses: processor time of each collection of garbage, in whichever thread.
    """

    lags: list[float] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)
    runs: list[float] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)

    async def beat(self) -> None:
        """Measure each wake-up, until it is cancelled."""
        queue = os.open("/proc/thread-self/schedstat", os.O_RDONLY)
        try:
            while True:
                began, used, queued = time.perf_counter(), time.process_time(), queued_seconds(queue)
                await asyncio.sleep(0.001)
                lag = time.perf_counter() - began - 0.001
                self.lags.append(lag * 1_000)
                share = min(lag - (queued_seconds(queue) - queued), time.process_time() - used)
                self.shares.append(max(0.0, share) * 1_000)
        finally:
            os.close(queue)

    def loop(self) -> asyncio.AbstractEventLoop:
        """Make a loop whose runs of callbacks are measured."""
        return asyncio.SelectorEventLoop(MeteredSelector(self.runs))

    def collected(self, phase: str, _about: object) -> None:
        """Measure a collection of garbage, as one of `gc.callbacks`."""
        now = time.thread_time() * 1_000
        if phase == "start":
            self._began = now
        else:
            self.pauses.append(now - self._began)


def queued_seconds(queue: int) -> float:
    """Return how long a thread was ready to run without a processor."""
    return int(os.pread(queue, 100, 0).split()[1]) / 1e9


class MeteredSelector(selectors.DefaultSelector):
    """Waits for events, and notes the processor time of its thread in between."""

    def __init__(self, runs: list[float]) -> None:
        """Note it in a list."""
        super().__init__()
        self._runs = runs
        self._left = time.thread_time()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait as the system's selector does."""
        self._runs.append((time.thread_time() - self._left) * 1_000)
        try:
            return super().select(timeout)
        finally:
            self._left = time.thread_time()


async def beat_until(meter: Meter, stop: Connection) -> None:
    """Measure until another process says stop."""
    pulse = asyncio.create_task(meter.beat())
    await asyncio.to_thread(stop.recv)
    pulse.cancel()


def control(end: Connection) -> None:
    """Send what was measured in an idle loop."""
    meter = Meter()
    end.send("ready")
    with asyncio.Runner(loop_factory=meter.loop) as runner:
        runner.run(beat_until(meter, end))
    end.send(meter)


async def with_control(meter: Meter, work: Awaitable[object]) -> tuple[Meter, float]:
    """Await some work and measure meanwhile; return what was measured in the control, and the seconds."""
    ours, theirs = multiprocessing.Pipe()
    other = multiprocessing.get_context("spawn").Process(target=control, args=(theirs,), daemon=True)
    other.start()
    await asyncio.to_thread(ours.recv)
    before = len(meter.runs)
    gc.callbacks.append(meter.collected)
    pulse = asyncio.create_task(meter.beat())
    began = time.perf_counter()
    await work
    seconds = time.perf_counter() - began
    pulse.cancel()
    gc.callbacks.remove(meter.collected)
    meter.runs = meter.runs[before:]
    ours.send("stop")
    controlled = await asyncio.to_thread(ours.recv)
    other.join()
    return controlled, seconds


async def trade(meter: Meter, settings: Settings, orders: int, tasks: int) -> tuple[set[str], Meter, float]:
    """Place orders from many tasks; return the ids in the order book, the control's measures and the seconds."""
    async with aconnect(settings) as broker:

        async def place() -> list[str]:
            return [(await broker.place("NSE:SBIN", "BUY", 1)).order_id for _ in range(orders // tasks)]

        placed: list[list[str]] = []

        async def everything() -> None:
            placed.extend(await asyncio.gather(*(place() for _ in range(tasks))))

        await broker.place("NSE:SBIN", "BUY", 1)  # the session, the instruments and the connection
        controlled, seconds = await with_control(meter, everything())
        booked = {order.order_id for order in await broker.orders()}
    return {order_id for ids in placed for order_id in ids} & booked, controlled, seconds


def at_simulator(work: Callable[[Settings], int]) -> int:
    """Do some work with settings that lead to a simulator of its own, with a store that is thrown away."""
    with tempfile.TemporaryDirectory() as folder, subprocess.Popen(_SIMULATE, stdout=subprocess.PIPE, text=True) as sim:
        try:
            assert sim.stdout is not None
            document = ""
            while not document.endswith("\n}\n"):
                document += sim.stdout.readline()
            own = {"JAINAM_DATABASE_URL": f"sqlite:///{Path(folder) / 'store.db'}", "JAINAM_TOKEN_KEY": "a benchmark"}
            settings = settings_from(json.loads(document)["data"]["env"] | own)
            container = open_container(settings)
            container.app().sync_instruments().unwrap()
            container.shutdown_resources()
            return work(settings)
        finally:
            sim.terminate()


def report(name: str, meter: Meter) -> bool:
    """Print what was measured; return whether what the process did itself is within the limit."""
    within = True
    for kind, found, is_own in (
        ("wake-ups late", meter.lags, False),
        ("of it at most by this process", meter.shares, True),
        ("runs of callbacks, processor time", meter.runs, True),
        ("collections of garbage, processor time", meter.pauses, False),
    ):
        each, above = sorted(found) or [0.0], sum(value > LIMIT_MILLISECONDS for value in found)
        p99, p999 = each[len(each) * 99 // 100], each[len(each) * 999 // 1_000]
        print(
            f"{name}: {len(found):6} {kind:38} {p99:7.2f} ms (p99) {p999:7.2f} (p99.9) {each[-1]:7.2f} (most), "
            f"{above} above {LIMIT_MILLISECONDS:g}"
        )
        within = within and not (is_own and above)
    return within


def main() -> int:
    """Print what was placed and measured; return 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000)
    parser.add_argument("--tasks", type=int, default=100)
    asked = parser.parse_args()

    def work(settings: Settings) -> int:
        meter = Meter()
        with asyncio.Runner(loop_factory=meter.loop) as runner:
            order_ids, controlled, seconds = runner.run(trade(meter, settings, asked.orders, asked.tasks))
        within = report("placing", meter)
        report("control", controlled)
        print(f"{len(order_ids)} of {asked.orders} orders in {seconds:.1f} s, {len(order_ids) / seconds:.2f} a second")
        return 0 if len(order_ids) == asked.orders and within else 1

    return at_simulator(work)


if __name__ == "__main__":
    sys.exit(main())
