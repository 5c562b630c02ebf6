"""Machines that trade one account on one PostgreSQL, under damage: ``python -m benchmarks.machines --minutes 3``.

Three machines (folders of their own) run four processes each. Each process takes a position of its own to random
targets through the library. Meanwhile processes are killed and started again, frozen, and so is the database. Then
the exchange's own records are compared with what the processes heard, and with the rate; exits with 1 on a fault.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from bisect import bisect_left
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Final

from jainam_prop.adapters.simulator.config import PRO_CLIENT, SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines
from jainam_prop.domain.rate_limit import SLACK_SECONDS
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.exceptions import JainamError
from jainam_prop.entrypoints.library import connect
from jainam_prop.entrypoints.settings import settings_from
from tests.postgres import throw_away_cluster

MACHINES: Final = "abc"
PROCESSES: Final = 4
RATE: Final = 10
CLOSES: Final = 12
SYMBOLS: Final = (
    "SBIN", "RELIANCE", "TCS", "INFY", "HDFCBANK", "ICICIBANK", "ITC", "LT", "AXISBANK", "TATASTEEL", "VEDL", "ACC",
)  # fmt: skip


def trade(symbol: str, diary: Path) -> None:
    """Take one position to random targets until the process ends; every answer goes to a file."""
    chance = random.Random(os.getpid())  # noqa: S311 (a schedule, no secret)
    with connect(settings_from(json.load(sys.stdin))) as broker, diary.open("a", encoding="utf-8") as file:
        while True:
            try:
                done = broker.smart(f"NSE:{symbol}", chance.randrange(-20, 21), product="MIS")
                heard: dict[str, object] = {"ids": list(getattr(done, "order_ids", ()))}
            except JainamError as error:
                heard = {"error": type(error).__name__, "text": str(error)[:160]}
            file.write(json.dumps(heard) + "\n")
            file.flush()


class Lab:
    """The processes of all machines, and the damage that is done to them."""

    def __init__(self, folder: Path, settings: dict[str, str], database: list[int]) -> None:
        self._folder = folder
        self._settings = settings
        self._database = database
        self._chance = random.Random(7)  # noqa: S311 (a schedule, no secret)
        self.damage: Counter[str] = Counter()
        places = [machine for machine in MACHINES for _ in range(PROCESSES)]
        self._places = dict(zip(SYMBOLS, places, strict=True))
        self._running = {symbol: self._start(symbol) for symbol in SYMBOLS}

    def _start(self, symbol: str) -> subprocess.Popen[bytes]:
        own = {"XDG_DATA_HOME": str(self._folder / self._places[symbol])}
        command = [sys.executable, "-m", "benchmarks.machines", "--trade", symbol, str(self._folder / f"{symbol}.log")]
        with (self._folder / f"{symbol}.err").open("ab") as errors:
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=errors)
        assert process.stdin is not None
        process.stdin.write(json.dumps(self._settings | own).encode())
        process.stdin.close()
        return process

    def hurt(self) -> None:
        """Do one kind of damage, which is over when this returns."""
        symbol, kind = self._chance.choice(SYMBOLS), self._chance.choice(("kill", "freeze", "freeze the database"))
        self.damage[kind] += 1
        if kind == "kill":
            self._running[symbol].kill()
            self._running[symbol].wait()
            self._running[symbol] = self._start(symbol)
        elif kind == "freeze":
            _stopped([self._running[symbol].pid], self._chance.uniform(0.2, 3.0))
        else:
            _stopped(self._database, self._chance.uniform(0.2, 4.0))

    def end(self) -> None:
        """Kill every process."""
        for process in self._running.values():
            process.kill()
            process.wait()


def _stopped(pids: list[int], seconds: float) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    time.sleep(seconds)
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGCONT)


def _server_pid(url: str) -> list[int]:
    folder = Path(url.rpartition("host=")[2])
    return [int((folder / "data" / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])]


def run(minutes: float) -> int:
    """Run the lab and print what it found; return how many faults there were."""
    config = SimulatorConfig(instruments=3_000, rate_limits=False)
    with throw_away_cluster() as url, XtsSimulator(config) as server, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        settings = dict(line.split("=", 1) for line in settings_lines(server))
        settings |= {"JAINAM_DATABASE_URL": url, "JAINAM_TOKEN_KEY": "a lab's", "JAINAM_ORDER_RATE": str(RATE)}
        container = open_container(settings_from(settings))
        container.app().sync_instruments().unwrap()
        lab = Lab(folder, settings, _server_pid(url))
        until = time.monotonic() + minutes * 60
        while time.monotonic() < until:
            time.sleep(3.0)
            lab.hurt()
        time.sleep(3.0)
        lab.end()
        time.sleep(1.0)
        sessions, close = container.app().sessions, container.app().close_all_positions
        reports = [close(sessions.newest().unwrap()).unwrap()]
        while not reports[-1].is_flat and len(reports) < CLOSES:  # orders of the killed are of unknown outcome at first
            time.sleep(10.0)
            reports.append(close(sessions.newest().unwrap()).unwrap())
        container.shutdown_resources()
        return _judge(server, folder, lab, closes=[report.is_flat for report in reports])


def _judge(server: XtsSimulator, folder: Path, lab: Lab, *, closes: list[bool]) -> int:
    orders = server.exchange.all_orders()
    moments = sorted(order.placed_at.timestamp() for order in orders)
    busiest = max((bisect_left(moments, start + 1.0) - place for place, start in enumerate(moments)), default=0)
    diaries = [json.loads(line) for path in folder.glob("*.log") for line in path.read_text("utf-8").splitlines()]
    told = [order_id for each in diaries for order_id in each.get("ids", ())]
    known = {str(order.order_id) for order in orders}
    marks = Counter(order.intake.identifier for order in orders)
    faults = {
        "orders told and not there": len(set(told) - known),
        "orders told twice": len(told) - len(set(told)),
        "client order ids used twice": sum(count > 1 for count in marks.values()),
        "positions left": sum(line.net != 0 for line in server.exchange.positions(PRO_CLIENT).values()),
        "not seen flat": int(not closes[-1]),
        f"calls above {RATE} in a second": max(0, busiest - RATE),
        "logins beside the first": server.exchange.requests["login"] - 1,
    }
    errors = Counter(each["error"] for each in diaries if "error" in each)
    sys.stdout.write(
        f"{len(orders)} orders, busiest second {busiest} (window {1 + SLACK_SECONDS} s), {len(diaries)} answers\n"
    )
    sys.stdout.write(f"errors heard: {dict(errors)}, closes until flat: {len(closes)}\ndamage: {dict(lab.damage)}\n")
    for fault, count in faults.items():
        sys.stdout.write(f"{'ok   ' if not count else 'FAULT'} {fault}: {count}\n")
    return sum(faults.values())


def main() -> None:
    """Run the lab, or one process of it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--trade", nargs=2)
    given = parser.parse_args()
    if given.trade:
        trade(given.trade[0], Path(given.trade[1]))
    sys.exit(1 if run(given.minutes) else 0)


if __name__ == "__main__":
    main()
