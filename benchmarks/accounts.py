"""Memory and order time of one process with 1 and with 8 accounts on one store: ``python -m benchmarks.accounts``.

Each account is a PRO desk at a simulated server of its own, with 120,000 instruments; 20 orders each, one after the
other. The control is the process with one account.
"""

import json
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.library import connect
from jainam_prop.entrypoints.settings import settings_from

ACCOUNTS: Final = 8
INSTRUMENTS: Final = 120_000
ORDERS: Final = 20


def serve(pipe: Connection) -> None:
    """Run the servers until the other side ends, and send the settings of each first."""
    with ExitStack() as stack:
        config = SimulatorConfig(instruments=INSTRUMENTS, rate_limits=False)
        servers = [stack.enter_context(XtsSimulator(config)) for _ in range(ACCOUNTS)]
        pipe.send([dict(line.split("=", 1) for line in settings_lines(server)) for server in servers])
        pipe.recv()


def trade(texts: list[dict[str, str]], pipe: Connection) -> None:
    """Open an account for each of the settings, and send the median time of an order and the memory used."""
    times = []
    with ExitStack() as stack:
        brokers = [stack.enter_context(connect(settings_from(each))) for each in texts]
        for _ in range(ORDERS):
            for broker in brokers:
                began = time.perf_counter()
                broker.place("NSE:SBIN", "BUY", 1, product="MIS")
                times.append(time.perf_counter() - began)
                time.sleep(0.5 / len(brokers))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send((statistics.median(times) * 1000, peak))


def main() -> None:
    """Print both rows and their ratio."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = multiprocessing.Pipe()
    servers = spawn.Process(target=serve, args=(theirs,))
    servers.start()
    texts = ours.recv()
    with tempfile.TemporaryDirectory() as folder:
        own = {"JAINAM_DATABASE_URL": f"sqlite:///{Path(folder) / 'store.db'}", "JAINAM_TOKEN_KEY": "a benchmark's"}
        texts = [each | own | {"JAINAM_ORDER_RATE": "25"} for each in texts]
        container = open_container(settings_from(texts[0]))
        container.app().sync_instruments().unwrap()
        container.shutdown_resources()
        rows = {}
        for count in (1, ACCOUNTS):
            here, there = multiprocessing.Pipe()
            process = spawn.Process(target=trade, args=(texts[:count], there))
            process.start()
            rows[count] = here.recv()
            process.join()
    ours.send("stop")
    servers.join()
    for count, (milliseconds, megabytes) in rows.items():
        sys.stdout.write(f"{count} accounts: order {milliseconds:.2f} ms, peak {megabytes:.0f} MB\n")
    ratios = [more / one for one, more in zip(rows[1], rows[ACCOUNTS], strict=True)]
    sys.stdout.write(json.dumps({"order": round(ratios[0], 2), "memory": round(ratios[1], 2)}) + "\n")


if __name__ == "__main__":
    main()
