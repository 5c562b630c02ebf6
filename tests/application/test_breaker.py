"""The circuit breaker that threads share."""

import logging
import threading

import pytest
from returns.result import Failure, Success

from jainam_prop.application.breaker import CircuitBreaker
from jainam_prop.domain.errors import Blocked, BrokerError, OutcomeUnknown, Rejected, Unreadable
from jainam_prop.domain.orders.circuit_breaker import CircuitRule
from tests.fakes.clock import FakeClock

LOST = Failure[BrokerError](OutcomeUnknown("timeout"))
RULE = CircuitRule(threshold=2, cool_down_seconds=10.0)
REFUSAL = Blocked(
    "the circuit breaker is open, 2 orders in a row went unanswered: "
    "exits pass, new risk waits until the broker answers a read"
)


def opened(clock: FakeClock) -> CircuitBreaker:
    breaker = CircuitBreaker(clock, RULE)
    breaker.record_order(LOST)
    breaker.record_order(LOST)
    return breaker


def test_lost_replies_hold_new_risk_back_and_let_exits_pass() -> None:
    breaker = opened(FakeClock())

    assert (breaker.admit(reduces=False), breaker.admit(reduces=True)) == (REFUSAL, None)


def test_a_refusal_by_the_broker_is_an_answer() -> None:
    breaker = CircuitBreaker(FakeClock(), RULE)
    breaker.record_order(LOST)
    breaker.record_order(Failure(Rejected("margin")))
    breaker.record_order(LOST)

    assert breaker.admit(reduces=False) is None


def test_a_read_is_wanted_once_the_cool_down_is_over_and_its_answer_lets_new_risk_through() -> None:
    clock = FakeClock()
    breaker = opened(clock)
    before = breaker.wants_probe()
    clock.advance(10.0)
    wanted = breaker.wants_probe()
    breaker.record_read(Success(()))

    assert (before, wanted, breaker.wants_probe(), breaker.admit(reduces=False)) == (False, True, False, None)


def test_a_read_that_fails_keeps_new_risk_back() -> None:
    clock = FakeClock()
    breaker = opened(clock)
    clock.advance(10.0)
    breaker.record_read(Failure(Unreadable("timeout")))

    assert (breaker.admit(reduces=False), breaker.wants_probe()) == (REFUSAL, False)


def test_opening_and_closing_are_logged_once_each(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        breaker = opened(FakeClock())
        breaker.record_order(LOST)
        breaker.record_order(Success("1"))
        breaker.record_order(Success("2"))

    assert caplog.messages == ["circuit breaker opened", "circuit breaker closed"]


def test_no_thread_s_lesson_is_lost() -> None:
    breaker = CircuitBreaker(FakeClock(), CircuitRule(threshold=400))

    def lose_a_hundred() -> None:
        for _ in range(100):
            breaker.record_order(LOST)

    threads = [threading.Thread(target=lose_a_hundred) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert breaker.admit(reduces=False) is not None
