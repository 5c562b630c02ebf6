"""What earlier looks at positions taught, for as long as the day lasts."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias, final

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.market_data.calendar import book_day
from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.positions.exposure import Snapshot, agrees, carried_at_start
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Session

_Name: TypeAlias = tuple[str, str | None, PositionKey]


@dataclass(slots=True)
class Recollection:
    """What is known of one position; only changed while its guard is held.

    Attributes:
        day: in India, as the broker's books have it.
        carried: signed units brought into the day, None while that is not known.
    """

    day: date
    carried: int | None
    _assumed_from: Snapshot | None = None
    _working: frozenset[str] = frozenset()
    _traded: int | None = None
    _most_traded: int = 0
    _quiet_since: float = 0.0

    def proves(self, seen: Snapshot) -> bool:
        """Whether the position book shows what was carried and every fill, by an order book that shows all it has.

        A figure for what was carried that was only concluded from a look proves nothing while the fills since then
        cancel out: a position book that is behind would pass, though the order book of that look may have had gaps.
        """
        if not agrees(seen, self.carried) or seen.traded < self._most_traded:
            return False
        first = self._assumed_from
        return first is None or first.traded == seen.traded or first.filled != seen.filled

    def learn(self, seen: Snapshot) -> None:
        """Take in a look that may be believed."""
        if agrees(seen, self.carried):
            if self._assumed_from is not None and self._assumed_from.filled != seen.filled:
                self._assumed_from = None
        else:
            self.carried, self._assumed_from = seen.net - seen.filled, seen

    def expect(self, orders: Iterable[Order]) -> None:
        """Take in orders of this position, as an order book showed them: what works must be seen to end."""
        shown = {order.order_id: order for order in orders}
        missing = self._working - shown.keys()
        self._working = missing | {order_id for order_id, order in shown.items() if order.is_working}

    def lacks(self, orders: Iterable[Order]) -> bool:
        """Whether an order book leaves out an order of this position that worked when last seen."""
        return not self._working <= {order.order_id for order in orders}

    def quiet(self, seen: Snapshot, now: float) -> float:
        """Return for how many seconds no fill has been added; ``now`` is monotonic."""
        if self._traded is None:
            self._quiet_since = now - seen.fill_age
        elif self._traded != seen.traded:
            self._quiet_since = now
        self._traded, self._most_traded = seen.traded, max(seen.traded, self._most_traded)
        return now - self._quiet_since


@final
class ExposureMemory:
    """Remembers positions by account; safe to ask from many threads."""

    def __init__(self, clock: Clock) -> None:
        """Remember nothing yet."""
        self._clock = clock
        self._known: dict[_Name, Recollection] = {}
        self._lock = threading.Lock()

    def recall(self, session: Session, key: PositionKey) -> Recollection:
        """Return what is known of a position today; what was carried into another day says nothing."""
        today = book_day(self._clock.now())
        name = (session.user_id, session.account.client_id, key)
        with self._lock:
            known = self._known.get(name)
            if known is None or known.day != today:
                known = self._known[name] = Recollection(today, carried_at_start(key.product))
            return known
