"""The durable order journal, and what the processes of a store share about the account's positions."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple, Protocol

from returns.result import Result

from jainam_prop.application.ports.runtime import StoreUnreadableError
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.journal import Intent, IntentState, JournalEntry, JournalEvent
from jainam_prop.domain.positions.position import PositionKey


class JournalUnreadableError(StoreUnreadableError):
    """The journal cannot be read now."""


LOCK_LOST: Final = "the lock of this position was lost before its order left"
TAKEN_OVER: Final = "another process has taken over this position"
"""Reason of the error by which an intent is refused whose lock was lost; it holds for exits as well."""


class OrderJournal(Protocol):
    """Append-only and durable: what `begin` returned from survives the death of the process.

    Safe to call from many threads and processes, which see each other's entries at once; it holds the intents
    of one account only. Reading one that cannot be read raises `JournalUnreadableError`, because no answer would be
    safe.
    """

    def begin(self, intents: Sequence[Intent], *, exits: bool = False) -> Result[None, BrokerError]:
        """Record intents that are about to be sent, all or none; a crash then leaves them open.

        For one that only ``exits`` a lost lock does not matter as long as no other process has taken it.

        Errors: Blocked when they cannot be written (disk full, read-only, locked) or an identifier was used
        before, or the lock of their position was lost (`LOCK_LOST`, `TAKEN_OVER`); then nothing may be sent.
        """

    def note(
        self, identifier: str, state: IntentState, order_id: str = "", note: str = ""
    ) -> Result[None, BrokerError]:
        """Record what became of one intent; an order id once noted stays until another is given.

        One on an intent never begun is not kept, nor one that would make a settled intent open again. Errors: Blocked
        when it cannot be written.
        """

    def open_entries(self) -> tuple[JournalEntry, ...]:
        """Return the open intents, oldest first."""

    def entries_for(self, key: PositionKey, since: datetime) -> tuple[JournalEntry, ...]:
        """Return the intents for one contract and product made at a moment (UTC) or later, or open; oldest first."""

    def entries_since(self, since: datetime) -> tuple[JournalEntry, ...]:
        """Return all intents made at a moment (UTC) or later, or still open; oldest first."""

    def recent(self, limit: int = 50) -> tuple[JournalEntry, ...]:
        """Return the latest intents with their present state, newest first."""

    def history(self, identifier: str) -> tuple[JournalEvent, ...]:
        """Return every change of state of one intent, oldest first; empty when there is no such intent."""

    def prune(self, before: datetime) -> int:
        """Forget closed intents made before a moment (UTC) and return how many; open ones are kept."""


class Settled(NamedTuple):
    """Signed units that a position carried into the day.

    Attributes:
        units: what the day's fills do not explain.
        filled: signed units of the fills that were known when a position book settled it.
        settled_at: when that was, UTC.
    """

    units: int
    filled: int
    settled_at: datetime


class CarriedUnits(Protocol):
    """Shares the carried units of one account among the processes of a store; neither call raises.

    It saves a process that starts in the middle of the day from settling them anew, which books that lag make slow.
    """

    def load(self, day: date) -> dict[PositionKey, Settled]:
        """Return what was settled on a book day; nothing where it cannot be read."""

    def save(self, day: date, settled: Mapping[PositionKey, Settled]) -> None:
        """Replace what is kept of these positions; what cannot be written is logged."""


UNCHECKED: Final = "not checked"


class DatabaseFacts(NamedTuple):
    """One database of a store.

    Attributes:
        name: its file, or the server's name for it.
        schema: version of its tables; 0 where there are none.
        integrity: "ok", or what the database itself finds wrong; `UNCHECKED` of a server, whose own tools do that.
        rows: how many each table of ours has.
        oldest: when the oldest order of the journal was meant; None where there is none.
        locks: who holds or awaits a lock, in words.
    """

    name: str
    size_bytes: int
    schema: int
    integrity: str
    rows: dict[str, int]
    oldest: datetime | None
    locks: tuple[str, ...]


class StoreMaintenance(Protocol):
    """The databases of one desk as a whole, for those who look after them."""

    def check(self) -> Result[tuple[DatabaseFacts, ...], BrokerError]:
        """Return what is there. Errors: Blocked when a database cannot be read."""

    def migrate(self) -> Result[tuple[int, int], BrokerError]:
        """Bring the tables up to date and return the versions of the journal's database before and after."""

    def copy_to(self, url: str) -> Result[dict[str, int], BrokerError]:
        """Copy sessions, journal and shared state into an empty store, compare every row, and return the counts.

        Errors: Blocked when the target has rows, cannot be written, or does not hold the same in the end, which is so
        when somebody writes to the source meanwhile.
        """
