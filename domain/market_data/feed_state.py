"""State machine of a live feed: which state follows which event, and what is to be done next.

Every transition is a pure function that returns the next `FeedMachine`; the threads of a feed only carry out what
`choose` and `pause` say. Moments are monotonic seconds.
"""

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from jainam_prop.domain.market_data.backoff import Backoff, BackoffRule

LOOK_SECONDS: Final = 1.0
"""Between two looks into the session store while a login is awaited."""

STARTING: Final = "not connected yet"


class FeedState(StrEnum):
    """What a feed is doing.

    ``CONNECTING`` includes the pauses between attempts. ``SILENT`` is connected without any price in market hours.
    ``REFUSED`` waits for another token than the one that the server refused. ``WAITING`` waits for a login, because the
    store holds no session.
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
        if token == self.live_token and token != self.renewed_token:
            return replace(self._to(FeedState.REFUSED, now, self.reason), renewed_token=token), Step.RENEW
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
        over = self.ended(now, reason)
        return replace(over, state=FeedState.REFUSED, since=now, refused_token=token)

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
        if self.state in {FeedState.REFUSED, FeedState.WAITING}:
            return LOOK_SECONDS
        return self.backoff.wait(chance)

    def _to(self, state: FeedState, now: float, reason: str) -> "FeedMachine":
        if self.state is FeedState.CLOSED:
            return self
        if state is self.state:
            return replace(self, reason=reason)
        return replace(self, state=state, since=now, reason=reason)
