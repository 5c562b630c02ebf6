"""The `MarketFeed` port on XTS's market-data socket.

All state of a feed (what is wanted, what the broker holds, what was heard, how the connection stands) changes under one
lock. Three threads work for it: one reads the socket, one makes the calls over HTTP, one calls the consumer.
"""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from math import inf
from operator import itemgetter
from typing import Final, final

from returns.pipeline import is_successful

from jainam_prop.adapters.xts.stream.connection import MarketSocket, RootOf, market_endpoint
from jainam_prop.adapters.xts.stream.conversation import SocketEvent
from jainam_prop.adapters.xts.stream.delivery import Delivery
from jainam_prop.adapters.xts.stream.feed_socket import FeedRule, FeedSocket, TokenSource
from jainam_prop.adapters.xts.stream.tick_reader import TakeBand, TickReader, ignore_band
from jainam_prop.application.ports.market_data import Subscribed, Subscriber
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.ports.sessions import SessionSource
from jainam_prop.domain.errors import BrokerError, RateLimited, SessionExpired
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.backoff import Backoff
from jainam_prop.domain.market_data.feed_state import FeedHealth
from jainam_prop.domain.market_data.freshness import Freshness, Staleness
from jainam_prop.domain.market_data.subscriptions import BATCH, Batch, Codes, Subscriptions, Topic
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode, Stale, Tick, conflation_key
from jainam_prop.domain.sessions.session import Application, Session

_LOG: Final = logging.getLogger(__name__)

_CALL_SECONDS: Final = 10.0
_LOOK_SECONDS: Final = 0.25
_CHANCE: Final = 0.5


@dataclass(frozen=True, slots=True)
class MarketCalls:
    """What a feed needs besides its socket.

    Attributes:
        subscriber: calls over HTTP, which do not renew a session by themselves.
        codes: message codes of a mode on an exchange.
        is_trading: whether an exchange is expected to trade at a moment (aware); a tick proves it as well.
        left: topics that closed feeds of this process left at the broker, each with the token that holds it.
    """

    subscriber: Subscriber
    codes: Codes
    is_trading: Callable[[Exchange, datetime], bool]
    take_band: TakeBand = ignore_band
    left: set[tuple[str, Topic]] = field(default_factory=set)


