"""A market that runs for as long as it is told, with everything that goes wrong on a socket, and a feed that is judged.

Run as ``python -m benchmarks.stream_soak --minutes 30 --seed 1``; the exit status is 1 when anything was not as it must
be. After every trouble the broker holds exactly what is wanted within ten seconds of being able to; no price differs
from the market's for as long without being marked stale; no tick is of a contract that is not wanted; no contract goes
back in time; and memory stays where it was. Dead tokens are replaced by a login of another process.

Seconds are those in which the threads of this process could run: where the kernel let a thread wait for a processor
(its schedstat), that wait does not count. It is printed beside each of the slowest.
"""

import argparse
import json
import multiprocessing
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Final

from returns.pipeline import is_successful

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.http.sessions import MARKET
from jainam_prop.adapters.simulator.sockets.connections import DropKind
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.adapters.xts.stream.feed_socket import FeedRule
from jainam_prop.application.ports.market_data import MarketFeed
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.instruments.search import InstrumentQuery
from jainam_prop.domain.market_data.backoff import BackoffRule
from jainam_prop.domain.market_data.freshness import TOLERANCE_SECONDS
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode, Tick
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.container import open_container
from jainam_prop.entrypoints.settings import settings_from
from tests.e2e.world import World, a_world, settings_text

CONTRACTS: Final = 1_150
TICKS_A_SECOND: Final = 250.0
PING: Final = 3.0
SECONDS: Final = 10.0
"""In which all must be well after a trouble, once the server is able."""
POLL: Final = 0.1
LINGERING: Final = 2.0
"""Seconds in which a tick may still come of a contract that was just given back."""
GROWTH_MEGABYTES: Final = 48
OWN_RENEWALS: Final = 6
SEGMENTS: Final = {1: Exchange.NSE, 2: Exchange.NFO}


def other_process(settings: dict[str, str], pipe: Connection) -> None:
    """Log in anew whenever asked, as another process on the same store; answer whether it worked."""
    container = open_container(settings_from(settings))
    app = container.app()
    while pipe.recv():
        pipe.send(is_successful(app.sessions.log_in(force=True)))


@dataclass
class Judge:
    """Hears every event and remembers what must not have been; fails and sleeps where it is told to."""

    wanted: dict[InstrumentKey, FeedMode]
    ticks: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    given_back: dict[InstrumentKey, float] = field(default_factory=dict)
    latest: dict[InstrumentKey, int] = field(default_factory=dict)
    prices: dict[InstrumentKey, float] = field(default_factory=dict)
    heard: threading.Event = field(default_factory=threading.Event)
    fails: int = 0
    sleeps: float = 0.0

    def hear(self, event: FeedEvent) -> None:
        """Judge one event."""
        if self.sleeps:
            seconds, self.sleeps = self.sleeps, 0.0
            time.sleep(seconds)
        if not isinstance(event, Tick):
            return
        self._judge(event)
        self.heard.set()
        if self.fails:
            self.fails -= 1
            message = "a consumer that fails"
            raise ValueError(message)

    def _judge(self, event: Tick) -> None:
        self.ticks += 1
        key = event.instrument
        if key not in self.wanted and time.monotonic() - self.given_back.get(key, -60.0) > LINGERING:
            self.faults["a tick that was not wanted"] += 1
        moment = event.updated_at or 0
        if moment < self.latest.get(key, 0) - TOLERANCE_SECONDS:
            self.faults["a tick that went back in time"] += 1
        self.latest[key] = moment
        if event.last_price is not None:
            self.prices[key] = event.last_price


def held(world: World) -> set[tuple[InstrumentKey, int]]:
    """Return what the broker has as subscribed."""
    live = [session for session in world.sim.sessions.live() if session.application == MARKET]
    topics = {topic for session in live for topic in tuple(session.subscriptions)}
    return {(InstrumentKey(SEGMENTS[segment], number), code) for segment, number, code in topics}


