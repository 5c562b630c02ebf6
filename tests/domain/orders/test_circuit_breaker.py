"""The circuit breaker's states and what moves it from one to the next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.errors import (
    Blocked,
    BrokerError,
    Invalid,
    NotConfigured,
    NotSent,
    OutcomeUnknown,
    PartlyPlaced,
    RateLimited,
    Rejected,
    SessionExpired,
    Unreadable,
)
from jainam_prop.domain.orders.trading_state import Circuit, CircuitRule, CircuitState, ResponseKind, response_kind

RULE = CircuitRule(threshold=3, cool_down_seconds=10.0)
OPENED = Circuit(RULE, unanswered=3, opened_at=100.0)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (NotSent("refused"), ResponseKind.UNANSWERED),
        (OutcomeUnknown("timeout"), ResponseKind.UNANSWERED),
        (Unreadable("HTML"), ResponseKind.UNANSWERED),
        (Rejected("margin"), ResponseKind.ANSWERED),
        (SessionExpired("token"), ResponseKind.ANSWERED),
        (RateLimited("429"), ResponseKind.ANSWERED),
        (Invalid(("quantity",)), ResponseKind.NOTHING),
        (Blocked("halted"), ResponseKind.NOTHING),
        (NotConfigured("missing"), ResponseKind.NOTHING),
        (PartlyPlaced(("1",), 75, 150, OutcomeUnknown("timeout")), ResponseKind.UNANSWERED),
        (PartlyPlaced(("1",), 75, 150, Rejected("margin")), ResponseKind.ANSWERED),
    ],
)
def test_only_silence_counts_against_the_way_to_the_broker(error: BrokerError, kind: ResponseKind) -> None:
    assert response_kind(error) is kind


def test_it_opens_after_as_many_unanswered_orders_in_a_row_as_the_rule_says() -> None:
    circuit = Circuit(RULE)
    states = []
    for now in (1.0, 2.0, 3.0):
        circuit = circuit.after_order(ResponseKind.UNANSWERED, now)
        states.append(circuit.state(now))

    assert states == [CircuitState.CLOSED, CircuitState.CLOSED, CircuitState.OPEN]


def test_an_answered_order_starts_the_count_again() -> None:
    circuit = Circuit(RULE, unanswered=2)

    assert circuit.after_order(ResponseKind.ANSWERED, 1.0) == Circuit(RULE)


def test_an_order_that_was_never_tried_teaches_nothing() -> None:
    assert OPENED.after_order(ResponseKind.NOTHING, 101.0) == OPENED


def test_while_open_new_risk_is_refused_and_exits_pass() -> None:
    reason = (
        "the circuit breaker is open, 3 orders in a row went unanswered: "
        "exits pass, new risk waits until the broker answers a read"
    )

    assert (OPENED.admit(105.0, reduces=False), OPENED.admit(105.0, reduces=True)) == (reason, None)


def test_it_is_half_open_after_its_cool_down_and_still_refuses_new_risk() -> None:
    assert (OPENED.state(109.9), OPENED.state(110.0)) == (CircuitState.OPEN, CircuitState.HALF_OPEN)
    assert OPENED.admit(110.0, reduces=False) is not None


def test_an_answered_read_closes_it_half_way() -> None:
    closed = OPENED.after_read(ResponseKind.ANSWERED, 110.0)

    assert closed.state(110.0) is CircuitState.CLOSED
    assert closed.after_order(ResponseKind.UNANSWERED, 111.0).state(111.0) is CircuitState.OPEN


def test_an_unanswered_read_opens_it_for_another_cool_down() -> None:
    assert OPENED.after_read(ResponseKind.UNANSWERED, 110.0) == Circuit(RULE, 3, 110.0)


@pytest.mark.parametrize("kind", list(ResponseKind))
def test_a_read_changes_nothing_before_the_cool_down_is_over(kind: ResponseKind) -> None:
    assert OPENED.after_read(kind, 109.9) == OPENED


@pytest.mark.parametrize("kind", list(ResponseKind))
def test_a_read_changes_nothing_while_it_is_closed(kind: ResponseKind) -> None:
    counting = Circuit(RULE, unanswered=2)

    assert counting.after_read(kind, 1.0) == counting


def test_an_exit_that_is_answered_closes_it_at_once() -> None:
    assert OPENED.after_order(ResponseKind.ANSWERED, 101.0) == Circuit(RULE)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(ResponseKind), st.floats(0, 20))))
def test_an_exit_always_passes(events: list[tuple[bool, ResponseKind, float]]) -> None:
    circuit, now = Circuit(RULE), 0.0
    for is_order, kind, seconds in events:
        now += seconds
        circuit = circuit.after_order(kind, now) if is_order else circuit.after_read(kind, now)

        assert circuit.admit(now, reduces=True) is None
