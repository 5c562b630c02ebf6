"""The order that somebody wants to change, as the order book shows it."""

from collections.abc import Iterable

from returns.result import Failure, Result, Success

from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.orders.order import Order


def working_order(orders: Iterable[Order], order_id: str) -> Result[Order, BrokerError]:
    """Find an order that can still trade; one that is not shown, or has ended, is Invalid."""
    found = next((order for order in orders if order.order_id == order_id.strip()), None)
    if found is None:
        return Failure(Invalid((f"the order book does not show an order {order_id}",)))
    if not found.is_working:
        return Failure(Invalid((f"order {order_id} is {found.state.value} and cannot be changed",)))
    return Success(found)
