"""Books from answers that were fetched elsewhere: the whole envelope, or its ``result`` alone."""

from collections.abc import Callable
from typing import Final, TypeVar, final

from returns.result import Failure, Result, Success

from jainam_prop.adapters.xts.wire.cells import UnreadableAnswer
from jainam_prop.adapters.xts.wire.replies.account import read_holdings
from jainam_prop.adapters.xts.wire.replies.envelope import envelope_of
from jainam_prop.adapters.xts.wire.replies.orders import read_orders, read_trades
from jainam_prop.adapters.xts.wire.replies.positions import read_positions
from jainam_prop.adapters.xts.wire.replies.refusals import is_empty_book, refusal
from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.orders.order import Order, Trade
from jainam_prop.domain.positions.position import Holding, Position

_Rows = TypeVar("_Rows")

_BAD_REQUEST: Final = 400
"""The status that errors come with; who hands over an answer has lost it, and no meaning depends on it here."""


@final
class XtsRawBooks:
    """The `RawBooks` port for XTS's answers."""

    def orders(self, answer: object) -> Result[tuple[Order, ...], BrokerError]:
        """Read an order book; see the port."""
        return _read(answer, read_orders)

    def trades(self, answer: object) -> Result[tuple[Trade, ...], BrokerError]:
        """Read a trade book; see the port."""
        return _read(answer, read_trades)

    def positions(self, answer: object) -> Result[tuple[Position, ...], BrokerError]:
        """Read net positions; see the port."""
        return _read(answer, read_positions)

    def holdings(self, answer: object) -> Result[tuple[Holding, ...], BrokerError]:
        """Read holdings; see the port."""
        return _read(answer, read_holdings)


def _read(answer: object, read: Callable[[object], _Rows]) -> Result[_Rows, BrokerError]:
    envelope = envelope_of(answer)
    if envelope is not None and not envelope.succeeded and not is_empty_book(envelope):
        return Failure(refusal(_BAD_REQUEST, envelope))
    try:
        return Success(read(answer if envelope is None else envelope.result or []))
    except UnreadableAnswer as problem:
        return Failure(Unreadable(str(problem)))
