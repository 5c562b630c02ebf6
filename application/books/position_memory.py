"""What earlier reads of the day showed of a position, by which a later read is proven or doubted."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import final

from jainam_prop.domain.orders.order import Order
from jainam_prop.domain.positions.position_state import PositionState, agrees


@final
@dataclass(slots=True)
class PositionMemory:
    """Earlier reads of one position; only changed while its lock is held.

    Attributes:
        day: in India, as the broker's books have it.
        carried: signed units brought into the day, None while that is not known.
    """

    day: date
    carried: int | None
    _assumed_from: PositionState | None = None
    _working: frozenset[str] = frozenset()
    _traded: int | None = None
    _most_traded: int = 0
    _quiet_since: float = 0.0

    def proves(self, seen: PositionState) -> bool:
        """Whether the position book shows what was carried and every fill, by an order book that shows all it has.

        A figure for what was carried that was only concluded from a read proves nothing while the fills since then
        cancel out: a position book that is behind would pass, though the order book of that read may have had gaps.
        """
        if not agrees(seen, self.carried) or seen.traded < self._most_traded:
            return False
        first = self._assumed_from
        return first is None or first.traded == seen.traded or first.filled != seen.filled

    def learn(self, seen: PositionState) -> None:
        """Add a read that may be believed."""
        if agrees(seen, self.carried):
            if self._assumed_from is not None and self._assumed_from.filled != seen.filled:
                self._assumed_from = None
        else:
            self.carried, self._assumed_from = seen.net - seen.filled, seen

    def expect(self, orders: Iterable[Order]) -> None:
        """Add orders of this position, as an order book showed them: what works must be seen to end."""
        shown = {order.order_id: order for order in orders}
        missing = self._working - shown.keys()
        self._working = missing | {order_id for order_id, order in shown.items() if order.is_working}

    def lacks(self, orders: Iterable[Order]) -> bool:
        """Whether an order book leaves out an order of this position that worked when last seen."""
        return not self._working <= {order.order_id for order in orders}

    def quiet(self, seen: PositionState, now: float) -> float:
        """Return for how many seconds no fill has been added; ``now`` is monotonic."""
        if self._traded is None:
            self._quiet_since = now - seen.fill_age
        elif self._traded != seen.traded:
            self._quiet_since = now
        self._traded, self._most_traded = seen.traded, max(seen.traded, self._most_traded)
        return now - self._quiet_since
