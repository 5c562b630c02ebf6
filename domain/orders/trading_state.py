"""What may be sent: the trader's own switch, and the circuit breaker.

A circuit breaker: after repeated silence of the broker no new risk is taken until it answers a read.

Only orders open it: a broken holdings page says nothing about them. Nor does a read keep it closed, because books
often stay readable while orders go unanswered.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from jainam_prop.domain import errors
from jainam_prop.domain.errors import BrokerError


class TradingState(StrEnum):
    """What may be sent; a dry run is no state, since it lets everything through up to the request itself."""

    ACTIVE = "ACTIVE"
    REDUCE = "REDUCE"
    HALT = "HALT"


def stricter(one: TradingState, other: TradingState) -> TradingState:
    """Return the one of two states that lets less through."""
    order = list(TradingState)
    return max(one, other, key=order.index)


def admit(state: TradingState, *, reduces: bool) -> str | None:
    """Say why a state keeps an order back, or None when it may go.

    Args:
        state: the present trading state.
        reduces: the order only makes a position smaller, or cancels one that was working.
    """
    if state is TradingState.HALT:
        return "trading is halted: nothing is sent until the trading state is REDUCE or ACTIVE"
    if state is TradingState.REDUCE and not reduces:
        return "the trading state is REDUCE: only orders that make a position smaller are sent"
    return None


class CircuitState(StrEnum):
    """Whether new risk may be taken: yes; no; no, but a read that is answered makes it a yes."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


class ResponseKind(StrEnum):
    """Kind of response to one call, as evidence of whether the broker can be reached."""

    ANSWERED = "answered"
    UNANSWERED = "unanswered"
    NOTHING = "nothing"


def response_kind(error: BrokerError) -> ResponseKind:
    """Return the kind of response that an error means; a refusal is an answer."""
    match error:
        case errors.NotSent() | errors.OutcomeUnknown() | errors.Unreadable():
            return ResponseKind.UNANSWERED
        case errors.Rejected() | errors.SessionExpired() | errors.RateLimited() | errors.Unconfirmed():
            return ResponseKind.ANSWERED
        case errors.Invalid() | errors.Blocked() | errors.NotConfigured():
            return ResponseKind.NOTHING
        case errors.PartlyPlaced():
            return response_kind(error.cause)
    assert_never(error)


@dataclass(frozen=True, slots=True)
class CircuitRule:
    """When the circuit opens and how long it stays so.

    Attributes:
        threshold: orders in a row that went unanswered.
        cool_down_seconds: time after the last of them until a read may close the circuit.
    """

    threshold: int = 3
    cool_down_seconds: float = 10.0


@dataclass(frozen=True, slots=True)
class Circuit:
    """State of a circuit breaker; every event makes the next one. Moments are monotonic seconds."""

    rule: CircuitRule = CircuitRule()
    unanswered: int = 0
    opened_at: float | None = None

    def state(self, now: float) -> CircuitState:
        """Return whether new risk may be taken at a moment."""
        if self.opened_at is None:
            return CircuitState.CLOSED
        cool = now - self.opened_at >= self.rule.cool_down_seconds
        return CircuitState.HALF_OPEN if cool else CircuitState.OPEN

    def half_open_in(self, now: float) -> float | None:
        """Return the seconds until a read may close the circuit; None while it is closed."""
        return None if self.opened_at is None else max(0.0, self.opened_at + self.rule.cool_down_seconds - now)

    def admit(self, now: float, *, reduces: bool) -> str | None:
        """Say why an order is kept back, or None when it may go; what reduces risk always may."""
        if reduces or self.state(now) is CircuitState.CLOSED:
            return None
        return (
            f"the circuit breaker is open, {self.unanswered} orders in a row went unanswered: "
            f"exits pass, new risk waits until the broker answers a read"
        )

    def after_order(self, kind: ResponseKind, now: float) -> "Circuit":
        """Count an order; one that was answered proves the way good and closes the circuit."""
        if kind is ResponseKind.NOTHING or (kind is ResponseKind.ANSWERED and not self.unanswered):
            return self
        if kind is ResponseKind.ANSWERED:
            return Circuit(self.rule)
        unanswered = self.unanswered + 1
        return Circuit(self.rule, unanswered, now if unanswered >= self.rule.threshold else None)

    def after_read(self, kind: ResponseKind, now: float) -> "Circuit":
        """Let a read decide while half open; closed so, one more unanswered order opens it again."""
        if kind is ResponseKind.NOTHING or self.state(now) is not CircuitState.HALF_OPEN:
            return self
        if kind is ResponseKind.ANSWERED:
            return Circuit(self.rule, self.rule.threshold - 1)
        return Circuit(self.rule, self.unanswered, now)
