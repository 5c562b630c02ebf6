"""Asking whether a command may go now, after a look at the books where its answer would change that."""

from dataclasses import dataclass
from typing import final

from jainam_prop.application.positions.books import Books
from jainam_prop.application.risk_gate import RiskGate
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class Admission:
    """Lets commands pass whose effect on risk is known beforehand, such as a cover order, while the gate does."""

    gate: RiskGate
    books: Books

    def __call__(self, session: Session, deadline: Deadline, *, reduces: bool = False) -> Blocked | None:
        """Return why a command is held back, or None when it may go."""
        if not reduces and self.gate.wants_probe:
            self.gate.record_read(self.books.orders(session, deadline))
        return self.gate.admit(reduces=reduces)
