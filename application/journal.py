"""The journal of one process: the shared one, and this process's own records while that one cannot be used.

Money rule: nothing that guards entries stops an exit. An entry needs its record on disk before it leaves. An exit and a
cancel go on without: their records are kept in memory, in their order, and written once the journal can be.
"""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Final, NamedTuple, final

from returns.pipeline import is_successful
from returns.result import Result, Success

from jainam_prop.application.ports.journal import TAKEN_OVER, JournalUnreadableError, OrderJournal
from jainam_prop.application.ports.runtime import Clock, TaskRunner
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.journal import Intent, IntentState, JournalEntry, JournalEvent
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.positions.position_state import VISIBLE_WITHIN

_LOG: Final = logging.getLogger(__name__)

_RETRY_SECONDS: Final = 1.0
"""After a failure the shared journal is left alone for so long, lest every step of an exit waits for it."""
_OWN_ENTRIES: Final = 256
"""Own entries after which those are forgotten that every order book shows by now."""
_FORGET_SECONDS: Final = 10.0
"""The least time between two such looks at all of them, since an order waits for it."""


class _Record(NamedTuple):
    identifier: str
    write: Callable[[], Result[None, BrokerError]]


@final
class ProcessJournal:
    """Records intents in the shared journal; safe to use from many threads."""

    def __init__(self, shared: OrderJournal, tasks: TaskRunner, clock: Clock) -> None:
        """Start with nothing in memory."""
        self._shared = shared
        self._tasks = tasks
        self._clock = clock
        self._own: dict[str, JournalEntry] = {}
        self._unwritten: deque[_Record] = deque()
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._write_again_at = self._read_again_at = self._forget_again_at = float("-inf")
        self._reason = self._unread_reason = ""
        self._is_retrying = False

    @property
    def problem(self) -> str:
        """What an exit has to say of the journal, as a sentence; "" when it can be read and all is written."""
        if self._unwritten:
            return f"{self._reason[:1].upper()}{self._reason[1:]}: what was done is kept in memory until it can be."
        if self._unread_reason:
            return f"The order journal cannot be read ({self._unread_reason}): newest orders of others are not known."
        return ""

    def begin(self, intents: Sequence[Intent], *, exits: bool = False) -> Result[None, BrokerError]:
        """Record intents that are about to be sent; see `OrderJournal.begin`.

        Those of an order that only ``exits`` are kept in memory where they cannot be written.
        """
        if self._is_writable(exits=exits):
            begun = self._shared.begin(intents, exits=exits)
            if is_successful(begun) or not exits or TAKEN_OVER in begun.failure().message:
                return begun.map(lambda _: self._remember(intents))
            self._failed_to_write(begun)
        self._remember(intents)
        for intent in intents:
            self._keep(intent.identifier, partial(self._shared.begin, (intent,), exits=True))
        return Success(None)

    def note(self, identifier: str, state: IntentState, order_id: str = "", note: str = "") -> None:
        """Record what became of one intent, in memory where it cannot be written; see `OrderJournal.note`."""
        known = self._own.get(identifier)
        if known is not None and known.state.is_open >= state.is_open:
            moment = self._clock.now()
            self._own[identifier] = JournalEntry(known.intent, state, order_id or known.order_id, note, moment)

        write = partial(self._shared.note, identifier, state, order_id, note)
        if self._is_writable(exits=True):
            noted = write()
            if is_successful(noted):
                return
            self._failed_to_write(noted)
        self._keep(identifier, write)

    def open_entries(self) -> tuple[JournalEntry, ...]:
        """Return the open intents of all processes, oldest first."""
        return self._shared.open_entries()

    def unknown_entries(self, identifier: str) -> tuple[JournalEntry, ...]:
        """Return the intents of unknown outcome with a client order id; of an own one that is known nothing is read."""
        own = self._own.get(identifier)
        is_unknown = bool(identifier) and (own is None or own.state is IntentState.UNKNOWN)
        entries = self.open_entries() if is_unknown else ()
        return tuple(one for one in entries if one.state is IntentState.UNKNOWN and one.intent.identifier == identifier)

    def entries_for(self, key: PositionKey, since: datetime, *, exits: bool = False) -> tuple[JournalEntry, ...]:
        """Return the intents for one contract and product made at a moment (UTC) or later, or open; oldest first.

        An exit gets those of this process where the journal cannot be read.
        """
        return self._entries(
            lambda: self._shared.entries_for(key, since),
            lambda entry: entry.intent.position == key and _is_wanted(entry, since),
            exits=exits,
        )

    def entries_since(self, since: datetime, *, exits: bool = False) -> tuple[JournalEntry, ...]:
        """Return all intents made at a moment (UTC) or later; as `entries_for`."""
        return self._entries(
            lambda: self._shared.entries_since(since), lambda entry: _is_wanted(entry, since), exits=exits
        )

    def recent(self, limit: int = 50) -> tuple[JournalEntry, ...]:
        """Return the latest intents with their present state, newest first."""
        return self._shared.recent(limit)

    def history(self, identifier: str) -> tuple[JournalEvent, ...]:
        """Return every change of state of one intent, oldest first."""
        return self._shared.history(identifier)

    def prune(self, before: datetime) -> int:
        """Forget closed intents made before a moment (UTC) and return how many."""
        return self._shared.prune(before)

    def _entries(
        self, read: Callable[[], tuple[JournalEntry, ...]], is_wanted: Callable[[JournalEntry], bool], *, exits: bool
    ) -> tuple[JournalEntry, ...]:
        entries: tuple[JournalEntry, ...] = ()
        if not exits or self._clock.monotonic() >= self._read_again_at:
            try:
                entries = read()
            except JournalUnreadableError as error:
                self._read_again_at = self._clock.monotonic() + _RETRY_SECONDS
                self._unread_reason = str(error)
                if not exits:
                    raise
            else:
                self._unread_reason = ""
                if not self._unwritten:
                    return entries
        own = {name: entry for name, entry in tuple(self._own.items()) if is_wanted(entry)}
        merged = {entry.intent.identifier: entry for entry in entries} | own
        return tuple(sorted(merged.values(), key=lambda entry: (entry.intent.made_at, entry.intent.identifier)))

    def _remember(self, intents: Sequence[Intent]) -> None:
        if len(self._own) >= _OWN_ENTRIES and self._clock.monotonic() >= self._forget_again_at:
            self._forget_again_at = self._clock.monotonic() + _FORGET_SECONDS
            since, unwritten = self._clock.now() - VISIBLE_WITHIN, {record.identifier for record in self._unwritten}
            for name, entry in tuple(self._own.items()):
                if not (_is_wanted(entry, since) or name in unwritten):
                    self._own.pop(name, None)
        for intent in intents:
            self._own[intent.identifier] = JournalEntry(intent, IntentState.INTENDED, "", "", intent.made_at)

    def _is_writable(self, *, exits: bool) -> bool:
        """Whether to try a write: all earlier records are written, or an entry has to know."""
        if not self._unwritten:
            return not exits or self._clock.monotonic() >= self._write_again_at
        return self._write_all() or not exits

    def _failed_to_write(self, outcome: Result[None, BrokerError]) -> None:
        self._write_again_at = self._clock.monotonic() + _RETRY_SECONDS
        error = outcome.failure()
        self._reason = getattr(error, "reason", error.message)

    def _keep(self, identifier: str, write: Callable[[], Result[None, BrokerError]]) -> None:
        with self._lock:
            if not self._unwritten:
                _LOG.error("records of orders are kept in memory: %s", self._reason)
            self._unwritten.append(_Record(identifier, write))
            starts, self._is_retrying = not self._is_retrying, True
        if starts:
            self._tasks.start(self._keep_trying)

    def _keep_trying(self) -> None:
        while True:
            self._clock.sleep(_RETRY_SECONDS)
            with self._lock:
                if not (self._unwritten and self._tasks.is_open):
                    self._is_retrying = False
                    return
            self._write_all()

    def _write_all(self) -> bool:
        """Write what is in memory, oldest first; False when some of it is left."""
        if not self._writing.acquire(blocking=False):
            return False  # another thread is at it; nobody waits for it
        try:
            while self._unwritten and self._clock.monotonic() >= self._write_again_at:
                record = self._unwritten[0]
                written = record.write()
                if not is_successful(written) and not self._is_known(record.identifier):
                    self._failed_to_write(written)
                else:
                    self._unwritten.popleft()
        finally:
            self._writing.release()
        return not self._unwritten

    def _is_known(self, identifier: str) -> bool:
        """Whether the journal has an intent after all: its writer heard of a failure and it was written."""
        try:
            return bool(self._shared.history(identifier))
        except JournalUnreadableError:
            return False


def _is_wanted(entry: JournalEntry, since: datetime) -> bool:
    return entry.intent.made_at >= since or entry.state.is_open
