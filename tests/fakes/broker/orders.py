"""The `OrderGateway` and `LinkedOrders` ports on the exchange in memory."""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar, final

from returns.result import Failure, Result

from jainam_prop.adapters.simulator.exchange.composite_orders import LinkedOrders
from jainam_prop.adapters.simulator.exchange.orders import Intake, Terms
from jainam_prop.adapters.simulator.http.sessions import LiveSession
from jainam_prop.adapters.simulator.vocabulary import SEGMENTS
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid, OutcomeUnknown
from jainam_prop.domain.orders.linked_order import BracketChange, BracketRequest, CoverIds, CoverRequest
from jainam_prop.domain.orders.order import OrderChange, OrderRequest, Validity
from jainam_prop.domain.sessions.session import Session
from tests.fakes.broker.calls import Call, Calls, account_for, client_of

_T = TypeVar("_T")


@final
class FakeOrderGateway:
    """Sends orders to the exchange in memory."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def place(
        self, session: Session, order: OrderRequest, timeout_seconds: float, *, exits: bool = False
    ) -> Result[str, BrokerError]:
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))

        def action(live: LiveSession) -> str:
            entry = self._calls.exchange.order_entry
            account, listing = account_for(live, session, "order"), self._calls.exchange.listing(order.instrument.key)
            intake = Intake(live.login.user_id, account, listing, order.side, _terms(order), order.identifier)
            return str(entry.place(intake).order_id)

        call = replace(_placing("place", session, timeout_seconds, order), exits=exits)
        return _marked(self._calls.command(call, action), order)

    def modify(self, session: Session, change: OrderChange, timeout_seconds: float) -> Result[str, BrokerError]:
        def action(account: str) -> None:
            self._calls.exchange.order_entry.modify(account, int(change.order_id), _terms(change))

        return _changing(self._calls, "modify", session, change.order_id, timeout_seconds, action)

    def cancel(self, session: Session, order_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        def action(account: str) -> None:
            self._calls.exchange.order_entry.cancel(account, int(order_id))

        return _changing(self._calls, "cancel", session, order_id, timeout_seconds, action, when_barred=True)


@final
class FakeLinkedOrders:
    """Sends cover and bracket orders to the exchange in memory."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls
        self._commands = LinkedOrders(calls.exchange)

    def place_cover(
        self, session: Session, order: CoverRequest, timeout_seconds: float
    ) -> Result[CoverIds, BrokerError]:
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))

        def action(live: LiveSession) -> CoverIds:
            first, stop = self._commands.place_cover(self._intake(session, live, order))
            return CoverIds(str(first.order_id), str(stop.order_id))

        return _marked(self._calls.command(_placing("cover_place", session, timeout_seconds, order), action), order)

    def exit_cover(self, session: Session, exit_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        def action(account: str) -> None:
            self._commands.exit_cover(account, int(exit_id))

        return _changing(self._calls, "cover_exit", session, exit_id, timeout_seconds, action)

    def place_bracket(
        self, session: Session, order: BracketRequest, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))

        def action(live: LiveSession) -> str:
            entry = self._intake(session, live, order)
            return str(self._commands.place_bracket(entry, order.target, order.stop_loss).order_id)

        return _marked(self._calls.command(_placing("bracket_place", session, timeout_seconds, order), action), order)

    def modify_bracket(
        self, session: Session, change: BracketChange, timeout_seconds: float
    ) -> Result[str, BrokerError]:
        def action(account: str) -> None:
            entry_id = int(change.order_id)
            self._commands.modify_bracket(account, entry_id, change.quantity, change.price, change.stop_loss)

        return _changing(self._calls, "bracket_modify", session, change.order_id, timeout_seconds, action)

    def cancel_bracket(self, session: Session, entry_id: str, timeout_seconds: float) -> Result[str, BrokerError]:
        def action(account: str) -> None:
            self._commands.cancel_bracket(account, int(entry_id))

        return _changing(self._calls, "bracket_cancel", session, entry_id, timeout_seconds, action, when_barred=True)

    def _intake(self, session: Session, live: LiveSession, order: CoverRequest | BracketRequest) -> Intake:
        listing = self._calls.exchange.listing(order.instrument.key)
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
        account = account_for(live, session, "order")
        return Intake(live.login.user_id, account, listing, order.side, terms, order.identifier, "", product)


def _placing(
    endpoint: str, session: Session, timeout_seconds: float, order: OrderRequest | CoverRequest | BracketRequest
) -> Call:
    """Return the call that places an order, with the fields by which faults pick their order."""
    fields = {
        "exchangeSegment": SEGMENTS[order.instrument.exchange],
        "exchangeInstrumentID": order.instrument.token,
        "orderSide": order.side,
        "productType": order.product,
        "orderUniqueIdentifier": order.identifier,
    }
    return Call(endpoint, "orders", session, timeout_seconds, fields | client_of(session))


def _changing(
    calls: Calls,
    endpoint: str,
    session: Session,
    order_id: str,
    timeout_seconds: float,
    action: Callable[[str], None],
    *,
    when_barred: bool = False,
) -> Result[str, BrokerError]:
    """Change or end an order, with its number as the answer; ``when_barred`` also where new orders are barred."""
    if session.account.trading_barrier and not when_barred:
        return Failure(Blocked(session.account.trading_barrier))
    if not order_id.isdigit():
        return Failure(Invalid((f"orderid {order_id!r} is not a number",)))

    def act(live: LiveSession) -> str:
        action(account_for(live, session, "order"))
        return order_id

    fields = {"appOrderID": order_id} | client_of(session)
    return calls.command(Call(endpoint, "orders", session, timeout_seconds, fields), act)


def _marked(
    outcome: Result[_T, BrokerError], order: OrderRequest | CoverRequest | BracketRequest
) -> Result[_T, BrokerError]:
    """Let an unknown outcome say by which identifier the order can be found."""
    return outcome.alt(
        lambda error: replace(error, identifier=order.identifier) if isinstance(error, OutcomeUnknown) else error
    )


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