@final
class XtsMarketFeed:
    """Prices over one socket; it never logs in by itself, but for one renewal of a token."""

    def __init__(  # noqa: PLR0913 (its collaborators, wired once by the container)
        self,
        sessions: SessionSource,
        root: RootOf,
        calls: MarketCalls,
        clock: Clock,
        *,
        rule: FeedRule,
        manner: MarketSocket | None = None,
    ) -> None:
        self._how = how = manner or MarketSocket()
        self._calls = calls
        self._clock = clock
        self._rule = rule
        self._lock = threading.RLock()
        self._subscriptions = Subscriptions(calls.codes)
        self._staleness = Staleness()
        self._freshness = Freshness()
        self._reader = TickReader(self._take, calls.take_band)
        self._delivery: Delivery[FeedEvent] = Delivery(conflation_key, itemgetter(0), clock)
        self._tokens = TokenSource(
            sessions.shared,
            lambda session: market_endpoint(session, root, how),
            lambda dead, seconds: sessions.renew(Application.MARKET_DATA, dead, seconds),
        )
        self._socket = FeedSocket("market-data", self._tokens, self, clock, rule=rule, lock=self._lock)
        self._session: Session | None = None  # of the live connection
        self._duplicates = self._stalls = 0
        self._now = 0.0
        self._due = threading.Event()
        self._backoff = Backoff(rule.backoff)
        self._calls_after = self._quotes_after = self._store_after = 0.0
        self._remedy_after = inf
        self._remedies = 0

    def start(self, on_event: Callable[[FeedEvent], None]) -> None:
        """Connect in the background; see the port."""
        self._delivery.start(on_event)
        self._socket.supervise("jainam-prices", self._delivery.run)
        self._socket.start()
        self._socket.supervise("jainam-subscriptions", self._work)

    def want(self, instrument: InstrumentKey, mode: FeedMode) -> None:
        """Ask for a contract, or for more of it."""
        with self._lock:
            self._subscriptions.want(instrument, mode)
            self._reader.want(instrument)
            self._staleness.want(instrument, self._clock.monotonic())
        self._due.set()

    def drop(self, instrument: InstrumentKey, mode: FeedMode) -> None:
        """Give back the highest mode asked for."""
        with self._lock:
            if self._subscriptions.drop(instrument, mode):
                self._reader.drop(instrument)
                self._staleness.drop(instrument)
                self._freshness.drop(instrument)
        self._due.set()

    def health(self) -> FeedHealth:
        """Return how the feed stands."""
        now = self._clock.monotonic()
        with self._lock:
            wanted, subscribed, waiting = self._subscriptions.counts()
            machine, counts = self._socket.machine, self._reader.counts
            return FeedHealth(
                state=machine.state,
                reason=machine.reason,
                connections=machine.connections,
                ticks=self._delivery.delivered,
                duplicates=self._duplicates,
                foreign=counts.foreign,
                unreadable=counts.unreadable + self._socket.unreadable,
                stalls=self._stalls,
                wanted=wanted,
                subscribed=subscribed,
                waiting=waiting,
                refused={topic.instrument: why.reason for topic, why in self._subscriptions.refused.items()},
                stale=tuple(self._staleness.stale),
                tick_ages=self._staleness.ages(now),
                remaining=self._subscriptions.remaining,
                problem=self._subscriptions.problem,
                lag_seconds=self._delivery.lag(now),
                conflated=self._delivery.conflated,
                failures=sum(self._delivery.failures.values()),
                faults=machine.faults,
            )

    def close(self) -> None:
        """Disconnect for good; see the port."""
        self._delivery.close()
        self._due.set()
        self._socket.close()

    def joined(self, session: Session, now: float, *, same_token: bool) -> None:
        """Take an accepted connection."""
        self._session = session
        self._reader.gap()
        self._freshness.forget()
        if same_token:
            self._subscriptions.gap()
        else:
            self._subscriptions.new_token()
        self._staleness.gap(self._subscriptions.modes, now)
        self._calls_after = 0.0
        self._remedy_after = inf
        self._due.set()

    def left(self, now: float) -> None:
        """Take the end of a connection: no price is known to be current."""
        self._session = None
        self._staleness.gap(self._subscriptions.modes, now)

    def heard(self, event: SocketEvent, now: float) -> None:
        """Take a message of the socket."""
        self._now = now
        self._reader.read(event)

    def flush(self) -> None:
        """Wake the consumer's thread."""
        self._delivery.flush()

    def _take(self, event: FeedEvent) -> None:
        """Take an event of a wanted contract from the socket; the lock is held."""
        now = self._now
        if type(event) is Tick:
            self._confirm(event, now)
            if not self._freshness.admits(event):
                self._duplicates += 1
                return
        self._delivery.post(event, now)

    def _confirm(self, tick: Tick, now: float) -> None:
        key = tick.instrument
        self._staleness.ticked_at[key.exchange] = now
        mode = self._subscriptions.modes.get(key)
        held = self._subscriptions.held
        if mode is not None and (tick.mode >= mode or self._subscriptions.price_topic(key) not in held):
            self._staleness.heard(key, now)
        if self._socket.machine.is_silent:
            self._socket.machine = self._socket.machine.heard(now)
            self._remedies = 0

    def _work(self) -> None:
        """Make the calls that are due, until the feed is closed."""
        while not self._socket.is_closed:
            self._due.wait(_LOOK_SECONDS)
            self._due.clear()
            now = self._clock.monotonic()
            self._mark_stale(now)
            self._freshness.look_at_clock(self._clock.now())
            self._socket.report(self.health)
            session = self._session
            if session is None or self._socket.is_closed:
                continue
            self._look_for_login(now)
            if now >= self._calls_after:
                self._settle(session)
            if now >= self._quotes_after:
                self._read_quotes(session)
            self._look_for_silence(self._clock.monotonic())
        with self._lock:
            token = self._socket.machine.live_token
            self._calls.left.update((token, topic) for topic in self._subscriptions.at_broker())

    def _take_over(self) -> None:
        """Take the topics of closed feeds: the token holds them, so that they count towards the broker's cap."""
        left, token = list(self._calls.left), self._socket.machine.live_token
        self._calls.left.difference_update(left)
        self._subscriptions.take_over(topic for holder, topic in left if holder == token)

    def _mark_stale(self, now: float) -> None:
        with self._lock:
            for key in self._staleness.overdue(now):
                self._delivery.post(Stale(key, now - self._staleness.stale[key]), now)
                self._delivery.flush()

    def _look_for_login(self, now: float) -> None:
        """Connect with the token of a newer login, which another process may have made: it ended this one's."""
        if now < self._store_after:
            return
        self._store_after = now + self._how.store_seconds
        stored = self._tokens.shared().session
        token = None if stored is None else stored.market_token
        if token is not None and token != self._socket.machine.live_token:
            self._socket.reconnect()

    def _settle(self, session: Session) -> None:
        """Make the subscription calls that are due, one after the other, until one fails."""
        while self._session is session and not self._socket.is_closed:
            with self._lock:
                now = self._clock.monotonic()
                self._take_over()
                batch, adds = self._subscriptions.next_call(now)
            if batch is None:
                self._backoff = Backoff(self._rule.backoff)
                return
            call = self._calls.subscriber.subscribe if adds else self._calls.subscriber.unsubscribe
            answer = call(session, batch, _CALL_SECONDS)
            now = self._clock.monotonic()
            with self._lock:
                if not is_successful(answer):
                    self._subscriptions.unanswered(batch, answer.failure().message)
                    self._failed(session, answer.failure(), now)
                    return
                self._answered(batch, answer.unwrap(), now, adds=adds)

    def _answered(self, batch: Batch, said: Subscribed, now: float, *, adds: bool) -> None:
        """Take the answer to a call."""
        if adds:
            self._subscriptions.answered(
                batch, now, remaining=said.remaining, already=said.already, refused=said.refused
            )
            self._held(batch, now, already=said.already)
        else:
            self._subscriptions.unsubscribed(batch, said.remaining)
        for image in said.snapshots:
            self._take_image(image, now)

    def _held(self, batch: Batch, now: float, *, already: bool) -> None:
        """Expect images of what is held now, and connect anew if the connection turns out to be deaf."""
        for topic in batch.topics:
            mode = self._subscriptions.modes.get(topic.instrument)
            if mode is not None and topic in self._subscriptions.held:
                has_image = self._freshness.has_heard(mode, topic.instrument)
                self._staleness.held(topic.instrument, now, has_image=has_image)
                if already:
                    self._staleness.strike(topic.instrument)
        if self._staleness.is_deaf(now):
            self._stalled("the connection does not bring what quotes show")
            self._staleness.gap(self._subscriptions.modes, now)
            self._socket.reconnect()

    def _failed(self, session: Session, error: BrokerError, now: float) -> None:
        """Take a failed call: a dead token ends its connection, anything else is tried again later."""
        if isinstance(error, SessionExpired):
            if self._session is session:
                self._session = None  # no further call before the reading thread notices the end
                self._socket.condemn(error.message)
            return
        self._backoff = self._backoff.after(0.0)
        asked = error.retry_after_seconds if isinstance(error, RateLimited) else None
        self._calls_after = now + max(self._backoff.wait(_CHANCE), asked or 0.0)

    def _take_image(self, event: FeedEvent, now: float, asked_at: float = inf) -> bool:
        """Take a state that was read over HTTP; return whether it is newer than what the socket brought."""
        if event[0] not in self._subscriptions.modes:
            return False
        is_last = self._staleness.heard_at.get(event[0], inf) < asked_at < inf
        is_new = self._freshness.admits_image(event, is_last=is_last) if isinstance(event, Tick) else True
        if is_new:
            self._delivery.post(event, now)
            self._delivery.flush()
        if isinstance(event, Tick):
            self._staleness.quoted(event.instrument, now, is_new=is_new)
        return is_new

    def _read_quotes(self, session: Session) -> None:
        """Read contracts by quote that brought no image, or are quiet while their exchange trades."""
        asked_at = self._clock.monotonic()
        with self._lock:
            batch = self._due_quotes(asked_at) if self._session is session else None
        if batch is None:
            return
        self._quotes_after = asked_at + self._how.quote_seconds
        answer = self._calls.subscriber.images(session, batch, _CALL_SECONDS)
        now = self._clock.monotonic()
        with self._lock:
            if self._session is not session:
                return  # it is from before a gap
            if not is_successful(answer):
                self._staleness.unanswered(batch.instruments, now)
                self._failed(session, answer.failure(), now)
                patience = self._how.silence_seconds * 2 ** min(self._remedies, 6)
                self._remedy_after = min(self._remedy_after, now + patience)
                self._quotes_after = max(self._quotes_after, self._calls_after)
                return
            self._remedy_after = inf
            modes, freshness = self._subscriptions.modes, self._freshness
            known = {key for key in batch.instruments if key in modes and freshness.has_heard(modes[key], key)}
            for image in answer.unwrap():
                if self._take_image(image, now, asked_at) and image[0] in known:
                    self._staleness.suspect(image[0])
                    self._subscriptions.lost(Topic(image[0], batch.code))
                    self._due.set()
            shown = {image[0] for image in answer.unwrap()}
            self._staleness.unanswered([key for key in batch.instruments if key not in shown], now)

    def _due_quotes(self, now: float) -> Batch | None:
        chosen: list[Topic] = []
        for key in self._staleness.due(now, partial(self._is_trading, now=now)):
            topic = self._subscriptions.price_topic(key)
            if topic is None or topic not in self._subscriptions.held or (chosen and topic.code != chosen[0].code):
                continue
            chosen.append(topic)
            if len(chosen) == BATCH:
                break
        return Batch(chosen[0].code, tuple(topic.instrument for topic in chosen)) if chosen else None

    def _is_trading(self, exchange: Exchange, now: float) -> bool:
        """Return whether prices are expected: by the calendar, or because there was one a short while ago."""
        ticked = self._staleness.ticked_at.get(exchange)
        recently = ticked is not None and now - ticked < self._how.silence_seconds
        return recently or self._calls.is_trading(exchange, self._clock.now())

    def _look_for_silence(self, now: float) -> None:
        """Say that a connected feed is silent in market hours; connect anew if quotes cannot be read for as long."""
        with self._lock:
            machine = self._socket.machine
            exchanges = (key.exchange for key in self._subscriptions.modes)
            is_trading = partial(self._is_trading, now=now)
            quiet_for = self._staleness.quiet_for(now, exchanges, machine.live_since or now, is_trading)
            if not machine.is_connected or quiet_for < self._how.silence_seconds:
                return
            if not machine.is_silent:
                self._stalled(f"no wanted price for {quiet_for:.0f} s in market hours")
            self._socket.machine = self._socket.machine.silent(now, f"no wanted price for {quiet_for:.0f} s")
            if now < self._remedy_after:
                return
            self._remedies += 1
        self._socket.reconnect()

    def _stalled(self, reason: str) -> None:
        self._stalls += 1
        _LOG.warning("The market-data feed is silent: %s", reason)
