"""Processes that trade while database, broker and they themselves break, and close everything once a minute.

Run as ``python -m benchmarks.chaos --minutes 15 --seed 1`` (PostgreSQL, a throw-away server) or with ``--sqlite``; the
exit status is 1 when anything was not as it must be:

- each close ends flat within 60 seconds in which the broker could be reached, and says so only when it is true;
- nothing is lost: each order that a process was told of is at the exchange;
- nothing is doubled: no client order id is there twice, and an answer of any kind that leaves nothing open names each
  order that its call made;
- nothing stays unknown: once all is well again, the journal says of each intent what the exchange has, and knows each
  order of a process that was not killed;
- no process dies by itself, and every call is answered.

Four processes place, protect, move and cancel. Meanwhile the database freezes, stops and starts (a SQLite file is
locked or cannot be written), the broker restarts or freezes, loses replies, kills tokens and lets market data hang, and
processes are killed. Every third close is made by ``close-all`` in a new process, with ``--without-store`` where the
first one could not. Which call made an order is written in its client order id.
"""

import argparse
import json
import logging
import multiprocessing
import os
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final, cast

from dependency_injector import providers
from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.http.server import LoopbackServer
from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines
from jainam_prop.domain.errors import BrokerError, OutcomeUnknown, PartlyPlaced, Unconfirmed, root_cause
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.orders.journal import JournalEntry
from jainam_prop.domain.orders.order import PriceType
from jainam_prop.domain.orders.ticket import read_smart_ticket, read_ticket
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.settings import settings_from
from jainam_prop.entrypoints.trading_app import TradingApp
from tests.e2e.world import RELIANCE, SBIN, TCS, order
from tests.postgres import Cluster, a_cluster

PROCESSES: Final = 4
SYMBOLS: Final[dict[str, InstrumentKey]] = {"SBIN": SBIN, "RELIANCE": RELIANCE, "TCS": TCS}
FLAT_WITHIN: Final = 60.0
PAUSE_WITHIN: Final = 90.0
SETTLED_WITHIN: Final = 120.0
"""A process that died is given up after a minute; reads settle its orders some seconds later."""
_SPAWN: Final = multiprocessing.get_context("spawn")


# The broker, in a process of its own


class RestartableSimulator(XtsSimulator):
    """A simulator that can be away for a while without forgetting anything but sessions."""

    def be_away(self, seconds: float) -> None:
        """Refuse connections for a while."""
        port = self.port
        self._server.close()
        time.sleep(seconds)
        self._server = LoopbackServer(self.config.host, port, self._answer)
        self._server.start()


def broker(control: Connection) -> None:
    """Serve until the other end of the pipe is closed."""
    with RestartableSimulator(SimulatorConfig(instruments=300)) as sim:
        user = next(login.user_id for login in sim.config.logins if login.kind == "PRO")
        control.send(settings_lines(sim))
        answers: dict[str, Callable[..., object]] = {
            "away": sim.be_away,
            "fault": lambda kind, on, times, seconds, probability: sim.faults.add(
                Fault(FaultKind(kind), on=on, times=times, seconds=seconds, probability=probability)
            ),
            "clear": sim.faults.clear,
            "kill": lambda: sim.sessions.kill(user),
            "state": lambda: _state(sim),
        }
        with suppress(EOFError):
            while True:
                verb, *words = control.recv()
                control.send(answers[verb](*words) if verb == "state" else bool(answers[verb](*words)))


def _state(sim: XtsSimulator) -> dict[str, Any]:
    with sim.exchange.locked():
        orders = [
            (str(one.order_id), one.intake.identifier, one.state.value, one.filled, one.terms.quantity, one.key.token)
            for one in sim.exchange.all_orders()
        ]
        working = {str(one.order_id) for one in sim.exchange.working_orders()}
        nets = {f"{slot.key.token} {slot.product}": line.net for slot, line in sim.exchange.positions().items()}
    return {"orders": orders, "working": working, "nets": {name: net for name, net in nets.items() if net}}


# A process that trades


@dataclass(frozen=True, slots=True)
class Told:
    """What a process was told of one call."""

    call: int
    verb: str
    kind: str
    order_ids: tuple[str, ...]
    message: str
    seconds: float = 0.0


