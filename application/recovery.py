"""What an earlier process left behind: orders whose fate it did not live to see."""

import logging
import threading
from datetime import datetime
from typing import Final, final

from returns.pipeline import is_successful

from jainam_prop.application.ports.journal import JournalUnreadableError, OrderJournal
from jainam_prop.application.ports.runtime import Clock, Crew
from jainam_prop.application.resolve_open_orders import ResolveOpenOrders
from jainam_prop.domain.orders.journal import JournalEntry
from jainam_prop.domain.positions.exposure import VISIBLE_WITHIN
from jainam_prop.domain.sessions.session import Session

_LOG: Final = logging.getLogger(__name__)

_PAUSE_SECONDS: Final = 30.0
"""Between two looks, while the book could not be read or may not show the orders yet."""


@final
class Recovery:
    """Looks the orders up that were left open, beside the caller's work; after that a call costs an attribute read.

    A process that finds nothing left open is done after one query of the journal.
    """

    def __init__(self, resolve: ResolveOpenOrders, journal: OrderJournal, crew: Crew, clock: Clock) -> None:
        """Look nothing up yet."""
        self._resolve = resolve
        self._journal = journal
        self._crew = crew
        self._clock = clock
        self._lock = threading.Lock()
        self._due: float | None = 0.0
        self._began: datetime | None = None

    def __call__(self, session: Session) -> None:
        """Start looking where there is something to look for; neither raises nor waits for the broker."""
        if self._due is None or not self._is_turn():
            return
        try:
            if self._left_open():
                self._crew.start(lambda: self._look(session))
            else:
                self._due = None
        except JournalUnreadableError as error:
            _LOG.error("orders that were left open cannot be looked up: the journal cannot be read: %s", error)

    def _is_turn(self) -> bool:
        now = self._clock.monotonic()
        with self._lock:
            if self._due is None or now < self._due:
                return False
            self._due = now + _PAUSE_SECONDS
            self._began = self._began or self._clock.now()
            return True

    def _left_open(self) -> list[JournalEntry]:
        """Return what was open before this process began; its own orders are looked after by those who send them."""
        return [entry for entry in self._journal.open_entries() if self._began and entry.intent.made_at < self._began]

    def _look(self, session: Session) -> None:
        outcome = self._resolve(session)
        if not is_successful(outcome):
            _LOG.warning("orders that were left open could not be looked up: %s", outcome.failure().message)
            return
        now, left = self._clock.now(), self._left_open()
        if not any(now - entry.intent.made_at <= VISIBLE_WITHIN for entry in left):
            self._due = None
        _LOG.info(
            "%d orders that were left open have been found, %d stay unknown", outcome.unwrap().resolved, len(left)
        )
