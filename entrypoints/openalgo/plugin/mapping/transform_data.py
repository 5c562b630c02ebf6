"""Looking up tokens and checking orders."""

from collections.abc import Mapping

from jainam_prop.entrypoints.openalgo import transform_data


def get_token_from_symbol(symbol: str, exchange: str) -> int:
    """Return the broker's number for a symbol; raises when it is not listed."""
    return transform_data.get_token_from_symbol(symbol, exchange)


def validate_order_data(data: Mapping[str, object]) -> tuple[bool, str]:
    """Check an order without sending it, and name every problem."""
    return transform_data.validate_order_data(data)