class Worker:
    """One process: it trades while it may, and closes everything when it is asked to."""

    def __init__(self, texts: dict[str, str], number: int, generation: int, seed: int) -> None:
        self.container = open_container(settings_from(texts))
        self.number, self.generation, self.call, self.marks = number, generation, 0, 0
        sender: Any = self.container.trading.sender
        sender.add_kwargs(entropy=providers.Object(self.entropy))
        self.app: TradingApp = self.container.app().build()
        self.chance = random.Random(f"{seed}/{number}/{generation}")  # noqa: S311 (reproducible on purpose)
        self.own: list[str] = []

    def entropy(self) -> int:
        """Write the present call into the identifier of its orders."""
        self.marks += 1
        return ((self.number * 256 + self.generation) * 2**20 + self.call) * 1024 + self.marks % 1024

    def trade(self) -> Told:
        """Do something at random."""
        self.call += 1
        symbol = self.chance.choice(list(SYMBOLS))
        verb = self.chance.choices(["market", "smart", "limit", "stop", "cancel", "quote"], [4, 6, 3, 2, 2, 2])[0]
        session = self.app.sessions.newest(10.0)
        if not is_successful(session):
            return self._told(verb, session)
        live = session.unwrap()
        if verb == "smart":
            target = self.chance.choice([-40, 0, 0, 25, 75])
            ticket, units = read_smart_ticket(order(symbol=symbol, quantity=0, position_size=target))
            return self._told(f"smart {symbol} {target}", self.app.smart_order(live, ticket, units))
        if verb == "cancel" and self.own:
            return self._told(verb, self.app.cancel_orders.one(live, self.chance.choice(self.own)))
        if verb == "quote":
            return self._told(verb, self.app.read_quotes(live, [SYMBOLS[symbol]])[SYMBOLS[symbol]])
        action, quantity = self.chance.choice(["BUY", "SELL"]), self.chance.randint(1, 20)
        return self._told(f"{verb} {symbol}", self._place(live, verb, symbol, action, quantity))

    def _place(self, live: Any, verb: str, symbol: str, action: str, quantity: int) -> Result[Any, Any]:  # noqa: ANN401
        quote = {"SBIN": 780, "RELIANCE": 1300, "TCS": 3000}[symbol]
        terms: dict[str, object] = {}
        if verb == "limit":
            terms = {"pricetype": "LIMIT", "price": round(quote * (0.97 if action == "BUY" else 1.03))}
        elif verb == "stop":
            terms = {"pricetype": "SL-M", "trigger_price": round(quote * (1.04 if action == "BUY" else 0.96))}
        fields = order(symbol=symbol, action=action, quantity=quantity, **terms)
        return self.app.place_order(live, read_ticket(fields))

    def close(self) -> Told:
        """Close everything."""
        self.call += 1
        session = self.app.sessions.newest(10.0)
        if not is_successful(session):
            return self._told("close", session)
        outcome = self.app.close_all_positions(session.unwrap())
        if not is_successful(outcome):
            return self._told("close", outcome)
        report = outcome.unwrap()
        ids = tuple(order_id for leg in report.legs for order_id in leg.order_ids)
        return Told(self.call, "close", "ok" if report.is_flat else "partial", ids, report.message)

    def _told(self, verb: str, outcome: Result[Any, BrokerError]) -> Told:
        if is_successful(outcome):
            ids = tuple(getattr(outcome.unwrap(), "order_ids", ()))
            self.own = [*self.own, *ids][-10:]
            return Told(self.call, verb, "ok", ids, str(getattr(outcome.unwrap(), "message", "")))
        error = outcome.failure()
        is_open = isinstance(root_cause(error), OutcomeUnknown | Unconfirmed)
        ids = error.order_ids if isinstance(error, PartlyPlaced) else ()
        kind = "unknown" if is_open else "partly" if ids else "nothing"
        return Told(self.call, verb, kind, ids, f"{type(error).__name__}: {error.message}")


def work(texts: dict[str, str], number: int, generation: int, seed: int, control: Connection) -> None:
    """Obey the pipe: go, pause, close; a call that raised is told too."""
    logging.disable(logging.CRITICAL)
    worker, goes = Worker(texts, number, generation, seed), False
    with suppress(EOFError, BrokenPipeError):
        while True:
            while control.poll(0.0 if goes else None):
                word = control.recv()
                goes = word == "go"
                if word == "pause":
                    control.send("paused")
                if word == "close":
                    control.send(_guarded(worker, worker.close))
            if goes:
                control.send(_guarded(worker, worker.trade))
                time.sleep(worker.chance.random() * 0.4)


