"""A market that runs for as long as it is told, with everything that goes wrong on a socket, and a feed that is judged.

Run as ``python -m benchmarks.stream_soak --minutes 30``; the exit status is 1 when anything was not as it must be:
after every trouble the broker holds exactly what is wanted, no tick is of a contract that nobody wants, none of a
contract goes back in time, connections are counted right, and memory stays where it was.
"""

import argparse
import json
import random
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from returns.pipeline import is_successful

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.adapters.simulator.http.sessions import MARKET
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.adapters.xts.stream.link import LinkRule
from jainam_prop.application.ports.market_data import MarketFeed
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.instruments.search import InstrumentQuery
from jainam_prop.domain.market_data.backoff import BackoffRule
from jainam_prop.domain.market_data.stream_capability import FeedMode
from jainam_prop.domain.market_data.tick import FeedEvent, Tick
from tests.e2e.world import World, a_world

CONTRACTS: Final = 1_000
TICKS_A_SECOND: Final = 250.0
PING: Final = 3.0
PATIENCE: Final = 60.0
LINGERING: Final = 2.0
"""Seconds in which a tick may still come of a contract that was just given back."""
GROWTH_MEGABYTES: Final = 48
TROUBLES: Final = ("reset", "reset", "reset", "silence", "dead token")
SEGMENTS: Final = {1: Exchange.NSE, 2: Exchange.NFO}


@dataclass
class Judge:
    """Hears every event and remembers what must not have been."""

    wanted: dict[InstrumentKey, FeedMode]
    ticks: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    given_back: dict[InstrumentKey, float] = field(default_factory=dict)
    latest: dict[InstrumentKey, int] = field(default_factory=dict)
    heard: threading.Event = field(default_factory=threading.Event)

    def hear(self, event: FeedEvent) -> None:
        """Judge one event."""
        if not isinstance(event, Tick):
            return
        self.ticks += 1
        key = event.instrument
        if key not in self.wanted and time.monotonic() - self.given_back.get(key, -PATIENCE) > LINGERING:
            self.faults["a tick that nobody wanted"] += 1
        moment = event.updated_at or 0
        if moment < self.latest.get(key, 0):
            self.faults["a tick that went back in time"] += 1
        self.latest[key] = moment
        self.heard.set()


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


def settled(world: World, judge: Judge, feed: MarketFeed, connections: int) -> bool:
    """Wait until the feed is connected so many times and the broker holds exactly what is wanted, and ticks come."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        health, wanted = feed.health(), desired(judge)
        if health.connections >= connections and health.subscribed == len(wanted) and held(world) == wanted:
            judge.heard.clear()
            return judge.heard.wait(PATIENCE)
        time.sleep(0.05)
    return False


def make_trouble(world: World, kind: str) -> None:
    """Let something happen to the market-data socket."""
    if kind == "silence":
        world.sim.sockets.go_silent(MARKET)
    elif kind == "dead token":
        assert is_successful(world.desk.sessions.log_in(force=True))
    else:
        world.sim.sockets.drop(application=MARKET)


def change_wishes(judge: Judge, feed: MarketFeed, spare: list[InstrumentKey], chance: random.Random) -> None:
    """Give some contracts back and want others, in any mode."""
    for key in chance.sample(list(judge.wanted), 5):
        feed.drop(key, judge.wanted[key])
        judge.given_back[key] = time.monotonic()
        del judge.wanted[key]
        spare.append(key)
    for _ in range(5):
        key = spare.pop(0)
        judge.wanted[key] = chance.choice(list(FeedMode))
        feed.want(key, judge.wanted[key])


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


@dataclass
class Soak:
    """One run, from trouble to trouble."""

    world: World
    judge: Judge
    feed: MarketFeed
    spare: list[InstrumentKey]
    chance: random.Random
    troubles: Counter[str] = field(default_factory=Counter)
    connections: int = 1

    def go_on(self) -> None:
        """Let the market run for some seconds, then make trouble and wait until everything is back."""
        time.sleep(self.chance.uniform(1.0, 8.0))
        if self.chance.random() < 0.5:
            change_wishes(self.judge, self.feed, self.spare, self.chance)
        kind = self.chance.choice(TROUBLES)
        make_trouble(self.world, kind)
        self.troubles[kind] += 1
        self.connections += 1
        self.look(f"not all came back after: {kind}")

    def look(self, otherwise: str) -> None:
        """Compare what is with what must be."""
        if not settled(self.world, self.judge, self.feed, self.connections):
            self.judge.faults[otherwise] += 1
        there = self.feed.health().connections
        if there != self.connections:
            self.judge.faults["connections were miscounted"] += 1
            self.connections = there

    def seen(self) -> dict[str, object]:
        """Return the counts."""
        health = self.feed.health()
        return {
            "ticks": self.judge.ticks, "troubles": dict(self.troubles), "connections": health.connections,
            "duplicates": health.duplicates, "foreign": health.foreign, "unreadable": health.unreadable,
            "wanted": len(desired(self.judge)), "subscribed": health.subscribed,
        }  # fmt: skip


def soak(world: World, seconds: float, seed: int) -> dict[str, object]:
    """Run the market and make trouble; return what was seen."""
    chance = random.Random(seed)  # noqa: S311 (the same troubles for the same seed)
    judge, spare = a_market(world, chance)
    run = Soak(world, judge, world.desk.open_market_feed(), spare, chance)
    for key, mode in judge.wanted.items():
        run.feed.want(key, mode)
    run.feed.start(judge.hear)
    began = time.monotonic()
    run.look("the first subscription did not come about")
    warm, memory, minutes = min(120.0, seconds / 4), 0.0, 0
    while (lasted := time.monotonic() - began) < seconds:
        run.go_on()
        memory = memory or (resident() if lasted > warm else 0.0)
        if lasted > minutes * 60:
            made = sum(run.troubles.values())
            sys.stderr.write(f"{minutes:3d} min  {judge.ticks} ticks  {made} troubles  {resident():.0f} MB\n")
            minutes += 1
    growth = resident() - memory
    if growth > GROWTH_MEGABYTES:
        judge.faults["memory grew"] += 1
    seen = {"minutes": round(lasted / 60, 1), **run.seen(), "grown_megabytes": round(growth, 1)}
    run.feed.close()
    return seen | {"faults": dict(judge.faults)}


def main() -> int:
    """Print what was seen as JSON; return 1 if anything was not as it must be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    config = SimulatorConfig(
        instruments=3_000, rate_limits=False, subscription_cap=5_000, ticks_per_second=TICKS_A_SECOND,
        ping_interval=PING, ping_timeout=PING,
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder, a_world(Path(folder), config=config) as world:
        world.container.streaming.link_rule.override(LinkRule(backoff=BackoffRule(first=0.05, longest=0.5)))
        seen = soak(world, asked.minutes * 60, asked.seed)
    sys.stdout.write(json.dumps(seen, indent=1) + "\n")
    return 1 if seen["faults"] or seen["unreadable"] else 0


if __name__ == "__main__":
    sys.exit(main())
