"""Commands about linked orders and positions that survive a dead token, as the ports in `renewing` do."""

from typing import final

from returns.result import Result

from jainam_prop.application.ports.trading import LinkedOrders, PositionGateway
from jainam_prop.application.sessions.renewing import SessionRetry
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.linked_order import BracketChange, BracketRequest, CoverIds, CoverRequest
from jainam_prop.domain.positions.conversion import Conversion
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Session


@final
class RenewingLinkedOrders:
    """`LinkedOrders` whose sessions do not expire; one intent is still taken at most once."""

    def __init__(self, inner: LinkedOrders, retry: SessionRetry) -> None:
        self._inner = inner
        self._retry = retry

    def place_cover(
        self, session: Session, order: CoverRequest, timeout_seconds: float
    ) -> Result[CoverIds, BrokerError]:
        """Send a cover order."""
        return self._retry.trading(
            session, timeout_seconds, lambda live, left: self._inner.place_cover(live, order, left)
        )

    def exit_cover(self, session: Session, exit_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for the stop of a cover order to be turned into a market order."""
        return self._retry.trading(
            session, timeout_seconds, lambda live, left: self._inner.exit_cover(live, exit_id, left)
        )

    def place_bracket(
        self, session: Session, order: BracketRequest, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        """Send a bracket order."""
        return self._retry.trading(
            session, timeout_seconds, lambda live, left: self._inner.place_bracket(live, order, left)
        )

    def modify_bracket(
        self, session: Session, change: BracketChange, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        """Send new terms for a bracket."""
        return self._retry.trading(
            session, timeout_seconds, lambda live, left: self._inner.modify_bracket(live, change, left)
        )

    def cancel_bracket(self, session: Session, entry_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for everything of a bracket that still works to be cancelled."""
        return self._retry.trading(
            session, timeout_seconds, lambda live, left: self._inner.cancel_bracket(live, entry_id, left)
        )


@final
class RenewingPositionGateway:
    """A `PositionGateway` whose sessions do not expire."""

    def __init__(self, inner: PositionGateway, retry: SessionRetry) -> None:
        self._inner = inner
        self._retry = retry

    def convert(
        self, session: Session, conversion: Conversion, timeout_seconds: float, *, of_today: bool
    ) -> Result[None, BrokerError]:
        """Ask for units to be carried under another product."""
        return self._retry.trading(
            session,
            timeout_seconds,
            lambda live, left: self._inner.convert(live, conversion, left, of_today=of_today),
        )

    def square_off(
        self, session: Session, key: PositionKey, quantity: int, timeout_seconds: float
    ) -> Result[None, BrokerError]:
        """Ask the broker to close so many units of a position."""
        return self._retry.trading(
            session, timeout_seconds, lambda live, left: self._inner.square_off(live, key, quantity, left)
        )

    def square_off_all(self, session: Session, timeout_seconds: float) -> Result[None, BrokerError]:
        """Ask the broker to close every position of the account."""
        return self._retry.trading(session, timeout_seconds, self._inner.square_off_all)