def _guarded(worker: Worker, act: Callable[[], Told]) -> Told:
    began = time.monotonic()
    try:
        return replace(act(), seconds=time.monotonic() - began)
    except Exception as error:
        return Told(worker.call, act.__name__, "raised", (), f"{type(error).__name__}: {error}")


# The laboratory


@dataclass
class Desk:
    """What one trading process was told, over all of its lives."""

    number: int
    process: Any = None
    control: Connection = None  # type: ignore[assignment]
    generation: int = -1
    told: dict[tuple[int, int], Told] = field(default_factory=dict)
    killed: set[int] = field(default_factory=set)
    replies: list[object] = field(default_factory=list)


class Laboratory:
    """The broker, the store and four processes, with one seed for everything that is drawn."""

    def __init__(self, stack: ExitStack, seed: int, store: "Store") -> None:
        self.seed, self.store = seed, store
        self.chance = random.Random(seed)  # noqa: S311 (reproducible on purpose)
        self.lock = threading.RLock()
        ours, theirs = _SPAWN.Pipe()
        self.broker = _SPAWN.Process(target=broker, args=(theirs,), daemon=True)
        self.broker.start()
        stack.callback(self.broker.kill)
        self.control = ours
        self.texts = dict(line.split("=", 1) for line in ours.recv()) | store.texts
        self.up_before, self.up_since = 0.0, cast("float | None", time.monotonic())
        self.desks = [Desk(number) for number in range(PROCESSES)]
        self.findings: list[str] = []
        self.counts: Counter[str] = Counter()
        self.slowest = (0.0, "")
        self.closes: list[tuple[float, float]] = []
        self.over = threading.Event()
        self.breaking = threading.Thread(target=self._break, daemon=True)
        stack.callback(self._end)

    def _end(self) -> None:
        self.over.set()
        for desk in self.desks:
            if desk.process is not None:
                desk.process.kill()

    def ask(self, *words: object) -> Any:  # noqa: ANN401 (what the broker answers)
        """Ask the broker's process for something."""
        with self.lock:
            self.control.send(words)
            return self.control.recv()

    def say(self, text: str) -> None:
        """Print a line with the time of the run."""
        sys.stdout.write(f"{time.monotonic() - self.began:7.1f} {text}\n")
        sys.stdout.flush()

    def run(self, minutes: float) -> int:
        """Trade, break and close; return how many findings there were."""
        self.began = time.monotonic()
        container = open_container(settings_from(self.texts))
        container.app().sessions.log_in().unwrap()
        container.app().sync_instruments().unwrap()
        container.shutdown_resources()
        for desk in self.desks:
            self.start(desk)
        self.breaking.start()
        self._command("go")
        trading_since = time.monotonic()
        for number in range(1, round(minutes) + 1):
            self._listen(until=trading_since + 60.0 * number)
            self._close(number)
            self._command("go")
        self._pause()
        self.over.set()
        self.breaking.join()
        self.ask("clear")
        self._judge()
        return self._report()

    def start(self, desk: Desk) -> None:
        """Start a process, or the next life of one."""
        ours, theirs = _SPAWN.Pipe()
        desk.generation += 1
        words = (self.texts, desk.number, desk.generation, self.seed, theirs)
        desk.process, desk.control = _SPAWN.Process(target=work, args=words, daemon=True), ours
        desk.process.start()
        theirs.close()

    def _command(self, word: str) -> None:
        for desk in self.desks:
            with suppress(OSError):
                desk.control.send(word)

    def _hear(self, desk: Desk) -> object:
        """Take one message of a process, None when there is none; one that died is started again."""
        try:
            if not desk.control.poll():
                return None
            said = desk.control.recv()
        except (EOFError, OSError):
            desk.process.join()
            if desk.process.exitcode != -signal.SIGKILL:
                self.findings.append(f"process {desk.number} died by itself: {desk.process.exitcode}")
            desk.killed.add(desk.generation)
            self.start(desk)
            return "died"
        if isinstance(said, Told):
            desk.told[desk.generation, said.call] = said
            self.counts[f"{said.verb.split()[0]} {said.kind}"] += 1
            self.slowest = max(self.slowest, (said.seconds, said.verb))
            if said.kind == "raised":
                self.findings.append(f"a call raised: {desk.number}/{said.call} {said.message}")
        return said

    def _listen(self, until: float) -> None:
        while time.monotonic() < until:
            for desk in self.desks:
                if self._hear(desk) == "died":
                    with suppress(OSError):
                        desk.control.send("go")
            time.sleep(0.01)

    def _pause(self) -> None:
        """Let every process end its call and wait."""
        self._command("pause")
        waiting, until = {desk.number for desk in self.desks}, time.monotonic() + PAUSE_WITHIN
        while waiting and time.monotonic() < until:
            for desk in self.desks:
                said = self._hear(desk)
                if said == "paused":
                    waiting.discard(desk.number)
                elif said == "died":
                    desk.control.send("pause")
            time.sleep(0.01)
        if waiting:
            self.findings.append(f"processes {waiting} did not end their call in {PAUSE_WITHIN:.0f} s")

    def _close(self, number: int) -> None:
        """Close everything while things go on to break."""
        self._pause()
        began, reachable = time.monotonic(), self._reachable()
        desk = self.desks[number % PROCESSES]
        way = "a new process" if number % 3 == 0 else f"process {desk.number}"
        self.say(f"close {number} by {way}: {self.ask('state')['nets']}")
        while True:
            told = self._close_in_terminal() if number % 3 == 0 else self._close_in(desk)
            self.say(f"  told {told.kind}: {told.message[:200]}")
            state = self.ask("state")
            is_flat = not state["nets"] and not state["working"]
            if told.kind == "ok" and not is_flat:
                self.findings.append(f"close {number} said flat: {state['nets']}, {len(state['working'])} work")
            seconds = self._reachable() - reachable
            if is_flat:
                self.closes.append((time.monotonic() - began, seconds))
            if seconds > FLAT_WITHIN:
                self.findings.append(f"close {number} took {seconds:.0f} s of the broker: {state['nets']}")
            if is_flat or seconds > FLAT_WITHIN:
                return

    def _close_in(self, desk: Desk) -> Told:
        with suppress(OSError):
            desk.control.send("close")
        until = time.monotonic() + PAUSE_WITHIN
        while time.monotonic() < until:
            said = self._hear(desk)
            if isinstance(said, Told) and said.verb == "close":
                return said
            if said == "died":
                return Told(0, "close", "killed", (), "the process was killed")
            time.sleep(0.01)
        self.findings.append(f"process {desk.number} did not answer a close in {PAUSE_WITHIN:.0f} s")
        return Told(0, "close", "late", (), "no answer")

    def _close_in_terminal(self) -> Told:
        message = ""
        for more in ((), ("--without-store",)):
            code = "from jainam_prop.entrypoints.cli.main import main; main()"
            words = [sys.executable, "-c", code, "close-all", "--yes", "--json", *more]
            ran = subprocess.run(
                words,
                env=os.environ | self.texts,  # noqa: TID251 (the environment of another process)
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
            message = f"{' '.join(more)} status {ran.returncode}: {ran.stdout[-300:]} {ran.stderr[-300:]}"
            if "Traceback" in ran.stderr:
                self.findings.append(f"a traceback in a terminal: {ran.stderr[-600:]}")
            with suppress(ValueError):
                message = f"{' '.join(more)} {json.loads(ran.stdout).get('message')}"
            self.counts[f"terminal {'without store ' if more else ''}{ran.returncode}"] += 1
            if ran.returncode == 0:
                return Told(0, "close", "ok", (), message)
        return Told(0, "close", "partial", (), message)

    # What breaks

    def _break(self) -> None:
        """Break one thing after the other, until the run is over."""
        while not self.over.wait(self.chance.uniform(2.0, 7.0)):
            seconds = self.chance.uniform(1.0, 10.0)
            breakages = [
                *self.store.breakages,
                self._away,
                self._freeze,
                self._market,
                self._tokens,
                self._orders,
                self._kill,
            ]
            act = self.chance.choice(breakages)
            self.counts[f"! {act.__name__.strip('_')}"] += 1
            self.say(f"! {act.__name__.strip('_')} {seconds:.1f}")
            try:
                act(seconds)
            except Exception as error:
                self.say(f"! {act.__name__} failed: {type(error).__name__} {error}")

    def _unreachable(self, act: Callable[[], object]) -> None:
        self.up_before, self.up_since = self._reachable(), None
        try:
            act()
        finally:
            self.up_since = time.monotonic()

    def _reachable(self) -> float:
        """Return for how many seconds the broker could be reached up to now."""
        since = self.up_since
        return self.up_before + (0.0 if since is None else time.monotonic() - since)

    def _away(self, seconds: float) -> None:
        self._unreachable(lambda: self.ask("away", min(seconds, 8.0)))
        if self.chance.random() < 0.5:
            self.ask("kill")

    def _freeze(self, seconds: float) -> None:
        def freeze() -> None:
            with self.lock:
                os.kill(self.broker.pid or 0, signal.SIGSTOP)
                time.sleep(min(seconds, 6.0))
                os.kill(self.broker.pid or 0, signal.SIGCONT)

        self._unreachable(freeze)

    def _market(self, seconds: float) -> None:
        self.ask("fault", "hold", "quotes", 20, seconds, 1.0)

    def _tokens(self, _seconds: float) -> None:
        self.ask("kill")

    def _orders(self, _seconds: float) -> None:
        kind = self.chance.choice(["reply_lost", "reset", "server_error", "bad_json"])
        self.ask("fault", kind, self.chance.choice(["place", "cancel", "books"]), 2, 0.0, 0.5)

    def _kill(self, _seconds: float) -> None:
        self.chance.choice(self.desks).process.kill()

    # Judgement

    def _judge(self) -> None:
        """Compare what every process was told with what the exchange has."""
        state = self.ask("state")
        known = {order_id for order_id, *_ in state["orders"]}
        of_call: dict[tuple[int, int, int], list[Any]] = defaultdict(list)
        marks: Counter[str] = Counter()
        for row in state["orders"]:
            mark = row[1]
            marks[mark] += 1
            value = int(mark[-9:], 36) // 1024
            of_call[value // 2**28, value // 2**20 % 256, value % 2**20].append(row)
        self.findings += [
            f"doubled: {mark} is {count} times at the exchange" for mark, count in marks.items() if count > 1
        ]
        for desk in self.desks:
            for (generation, call), told in desk.told.items():
                self.findings += [f"lost: {told}" for order_id in told.order_ids if order_id not in known]
                rows = of_call.get((desk.number, generation, call), [])
                unnamed = [row for row in rows if row[2].upper() != "REJECTED" and not _names(told, row[0])]
                if unnamed and told.kind != "unknown":
                    self.findings.append(f"more orders than told: {unnamed}: {told}")
        self._judge_journal(state["orders"])

    def _judge_journal(self, orders: Sequence[tuple[Any, ...]]) -> None:
        """Compare the journal with the exchange."""
        entries = self._settled_entries()
        self.say(f"journal: {dict(Counter(entry.state.value for entry in entries))}")
        at_exchange = {mark: (order_id, state.upper()) for order_id, mark, state, *_ in orders}
        for entry in entries:
            order_id, state = at_exchange.pop(entry.intent.identifier, ("", ""))
            is_wrong = not state if entry.is_live else state not in {"", "REJECTED"}
            if is_wrong and entry.intent.price_type in set(PriceType):
                self.findings.append(f"the journal says {entry}, the exchange {order_id} {state}")
        for mark, found in at_exchange.items():
            number, generation = _process_of(mark)
            if number < PROCESSES and generation not in self.desks[number].killed:
                self.findings.append(f"the journal does not know {found}, {mark}")
        self.counts["orders of killed processes and of terminals that no journal knows"] = len(at_exchange)

    def _settled_entries(self) -> tuple[JournalEntry, ...]:
        """Let a new process settle what is open, and return its journal."""
        container = open_container(settings_from(self.texts))
        app = container.app()
        session, until = app.sessions.newest(10.0).unwrap(), time.monotonic() + SETTLED_WITHIN
        left: object = True
        while left and time.monotonic() < until:
            left = app.recovery.resolve(session).map(lambda one: one.unknown).value_or("unreadable")
            time.sleep(2.0 * bool(left))
        if left:
            self.findings.append(f"not settled in {SETTLED_WITHIN:.0f} s: {left}")
        entries: tuple[JournalEntry, ...] = container.infra.journal().recent(100_000)
        container.shutdown_resources()
        return entries

    def _report(self) -> int:
        for name, count in sorted(self.counts.items()):
            self.say(f"{count:6} {name}")
        if self.closes:
            slowest, reachable = max(self.closes), max(seconds for _, seconds in self.closes)
            self.say(f"{len(self.closes)} closes flat; the slowest took {slowest[0]:.1f} s")
            self.say(f"the broker was reachable for at most {reachable:.1f} s of one")
        self.say(f"orders at the exchange: {len(self.ask('state')['orders'])}")
        self.say(f"the slowest call took {self.slowest[0]:.1f} s: {self.slowest[1]}")
        for finding in self.findings:
            self.say(f"FINDING {finding}")
        self.say(f"{len(self.findings)} findings, seed {self.seed}, {self.store.name}")
        return len(self.findings)


def _process_of(mark: str) -> tuple[int, int]:
    value = int(mark[-9:], 36) // 1024
    return value // 2**28, value // 2**20 % 256


def _names(told: Told, order_id: str) -> bool:
    return order_id in told.order_ids or order_id in told.message


@dataclass(frozen=True)
class Store:
    """A store, the settings that lead to it, and how it breaks."""

    name: str
    texts: dict[str, str]
    breakages: list[Callable[[float], None]]


@contextmanager
def a_postgres() -> Iterator[Store]:
    """Start a server of its own."""
    with a_cluster() as cluster, tempfile.TemporaryDirectory(prefix="jainam-chaos-") as folder:
        yield Store("postgresql", _texts(cluster.url, folder), _database(cluster))


def _database(cluster: Cluster) -> list[Callable[[float], None]]:
    def database_frozen(seconds: float) -> None:
        cluster.freeze()
        time.sleep(seconds)
        cluster.thaw()

    def database_stopped(seconds: float) -> None:
        cluster.stop()
        time.sleep(seconds)
        cluster.start()

    def database_restarted(_seconds: float) -> None:
        cluster.stop()
        cluster.start()

    return [database_frozen, database_stopped, database_restarted, database_frozen]


@contextmanager
def a_sqlite() -> Iterator[Store]:
    """Make files in a folder of their own; those that cannot be written are made so by ``chattr``.

    The index of the write-ahead log stays as it is: SQLite maps it into memory, and a first write to a mapped file that
    was made immutable ends the process (SIGBUS), which no disk does that only refuses writes.
    """
    with tempfile.TemporaryDirectory(prefix="jainam-chaos-") as name:
        folder = Path(name)

        def locked(file: str) -> Callable[[float], None]:
            def lock(seconds: float) -> None:
                with sqlite3.connect(folder / file, isolation_level=None, timeout=5.0) as holder:
                    holder.execute("BEGIN IMMEDIATE")
                    time.sleep(seconds)
                    holder.execute("ROLLBACK")

            lock.__name__ = f"locked_{file}"
            return lock

        def read_only(seconds: float) -> None:
            files = [str(path) for path in folder.glob("*.db*") if not path.name.endswith("-shm")]
            subprocess.run(["chattr", "+i", *files], check=False, capture_output=True)  # noqa: S607
            time.sleep(seconds)
            subprocess.run(["chattr", "-i", *files], check=False, capture_output=True)  # noqa: S607

        files = [locked("desk.db"), locked("desk-orders.db"), read_only, locked("desk-orders.db")]
        try:
            yield Store("sqlite", _texts(f"sqlite:///{folder / 'desk.db'}", name), files)
        finally:
            read_only(0.0)  # whatever the last one left


def _texts(url: str, folder: str) -> dict[str, str]:
    return {
        "JAINAM_DATABASE_URL": url,
        "JAINAM_TOKEN_KEY": "a key for this run only",
        "XDG_DATA_HOME": folder,
    }


def main() -> int:
    """Run for as long as the arguments say; 1 when there was a finding."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--minutes", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sqlite", action="store_true")
    asked = parser.parse_args()
    with ExitStack() as stack:
        store = stack.enter_context(a_sqlite() if asked.sqlite else a_postgres())
        return min(1, Laboratory(stack, asked.seed, store).run(asked.minutes))


if __name__ == "__main__":
    sys.exit(main())
