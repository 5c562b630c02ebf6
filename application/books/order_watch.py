"""Polling the order book for an order until it is as expected."""

from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from typing import Final, final

from returns.pipeline import is_successful

from jainam_prop.application.books.books import Books
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.orders.order import Order, OrderState, Side, bearing
from jainam_prop.domain.sessions.session import Session

_QUICK_SECONDS: Final = (0.08, 0.12)
"""First waits for the exchange's answer to a change, which normally comes within 200 ms."""
_REASON_SECONDS: Final = 0.5
"""An order that works and has a reject reason for so long after a change was refused the change."""
_CHANGING: Final = frozenset({OrderState.PENDING_REPLACE, OrderState.PENDING_CANCEL})


@final
@dataclass(frozen=True, slots=True)
class OrderWatch:
    """Reads the order book again and again, with backoff or at a fixed interval, until a deadline."""

    books: Books
    clock: Clock
    timing: Timing

    def find(self, session: Session, identifier: str, side: Side, deadline: Deadline) -> Order | None:
        """Return the order that was sent with a client order id, or None when no readable book shows it in time.

        None proves nothing: the broker shows an order only some time after it was accepted. All parts of a cover or
        bracket order carry the same id; ``side`` distinguishes the entry from its exits.
        """
        looks = 0
        while True:
            found = bearing(self.books.orders(session, deadline).value_or(()), identifier, side)
            if found is not None:
                return found
            wait = self.timing.looks[min(looks, len(self.timing.looks) - 1)]
            looks += 1
            if not deadline.allows(self.clock.monotonic(), wait):
                return None
            self.clock.sleep(wait)

    def until(
        self, session: Session, order_id: str, deadline: Deadline, condition: Callable[[Order], bool]
    ) -> Order | None:
        """Return the order once it meets a condition, or None at the deadline."""
        while True:
            orders = self.books.orders(session, deadline)
            if is_successful(orders):
                for order in orders.unwrap():
                    if order.order_id == order_id and condition(order):
                        return order
            if not deadline.allows(self.clock.monotonic(), self.timing.poll):
                return None
            self.clock.sleep(self.timing.poll)

    def until_answered(
        self,
        session: Session,
        reasons: Mapping[str, str | None],
        deadline: Deadline,
        is_done: Callable[[Order], bool],
    ) -> dict[str, Order]:
        """Wait for the exchange's answers to changes of orders that the broker accepted.

        An order is answered when it is as requested, when it has ended, or when the exchange refused the change: it
        works as before after it was seen changing, or with another reject reason.

        Args:
            session: the account of the orders.
            reasons: order ids, each with the reject reason before the change; None where it was not read.
            deadline: when the caller must have an answer.
            is_done: whether an order is as requested.

        Returns:
            The orders that were answered, by order id, as they were then.
        """
        answered: dict[str, Order] = {}
        changing: set[str] = set()
        began = self.clock.monotonic()
        waits = iter(_QUICK_SECONDS)
        while True:
            rows = self.books.orders(session, deadline).value_or(())
            for order in (row for row in rows if row.order_id in reasons and row.order_id not in answered):
                if order.state in _CHANGING:
                    changing.add(order.order_id)
                elif is_done(order) or order.order_id in changing or self._has_answer(order, reasons, began):
                    answered[order.order_id] = order
            wait = next(waits, self.timing.poll)
            if len(answered) == len(reasons) or not deadline.allows(self.clock.monotonic(), wait):
                return answered
            self.clock.sleep(wait)

    def _has_answer(self, order: Order, reasons: Mapping[str, str | None], began: float) -> bool:
        if order.state.is_terminal:
            return True
        before = reasons[order.order_id]
        if before is None:
            return bool(order.reason) and self.clock.monotonic() - began >= _REASON_SECONDS
        return order.reason not in {"", before}

    def until_ended(self, session: Session, order_ids: Set[str], deadline: Deadline) -> dict[str, Order]:
        """Wait until orders are terminal; return those that are by the deadline, by order id."""
        ended: dict[str, Order] = {}
        while len(ended) < len(order_ids):
            orders = self.books.orders(session, deadline)
            for order in orders.value_or(()):
                if order.order_id in order_ids and order.state.is_terminal:
                    ended[order.order_id] = order
            if not deadline.allows(self.clock.monotonic(), self.timing.poll):
                break
            if len(ended) < len(order_ids):
                self.clock.sleep(self.timing.poll)
        return ended
