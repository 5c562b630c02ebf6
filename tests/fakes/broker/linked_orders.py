"""The `LinkedOrders` port straight on the simulated exchange."""

from collections.abc import Callable
from typing import final

from returns.result import Failure, Result

from jainam_prop.adapters.simulator.exchange.composite_orders import LinkedOrders
from jainam_prop.adapters.simulator.exchange.orders import Intake, Terms
from jainam_prop.adapters.simulator.http.sessions import LiveSession, account_of
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid
from jainam_prop.domain.orders.linked_order import BracketChange, BracketRequest, CoverIds, CoverRequest
from jainam_prop.domain.orders.order import Validity
from jainam_prop.domain.sessions.session import Session
from tests.fakes.broker.access import DirectDoor, Errand, client_of
from tests.fakes.broker.commands import marked, order_fields


@final
class DirectLinkedOrders:
    """Sends commands about linked orders to the exchange in memory."""

    def __init__(self, door: DirectDoor) -> None:
        self._door = door
        self._desk = LinkedOrders(door.exchange)

    def place_cover(
        self, session: Session, order: CoverRequest, timeout_seconds: float
    ) -> Result[CoverIds, BrokerError]:
        """Send a cover order; see the port."""
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))

        def action(live: LiveSession) -> CoverIds:
            first, stop = self._desk.place_cover(self._intake(session, live, order))
            return CoverIds(str(first.order_id), str(stop.order_id))

        errand = _errand("cover_place", session, timeout_seconds, order_fields(order))
        return self._door.command(errand, action).alt(lambda error: marked(error, order.identifier))

    def exit_cover(self, session: Session, exit_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for a cover order's stop to be turned into a market order; see the port."""
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))

        def action(account: str) -> None:
            self._desk.exit_cover(account, int(exit_id))

        return self._command("cover_exit", session, exit_id, timeout_seconds, action)

    def place_bracket(
        self, session: Session, order: BracketRequest, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        """Send a bracket order; see the port."""
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))

        def action(live: LiveSession) -> str:
            entry = self._intake(session, live, order)
            return str(self._desk.place_bracket(entry, order.target, order.stop_loss).order_id)

        errand = _errand("bracket_place", session, timeout_seconds, order_fields(order))
        return self._door.command(errand, action).alt(lambda error: marked(error, order.identifier))

    def modify_bracket(
        self, session: Session, change: BracketChange, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        """Send new terms for a bracket; see the port."""
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))

        def action(account: str) -> None:
            entry_id = int(change.order_id)
            self._desk.modify_bracket(account, entry_id, change.quantity, change.price, change.stop_loss)

        return self._command("bracket_modify", session, change.order_id, timeout_seconds, action)

    def cancel_bracket(self, session: Session, entry_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for the end of a bracket; see the port. Also where new orders are barred."""

        def action(account: str) -> None:
            self._desk.cancel_bracket(account, int(entry_id))

        return self._command("bracket_cancel", session, entry_id, timeout_seconds, action)

    def _intake(self, session: Session, live: LiveSession, order: CoverRequest | BracketRequest) -> Intake:
        account = account_of(live.login, client_of(session), "order")
        listing = self._door.exchange.order_entry.listing(order.instrument.key)
        product = order.product.value
        terms = Terms(
            product,
            order.price_type,
            order.quantity,
            order.price,
            order.trigger_price,
            order.disclosed_quantity,
            Validity.DAY,
        )
        return Intake(live.login.user_id, account, listing, order.side, terms, order.identifier, "", product)

    def _command(
        self, endpoint: str, session: Session, order_id: str, timeout_seconds: float, action: Callable[[str], None]
    ) -> Result[str, BrokerError]:
        if not order_id.isdigit():
            return Failure(Invalid((f"orderid {order_id!r} is not a number",)))

        def act(live: LiveSession) -> str:
            action(account_of(live.login, client_of(session), "order"))
            return order_id

        return self._door.command(_errand(endpoint, session, timeout_seconds, {"appOrderID": order_id}), act)


def _errand(endpoint: str, session: Session, timeout_seconds: float, fields: dict[str, object]) -> Errand:
    return Errand(endpoint, "orders", session.interactive_token, timeout_seconds, fields | client_of(session))
