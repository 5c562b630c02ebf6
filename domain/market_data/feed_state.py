"""State machine and health of a live feed: which state follows which event, and what is to be done next.

Every transition is a pure function that returns the next `FeedMachine`; the threads of a feed only carry out what
`choose` and `pause` say. Moments are monotonic seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.backoff import Backoff, BackoffRule

LOOK_SECONDS: Final = 1.0
"""Between two looks into the session store while a login is awaited."""

STARTING: Final = "not connected yet"


class FeedState(StrEnum):
    """What a feed is doing.

    ``CONNECTING`` includes the pauses between attempts and the renewal of a token that was live. ``SILENT`` is
    connected without any price in market hours. ``REFUSED`` waits for another token than the one that the server
    refused. ``WAITING`` waits for a login, because the store holds no session.
    """

    CONNECTING = "connecting"
    LIVE = "live"
    SILENT = "silent"
    REFUSED = "refused"
    WAITING = "waiting for login"
    CLOSED = "closed"


class Step(StrEnum):
    """What the connecting thread does next."""

    CONNECT = "connect"
    RENEW = "renew the token"
    WAIT = "wait"
    STOP = "stop"


CONNECTED: Final = frozenset({FeedState.LIVE, FeedState.SILENT})


@dataclass(frozen=True, slots=True)
class FeedMachine:
    """State of one feed; every event makes the next one, and nothing follows ``CLOSED``.

    Attributes:
        reason: why it is in this state, for a person; "" while it is live.
        since: when the state began.
        connections: how often it was connected; one more than the number of gaps.
        faults: threads that ended by a fault of this program and were started anew.
        live_token: the token of the latest connection that was accepted.
        refused_token: the token that the server refused last.
        renewed_token: the refused token for which a renewal was tried; there is one for each that had been live.
    """

    backoff: Backoff = field(default_factory=Backoff)
    state: FeedState = FeedState.CONNECTING
    reason: str = STARTING
    since: float = 0.0
    connections: int = 0
    faults: int = 0
    live_since: float | None = None
    live_token: str = field(default="", repr=False)
    refused_token: str = field(default="", repr=False)
    renewed_token: str = field(default="", repr=False)

    @classmethod
    def by(cls, rule: BackoffRule) -> "FeedMachine":
        """Return the machine of a feed that has not started."""
        return cls(backoff=Backoff(rule))

    @property
    def is_connected(self) -> bool:
        """Whether a connection is accepted by the server at the moment."""
        return self.state in CONNECTED

    @property
    def is_silent(self) -> bool:
        """Whether a connection is accepted and brings no price in market hours."""
        return self.state is FeedState.SILENT

    def choose(self, now: float, token: str | None, why: str = "") -> "tuple[FeedMachine, Step]":
        """Decide what to do with the token that the session store holds.

        Args:
            now: the present moment.
            token: None when there is no session, or none that can be connected with.
            why: the reason for that.
        """
        if self.state is FeedState.CLOSED:
            return self, Step.STOP
        if token is None:
            return self._to(FeedState.WAITING, now, why or "nobody is logged in"), Step.WAIT
        if token != self.refused_token:
            return self._to(FeedState.CONNECTING, now, self.reason), Step.CONNECT
        if self._may_renew(token):
            return replace(self._to(FeedState.CONNECTING, now, self.reason), renewed_token=token), Step.RENEW
        return self._to(FeedState.REFUSED, now, self.reason), Step.WAIT

    def joined(self, now: float, token: str) -> "FeedMachine":
        """Take a connection that the server accepted."""
        if self.state is FeedState.CLOSED:
            return self
        live = self._to(FeedState.LIVE, now, "")
        return replace(live, connections=self.connections + 1, live_since=now, live_token=token, refused_token="")

    def ended(self, now: float, reason: str) -> "FeedMachine":
        """Take the end of an attempt or a connection, graceful or abrupt; a connection that held resets the backoff."""
        if self.state is FeedState.CLOSED:
            return self
        lived = 0.0 if self.live_since is None else now - self.live_since
        over = self._to(FeedState.CONNECTING, now, reason)
        return replace(over, backoff=self.backoff.after(lived), live_since=None)

    def refused(self, now: float, token: str, reason: str) -> "FeedMachine":
        """Take the server's word that a token is dead."""
        if self.state is FeedState.CLOSED:
            return self
        over = replace(self.ended(now, reason), since=now, refused_token=token)
        return over if self._may_renew(token) else replace(over, state=FeedState.REFUSED)

    def renewal_failed(self, now: float, reason: str) -> "FeedMachine":
        """Take a failed renewal: no further one is tried for this token."""
        return self._to(FeedState.REFUSED, now, reason)

    def silent(self, now: float, reason: str) -> "FeedMachine":
        """Take the silence of a connected feed in market hours."""
        return self._to(FeedState.SILENT, now, reason) if self.is_connected else self

    def heard(self, now: float) -> "FeedMachine":
        """Take a price: a silent feed is live again."""
        return self._to(FeedState.LIVE, now, "") if self.state is FeedState.SILENT else self

    def faulted(self, now: float, reason: str) -> "FeedMachine":
        """Take the end of a thread by a fault of this program; the connection begins anew."""
        if self.state is FeedState.CLOSED:
            return self
        return replace(self.ended(now, f"a fault of this program: {reason}"), faults=self.faults + 1)

    def closed(self, now: float, reason: str = "closed on request") -> "FeedMachine":
        """End the feed for good."""
        return replace(self._to(FeedState.CLOSED, now, reason), live_since=None)

    def pause(self, chance: float) -> float:
        """Return the seconds until `choose` is due again; ``chance`` is a random number from 0 up to 1."""
        if self.state in {FeedState.REFUSED, FeedState.WAITING} or self._may_renew(self.refused_token):
            return LOOK_SECONDS
        return self.backoff.wait(chance)

    def _may_renew(self, refused: str) -> bool:
        return refused == self.live_token and refused != self.renewed_token

    def _to(self, state: FeedState, now: float, reason: str) -> "FeedMachine":
        if self.state is FeedState.CLOSED:
            return self
        if state is self.state:
            return replace(self, reason=reason)
        return replace(self, state=state, since=now, reason=reason)


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
