"""The net position of one contract and product, strictly: known, or openly unknown."""

from dataclasses import dataclass
from typing import final

from returns.result import Failure, Result

from jainam_prop.application.ports.instruments import InstrumentStore
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.positions.books import Books
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, Invalid
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.order import Product
from jainam_prop.domain.positions.position import Position, PositionKey
from jainam_prop.domain.sessions.session import Session


@final
@dataclass(frozen=True, slots=True)
class OpenPosition:
    """Looks one position up by exchange, token and product; the symbol only leads to the token."""

    instruments: InstrumentStore
    books: Books
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, symbol: str, exchange: Exchange, product: Product) -> Result[int, BrokerError]:
        """Return the signed net units; zero only when the book was read and does not hold the contract."""
        instrument = self.instruments.find(symbol, exchange)
        if instrument is None:
            return Failure(Invalid((f"symbol {symbol!r} is not listed on {exchange}",)))
        key = PositionKey(instrument.key, product)
        deadline = Deadline(self.clock.monotonic() + self.timing.call)

        def net(positions: tuple[Position, ...]) -> int:
            return sum(position.net for position in positions if position.key == key)

        return self.books.positions(session, deadline).map(net)
