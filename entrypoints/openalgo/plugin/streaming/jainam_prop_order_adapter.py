"""Order updates for the host's event bus."""

from jainam_prop.entrypoints.openalgo import order_updates


def create_jainam_prop_order_adapter(user_id: str) -> order_updates.OrderUpdates | None:
    """Return an adapter for a user of the host; None where settings are missing."""
    return order_updates.create_jainam_prop_order_adapter(user_id)
