"""What an order costs as things grow: ``python -m benchmarks.sizes``, or with the names of some tables.

Each row is measured in processes of its own, with the broker in another one. An order is `JainamBroker.place` of one
share at the market; its control is a POST of the same body over a connection that is kept alive, made after each order.
All processes of a row send twenty orders a second together, fewer than their rate of 25, so that none waits for a turn
on a quiet machine. ``growth`` is the ratio of a row to its control, divided by that of the first row of its store.
"""

import json
import multiprocessing
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

import httpx
from sqlalchemy import text

from benchmarks.instrument_memory import peak
from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.server.server import XtsSimulator, settings_lines
from jainam_prop.adapters.sql.database import for_writing, patiently
from jainam_prop.adapters.sql.journal_tables import microseconds
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.positions.position_state import VISIBLE_WITHIN
from jainam_prop.domain.sessions.session import Session
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.container.stores import journal_owner
from jainam_prop.entrypoints.library import JainamBroker
from jainam_prop.entrypoints.settings import settings_from
from tests.e2e.world import SBIN
from tests.postgres import throw_away_cluster

ORDERS: Final = 240
"""Of all processes and accounts of a row together."""
RATE: Final = 20
LISTED: Final = 3_000
_SPAWN: Final = multiprocessing.get_context("spawn")
_FILL: Final = (
    """INSERT INTO jainam_order_intents (identifier, profile, exchange, token, symbol, side, product, price_type,
        quantity, price, trigger_price, made_at, state, is_open, order_id, note, changed_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
    SELECT 'size' || i, :profile, 'NSE', 3000 + i % 100, 'S' || i % 100, 'BUY', 'MIS', 'MARKET', 1, '0', '0',
        :now - i * CAST(2000000 AS BIGINT), :state, 0, 'o' || i, '', :now - i * CAST(2000000 AS BIGINT) FROM n""",
    """INSERT INTO jainam_order_events (identifier, state, order_id, note, happened_at)
    SELECT identifier, state, order_id, note, made_at FROM jainam_order_intents""",
)
"""A settled order every two seconds until now, of a hundred symbols in turn."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians of one process in milliseconds, seconds until it had placed its first order, and megabytes."""

    order: float
    control: float
    reads: float
    ready: float
    memory: float


def serve(pipe: Connection, servers: int, listed: int) -> None:
    """Run the servers until the other side ends, and send the settings of each first."""
    with ExitStack() as stack:
        config = SimulatorConfig(instruments=listed, rate_limits=False)
        made = [stack.enter_context(XtsSimulator(config)) for _ in range(servers)]
        pipe.send([dict(line.split("=", 1) for line in settings_lines(server)) for server in made])
        pipe.recv()


def trade(texts: list[dict[str, str]], pipe: Connection, orders: int, pause: float) -> None:
    """Place orders with an account for each of the settings, and send what they cost."""
    began = time.perf_counter()
    containers = [open_container(settings_from(each)) for each in texts]
    brokers = [JainamBroker(container.app().build()) for container in containers]
    posts = [_control(container.app().sessions.newest().unwrap(), text) for container, text in zip(
        containers, (each["JAINAM_BASE_URL"] for each in texts), strict=True
    )]  # fmt: skip
    for broker in brokers:
        broker.place("NSE:SBIN", "BUY", 1, product="MIS")
    ready = time.perf_counter() - began
    pipe.send("ready")
    pipe.recv()
    spent: list[list[float]] = [[], [], []]
    key = PositionKey(SBIN, Product.MIS)
    for number in range(orders):
        at = number % len(brokers)
        since = SystemClock().now() - VISIBLE_WITHIN
        calls: tuple[Callable[[], object], ...] = (
            lambda at=at: brokers[at].place("NSE:SBIN", "BUY", 1, product="MIS"),  # type: ignore[misc]
            posts[at],
            lambda at=at, since=since: containers[at].infra.journal().entries_for(key, since),  # type: ignore[misc]
        )
        for times, call in zip(spent, calls, strict=True):
            start = time.perf_counter()
            call()
            times.append((time.perf_counter() - start) * 1000)
        time.sleep(pause)
    order, control, reads = map(statistics.median, spent)
    pipe.send(Cost(order, control, reads, ready, peak()))
    for container in containers:
        container.shutdown_resources()


