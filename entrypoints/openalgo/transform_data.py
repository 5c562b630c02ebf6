"""Looking up tokens and checking orders, under the names that OpenAlgo's plug-ins use."""

from collections.abc import Mapping

from returns.pipeline import is_successful

from jainam_prop.application.order_preparation import prepare
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.ticket import TicketReader, read_ticket
from jainam_prop.entrypoints.openalgo.runtime import desk


def get_token_from_symbol(symbol: str, exchange: str) -> int:
    """Return the broker's number for an OpenAlgo symbol.

    Raises:
        ValueError: the exchange is unknown or does not list the symbol; the nearest symbols are named.
    """
    reader = TicketReader({"symbol": symbol, "exchange": exchange})
    what, where = reader.text("symbol"), reader.word("exchange", Exchange)
    if what is None or where is None:
        raise ValueError("; ".join(reader.problems))
    instruments = desk().instruments
    instrument = instruments.find(what, where)
    if instrument is None:
        near = ", ".join(instruments.nearest(what, where))
        message = f"{what!r} is not listed on {where}" + (f": did you mean {near}?" if near else "")
        raise ValueError(message)
    return instrument.token


def validate_order_data(data: Mapping[str, object]) -> tuple[bool, str]:
    """Check an order without sending it.

    Returns:
        Whether it may be sent, and every problem in one message.
    """
    prepared = prepare(read_ticket(data), desk().instruments)
    return (True, "") if is_successful(prepared) else (False, prepared.failure().message)
