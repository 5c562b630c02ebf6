"""The risk gate with its circuit breaker, which threads share."""

import logging
import threading

import pytest
from returns.result import Failure, Success

from jainam_prop.application.books.books import Books
from jainam_prop.application.ports.runtime import TaskRunner
from jainam_prop.application.risk import RiskGate, TradingSwitch
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError, OutcomeUnknown, Rejected
from jainam_prop.domain.orders.trading_state import CircuitRule, TradingState
from tests.adapters.xts.http.sessions import PRO
from tests.application.trading import Trader, error_of
from tests.fakes.account_states import some_states
from tests.fakes.books import FakeBooks
from tests.fakes.clock import FakeClock
from tests.fakes.tasks import NoTasks, TurnTasks
from tests.fakes.throttle import OpenThrottle
from tests.fakes.trading_state import InMemoryTradingState
from tests.fakes.turns import TurnClock

LOST = Failure[BrokerError](OutcomeUnknown("timeout"))
RULE = CircuitRule(threshold=2, cool_down_seconds=10.0)
REFUSAL = Blocked(
    "the circuit breaker is open, 2 orders in a row went unanswered: "
    "exits pass, new risk waits until the broker answers a read"
)


def a_gate(
    clock: FakeClock, rule: CircuitRule = RULE, rows: FakeBooks | None = None, tasks: TaskRunner | None = None
) -> RiskGate:
    source = rows or FakeBooks()
    return RiskGate(
        TradingSwitch(TradingState.ACTIVE, InMemoryTradingState(), clock),
        Books(source, source, some_states(clock), OpenThrottle(), clock),
        tasks or NoTasks(),
        clock,
        rule,
    )


def opened(clock: FakeClock, rows: FakeBooks | None = None) -> RiskGate:
    breaker = a_gate(clock, rows=rows)
    breaker.record_order(PRO, LOST)
    breaker.record_order(PRO, LOST)
    return breaker


def test_lost_replies_hold_new_risk_back_and_let_exits_pass() -> None:
    breaker = opened(FakeClock())

    assert (breaker.admit(reduces=False), breaker.admit(reduces=True)) == (REFUSAL, None)


def test_a_refusal_by_the_broker_is_an_answer() -> None:
    breaker = a_gate(FakeClock())
    breaker.record_order(PRO, LOST)
    breaker.record_order(PRO, Failure(Rejected("margin")))
    breaker.record_order(PRO, LOST)

    assert breaker.admit(reduces=False) is None


def test_a_read_is_made_once_the_cool_down_is_over_and_its_answer_lets_new_risk_through() -> None:
    clock, rows = FakeClock(), FakeBooks()
    gate = opened(clock, rows)
    before = gate.probe_and_admit(PRO, Deadline(60.0))
    clock.advance(10.0)

    assert (before, rows.reads) == (REFUSAL, 0)
    assert (gate.probe_and_admit(PRO, Deadline(60.0)), gate.admit(reduces=False), rows.reads) == (None, None, 1)
    assert (gate.probe_and_admit(PRO, Deadline(60.0)), rows.reads) == (None, 1)


def test_an_exit_needs_no_read() -> None:
    clock, rows = FakeClock(), FakeBooks()
    gate = opened(clock, rows)
    clock.advance(10.0)

    assert (gate.probe_and_admit(PRO, Deadline(60.0), reduces=True), rows.reads) == (None, 0)


def test_a_read_that_fails_keeps_new_risk_back() -> None:
    clock, rows = FakeClock(), FakeBooks()
    rows.order_rows = None
    gate = opened(clock, rows)
    clock.advance(10.0)

    assert gate.probe_and_admit(PRO, Deadline(60.0)) == REFUSAL


def test_an_open_breaker_is_probed_after_every_cool_down_without_a_call() -> None:
    clock, rows = TurnClock(), FakeBooks()
    rows.order_rows = None
    gate = a_gate(clock, rows=rows, tasks=TurnTasks(clock))
    gate.record_order(PRO, LOST)
    gate.record_order(PRO, LOST)
    clock.advance(25.0)
    while_silent = rows.reads, gate.admit(reduces=False)
    rows.order_rows = ()
    clock.advance(10.0)

    assert while_silent == (2, REFUSAL)
    assert gate.admit(reduces=False) is None


def test_opening_and_closing_are_logged_once_each(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        breaker = opened(FakeClock())
        breaker.record_order(PRO, LOST)
        breaker.record_order(PRO, Success("1"))
        breaker.record_order(PRO, Success("2"))

    assert caplog.messages == ["circuit breaker opened", "circuit breaker closed"]


def test_no_thread_s_answer_is_lost() -> None:
    breaker = a_gate(FakeClock(), CircuitRule(threshold=400))

    def lose_a_hundred() -> None:
        for _ in range(100):
            breaker.record_order(PRO, LOST)

    threads = [threading.Thread(target=lose_a_hundred) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert breaker.admit(reduces=False) is not None


def test_all_processes_obey_a_change_within_a_second_and_without_a_query_an_order() -> None:
    trader = Trader()
    other = trader.beside()
    trader.place(quantity=75)
    other.app.trading_switch.set(TradingState.REDUCE)
    trader.clock.advance(1.0)
    loads = trader.market.trading_state.loads

    reduced = [error_of(trader.place()), error_of(trader.place(action="SELL", quantity=25))]
    trader.app.trading_switch.set(TradingState.HALT)
    halted = [error_of(trader.smart(0)), trader.net()]
    other.app.trading_switch.set(TradingState.ACTIVE)
    trader.clock.advance(1.0)

    assert (reduced, halted) == ([Blocked, None], [Blocked, 50])
    assert error_of(trader.place()) is None
    assert trader.market.trading_state.loads - loads <= 6


def test_the_stricter_of_setting_and_shared_state_counts_and_an_unreadable_one_stays() -> None:
    trader = Trader(JAINAM_TRADING_STATE="REDUCE")
    switch = trader.app.trading_switch
    assert switch.set(TradingState.ACTIVE) == Success(TradingState.REDUCE)
    assert switch.set(TradingState.HALT) == Success(TradingState.HALT)
    trader.market.trading_state.unreadable = "the database does not answer"
    trader.clock.advance(5.0)

    assert switch.state is TradingState.HALT