def desired(judge: Judge) -> set[tuple[InstrumentKey, int]]:
    """Return what the broker should have."""
    return {(key, code) for key, mode in judge.wanted.items() for code in JAINAM.stream.codes(key.exchange, mode)}


def resident() -> float:
    """Return the memory of this process, broker included, in megabytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024


def queued() -> dict[str, float]:
    """Return for how many seconds each thread of this process has waited for a processor."""
    found = {}
    for thread in Path("/proc/self/task").iterdir():
        with suppress(OSError):  # it has just ended
            found[thread.name] = int((thread / "schedstat").read_text(encoding="ascii").split()[1]) / 1e9
    return found


class Stopwatch:
    """Seconds since its start, on the wall and as far as this process could run."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._queued = queued()

    def waited(self) -> float:
        """Return for how long the thread that waited longest for a processor did so."""
        return max(seconds - self._queued.get(thread, 0.0) for thread, seconds in queued().items())

    def ran(self) -> float:
        """Return the seconds without that wait."""
        return time.monotonic() - self._began - self.waited()


@dataclass
class Soak:
    """One run, from trouble to trouble."""

    world: World
    judge: Judge
    feed: MarketFeed
    spare: list[InstrumentKey]
    chance: random.Random
    other: Connection
    market: ExitStack = field(default_factory=ExitStack)
    troubles: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, tuple[float, float]] = field(default_factory=dict)

    def go_on(self) -> None:
        """Let the market run for some seconds, then make trouble and wait until everything is back."""
        time.sleep(self.chance.uniform(1.0, 8.0))
        if self.chance.random() < 0.5:
            self._change_wishes()
        kind = self.chance.choice(tuple(TROUBLES))
        connections = self.feed.health().connections
        TROUBLES[kind](self)
        self.troubles[kind] += 1
        self.look(kind, connections + (kind in GAPS))

    def look(self, kind: str, connections: int) -> None:
        """Compare what is with what must be."""
        while kind == "refused calls" and any(fault.on == "subscribe" for fault in self.world.sim.faults.armed()):
            time.sleep(POLL)  # the server is not able yet
        watch = Stopwatch()
        while not self._is_well(connections):
            if watch.ran() > SECONDS:
                self.judge.faults[f"not well after: {kind}"] += 1
                there, wanted = held(self.world), desired(self.judge)
                difference = f"{len(there - wanted)} too many, {len(wanted - there)} missing, of {connections}"
                sys.stderr.write(f"not well after {kind}: {difference}; {self.feed.health().problems()}\n")
                return
            time.sleep(POLL)
        self.slowest[kind] = max(self.slowest.get(kind, (0.0, 0.0)), (round(watch.ran(), 2), round(watch.waited(), 2)))
        self.judge.heard.clear()
        if not self.judge.heard.wait(SECONDS):
            self.judge.faults[f"no tick after: {kind}"] += 1
        self._look_for_frozen_prices(kind)

    def _is_well(self, connections: int) -> bool:
        health, wanted = self.feed.health(), desired(self.judge)
        if not health.is_connected or health.connections < connections:
            return False
        return health.subscribed == len(wanted) and held(self.world) == wanted

    def _look_for_frozen_prices(self, kind: str) -> None:
        """Count the contracts whose price is another than the market's for ten seconds and not marked stale."""
        suspects = self._differing()
        watch = Stopwatch()
        while suspects and watch.ran() < SECONDS:
            time.sleep(POLL)
            now = self._differing()
            suspects = {key: truth for key, truth in suspects.items() if now.get(key) == truth}
        if suspects:
            self.judge.faults[f"frozen and unmarked after: {kind}"] += len(suspects)
            for key, truth in suspects.items():
                shown = self.judge.prices.get(key), self.judge.latest.get(key)
                sys.stderr.write(f"frozen after {kind}: {key}, {self.judge.wanted[key]}, {shown}, not {truth}\n")

    def _differing(self) -> dict[InstrumentKey, float]:
        stale = set(self.feed.health().stale)
        found = {}
        for key in self.judge.wanted:
            truth = float(self.world.sim.exchange.market(key).last_price)
            if key not in stale and self.judge.prices.get(key, truth) != truth:
                found[key] = truth
        return found

    def _change_wishes(self) -> None:
        """Give some contracts back and want others, in any mode, and raise some modes."""
        for key in self.chance.sample(list(self.judge.wanted), 5):
            self.feed.drop(key, self.judge.wanted[key])
            self.judge.given_back[key] = time.monotonic()
            del self.judge.wanted[key]
            self.judge.prices.pop(key, None)
            self.spare.append(key)
        for _ in range(5):
            key = self.spare.pop(0)
            self.judge.wanted[key] = self.chance.choice(list(FeedMode))
            self.feed.want(key, self.judge.wanted[key])
        for key in self.chance.sample(list(self.judge.wanted), 3):
            self.judge.wanted[key] = FeedMode.DEPTH
            self.feed.want(key, FeedMode.DEPTH)

    def seen(self) -> dict[str, object]:
        """Return the counts."""
        health = self.feed.health()
        return {
            "queued_seconds": round(max(queued().values()), 1),
            "ticks": self.judge.ticks, "troubles": dict(self.troubles), "slowest": self.slowest,
            "connections": health.connections, "duplicates": health.duplicates, "foreign": health.foreign,
            "unreadable": health.unreadable, "wanted": len(desired(self.judge)), "subscribed": health.subscribed,
            "stalls": health.stalls, "conflated": health.conflated, "failures": health.failures,
            "thread_faults": health.faults,
        }  # fmt: skip


