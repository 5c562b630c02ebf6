"""Keeps a market-data session subscribed to what is wanted, through new connections and new tokens."""

import threading
from collections.abc import Callable
from typing import Final

from returns.pipeline import is_successful

from jainam_prop.application.ports.market_data import Subscribed, Subscriber
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.stream_capability import FeedMode, StreamCapability
from jainam_prop.domain.market_data.subscriptions import Batch, DesiredSet, Topic, batches
from jainam_prop.domain.market_data.tick import FeedEvent
from jainam_prop.domain.sessions.session import Session

_CALL_SECONDS: Final = 10.0


class SubscriptionKeeper:
    """The desired set, what the broker confirmed of it, and the calls between the two.

    `want` and `drop` only write down; `settle` makes the calls and is to be run by one thread at a time.
    """

    def __init__(self, subscriber: Subscriber, stream: StreamCapability) -> None:
        self._subscriber = subscriber
        self._stream = stream
        self._lock = threading.Lock()
        self._desired = DesiredSet()
        self._held: frozenset[Topic] = frozenset()
        self._token: str | None = None
        self._unsure: frozenset[Topic] = frozenset()
        self.remaining: int | None = None
        self.problem = ""

    @property
    def desired(self) -> DesiredSet:
        """What is wanted now."""
        return self._desired

    @property
    def topics(self) -> frozenset[Topic]:
        """Subscriptions that are wanted now."""
        return self._desired.topics(self._stream)

    @property
    def held(self) -> frozenset[Topic]:
        """What the broker confirmed under the token of the last `settle`."""
        return self._held

    def want(self, instrument: InstrumentKey, mode: FeedMode) -> DesiredSet:
        """Write down a contract, or a higher mode of it."""
        with self._lock:
            self._desired = self._desired.want(instrument, mode)
            return self._desired

    def drop(self, instrument: InstrumentKey, mode: FeedMode) -> DesiredSet:
        """Strike out a contract."""
        with self._lock:
            self._desired = self._desired.drop(instrument, mode)
            return self._desired

    def replay(self) -> None:
        """Have everything subscribed again at the next `settle`; the broker may know some of it still."""
        with self._lock:
            self._unsure, self._held = self._held | self._unsure, frozenset()

    def settle(self, session: Session, deliver: Callable[[int, FeedEvent], None]) -> bool:
        """Make the calls that are due, and say whether all is as it should be.

        Args:
            session: the live one; another market-data token than last time holds no subscription at all.
            deliver: gets the first images, with the code that they were asked for.
        """
        with self._lock:
            if session.market_token != self._token:
                self._token, self._held, self._unsure = session.market_token, frozenset(), frozenset()
            wanted = self._desired.topics(self._stream)
        self.problem = ""
        for batch in batches(wanted - self._held):
            self._subscribe(session, batch, deliver)
        for batch in batches((self._held | self._unsure) - wanted):
            self._unsubscribe(session, batch)
        return not self.problem

    def _subscribe(self, session: Session, batch: Batch, deliver: Callable[[int, FeedEvent], None]) -> None:
        answer = self._subscriber.subscribe(session, batch, _CALL_SECONDS)
        if not is_successful(answer):
            self.problem = _told(answer.failure())
            return
        said = answer.unwrap()
        self._heard(said)
        if said.already and len(batch.instruments) > 1:
            self._subscribe_apart(session, batch, deliver)
            return
        self._hold(batch.topics)
        for event in said.snapshots:
            deliver(batch.code, event)

    def _subscribe_apart(self, session: Session, batch: Batch, deliver: Callable[[int, FeedEvent], None]) -> None:
        """Subscribe one by one what the broker refused as a whole.

        What it had confirmed under this token needs no call: the refusal shows that the token's subscriptions live.
        """
        kept = batch.topics & self._unsure
        self._hold(kept)
        for topic in sorted(batch.topics - kept):
            self._subscribe(session, Batch(topic.code, (topic.instrument,)), deliver)

    def _unsubscribe(self, session: Session, batch: Batch) -> None:
        answer = self._subscriber.unsubscribe(session, batch, _CALL_SECONDS)
        if not is_successful(answer):
            self.problem = _told(answer.failure())
            return
        self._heard(answer.unwrap())
        with self._lock:
            self._held -= batch.topics
            self._unsure -= batch.topics

    def _hold(self, topics: frozenset[Topic]) -> None:
        with self._lock:
            self._held |= topics
            self._unsure -= topics

    def _heard(self, said: Subscribed) -> None:
        if said.remaining is not None:
            self.remaining = said.remaining


def _told(error: BrokerError) -> str:
    return error.message
