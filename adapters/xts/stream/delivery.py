"""Hand-over of events to a consumer on a thread of its own, so that a slow consumer never blocks the socket.

Events come one by one and in order. When the oldest has waited for a second the queue is conflated: of each contract
only the latest state is kept until the consumer has caught up.
"""

import logging
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar, final

from jainam_prop.application.ports.runtime import Clock

_LOG: Final = logging.getLogger(__name__)

CONFLATE_SECONDS: Final = 1.0

_Event = TypeVar("_Event")


@final
class Delivery(Generic[_Event]):
    """Queue and thread of one consumer. `post` is for any thread; the consumer is called without any lock held.

    Attributes:
        failures: exceptions of the consumer, by subject.
        conflated: events that a later state replaced before they were delivered.
        delivered: events that the consumer was called with.
    """

    def __init__(self, key: Callable[[_Event], Hashable], subject: Callable[[_Event], Hashable], clock: Clock) -> None:
        """Deliver nothing yet.

        Args:
            key: what an event replaces in a conflated queue: an earlier event of the same key.
            subject: what a failure is counted by, the contract of an event.
            clock: for the lag.
        """
        self.failures: Counter[Hashable] = Counter()
        self.conflated = 0
        self.delivered = 0
        self._key = key
        self._subject = subject
        self._monotonic = clock.monotonic
        self._consumer: Callable[[_Event], object] = lambda _event: None
        self._lock = threading.Lock()
        self._waiting: deque[tuple[float, _Event]] = deque()
        self._latest: OrderedDict[Hashable, tuple[float, _Event]] = OrderedDict()
        self._busy_since: float | None = None
        self._ready = threading.Event()
        self._closed = False

    def start(self, consumer: Callable[[_Event], object]) -> None:
        """Name the consumer that `run` calls."""
        self._consumer = consumer

    def post(self, event: _Event, now: float) -> None:
        """Queue an event; `flush` wakes the consumer."""
        with self._lock:
            if self._latest:
                self._replace(event, now)
            else:
                self._waiting.append((now, event))
                if now - self._waiting[0][0] > CONFLATE_SECONDS:
                    self._conflate()

    def flush(self) -> None:
        """Wake the consumer if anything waits."""
        if (self._waiting or self._latest) and not self._ready.is_set():
            self._ready.set()

    def lag(self, now: float) -> float:
        """Return for how long the oldest undelivered event has waited, in seconds."""
        busy = self._busy_since
        with self._lock:
            waiting = next(iter(self._latest.values()))[0] if self._latest else None
            waiting = self._waiting[0][0] if self._waiting else waiting
        oldest = [since for since in (busy, waiting) if since is not None]
        return max(0.0, now - min(oldest)) if oldest else 0.0

    def close(self) -> None:
        """Deliver nothing any more; a call of the consumer that is under way goes on."""
        self._closed = True
        self._ready.set()

    def run(self) -> None:
        """Call the consumer with each event until `close`; for one thread."""
        while not self._closed:
            self._ready.wait()
            self._ready.clear()
            while not self._closed:
                entry = self._next()
                if entry is None:
                    break
                self._deliver(*entry)

    def _deliver(self, since: float, event: _Event) -> None:
        self._busy_since = since
        try:
            self._consumer(event)
        except BaseException:
            subject = self._subject(event)
            self.failures[subject] += 1
            if sum(self.failures.values()) == 1:
                _LOG.exception("A consumer of the feed failed at %s; further failures are only counted", subject)
        finally:
            self._busy_since = None
            self.delivered += 1

    def _next(self) -> tuple[float, _Event] | None:
        with self._lock:
            if self._latest:
                return self._latest.popitem(last=False)[1]
            return self._waiting.popleft() if self._waiting else None

    def _conflate(self) -> None:
        waiting, self._waiting = self._waiting, deque()
        for since, event in waiting:
            self._replace(event, since)

    def _replace(self, event: _Event, now: float) -> None:
        key = self._key(event)
        before = self._latest.get(key)
        if before is not None:
            self.conflated += 1
        self._latest[key] = (now if before is None else before[0], event)
