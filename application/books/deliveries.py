"""Deliveries: shares sold out of the depository show as a negative CNC position, and are no short position."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import final

from returns.result import Failure, Result, Success

from jainam_prop.application.ports.books import Account
from jainam_prop.application.ports.runtime import Clock, Throttle
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.positions.account_books import Holding
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class Deliveries:
    """Compares negative CNC positions with the holdings; everything else costs no read."""

    account: Account
    throttle: Throttle
    clock: Clock

    def units(
        self, session: Session, positions: Iterable[tuple[PositionKey, int]], deadline: Deadline
    ) -> Result[dict[PositionKey, int], BrokerError]:
        """Return how many sold units of each position the depository covers; positions without any are left out.

        Args:
            session: the account of the positions.
            positions: keys with signed net units.
            deadline: when the caller must have an answer.

        Errors: Unreadable when the holdings cannot be read, so that nothing is known of them.
        """
        sold = {key: -net for key, net in positions if key.product == Product.CNC and net < 0}
        if not sold:
            return Success({})
        if not self.throttle.wait(CallFamily.HOLDINGS, deadline.remaining(self.clock.monotonic()), reduces=True):
            return Failure(Unreadable("the rate limit left no turn for the holdings in time"))
        held = self.account.holdings(session, deadline.remaining(self.clock.monotonic()))
        return held.map(lambda holdings: _covered(sold, holdings))


def _covered(sold: dict[PositionKey, int], holdings: Iterable[Holding]) -> dict[PositionKey, int]:
    shares = {key: holding.quantity for holding in holdings for key in holding.instruments}
    covered = {key: min(units, shares.get(key.instrument, 0)) for key, units in sold.items()}
    return {key: units for key, units in covered.items() if units > 0}
