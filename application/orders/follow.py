"""Following orders by their events: events resolve what the journal has as unknown, and gaps are filled from books."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, final

from returns.pipeline import is_successful

from jainam_prop.application.books.account import AccountStates, LiveAccount
from jainam_prop.application.books.books import Books
from jainam_prop.application.ports.journal import OrderJournal
from jainam_prop.application.ports.market_data import OrderFeed
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.recovery import Recovery
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import Order, OrderState
from jainam_prop.domain.orders.order_event import OrderFeedEvent
from jainam_prop.domain.sessions.session import Session

_LOG: Final = logging.getLogger(__name__)


@final
@dataclass(frozen=True, slots=True)
class FollowOrders:
    """Starts the order feed and keeps the account's state and the journal in step with it."""

    feed: OrderFeed
    states: AccountStates
    journal: OrderJournal
    recovery: Recovery
    books: Books
    clock: Clock
    timing: Timing

    def __call__(self, on_event: Callable[[OrderFeedEvent], None]) -> OrderFeed:
        """Hand on every event, and after every connection each order of the book, for what was missed meanwhile.

        The two may come at once from two threads. It needs no session, since the feed waits for one. The caller closes
        the feed that it gets.
        """
        accounts: list[LiveAccount] = []

        def heard(event: OrderFeedEvent) -> None:
            for account in accounts[-1:]:
                account.hear(event)
            try:
                if isinstance(event, Order):
                    self._note(event)
            finally:  # a journal that cannot be written keeps no event back
                on_event(event)

        def connected(session: Session) -> None:
            account = self.states.of(session)
            accounts.append(account)
            del accounts[:-1]
            account.feed_connected(lambda: self.feed.health().is_connected)
            self._catch_up(session, on_event)

        self.feed.start(heard, connected)
        return self.feed

    def _note(self, order: Order) -> None:
        """Resolve an intent of unknown fate; one whose reply is still awaited belongs to its sender."""
        for entry in self.journal.open_entries() if order.identifier else ():
            intent = entry.intent
            same = (intent.identifier, intent.side) == (order.identifier, order.side.value)
            if same and entry.state is IntentState.UNKNOWN:
                rejected = order.state is OrderState.REJECTED and order.filled == 0
                state = IntentState.REJECTED if rejected else IntentState.RESOLVED
                self.journal.note(order.identifier, state, order.order_id, order.reason or order.state.value)

    def _catch_up(self, session: Session, on_event: Callable[[OrderFeedEvent], None]) -> None:
        resolved = self.recovery.resolve(session)
        if not is_successful(resolved):
            _LOG.warning("The journal could not be compared with the order book after a gap")
        orders = self.books.orders(session, Deadline(self.clock.monotonic() + self.timing.call))
        if not is_successful(orders):
            _LOG.warning("The order book could not be read after a gap; later events go on")
            return
        for order in orders.unwrap():
            on_event(order)
