"""Health of a live feed, for a person and for a host."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.feed_state import CONNECTED, FeedState

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """State and counts since the feed was made.

    Attributes:
        reason: why it is in this state; "" while it is live.
        connections: how often it was connected; one more than the number of gaps.
        ticks: events handed to the consumer.
        duplicates: updates left out because they had come before, or were older than what had come.
        foreign: messages about contracts that are not wanted.
        unreadable: messages and packets that were not understood.
        stalls: how often a connected feed was silent in market hours, or did not bring what quotes showed.
        wanted, subscribed: topics, and those of them that the broker confirmed.
        waiting: topics whose subscription is not decided yet.
        refused: contracts that the broker refuses, with its words.
        stale: contracts with a price from before a gap that nothing confirmed since.
        tick_ages: seconds since the last wanted price, by exchange.
        remaining: how many more topics the broker allows, where it said so.
        problem: why the last subscription call failed; "" after one that succeeded.
        lag_seconds: for how long the oldest undelivered event waits for the consumer.
        conflated: events that a later state replaced because the consumer was slow.
        failures: exceptions of the consumer.
        faults: threads that ended by a fault of this program and were started anew.
    """

    state: FeedState = FeedState.CONNECTING
    reason: str = ""
    connections: int = 0
    ticks: int = 0
    duplicates: int = 0
    foreign: int = 0
    unreadable: int = 0
    stalls: int = 0
    wanted: int = 0
    subscribed: int = 0
    waiting: int = 0
    refused: Mapping[InstrumentKey, str] = field(default_factory=dict)
    stale: tuple[InstrumentKey, ...] = ()
    tick_ages: Mapping[Exchange, float] = field(default_factory=dict)
    remaining: int | None = None
    problem: str = ""
    lag_seconds: float = 0.0
    conflated: int = 0
    failures: int = 0
    faults: int = 0

    @property
    def is_connected(self) -> bool:
        """Whether a connection is accepted by the server."""
        return self.state in CONNECTED

    def problems(self) -> list[str]:
        """Return what is not as it should be, each in a few words."""
        found = [
            ("" if self.is_connected and not self.reason else self.reason, True),
            (f"{len(self.refused)} refused: {_named(self.refused)}", bool(self.refused)),
            (f"{len(self.stale)} stale: {_named(dict.fromkeys(self.stale, ''))}", bool(self.stale)),
            (f"{self.waiting} waiting to be subscribed", self.waiting > 0),
            (self.problem, True),
            (f"the consumer lags {self.lag_seconds:.1f} s, {self.conflated} conflated", self.lag_seconds >= 1.0),
            (f"the consumer failed {self.failures} times", self.failures > 0),
            (f"{self.faults} faults of this program", self.faults > 0),
        ]
        return [words for words, applies in found if words and applies]


def _named(contracts: Mapping[InstrumentKey, str]) -> str:
    """Name the first contracts, each with its reason."""
    names = [
        f"{key.exchange.value} {key.token}" + (f" ({reason})" if reason else "")
        for key, reason in list(contracts.items())[:_MOST_NAMED]
    ]
    return ", ".join(names) + (", …" if len(contracts) > _MOST_NAMED else "")
