"""Taking orders out of the way: cancel them, and wait until the book shows that they ended."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import final

from returns.result import Result

from jainam_prop.application.order_canceller import OrderCanceller
from jainam_prop.application.order_watch import OrderWatch
from jainam_prop.application.ports.crew import Crew
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.pacing import Deadline
from jainam_prop.domain.session import Session


@final
@dataclass(frozen=True, slots=True)
class OrderClearance:
    """Cancels orders side by side; what came of it is for the next look at the books to say."""

    canceller: OrderCanceller
    watch: OrderWatch
    crew: Crew

    def __call__(
        self, session: Session, order_ids: Sequence[str], deadline: Deadline, waits_until: Deadline | None = None
    ) -> None:
        """Cancel orders and wait until all have ended, or for so long (by default until the deadline)."""
        if not order_ids:
            return
        self.crew.run([self._task(session, order_id, deadline) for order_id in order_ids])
        self.watch.until_ended(session, set(order_ids), waits_until or deadline)

    def _task(self, session: Session, order_id: str, deadline: Deadline) -> Callable[[], Result[str, BrokerError]]:
        return lambda: self.canceller(session, order_id, deadline)
