"""What a feed should be subscribed to, what the broker confirmed or refused, and which call comes next.

Calls go in batches of one message code. A refused batch is bisected until the contracts that are refused stand alone;
these are named, kept apart and tried again later. A contract that is upgraded keeps its old subscription until the new
one is confirmed. First wanted, first served, as far as the broker's cap reaches.
"""

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple, TypeAlias

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.tick import FeedMode

BATCH: Final = 50
"""The most contracts that one call may name."""

RETRY_SECONDS: Final = 60.0
"""Until a refused contract is tried again."""

CAP_REACHED: Final = "the broker's cap on subscriptions is reached"

Codes: TypeAlias = Callable[[Exchange, FeedMode], tuple[int, ...]]
"""Message codes of a mode on an exchange, the one with the price first."""


class Topic(NamedTuple):
    """One kind of message about one contract, which is what the broker subscribes."""

    instrument: InstrumentKey
    code: int


class Batch(NamedTuple):
    """Contracts of one call.

    Attributes:
        epoch: the state of the subscriptions when the call was planned; an answer of an earlier one is not believed.
    """

    code: int
    instruments: tuple[InstrumentKey, ...]
    epoch: int = 0

    @property
    def topics(self) -> tuple[Topic, ...]:
        """The topics of the call, one by one."""
        return tuple(Topic(instrument, self.code) for instrument in self.instruments)


class Refused(NamedTuple):
    """Why the broker refused a topic, and from when on it is tried again (monotonic seconds)."""

    reason: str
    retry_at: float


