"""The gate before every order: new risk may be held back, an exit passes as long as anything does."""

from typing import final

from returns.result import Result

from jainam_prop.application.breaker import CircuitBreaker
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.orders.trading_state import TradingState, admit


@final
class RiskGate:
    """Decides from the trading state and the circuit breaker whether an order may go."""

    def __init__(self, state: TradingState, breaker: CircuitBreaker) -> None:
        """Start in a trading state; the breaker is shared with whoever learns from orders and reads."""
        self._state = state
        self._breaker = breaker

    @property
    def wants_probe(self) -> bool:
        """Whether an answered read would let new risk through again."""
        return self._breaker.wants_probe()

    def admit(self, *, reduces: bool) -> Blocked | None:
        """Return why an order is held back, or None when it may go."""
        reason = admit(self._state, reduces=reduces)
        return self._breaker.admit(reduces=reduces) if reason is None else Blocked(reason)

    def record_read(self, outcome: Result[object, BrokerError]) -> None:
        """Learn from a read of a book whether the broker answers."""
        self._breaker.record_read(outcome)
