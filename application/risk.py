"""The risk gate before every order: the trading state and the circuit breaker."""

import logging
import threading
from collections.abc import Callable
from functools import partial
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.application.books.books import Books
from jainam_prop.application.ports.runtime import Clock, SharedTradingState, TaskRunner
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError
from jainam_prop.domain.orders.trading_state import (
    Circuit,
    CircuitRule,
    CircuitState,
    ResponseKind,
    TradingState,
    admit,
    response_kind,
    stricter,
)
from jainam_prop.domain.sessions.session import Session

_LOG: Final = logging.getLogger(__name__)

_SWITCH_SECONDS: Final = 0.5
"""How old the trading state of an order may be, so that no order costs a query."""

_PROBE_SECONDS: Final = 5.0
"""The least wait before a probe while the breaker is open, and the most that its read may take."""


@final
class TradingSwitch:
    """The trading state in force: the stricter one of this process's setting and of what all processes share."""

    def __init__(self, setting: TradingState, shared: SharedTradingState, clock: Clock) -> None:
        """Read the shared state when it is first asked for."""
        self._setting = setting
        self._shared = shared
        self._clock = clock
        self._known = TradingState.ACTIVE
        self._read_at = float("-inf")
        self._lock = threading.Lock()

    @property
    def state(self) -> TradingState:
        """The state, at most `_SWITCH_SECONDS` old; the one known before while the store cannot be read."""
        if self._clock.monotonic() - self._read_at >= _SWITCH_SECONDS:
            with self._lock:
                if self._clock.monotonic() - self._read_at >= _SWITCH_SECONDS:
                    self._known = self._shared.load().value_or(self._known)
                    self._read_at = self._clock.monotonic()
        return stricter(self._setting, self._known)

    def set(self, state: TradingState) -> Result[TradingState, BrokerError]:
        """Change the state for all processes, and return the one in force here."""
        return self._shared.save(state).map(lambda _: self._changed(state))

    def _changed(self, state: TradingState) -> TradingState:
        self._known, self._read_at = state, self._clock.monotonic()
        return self.state


@final
class RiskGate:
    """Holds back new risk by the trading state, and while the broker does not answer orders.

    One gate is shared by all threads of a process. Exits pass as long as anything does.
    """

    def __init__(
        self, switch: TradingSwitch, books: Books, tasks: TaskRunner, clock: Clock, rule: CircuitRule | None = None
    ) -> None:
        """Obey a trading switch, and start with the circuit breaker closed."""
        self._switch = switch
        self._books = books
        self._tasks = tasks
        self._clock = clock
        self._circuit = Circuit(rule or CircuitRule())
        self._lock = threading.Lock()

    def admit(self, *, reduces: bool) -> Blocked | None:
        """Return why an order is held back, or None when it may be sent."""
        reason = admit(self._switch.state, reduces=reduces)
        if reason is None:
            reason = self._circuit.admit(self._clock.monotonic(), reduces=reduces)
        return None if reason is None else Blocked(reason)

    def probe_and_admit(self, session: Session, deadline: Deadline, *, reduces: bool = False) -> Blocked | None:
        """Return why an order is held back, after a read of the order book where an answer closes the breaker."""
        if not reduces:
            self.probe(session, deadline)
        return self.admit(reduces=reduces)

    def probe(self, session: Session, deadline: Deadline) -> None:
        """Read the order book while an answer would close the breaker."""
        if self._circuit.state(self._clock.monotonic()) is CircuitState.HALF_OPEN:
            self.record_read(self._books.orders(session, deadline))

    def record_order(self, session: Session, outcome: Result[object, BrokerError]) -> None:
        """Count an order, after the search for one without a reply; an open breaker is probed in the background."""
        if self._record(Circuit.after_order, outcome):
            self._tasks.start(partial(self._probe, session))

    def record_read(self, outcome: Result[object, BrokerError]) -> None:
        """Count a read of a book, which may close the breaker."""
        self._record(Circuit.after_read, outcome)

    def _probe(self, session: Session) -> None:
        """Read the order book after every cool-down until an answer closes the breaker."""
        while (wait := self._circuit.half_open_in(self._clock.monotonic())) is not None:
            self._clock.sleep(max(_PROBE_SECONDS, wait))
            if not self._tasks.is_open:
                return
            until = Deadline(self._clock.monotonic() + _PROBE_SECONDS)
            self.record_read(self._books.orders(session, until, urgent=False))

    def _record(
        self, event: Callable[[Circuit, ResponseKind, float], Circuit], outcome: Result[object, BrokerError]
    ) -> bool:
        """Count a response and return whether it opened the breaker."""
        kind = ResponseKind.ANSWERED if is_successful(outcome) else response_kind(outcome.failure())
        now = self._clock.monotonic()
        with self._lock:
            before = self._circuit
            after = self._circuit = event(before, kind, now)
        if (before.opened_at is None) != (after.opened_at is None):
            _LOG.warning("circuit breaker %s", "closed" if after.opened_at is None else "opened")
        return before.opened_at is None and after.opened_at is not None