def _log_in_elsewhere(run: Soak) -> None:
    run.other.send(True)  # noqa: FBT003 (one more login)
    assert run.other.recv(), "the other process could not log in"


def _kill_token(run: Soak) -> None:
    """Let the token die; the feed renews it, until a part of the budget is used up that all logins share."""
    if run.troubles["dead token"] >= OWN_RENEWALS:
        _log_in_elsewhere(run)
        return
    for session in run.world.sim.sessions.live():
        if session.application == MARKET:
            run.world.sim.sessions.close(session.token)


def _refuse_calls(run: Soak) -> None:
    """Let the broker refuse or lose subscription calls for a while, and drop the connection."""
    for kind in (FaultKind.RATE_LIMITED, FaultKind.SERVER_ERROR, FaultKind.REPLY_LOST):
        run.world.sim.faults.add(Fault(kind, on="subscribe", times=run.chance.randint(1, 3)))
    run.world.sim.sockets.drop(application=MARKET)


def _forget_subscriptions(run: Soak) -> None:
    """Take some subscriptions back behind the feed's back, as another feed on the token does."""
    for session in run.world.sim.sessions.live():
        held_now = list(session.subscriptions)
        for topic in run.chance.sample(held_now, min(20, len(held_now))):
            session.subscriptions.discard(topic)


def _refuse_handshakes(run: Soak) -> None:
    """Let the next attempts to connect be dropped."""
    run.world.sim.faults.add(Fault(FaultKind.SOCKET_DROPPED, on="connect", times=run.chance.randint(1, 3)))
    run.world.sim.sockets.drop(application=MARKET)


def _still_market(run: Soak) -> None:
    """Let no price change for a while, which is no reason to connect anew."""
    run.market.close()
    connections = run.feed.health().connections
    time.sleep(run.chance.uniform(4.0, 12.0))
    if run.feed.health().connections != connections:
        run.judge.faults["connected anew in a still market"] += 1
    run.market.enter_context(run.world.sim.ticker.running(TICKS_A_SECOND))


def _fail(run: Soak) -> None:
    run.judge.fails = 50


def _sleep(run: Soak) -> None:
    run.judge.sleeps = 3.0


