"""A shared trading state in memory."""

from returns.result import Failure, Result, Success

from jainam_prop.domain.errors import BrokerError, Unreadable
from jainam_prop.domain.orders.trading_state import TradingState


class InMemoryTradingState:
    """Remembers a state; ``unreadable`` is why it cannot be read, ``loads`` counts the reads."""

    def __init__(self) -> None:
        self.loads = 0
        self.unreadable: str | None = None
        self._state = TradingState.ACTIVE

    def load(self) -> Result[TradingState, BrokerError]:
        self.loads += 1
        return Success(self._state) if self.unreadable is None else Failure(Unreadable(self.unreadable))

    def save(self, state: TradingState) -> Result[None, BrokerError]:
        self._state = state
        return Success(None)
