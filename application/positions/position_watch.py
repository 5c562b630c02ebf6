"""Watching positions until they are as a command of the broker's own should have made them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.positions.books import Books
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class PositionWatch:
    """Reads the position book again and again until it shows what is expected."""

    books: Books
    clock: Clock
    timing: Timing

    def __call__(
        self, session: Session, expected: Mapping[PositionKey, int], deadline: Deadline
    ) -> dict[PositionKey, int]:
        """Return the net units of some positions, signed, once they are as expected or the deadline has come.

        They are those of the last book that could be read, and empty when none could.
        """
        seen: dict[PositionKey, int] = {}
        while True:
            seen = self._look(session, expected, deadline) or seen
            if seen == expected or not deadline.allows(self.clock.monotonic(), self.timing.poll):
                return seen
            self.clock.sleep(self.timing.poll)

    def _look(
        self, session: Session, keys: Mapping[PositionKey, int], deadline: Deadline
    ) -> dict[PositionKey, int] | None:
        positions = self.books.positions(session, deadline)
        if not is_successful(positions):
            return None
        nets = dict.fromkeys(keys, 0)
        for position in positions.unwrap():
            if position.key in nets:
                nets[position.key] += position.net
        return nets
