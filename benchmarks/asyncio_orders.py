"""Measures how long asyncio's loop is held up while many tasks place orders: ``python -m benchmarks.asyncio_orders``.

The simulator runs in a process of its own and enforces its rate chart; the library paces itself by its order rate.
A task sleeps for a millisecond again and again, and how late it wakes is the lag. The control is an idle loop in
another process at the same time: its lags are the machine's. The exit status is 1 when an order is missing, or when the
loop was held up for more than the limit although the control never was; where it was, more often than the control by
more than one wake-up of a thousand. ``chrt -f 10`` before the command has it go before what else a machine does.
"""

import argparse
import asyncio
import json
import multiprocessing
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.library_asyncio import aconnect
from jainam_prop.entrypoints.settings import Settings, settings_from

LIMIT_MILLISECONDS: Final = 10.0
_SIMULATE: Final = (sys.executable, "-m", "jainam_prop", "simulate", "--instruments", "300", "--json")


async def beat(lags: list[float]) -> None:
    """Note by how many milliseconds each wake-up is late, until it is cancelled."""
    while True:
        due = time.perf_counter() + 0.001
        await asyncio.sleep(0.001)
        lags.append((time.perf_counter() - due) * 1_000)


async def beat_until(stop: Connection) -> list[float]:
    """Note the lags until another process says stop."""
    lags: list[float] = []
    pulse = asyncio.create_task(beat(lags))
    await asyncio.to_thread(stop.recv)
    pulse.cancel()
    return lags


def control(end: Connection) -> None:
    """Send the lags of an idle loop."""
    end.send("ready")
    end.send(asyncio.run(beat_until(end)))


async def with_lags(work: Awaitable[object]) -> tuple[list[float], list[float], float]:
    """Await some work; return the lags meanwhile, those of the control, and its seconds."""
    ours, theirs = multiprocessing.Pipe()
    other = multiprocessing.get_context("spawn").Process(target=control, args=(theirs,), daemon=True)
    other.start()
    await asyncio.to_thread(ours.recv)
    lags: list[float] = []
    pulse = asyncio.create_task(beat(lags))
    began = time.perf_counter()
    await work
    seconds = time.perf_counter() - began
    pulse.cancel()
    ours.send("stop")
    controls = await asyncio.to_thread(ours.recv)
    other.join()
    return lags, controls, seconds


async def trade(settings: Settings, orders: int, tasks: int) -> tuple[set[str], list[float], list[float], float]:
    """Place orders from many tasks; return the ids in the order book, both lags and the seconds."""
    async with aconnect(settings) as broker:

        async def place() -> list[str]:
            return [(await broker.place("NSE:SBIN", "BUY", 1)).order_id for _ in range(orders // tasks)]

        placed: list[list[str]] = []

        async def everything() -> None:
            placed.extend(await asyncio.gather(*(place() for _ in range(tasks))))

        await broker.place("NSE:SBIN", "BUY", 1)  # the session, the instruments and the connection
        lags, controls, seconds = await with_lags(everything())
        booked = {order.order_id for order in await broker.orders()}
    return {order_id for ids in placed for order_id in ids} & booked, lags, controls, seconds


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


def report(name: str, lags: list[float]) -> int:
    """Print lags; return how many are above the limit."""
    found, late = sorted(lags), sum(lag > LIMIT_MILLISECONDS for lag in lags)
    p99, p999 = found[len(found) * 99 // 100], found[len(found) * 999 // 1_000]
    print(f"{name}: {len(found)} wake-ups, late by {p99:.2f} ms (p99), {p999:.2f} (p99.9), {found[-1]:.2f} (most)")
    print(f"{name}: {late} by more than {LIMIT_MILLISECONDS:g} ms")
    return late


def main() -> int:
    """Print what was placed and the lags; return 1 when a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000)
    parser.add_argument("--tasks", type=int, default=100)
    asked = parser.parse_args()

    def work(settings: Settings) -> int:
        order_ids, lags, controls, seconds = asyncio.run(trade(settings, asked.orders, asked.tasks))
        late = {"placing": report("placing", lags), "control": report("control", controls)}
        print(f"{len(order_ids)} of {asked.orders} orders in {seconds:.1f} s, {len(order_ids) / seconds:.2f} a second")
        allowed = late["control"] + len(lags) / 1_000 if late["control"] else 0
        return 0 if len(order_ids) == asked.orders and late["placing"] <= allowed else 1

    return at_simulator(work)


if __name__ == "__main__":
    sys.exit(main())
