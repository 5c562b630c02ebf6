"""Reading what is held and under way, and refusing to guess while the books disagree."""

from collections.abc import Iterable, Sequence
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result

from jainam_prop.application.ports.journal import OrderJournal
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.positions.books import Books
from jainam_prop.application.positions.exposure_judge import ExposureJudge, Looks, Reading
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.positions.position import Position, PositionKey
from jainam_prop.domain.sessions.session import Session

__all__ = ["ExposureReader", "Reading"]


@final
class ExposureReader:
    """Reads positions until order book, position book and journal agree on each, or the deadline comes.

    Only reads that begin after a call are used for it; hold the guards of the positions around it.
    """

    def __init__(self, books: Books, journal: OrderJournal, clock: Clock, timing: Timing) -> None:
        """Read through shared books, so that concurrent callers cost one request."""
        self._books = books
        self._clock = clock
        self._timing = timing
        self._judge = ExposureJudge(books, journal, clock)

    def one(self, session: Session, key: PositionKey, deadline: Deadline) -> Reading:
        """Return the snapshot of one position; `Unreadable` when it is not certain in time.

        An order of ours whose fate is unknown makes it uncertain.
        """
        return self._read(session, (key,), deadline, tolerant=False)[key]

    def many(self, session: Session, keys: Sequence[PositionKey], deadline: Deadline) -> dict[PositionKey, Reading]:
        """Return the snapshots of several positions, each certain or `Unreadable`, for the price of one read.

        Orders of unknown fate do not stand in the way of an exit: `Snapshot.safe_to_close` takes them into account.
        """
        return self._read(session, keys, deadline, tolerant=True)

    def look(
        self, session: Session, keys: Sequence[PositionKey], deadline: Deadline, not_before: float
    ) -> dict[PositionKey, Reading]:
        """Look once, as `many`, without waiting for the books to agree, and with books read since a moment.

        Args:
            session: whose positions.
            keys: which.
            deadline: when the caller must have an answer.
            not_before: monotonic seconds.
        """
        return self._look(session, keys, deadline, not_before, tolerant=True)

    def expect(self, session: Session, orders: Iterable[Order]) -> None:
        """Take in orders that were seen working: a book that leaves one of them out is not believed."""
        self._judge.expect(session, orders)

    def hidden(
        self, session: Session, orders: Iterable[Order], positions: Iterable[Position]
    ) -> Result[tuple[PositionKey, ...], BrokerError]:
        """Return the positions that these books do not show open, but that may be: fills that are not in yet."""
        return self._judge.hidden(session, Looks(tuple(orders), tuple(positions)))

    def _read(
        self, session: Session, keys: Sequence[PositionKey], deadline: Deadline, *, tolerant: bool
    ) -> dict[PositionKey, Reading]:
        readings: dict[PositionKey, Reading] = {}
        pending = list(keys)
        while pending:
            readings |= self._look(session, pending, deadline, self._clock.monotonic(), tolerant=tolerant)
            pending = [key for key in pending if not is_successful(readings[key])]
            # A look for which hardly any time is left would only hide why the last one was not believed.
            if not pending or not deadline.allows(self._clock.monotonic(), 2 * self._timing.poll):
                break
            self._clock.sleep(self._timing.poll)
        return readings

    def _look(
        self, session: Session, keys: Sequence[PositionKey], deadline: Deadline, moment: float, *, tolerant: bool
    ) -> dict[PositionKey, Reading]:
        """Read positions before orders, so that a fill in between is seen as one that the positions lack."""
        looked = self._books.positions(session, deadline, moment).bind(
            lambda positions: self._books.orders(session, deadline, moment).map(lambda orders: Looks(orders, positions))
        )
        if not is_successful(looked):
            return {key: Failure(looked.failure()) for key in keys}
        return {key: self._judge(session, key, looked.unwrap(), deadline, tolerant=tolerant) for key in keys}
