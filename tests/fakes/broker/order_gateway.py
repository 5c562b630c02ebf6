"""The `OrderGateway` port straight on the simulated exchange."""

from collections.abc import Callable
from typing import final

from returns.result import Failure, Result

from jainam_prop.adapters.simulator.exchange.orders import Intake, Terms
from jainam_prop.adapters.simulator.http.sessions import LiveSession, account_of
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid
from jainam_prop.domain.orders.order import OrderChange, OrderRequest
from jainam_prop.domain.sessions.session import Session
from tests.fakes.broker.access import DirectDoor, Errand, client_of
from tests.fakes.broker.commands import marked, order_fields


@final
class DirectOrderGateway:
    """Sends commands to the exchange in memory."""

    def __init__(self, door: DirectDoor) -> None:
        self._door = door

    def place(self, session: Session, order: OrderRequest, timeout_seconds: float) -> Result[str, BrokerError]:
        """Send one order; see the port."""
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))

        def action(live: LiveSession) -> str:
            desk = self._door.exchange.order_entry
            account = account_of(live.login, client_of(session), "order")
            listing = desk.listing(order.instrument.key)
            intake = Intake(live.login.user_id, account, listing, order.side, _terms(order), order.identifier)
            return str(desk.place(intake).order_id)

        fields = order_fields(order) | client_of(session)
        errand = Errand("place", "orders", session.interactive_token, timeout_seconds, fields)
        return self._door.command(errand, action).alt(lambda error: marked(error, order.identifier))

    def modify(self, session: Session, change: OrderChange, timeout_seconds: float) -> Result[str, BrokerError]:
        """Send new terms for a working order; see the port."""
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))

        def action(live: LiveSession) -> str:
            account = account_of(live.login, client_of(session), "order")
            self._door.exchange.order_entry.modify(account, int(change.order_id), _terms(change))
            return change.order_id

        return self._command(_errand("modify", change.order_id, session, timeout_seconds), change.order_id, action)

    def cancel(self, session: Session, order_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        """Ask for one working order to be cancelled; see the port. Also where new orders are barred."""

        def action(live: LiveSession) -> str:
            account = account_of(live.login, client_of(session), "order")
            self._door.exchange.order_entry.cancel(account, int(order_id))
            return order_id

        return self._command(_errand("cancel", order_id, session, timeout_seconds), order_id, action)

    def _command(self, errand: Errand, order_id: str, action: Callable[[LiveSession], str]) -> Result[str, BrokerError]:
        if not order_id.isdigit():
            return Failure(Invalid((f"orderid {order_id!r} is not a number",)))
        return self._door.command(errand, action)


def _errand(endpoint: str, order_id: str, session: Session, timeout_seconds: float) -> Errand:
    fields = {"appOrderID": order_id} | client_of(session)
    return Errand(endpoint, "orders", session.interactive_token, timeout_seconds, fields)


def _terms(order: OrderRequest | OrderChange) -> Terms:
    return Terms(
        product=str(order.product),
        price_type=order.price_type,
        quantity=order.quantity,
        price=order.price,
        trigger=order.trigger_price,
        disclosed=order.disclosed_quantity,
        validity=order.validity,
    )
