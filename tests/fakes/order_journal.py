"""An order journal in a dictionary."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from returns.result import Failure, Result, Success

from jainam_prop.application.ports.journal import JournalUnreadableError
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.orders.journal import Intent, IntentState, JournalEntry, JournalEvent
from jainam_prop.domain.positions.position import PositionKey
from tests.fakes.clock import FakeClock

BUSY_SECONDS: Final = 2.0
"""How long a call waits for another process, as the one in SQLite does."""


class InMemoryJournal:
    """Remembers entries and every event.

    Attributes:
        broken: why it cannot be written, as a full disk would.
        unreadable: why it cannot be read.
        locks: times in seconds of the monotonic clock in which another process holds it; see `lock`.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self.broken: str | None = None
        self.unreadable: str | None = None
        self.locks: list[tuple[float, float]] = []
        self.events: list[tuple[str, JournalEvent]] = []
        self._clock = clock or FakeClock()
        self._entries: dict[str, JournalEntry] = {}

    def lock(self, seconds: float, *, after: float = 0.0) -> None:
        """Let another process hold it for so many seconds; who comes meanwhile waits up to `BUSY_SECONDS`."""
        begins = self._clock.monotonic() + after
        self.locks.append((begins, begins + seconds))

    def begin(self, intents: Sequence[Intent], *, exits: bool = False) -> Result[None, BrokerError]:
        del exits
        problem = self._problem() or self.broken
        if problem is not None:
            return Failure(Blocked(f"the order journal cannot be written: {problem}"))
        used = [intent.identifier for intent in intents]
        if len(set(used)) < len(used) or self._entries.keys() & set(used):
            return Failure(Blocked("the order journal cannot be written: an identifier was used before"))
        for intent in intents:
            self._enter(JournalEntry(intent, IntentState.INTENDED, "", "", intent.made_at), "")
        return Success(None)

    def note(
        self, identifier: str, state: IntentState, order_id: str = "", note: str = ""
    ) -> Result[None, BrokerError]:
        problem = self._problem() or self.broken
        if problem is not None:
            return Failure(Blocked(f"the order journal cannot be written: {problem}"))
        entry = self._entries.get(identifier)
        reopens = entry is not None and state.is_open and not entry.state.is_open
        if entry is not None and not reopens:
            known_id = order_id or entry.order_id
            self._enter(JournalEntry(entry.intent, state, known_id, note, self._clock.now()), order_id)
        return Success(None)

    def open_entries(self) -> tuple[JournalEntry, ...]:
        return tuple(entry for entry in self._oldest_first() if entry.state.is_open)

    def entries_for(self, key: PositionKey, since: datetime) -> tuple[JournalEntry, ...]:
        return tuple(entry for entry in self.entries_since(since) if entry.intent.position == key)

    def entries_since(self, since: datetime) -> tuple[JournalEntry, ...]:
        entries = self._oldest_first()
        return tuple(entry for entry in entries if entry.intent.made_at >= since or entry.state.is_open)

    def recent(self, limit: int = 50) -> tuple[JournalEntry, ...]:
        return tuple(reversed(self._oldest_first()))[:limit]

    def history(self, identifier: str) -> tuple[JournalEvent, ...]:
        return tuple(event for of, event in self.events if of == identifier)

    def prune(self, before: datetime) -> int:
        old = [entry for entry in self._oldest_first() if entry.intent.made_at < before and not entry.state.is_open]
        for entry in old:
            del self._entries[entry.intent.identifier]
        self.events = [(of, event) for of, event in self.events if of in self._entries]
        return len(old)

    def _enter(self, entry: JournalEntry, told_id: str) -> None:
        self._entries[entry.intent.identifier] = entry
        event = JournalEvent(entry.state, told_id, entry.note, entry.changed_at)
        self.events.append((entry.intent.identifier, event))

    def _problem(self) -> str | None:
        """Wait for another process to let go, and say why nothing can be done when it does not."""
        now = self._clock.monotonic()
        until = max((ends for begins, ends in self.locks if begins <= now < ends), default=now)
        self._clock.sleep(min(until - now, BUSY_SECONDS))
        return "database is locked" if until - now > BUSY_SECONDS else None

    def _oldest_first(self) -> list[JournalEntry]:
        problem = self._problem() or self.unreadable
        if problem is not None:
            raise JournalUnreadableError(problem)
        return sorted(self._entries.values(), key=lambda entry: (entry.intent.made_at, entry.intent.identifier))