class Subscriptions:
    """Subscriptions of one feed under one token. Not safe for threads: its feed has one lock for all of its state.

    For each contract the highest wanted mode counts: a host asks for a higher mode without giving the lower one back,
    and gives back only the highest, which drops the contract.

    Attributes:
        modes: the wanted contracts, the first wanted first.
        held: topics that the broker confirmed.
        refused: topics that the broker refuses.
        remaining: how many more the broker allows; None as long as it did not say.
        problem: why the last call failed that was not refused; "" after one that succeeded.
    """

    def __init__(self, codes: Codes) -> None:
        self.modes: dict[InstrumentKey, FeedMode] = {}
        self.held: set[Topic] = set()
        self.refused: dict[Topic, Refused] = {}
        self.remaining: int | None = None
        self.problem = ""
        self._codes = codes
        self._epoch = 0
        self._wanted: dict[Topic, None] = {}
        self._due: dict[Topic, None] = {}
        self._pieces: deque[tuple[Topic, ...]] = deque()
        self._surplus: dict[Topic, None] = {}
        self._unsure: set[Topic] = set()  # confirmed before the last gap
        self._unknown: set[Topic] = set()  # of calls without an answer

    @property
    def topics(self) -> frozenset[Topic]:
        """The topics that are wanted."""
        return frozenset(self._wanted)

    def counts(self) -> tuple[int, int, int]:
        """Return how many topics are wanted, held of these, and waiting for a call."""
        held = sum(topic in self.held for topic in self._wanted)
        return len(self._wanted), held, len(self._due) + sum(map(len, self._pieces))

    def price_topic(self, instrument: InstrumentKey) -> Topic | None:
        """Return the topic with the price of a wanted contract."""
        mode = self.modes.get(instrument)
        return None if mode is None else Topic(instrument, self._codes(instrument.exchange, mode)[0])

    def want(self, instrument: InstrumentKey, mode: FeedMode) -> None:
        """Add a contract, or raise its mode; a lower one than it has changes nothing."""
        before = self.modes.get(instrument)
        if before is not None and mode <= before:
            return
        self.modes[instrument] = mode
        wanted = self._topics(instrument, mode)
        if before is not None:
            self._give_up(topic for topic in self._topics(instrument, before) if topic not in wanted)
        for topic in wanted:
            self._wanted[topic] = None
            self._surplus.pop(topic, None)
            if topic not in self.held:
                self._due[topic] = None

    def drop(self, instrument: InstrumentKey, mode: FeedMode) -> bool:
        """Give back a contract's highest mode and with it the contract; return whether it is dropped."""
        held = self.modes.get(instrument)
        if held is None or mode < held:
            return False
        del self.modes[instrument]
        self._give_up(self._topics(instrument, held))
        return True

    def gap(self) -> None:
        """Take a new connection: the token may hold its subscriptions still, so each is confirmed anew."""
        self._epoch += 1
        self._unsure |= self.held
        self.held.clear()
        self._pieces.clear()
        self._due = {topic: None for topic in self._wanted if topic not in self.refused}

    def new_token(self) -> None:
        """Take a new token, which holds no subscription."""
        self.held.clear()
        self.refused.clear()
        self.remaining = None
        self.gap()
        self._unsure.clear()
        self._unknown.clear()
        self._surplus.clear()

    def lost(self, topic: Topic) -> None:
        """Take the finding that a confirmed topic does not come any more."""
        if topic in self.held and topic in self._wanted:
            self.held.discard(topic)
            self._unknown.add(topic)
            self._due[topic] = None

    def at_broker(self) -> set[Topic]:
        """Return the topics that the token holds, or may hold."""
        return self.held | self._unsure | self._unknown

    def take_over(self, topics: Iterable[Topic]) -> None:
        """Take topics that another feed left with the token; what is not wanted here is taken back."""
        for topic in topics:
            if topic not in self.held:
                self._unsure.add(topic)
                if topic not in self._wanted:
                    self._surplus[topic] = None

    def next_call(self, now: float) -> tuple[Batch | None, bool]:
        """Return the next call that is due, and whether it subscribes; it makes room first where there is none."""
        batch = self.next_unsubscription() if self.remaining == 0 else None
        if batch is not None:
            return batch, False
        batch = self.next_subscription(now)
        return (batch, True) if batch is not None else (self.next_unsubscription(), False)

    def next_subscription(self, now: float) -> Batch | None:
        """Return the next call that subscribes, if one is due; its topics are not planned again before its answer."""
        for topic in [topic for topic, refused in self.refused.items() if refused.retry_at <= now]:
            del self.refused[topic]
            self.remaining = None
            if topic in self._wanted:
                self._due[topic] = None
        if self.remaining == 0 and (self._due or self._pieces):
            self._refuse([*self._due, *(topic for piece in self._pieces for topic in piece)], CAP_REACHED, now)
            return None
        while self._pieces:
            piece = [topic for topic in self._pieces.popleft() if topic in self._wanted and topic not in self.held]
            if piece:
                return self._batch(piece)
        return self._first_due()

    def next_unsubscription(self) -> Batch | None:
        """Return the next call that takes subscriptions back, if one is due."""
        for topic in self._surplus:
            if not self._is_needed(topic):
                same = [other for other in self._surplus if other.code == topic.code and not self._is_needed(other)]
                return self._batch(same[:BATCH])
        return None

    def answered(
        self, batch: Batch, now: float, *, remaining: int | None = None, already: bool = False, refused: str = ""
    ) -> None:
        """Take the broker's answer to a call that subscribes.

        Args:
            batch: of the call.
            now: the present moment.
            remaining: how many more the broker allows, where it said so.
            already: the batch was refused because some of it is subscribed.
            refused: why it was refused otherwise; "" when it was not.
        """
        self._said(remaining)
        topics = batch.topics
        if batch.epoch != self._epoch:
            self._doubt(topics)
            return
        if already:
            self._already(topics)
        elif not refused:
            self._hold(topics)
        elif remaining == 0 or len(topics) == 1:
            self._refuse(topics, CAP_REACHED if remaining == 0 else refused, now)
        else:
            self._bisect(topics, remaining)

    def unanswered(self, batch: Batch, reason: str) -> None:
        """Take the loss of an answer: some of the batch may be subscribed, and all of it is due again."""
        self.problem = reason
        self._doubt(batch.topics)
        for topic in batch.topics:
            if topic in self._wanted and topic not in self.held:
                self._due[topic] = None

    def unsubscribed(self, batch: Batch, remaining: int | None) -> None:
        """Take the broker's confirmation that subscriptions are gone; there is room for refused ones."""
        self._said(remaining)
        for topic in batch.topics:
            self._surplus.pop(topic, None)
            self.held.discard(topic)
            self._unsure.discard(topic)
            self._unknown.discard(topic)
            if topic in self._wanted:
                self._due[topic] = None
        for topic, refused in list(self.refused.items()):
            if refused.reason == CAP_REACHED:
                self.refused[topic] = refused._replace(retry_at=0.0)

    def _topics(self, instrument: InstrumentKey, mode: FeedMode) -> tuple[Topic, ...]:
        return tuple(Topic(instrument, code) for code in self._codes(instrument.exchange, mode))

    def _give_up(self, topics: Iterable[Topic]) -> None:
        for topic in topics:
            self._wanted.pop(topic, None)
            self._due.pop(topic, None)
            self.refused.pop(topic, None)
            if topic in self.held or topic in self._unsure or topic in self._unknown:
                self._surplus[topic] = None

    def _is_needed(self, topic: Topic) -> bool:
        """Return whether a given-up topic is all that its contract has until an upgrade is confirmed."""
        new = self.price_topic(topic.instrument)
        return new is not None and new not in self.held

    def _first_due(self) -> Batch | None:
        if not self._due:
            return None
        limit = BATCH if self.remaining is None else min(BATCH, self.remaining)
        code = next(iter(self._due)).code
        chosen: list[Topic] = []
        for topic in self._due:
            if topic.code == code:
                chosen.append(topic)
                if len(chosen) == limit:
                    break
        for topic in chosen:
            del self._due[topic]
        return self._batch(chosen)

    def _batch(self, topics: list[Topic]) -> Batch:
        return Batch(topics[0].code, tuple(topic.instrument for topic in topics), self._epoch)

    def _doubt(self, topics: tuple[Topic, ...]) -> None:
        """Take topics that may be subscribed; what is not wanted any more is taken back."""
        self._unknown.update(topics)
        self._surplus.update((topic, None) for topic in topics if topic not in self._wanted)

    def _already(self, topics: tuple[Topic, ...]) -> None:
        """Hold what was confirmed before under this token, or the only topic; the others are asked for apart."""
        kept = [topic for topic in topics if topic in self._unsure] if len(topics) > 1 else list(topics)
        self._hold(kept)
        others = tuple(topic for topic in topics if topic not in kept)
        if kept and others:
            self._pieces.appendleft(others)
        else:
            self._bisect(others)

    def _bisect(self, topics: Iterable[Topic], at: int | None = None) -> None:
        topics = tuple(topics)
        middle = at if at is not None and 0 < at < len(topics) else (len(topics) + 1) // 2
        halves = [half for half in (topics[:middle], topics[middle:]) if half]
        self._pieces.extendleft(reversed(halves))

    def _hold(self, topics: Iterable[Topic]) -> None:
        for topic in topics:
            self.held.add(topic)
            self._unsure.discard(topic)
            self._unknown.discard(topic)
            self._due.pop(topic, None)
            if topic not in self._wanted:
                self._surplus[topic] = None

    def _refuse(self, topics: Iterable[Topic], reason: str, now: float) -> None:
        for topic in topics:
            self._due.pop(topic, None)
            if topic in self._wanted:
                self.refused[topic] = Refused(reason, now + RETRY_SECONDS)
        if reason == CAP_REACHED:
            self._pieces.clear()

    def _said(self, remaining: int | None) -> None:
        self.problem = ""
        if remaining is not None:
            self.remaining = remaining
