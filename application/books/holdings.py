"""Holdings, and the deliveries among the positions: shares sold out of the depository are no short position."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from threading import Lock
from typing import Final, TypeAlias, final

from returns.result import Result, Success

from jainam_prop.application.books.books import CoalescedRead
from jainam_prop.application.ports.books import Account
from jainam_prop.application.ports.runtime import Clock, Throttle
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.positions.position import Holding, PositionKey
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.domain.sessions.session import Session

_NEW_SECONDS: Final = 10.0
"""Age up to which a read is good enough: the broker allows one in so much time, and trades do not change holdings."""

_Reads: TypeAlias = dict[tuple[str, str | None], CoalescedRead[tuple[Holding, ...]]]


@final
@dataclass(frozen=True, slots=True)
class Holdings:
    """Reads the holdings, at most once in ten seconds, and compares negative CNC positions with them."""

    account: Account
    throttle: Throttle
    clock: Clock
    _reads: _Reads = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def read(
        self, session: Session, deadline: Deadline, *, urgent: bool = True
    ) -> Result[tuple[Holding, ...], BrokerError]:
        """Return the holdings as they were in the last ten seconds; ``urgent`` as in `CoalescedRead.get`."""
        with self._lock:
            owner = (session.user_id, session.account.client_id)
            shared = self._reads.setdefault(owner, CoalescedRead(CallFamily.HOLDINGS, self.throttle, self.clock))
        return shared.get(
            lambda seconds: self.account.holdings(session, seconds),
            self.clock.monotonic() - _NEW_SECONDS,
            deadline,
            urgent=urgent,
        )

    def delivered(
        self, session: Session, positions: Iterable[tuple[PositionKey, int]], deadline: Deadline
    ) -> Result[dict[PositionKey, int], BrokerError]:
        """Return how many sold units of each position the depository covers; positions without any are left out.

        Only negative CNC positions cost a read.

        Args:
            session: the account of the positions.
            positions: keys with signed net units.
            deadline: when the caller must have an answer.

        Errors: Unreadable when the holdings cannot be read, so that nothing is known of them.
        """
        sold = {key: -net for key, net in positions if key.product == Product.CNC and net < 0}
        if not sold:
            return Success({})
        return self.read(session, deadline).map(lambda holdings: _covered(sold, holdings))


def _covered(sold: dict[PositionKey, int], holdings: Iterable[Holding]) -> dict[PositionKey, int]:
    shares = {key: holding.quantity for holding in holdings for key in holding.instruments}
    covered = {key: min(units, shares.get(key.instrument, 0)) for key, units in sold.items()}
    return {key: units for key, units in covered.items() if units > 0}
