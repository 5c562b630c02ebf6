"""Machines that trade one account on one PostgreSQL, under damage: ``python -m benchmarks.machines --minutes 15``.

Three machines are loopback addresses with wires of their own to the broker and to the database, and folders of their
own; each runs four processes (`benchmarks.machine_trader`). Processes and machines are killed, frozen and started
again, the database is frozen and crashes, the broker is away, and wires break in every way. Every two minutes all
pause and everything is closed. Then what the exchange holds is compared with what the processes heard; exits with 1
on a fault.

``--faster 6`` lets clocks run six times as fast: those of the processes, of the simulated broker, and of the database
for leases. So order rates, deadlines, waits, leases and settling are accelerated. The work itself, wires, timeouts of
sockets and of the database, and the damage are not, which makes them six times as long in the time of the clocks; the
slack of a rate window, which stands for delays on the way, is therefore six times as long too.
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
from contextlib import ExitStack, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, make_url

from benchmarks.chaos import RestartableSimulator
from benchmarks.machine_trader import FastClock, hasten
from jainam_prop.adapters.simulator.config import PRO_CLIENT, SimulatorConfig
from jainam_prop.adapters.simulator.server.server import settings_lines
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.settings import settings_from
from tests.e2e.wire import WHOLE, Damage, FaultyProxy, Side, Wire
from tests.postgres import Cluster, a_cluster

MACHINES: Final = ("127.0.0.2", "127.0.0.3", "127.0.0.4")
HERE: Final = "127.0.0.1"
"""A fourth machine, from which everything is closed."""
PROCESSES: Final = 4
RATE: Final = 8
PAUSE_SECONDS: Final = 120.0
FLAT_SECONDS: Final = 90.0
SYMBOLS: Final = (
    "SBIN", "RELIANCE", "TCS", "INFY", "HDFCBANK", "ICICIBANK", "ITC", "LT", "AXISBANK", "TATASTEEL", "VEDL", "ACC",
)  # fmt: skip
JUDGED: Final = (
    "told that nothing was done, and it was", "doubled", "told a target that is not held",
    "reversed or past the target",
)  # fmt: skip
HOLDING: Final = (Damage.LATE, Damage.DRIP, Damage.REORDER)
"""Held back in requests, these deliver together what was sent at the right pace, which no sender can know."""
_FASTER_DATABASE: Final = (
    "CREATE SCHEMA lab",
    "CREATE FUNCTION lab.clock_timestamp() RETURNS timestamptz LANGUAGE sql AS "
    "'SELECT to_timestamp(extract(epoch FROM pg_catalog.clock_timestamp()) * {faster})'",
    "ALTER ROLE jainam SET search_path = lab, public, pg_catalog",
)


class Lab:
    """The broker, the database, the wires and the processes of all machines, and the damage that is done to them."""

    def __init__(self, stack: ExitStack, faster: float, seed: int) -> None:
        opens = datetime.combine(date.today(), datetime.min.time(), UTC).timestamp() + 4.5 * 3600  # noqa: DTZ011
        self.clock = FastClock(faster, time.monotonic(), opens)
        self.chance = random.Random(seed)  # noqa: S311 (a schedule, no secret)
        self.damage: Counter[str] = Counter()
        self.closes: list[tuple[float, bool]] = []
        self.false_flat = 0
        self.folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="jainam-machines-")))
        self.cluster: Cluster = stack.enter_context(a_cluster())
        engine = create_engine(self.cluster.url, isolation_level="AUTOCOMMIT")
        with engine.connect() as sql:
            for statement in _FASTER_DATABASE:
                sql.exec_driver_sql(statement.format(faster=faster))
        engine.dispose()
        config = SimulatorConfig(instruments=3_000, rate_limits=False)
        self.sim = stack.enter_context(RestartableSimulator(config, self.clock))
        self.wires: dict[str, list[FaultyProxy]] = {}
        port, socket = 0, make_url(self.cluster.url).query["host"]
        for address in (*MACHINES, HERE):
            broker = FaultyProxy(("127.0.0.1", self.sim.port), (address, port))
            self.wires[address] = [broker, FaultyProxy(f"{socket}/.s.PGSQL.5432", (address, 0))]
            port = broker.port
            for wire in self.wires[address]:
                stack.callback(wire.close)
        settings = dict(line.split("=", 1) for line in settings_lines(self.sim))
        self.settings = settings | {
            "JAINAM_BASE_URL": f"http://localhost:{port}",  # one broker for all, wherever a machine finds it
            "JAINAM_TOKEN_KEY": "a lab's",
            "JAINAM_ORDER_RATE": str(RATE),
        }
        self.container = open_container(settings_from(self.settings_of(HERE)))
        hasten(self.container, self.clock)
        stack.callback(self.container.shutdown_resources)
        self.container.app().sync_instruments().unwrap()
        self.pause = self.folder / "pause"
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        stack.callback(self.end)
        for symbol in SYMBOLS:
            self.start(symbol)

    def settings_of(self, address: str) -> dict[str, str]:
        """Return the settings of the processes of one machine."""
        far = f"postgresql://jainam@{address}:{self.wires[address][1].port}/postgres"
        own = {"JAINAM_DATABASE_URL": far, "XDG_DATA_HOME": str(self.folder / address)}
        return self.settings | own

    def start(self, symbol: str) -> None:
        """Start the process of a symbol."""
        address = MACHINES[SYMBOLS.index(symbol) // PROCESSES]
        lab = {
            "symbol": f"NSE:{symbol}", "address": address, "pause": str(self.pause),
            "diary": str(self.folder / f"{symbol}.diary"),
            "faster": self.clock.faster, "began": self.clock.began, "opens": self.clock.opens,
        }  # fmt: skip
        with (self.folder / f"{symbol}.err").open("ab") as errors:
            command = [sys.executable, "-m", "benchmarks.machine_trader"]
            process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=errors)
        assert process.stdin is not None
        process.stdin.write(json.dumps([lab, self.settings_of(address)]).encode())
        process.stdin.close()
        self.running[symbol] = process

    def end(self) -> None:
        """Kill every process."""
        for process in self.running.values():
            process.kill()
            process.wait()

    def hurt(self) -> None:
        """Do one kind of damage, which is over when this returns."""
        kinds = (
            self._kill, self._kill_machine, self._freeze, self._freeze_machine, self._freeze_database,
            self._crash_database, self._broker_away, self._wire, self._wire, self._wire,
        )  # fmt: skip
        act = self.chance.choice(kinds)
        self.damage[act.__name__.strip("_").replace("_", " ")] += 1
        act(self.chance.uniform(0.2, 4.0))

    def _kill(self, _seconds: float, symbols: tuple[str, ...] = ()) -> None:
        for symbol in symbols or (self.chance.choice(SYMBOLS),):
            self.running[symbol].kill()
            self.running[symbol].wait()
            self.start(symbol)

    def _kill_machine(self, seconds: float) -> None:
        self._kill(seconds, self._machine())

    def _freeze(self, seconds: float, symbols: tuple[str, ...] = ()) -> None:
        pids = [self.running[symbol].pid for symbol in symbols or (self.chance.choice(SYMBOLS),)]
        for number in (signal.SIGSTOP, signal.SIGCONT):
            for pid in pids:
                with suppress(ProcessLookupError):
                    os.kill(pid, number)
            time.sleep(seconds if number is signal.SIGSTOP else 0.0)

    def _freeze_machine(self, seconds: float) -> None:
        self._freeze(seconds, self._machine())

    def _machine(self) -> tuple[str, ...]:
        first = self.chance.randrange(len(MACHINES)) * PROCESSES
        return SYMBOLS[first : first + PROCESSES]

    def _freeze_database(self, seconds: float) -> None:
        self.cluster.freeze()
        time.sleep(seconds)
        self.cluster.thaw()

    def _crash_database(self, seconds: float) -> None:
        self.cluster.stop()
        time.sleep(seconds)
        self.cluster.start()

    def _broker_away(self, seconds: float) -> None:
        self.sim.be_away(seconds)

    def _wire(self, seconds: float) -> None:
        kinds = [damage for damage in Damage if damage is not Damage.NONE]
        wire = self.chance.choice(self.wires[self.chance.choice(MACHINES)])
        damage, side = self.chance.choice(kinds), self.chance.choice(list(Side))
        if damage in HOLDING:
            side = Side.REPLY
        wire.wire = Wire(damage, side, self.chance.choice([0, 60, 1_000]))
        self.damage[f"  {wire.wire.damage} wire"] += 1
        time.sleep(seconds)
        wire.wire = Wire(Damage.DOWN)
        wire.wire = WHOLE

    def close(self) -> None:
        """Let all processes pause, close everything from another machine, and compare with the exchange."""
        number = str(len(self.closes))
        self.pause.write_text(number, encoding="utf-8")
        ends = time.monotonic() + 60.0
        while not all(self._paused(symbol) == number for symbol in SYMBOLS) and time.monotonic() < ends:
            time.sleep(0.1)
        self.flatten()
        self.pause.unlink()

    def flatten(self) -> None:
        """Close until that is reported, for a while."""
        sessions, close = self.container.app().sessions, self.container.app().close_all_positions
        began = self.clock.monotonic()
        is_flat = False
        while not is_flat and self.clock.monotonic() - began < FLAT_SECONDS:
            done = close(sessions.newest().unwrap()).value_or(None)
            is_flat = done is not None and done.is_flat
            self.false_flat += is_flat and self._holds_anything()
        self.closes.append((self.clock.monotonic() - began, is_flat))

    def _holds_anything(self) -> bool:
        return any(line.net for line in self.sim.exchange.positions(PRO_CLIENT).values())

    def _paused(self, symbol: str) -> str:
        lines = self.diary(symbol)
        return lines[-1].get("paused", "") if lines else ""

    def diary(self, symbol: str) -> list[dict[str, Any]]:
        """Return what the processes of a symbol wrote down."""
        path = self.folder / f"{symbol}.diary"
        return [json.loads(line) for line in path.read_text("utf-8").splitlines()] if path.exists() else []


def _busiest(moments: list[float]) -> int:
    """Return the most moments in any second."""
    moments = sorted(moments)
    return max((bisect_left(moments, start + 1.0) - place for place, start in enumerate(moments)), default=0)


def _made_at(order: Any) -> float:  # noqa: ANN401 (an order of the simulator)
    """Return when a process made an order, which its identifier says."""
    return int(order.intake.identifier[2:11], 36) / 1000


def _faults_of(told: dict[str, Any], orders: list[Any], made: list[Any], before: int) -> Counter[str]:
    """Judge one answer by the orders that came in meanwhile, those that it made, and the units held before."""
    faults: Counter[str] = Counter()
    ids, target = told.get("ids"), told["target"]
    held = [before]
    for order in orders:
        held.append(held[-1] + order.filled * order.side.sign)
    if ids is None:
        faults[JUDGED[0]] += bool(made) and target is None and not told["unknown"]
    else:
        faults[JUDGED[1]] += len({str(order.order_id) for order in made} - set(ids)) if target is None else 0
        faults[JUDGED[2]] += target is not None and held[-1] != target
    if target is not None:
        low, high = min(before, target), max(before, target)
        faults[JUDGED[3]] += any(not low <= units <= high for units in held)
    return faults


def judge(lab: Lab) -> int:
    """Print what was found; return how many faults there were."""
    orders = sorted(lab.sim.exchange.all_orders(), key=lambda order: order.placed_at)
    diaries = {symbol: lab.diary(symbol) for symbol in SYMBOLS}
    lines = [line for each in diaries.values() for line in each]
    told = [order_id for line in lines for order_id in line.get("ids", ())]
    faults, named = Counter(dict.fromkeys(JUDGED, 0)), set(told)
    for symbol, diary in diaries.items():
        mine = [(each.placed_at.timestamp(), each) for each in orders if each.intake.listing.name == symbol]
        for answer in (line for line in diary if "start" in line):
            before = sum(each.filled * each.side.sign for at, each in mine if at < answer["start"])
            during = [each for at, each in mine if answer["start"] <= at <= answer["end"]]
            others = named - set(answer.get("ids", ()))  # milliseconds of a mark may be those of the answer before
            within = [each for _, each in mine if answer["start"] - 0.001 <= _made_at(each) <= answer["end"]]
            made = [each for each in within if str(each.order_id) not in others]
            found = _faults_of(answer, during, made, before)
            if found.total():
                names = [(each.intake.identifier, each.intake.terms.quantity, each.placed_at) for each in made]
                sys.stdout.write(f"{dict(+found)}: {symbol} {answer}, held {before}, made {names}, orders {during}\n")
            faults.update(found)
    marks = Counter(order.intake.identifier for order in orders)
    turns = [line for line in lines if "waited" in line]
    done = [line["target"] for line in lines if "ids" in line]
    exits, entries = (sorted(line["waited"] for line in turns if line["exit"] is exit_) for exit_ in (True, False))
    arrived = _busiest([order.placed_at.timestamp() for order in orders])
    faults.update(
        {
            "orders told and not there": len(set(told) - {str(order.order_id) for order in orders}),
            "orders told twice": len(told) - len(set(told)),
            "client order ids used twice": sum(count > 1 for count in marks.values()),
            "false flat": lab.false_flat,
            "closes that did not end flat": sum(not is_flat for _, is_flat in lab.closes),
            f"orders above {RATE} in a second": max(0, arrived - RATE),
            "logins beside the first": lab.sim.exchange.requests["login"] - 1,
            "processes that never heard of an order": sum(
                not any("ids" in line for line in diary) for diary in diaries.values()
            ),
            "exits that waited longer than entries": int(_middle(exits) > _middle(entries)),
        }
    )
    given = _busiest([line["turn"] for line in turns if line["turn"] is not None])
    sys.stdout.write(
        f"{lab.clock.monotonic() / 60:.1f} minutes of the clocks, {len(orders)} orders, {len(lines)} lines of diaries\n"
        f"busiest second: {arrived} orders arrived, {given} turns were given\n"
        f"waits for a turn, median and longest: exits {_middle(exits):.3f} {max(exits, default=0):.2f} s, "
        f"entries {_middle(entries):.3f} {max(entries, default=0):.2f} s\n"
        f"{len(done)} calls done, {len(done) - done.count(None)} "
        f"of them to a target; errors heard: {dict(Counter(line['error'] for line in lines if 'error' in line))}\n"
        f"{len(lab.closes)} closes, the slowest {max(seconds for seconds, _ in lab.closes):.1f} s\n"
        f"damage: {dict(lab.damage)}\n"
    )
    for fault, count in faults.items():
        sys.stdout.write(f"{'ok   ' if not count else 'FAULT'} {fault}: {count}\n")
    return faults.total()


def _middle(ordered: list[float]) -> float:
    return ordered[len(ordered) // 2] if ordered else 0.0


def main() -> int:
    """Run the lab; 1 where there was a fault."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=3.0, help="of the clocks")
    parser.add_argument("--faster", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    with ExitStack() as stack:
        lab = Lab(stack, asked.faster, asked.seed)
        until, pause_at = lab.clock.monotonic() + asked.minutes * 60, PAUSE_SECONDS
        while lab.clock.monotonic() < until:
            time.sleep(4.0)
            lab.hurt()
            if lab.clock.monotonic() > pause_at:
                lab.close()
                pause_at = lab.clock.monotonic() + PAUSE_SECONDS
        lab.end()
        time.sleep(1.0)
        lab.flatten()
        return min(1, judge(lab))


if __name__ == "__main__":
    sys.exit(main())