TROUBLES: Final[dict[str, Callable[[Soak], object]]] = {
    "reset": lambda run: run.world.sim.sockets.drop(DropKind.RESET, MARKET),
    "end": lambda run: run.world.sim.sockets.drop(DropKind.END, MARKET),
    "close frame": lambda run: run.world.sim.sockets.drop(DropKind.CLOSE, MARKET),
    "disconnect packet": lambda run: run.world.sim.sockets.drop(DropKind.DISCONNECT, MARKET),
    "logout event": lambda run: run.world.sim.sockets.send_raw('42["logout"]', MARKET),
    "half-open": lambda run: run.world.sim.sockets.go_silent(MARKET),
    "login of another process": _log_in_elsewhere,
    "dead token": _kill_token,
    "refused calls": _refuse_calls,
    "refused handshakes": _refuse_handshakes,
    "still market": _still_market,
    "consumer fails": _fail,
    "consumer sleeps": _sleep,
}
GAPS: Final = frozenset(TROUBLES) - {"consumer fails", "consumer sleeps", "still market"}
"""Troubles that cost a connection."""


def a_market(world: World, chance: random.Random) -> tuple[Judge, list[InstrumentKey]]:
    """Choose what is wanted at first and what may be wanted later, and let ticks come twice, late and beside noise."""
    listed = [
        each.key
        for exchange in SEGMENTS.values()
        for each in world.desk.instruments.search(InstrumentQuery(text="", exchange=exchange, limit=None))
    ]
    chosen = chance.sample(listed, CONTRACTS + 200)
    for kind in (FaultKind.TICK_TWICE, FaultKind.TICK_LATE, FaultKind.BAND_NOISE):
        world.sim.faults.add(Fault(kind, on="tick", times=None, probability=0.05))
    return Judge({key: chance.choice(list(FeedMode)) for key in chosen[:CONTRACTS]}), chosen[CONTRACTS:]


def soak(world: World, other: Connection, seconds: float, seed: int) -> dict[str, object]:
    """Run the market and make trouble; return what was seen."""
    chance = random.Random(seed)  # noqa: S311 (the same troubles for the same seed)
    judge, spare = a_market(world, chance)
    run = Soak(world, judge, world.desk.open_market_feed(), spare, chance, other)
    for key, mode in judge.wanted.items():
        run.feed.want(key, mode)
    run.feed.start(judge.hear)
    run.market.enter_context(world.sim.ticker.running(TICKS_A_SECOND))
    began = time.monotonic()
    run.look("start", 1)
    warm, memory, minutes, lasted = min(120.0, seconds / 4), 0.0, 0, 0.0
    while (lasted := time.monotonic() - began) < seconds:
        run.go_on()
        memory = memory or (resident() if lasted > warm else 0.0)
        if lasted > minutes * 60:
            made = sum(run.troubles.values())
            found = dict(judge.faults)
            sys.stderr.write(f"{minutes:3d} min  {judge.ticks} ticks  {made} troubles  {resident():.0f} MB  {found}\n")
            minutes += 1
    growth = resident() - memory
    if growth > GROWTH_MEGABYTES:
        judge.faults["memory grew"] += 1
    seen = {"seed": seed, "minutes": round(lasted / 60, 1), **run.seen(), "grown_megabytes": round(growth, 1)}
    run.market.close()
    run.feed.close()
    return seen | {"faults": dict(judge.faults)}


def main() -> int:
    """Print what was seen as JSON; return 1 if anything was not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    config = SimulatorConfig(
        instruments=3_000, rate_limits=False, subscription_cap=5_000, ping_interval=PING, ping_timeout=PING,
    )  # fmt: skip
    ours, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as folder, a_world(Path(folder), config=config) as world:
        world.container.streaming.feed_rule.override(FeedRule(backoff=BackoffRule(first=0.05, longest=0.5)))
        settings = settings_text(world.sim, Path(folder), AccountKind.PRO)
        other = multiprocessing.get_context("spawn").Process(target=other_process, args=(settings, theirs), daemon=True)
        other.start()
        seen = soak(world, ours, asked.minutes * 60, asked.seed)
        ours.send(False)  # noqa: FBT003 (no further login)
        other.join(10)
    sys.stdout.write(json.dumps(seen, indent=1) + "\n")
    return 1 if seen["faults"] or seen["unreadable"] else 0


if __name__ == "__main__":
    sys.exit(main())
