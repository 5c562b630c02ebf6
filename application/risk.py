"""The risk gate before every order: the trading state and the circuit breaker."""

import logging
import threading
from collections.abc import Callable
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.books.books import Books
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.orders.circuit_breaker import Circuit, CircuitRule, CircuitState, ResponseKind, response_kind
from jainam_prop.domain.orders.trading_state import TradingState, admit
from jainam_prop.domain.sessions.session import Session

_LOG: Final = logging.getLogger(__name__)


@final
class RiskGate:
    """Holds back new risk by the trading state, and while the broker does not answer orders.

    One gate is shared by all threads of a process. Exits pass as long as anything does.
    """

    def __init__(self, state: TradingState, books: Books, clock: Clock, rule: CircuitRule | None = None) -> None:
        """Start in a trading state, with the circuit breaker closed."""
        self._state = state
        self._books = books
        self._clock = clock
        self._circuit = Circuit(rule or CircuitRule())
        self._lock = threading.Lock()

    def admit(self, *, reduces: bool) -> Blocked | None:
        """Return why an order is held back, or None when it may be sent."""
        reason = admit(self._state, reduces=reduces)
        if reason is None:
            reason = self._circuit.admit(self._clock.monotonic(), reduces=reduces)
        return None if reason is None else Blocked(reason)

    def probe_and_admit(self, session: Session, deadline: Deadline, *, reduces: bool = False) -> Blocked | None:
        """Return why an order is held back, after a read of the order book where an answer closes the breaker."""
        if not reduces and self._circuit.state(self._clock.monotonic()) is CircuitState.HALF_OPEN:
            self.record_read(self._books.orders(session, deadline))
        return self.admit(reduces=reduces)

    def record_order(self, outcome: Result[object, BrokerError]) -> None:
        """Count the answer to one order before its reconciliation: a lost reply is no answer."""
        self._record(Circuit.after_order, outcome)

    def record_read(self, outcome: Result[object, BrokerError]) -> None:
        """Count a read of a book, which may close the breaker."""
        self._record(Circuit.after_read, outcome)

    def _record(
        self, event: Callable[[Circuit, ResponseKind, float], Circuit], outcome: Result[object, BrokerError]
    ) -> None:
        kind = ResponseKind.ANSWERED if is_successful(outcome) else response_kind(outcome.failure())
        now = self._clock.monotonic()
        with self._lock:
            before = self._circuit
            after = self._circuit = event(before, kind, now)
        if (before.opened_at is None) != (after.opened_at is None):
            _LOG.warning("circuit breaker %s", "closed" if after.opened_at is None else "opened")
