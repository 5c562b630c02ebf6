"""Looking up tokens and checking orders, under the names that OpenAlgo's plug-ins use."""

from collections.abc import Mapping

from returns.pipeline import is_successful

from jainam_prop.application.instruments.find import FindInstrument
from jainam_prop.domain.orders.ticket import read_ticket
from jainam_prop.entrypoints.openalgo.runtime import trading_app


def get_token_from_symbol(symbol: str, exchange: str) -> int:
    """Return the broker's number for an OpenAlgo symbol.

    Raises:
        ValueError: the exchange is unknown or does not list the symbol; the nearest symbols are named.
    """
    return FindInstrument(trading_app().instruments).token(symbol, exchange)


def validate_order_data(data: Mapping[str, object]) -> tuple[bool, str]:
    """Check an order without sending it.

    Returns:
        Whether it may be sent, and every problem in one message.
    """
    prepared = trading_app().checks.order(read_ticket(data))
    return (True, "") if is_successful(prepared) else (False, prepared.failure().message)