def _control(session: Session, base_url: str) -> Callable[[], object]:
    client = httpx.Client(base_url=base_url, trust_env=False)
    body = json.dumps({
        "exchangeSegment": "NSECM", "exchangeInstrumentID": SBIN.token, "productType": "MIS", "orderType": "MARKET",
        "orderSide": "BUY", "timeInForce": "DAY", "disclosedQuantity": 0, "orderQuantity": 1, "limitPrice": 0,
        "stopPrice": 0, "orderUniqueIdentifier": "jp0123456789abcdefgh", "clientID": session.account.client_id,
    })  # fmt: skip
    headers = {"Authorization": session.interactive_token, "Content-Type": "application/json"}
    return lambda: client.post("/interactive/orders", content=body, headers=headers)


@dataclass(frozen=True, slots=True)
class Row:
    """What is measured."""

    name: str
    store: str
    processes: int = 1
    accounts: int = 1
    listed: int = LISTED
    journal: int = 0


STORES: Final = ("SQLite", "PostgreSQL")
TABLES: Final = {
    "processes": [Row(f"{n} processes", store, processes=n) for store in STORES for n in (1, 4, 12)],
    "journals": [Row(f"{n:,} orders", store, journal=n) for store in STORES for n in (10**3, 10**5, 10**6)],
    "instruments": [Row(f"{n:,} listed", "SQLite", listed=n) for n in (100_000, 400_000)],
    "accounts": [Row(f"{n} accounts", "SQLite", accounts=n) for n in (1, 8)],
}


def measure(row: Row) -> Cost:
    """Return the means of all processes of a row."""
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="jainam-sizes-"))
        is_file = row.store == "SQLite"
        url = f"sqlite:///{Path(folder) / 'store.db'}" if is_file else stack.enter_context(throw_away_cluster())
        broker = _spawned(serve, row.accounts, row.listed)
        own = {"JAINAM_DATABASE_URL": url, "JAINAM_TOKEN_KEY": "a benchmark's", "JAINAM_ORDER_RATE": "25"}
        texts = [each | own | {"XDG_DATA_HOME": folder} for each in broker.recv()]
        _prepare(texts[0], row.journal)
        share = ORDERS // row.processes
        traders = [_spawned(trade, texts, share, row.processes / RATE) for _ in range(row.processes)]
        for each in traders:
            each.recv()
        for each in traders:
            each.send("go")
        costs = [each.recv() for each in traders]
        broker.send("stop")
    names = Cost.__dataclass_fields__
    return Cost(*(statistics.mean(getattr(cost, name) for cost in costs) for name in names))


def _spawned(target: Callable[..., None], *words: object) -> Connection:
    ours, theirs = multiprocessing.Pipe()
    first, *rest = words
    given = (theirs, *words) if target is serve else (first, theirs, *rest)
    _SPAWN.Process(target=target, args=given, daemon=True).start()
    return ours


def _prepare(texts: dict[str, str], journal: int) -> None:
    """Bring the instruments in, and so many orders of the past."""
    container = open_container(settings_from(texts))
    container.app().sync_instruments().unwrap()
    container.infra.shared_journal().recent(1)
    if journal:
        profile = journal_owner(container.infra.settings(), container.infra.tokens)
        now, state = microseconds(SystemClock().now()), IntentState.ACCEPTED.value
        values = {"rows": journal, "profile": profile, "now": now, "state": state}
        with for_writing(patiently(container.infra.journal_database())).begin() as sql:
            for statement in _FILL:
                sql.execute(text(statement), values)
    container.shutdown_resources()


def main() -> None:
    """Print the tables."""
    for name in sys.argv[1:] or TABLES:
        heads = ("store", name, "order, ms", "control, ms", "ratio", "growth", "journal read, ms", "ready, s", "MB")
        sys.stdout.write(f"\n| {' | '.join(heads)} |\n{'| --- ' * len(heads)}|\n")
        first: dict[str, float] = {}
        for row in TABLES[name]:
            cost = measure(row)
            ratio = cost.order / cost.control
            growth = ratio / first.setdefault(row.store, ratio)
            figures = (cost.order, cost.control, ratio, growth, cost.reads, cost.ready)
            cells = (row.store, row.name, *(f"{figure:.2f}" for figure in figures), f"{cost.memory:.0f}")
            sys.stdout.write(f"| {' | '.join(cells)} |\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
