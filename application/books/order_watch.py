"""Waiting for a state of an order: after a lost reply, a change that the exchange must answer, or a cancel.

With a current order feed its events are waited for; without one the order book is read again and again.
"""

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Final, final

from jainam_prop.application.books.account import AccountStates
from jainam_prop.application.books.books import Books
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.orders.order import Order, OrderState, Side, bearing
from jainam_prop.domain.sessions.session import Session

_QUICK_SECONDS: Final = (0.08, 0.12)
"""First waits for the exchange's answer to a change, which normally comes within 200 ms."""
_REASON_SECONDS: Final = 0.5
"""An order that works and has a reject reason for so long after a change was refused the change."""
_SILENCE_SECONDS: Final = 1.0
"""For so long only events are waited for; then the order book is read too, since one may have been lost."""
_CHANGING: Final = frozenset({OrderState.PENDING_REPLACE, OrderState.PENDING_CANCEL})


@final
@dataclass(frozen=True, slots=True)
class OrderWatch:
    """Looks at the orders of an account until a deadline, after each event or after a wait."""

    books: Books
    states: AccountStates
    clock: Clock
    timing: Timing

    def find(self, session: Session, identifier: str, side: Side, deadline: Deadline) -> Order | None:
        """Return the order that was sent with a client order id, or None when nothing shows it in time.

        None proves nothing: the broker shows an order only some time after it was accepted. All parts of a cover or
        bracket order carry the same id; ``side`` distinguishes the entry from its exits.
        """
        looks = self._looks(session, deadline, self.timing.looks, self.timing.looks[-1])
        return next((found for rows in looks if (found := bearing(rows, identifier, side)) is not None), None)

    def until(
        self, session: Session, order_id: str, deadline: Deadline, condition: Callable[[Order], bool]
    ) -> Order | None:
        """Return the order once it meets a condition, or None at the deadline."""
        looks = chain.from_iterable(self._looks(session, deadline))
        return next((order for order in looks if order.order_id == order_id and condition(order)), None)

    def until_answered(
        self, session: Session, reasons: Mapping[str, str | None], deadline: Deadline, is_done: Callable[[Order], bool]
    ) -> dict[str, Order]:
        """Wait for the exchange's answers to changes of orders that the broker accepted.

        An order is answered when it is as requested, when it has ended, or when the exchange refused the change: it
        has another reject reason. That it works as before tells nothing: rows come late and out of order.

        Args:
            session: the account of the orders.
            reasons: order ids, each with the reject reason before the change; None where it was not read.
            deadline: when the caller must have an answer.
            is_done: whether an order is as requested.

        Returns:
            The orders that were answered, by order id, as they were then.
        """
        answered: dict[str, Order] = {}
        began = self.clock.monotonic()
        for rows in self._looks(session, deadline, _QUICK_SECONDS):
            for order in (row for row in rows if row.order_id in reasons and row.order_id not in answered):
                if order.state not in _CHANGING and (is_done(order) or self._has_answer(order, reasons, began)):
                    answered[order.order_id] = order
            if len(answered) == len(reasons):
                break
        return answered

    def until_ended(self, session: Session, order_ids: Set[str], deadline: Deadline) -> dict[str, Order]:
        """Wait until orders are terminal; return those that are by the deadline, by order id."""
        ended: dict[str, Order] = {}
        for rows in self._looks(session, deadline) if order_ids else ():
            ended |= {row.order_id: row for row in rows if row.order_id in order_ids and row.state.is_terminal}
            if len(ended) == len(order_ids):
                break
        return ended

    def _has_answer(self, order: Order, reasons: Mapping[str, str | None], began: float) -> bool:
        if order.state.is_terminal:
            return True
        before = reasons[order.order_id]
        if before is None:
            return bool(order.reason) and self.clock.monotonic() - began >= _REASON_SECONDS
        return order.reason not in {"", before}

    def _looks(
        self, session: Session, deadline: Deadline, waits: tuple[float, ...] = (), then: float | None = None
    ) -> Iterator[tuple[Order, ...]]:
        """Yield the orders of the account again and again until the deadline; nothing of a book that cannot be read."""
        account, began = self.states.of(session), self.clock.monotonic()
        for wait in chain(waits, repeat(self.timing.poll if then is None else then)):
            version = account.version
            if account.is_current() and self.clock.monotonic() - began < _SILENCE_SECONDS:
                yield account.orders()
            else:
                yield self.books.orders(session, deadline).value_or(())
            if not deadline.allows(self.clock.monotonic(), wait):
                return
            account.wait_for_change(version, wait)
