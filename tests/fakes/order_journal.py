"""An order journal in a dictionary."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from returns.result import Failure, Result, Success

from jainam_prop.application.ports.clock import Clock
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.journal import Intent, IntentState, JournalEntry
from jainam_prop.domain.position import PositionKey
from tests.fakes.clock import FakeClock


class InMemoryJournal:
    """Remembers entries and every event; `broken` names why it cannot be written, as a full disk would."""

    def __init__(self, clock: Clock | None = None) -> None:
        self.broken: str | None = None
        self.events: list[tuple[str, IntentState]] = []
        self._clock = clock or FakeClock()
        self._entries: dict[str, JournalEntry] = {}

    def begin(self, intents: Sequence[Intent]) -> Result[None, BrokerError]:
        if self.broken is not None:
            return Failure(Blocked(f"the order journal cannot be written: {self.broken}"))
        used = [intent.identifier for intent in intents]
        if len(set(used)) < len(used) or self._entries.keys() & set(used):
            return Failure(Blocked("the order journal cannot be written: an identifier was used before"))
        for intent in intents:
            self._entries[intent.identifier] = JournalEntry(
                intent, IntentState.INTENDED, "", "", intent.made_at
            )
            self.events.append((intent.identifier, IntentState.INTENDED))
        return Success(None)

    def note(self, identifier: str, state: IntentState, order_id: str = "", note: str = "") -> None:
        entry = self._entries.get(identifier)
        if entry is None or self.broken is not None:
            return
        self.events.append((identifier, state))
        self._entries[identifier] = replace(
            entry,
            state=state,
            order_id=order_id or entry.order_id,
            note=note,
            changed_at=self._clock.now(),
        )

    def open_entries(self) -> tuple[JournalEntry, ...]:
        return tuple(entry for entry in list(self._entries.values()) if entry.state.is_open)

    def entries_for(self, key: PositionKey, since: datetime) -> tuple[JournalEntry, ...]:
        return tuple(
            entry
            for entry in list(self._entries.values())
            if entry.intent.position == key and entry.intent.made_at >= since
        )

    def recent(self, limit: int = 50) -> tuple[JournalEntry, ...]:
        return tuple(reversed(self._entries.values()))[:limit]

    def prune(self, before: datetime) -> int:
        old = [
            identifier
            for identifier, entry in self._entries.items()
            if entry.intent.made_at < before and not entry.state.is_open
        ]
        for identifier in old:
            del self._entries[identifier]
        return len(old)
