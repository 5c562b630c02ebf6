"""The circuit breaker that all threads of a process share."""

import logging
import threading
from collections.abc import Callable
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.ports.runtime import Clock
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.orders.circuit_breaker import Circuit, CircuitRule, CircuitState, Lesson, lesson_of

_LOG: Final = logging.getLogger(__name__)


@final
class CircuitBreaker:
    """Holds back new risk while the broker does not answer orders; exits always pass."""

    def __init__(self, clock: Clock, rule: CircuitRule | None = None) -> None:
        """Start closed."""
        self._clock = clock
        self._circuit = Circuit(rule or CircuitRule())
        self._lock = threading.Lock()

    def admit(self, *, reduces: bool) -> Blocked | None:
        """Return why an order is held back, or None when it may go."""
        reason = self._circuit.admit(self._clock.monotonic(), reduces=reduces)
        return None if reason is None else Blocked(reason)

    def wants_probe(self) -> bool:
        """Whether a read is wanted now, since its answer would close the circuit; see `record_read`."""
        return self._circuit.state(self._clock.monotonic()) is CircuitState.HALF_OPEN

    def record_order(self, outcome: Result[object, BrokerError]) -> None:
        """Learn from what became of one order, before its reconciliation: a lost reply is no answer."""
        self._learn(Circuit.after_order, outcome)

    def record_read(self, outcome: Result[object, BrokerError]) -> None:
        """Learn from a read of a book."""
        self._learn(Circuit.after_read, outcome)

    def _learn(self, event: Callable[[Circuit, Lesson, float], Circuit], outcome: Result[object, BrokerError]) -> None:
        lesson = Lesson.ANSWERED if is_successful(outcome) else lesson_of(outcome.failure())
        now = self._clock.monotonic()
        with self._lock:
            before = self._circuit
            after = self._circuit = event(before, lesson, now)
        if (before.opened_at is None) != (after.opened_at is None):
            _LOG.warning("circuit breaker %s", "closed" if after.opened_at is None else "opened")
