"""Histories of several processes that trade the same contracts under troubles, checked as a whole.

Every operation is recorded with the moments of its call and its answer; one of unknown outcome stays open to the end of
the history. What was said must have been true at some moment of the operation, and every order at the exchange must
belong to one operation that allows it.
"""

import os
import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, TypeAlias

import pytest
from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.application.close_all.report import CloseReport
from jainam_prop.application.orders.place import Placement
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.positions.smart_order import NoTrade
from tests.application.trading import PACED_BROKER, RELIANCE, SBIN, TCS, Market, Trader

SOAK: Final = bool(os.environ.get("JAINAM_SOAK"))  # noqa: TID251 (a switch of the tests)
FOUND: Final = (90, 216, 236, 343, 456, 459)
"""Histories in which two closes at once, or one of which a book hid the order, once reversed a position."""

SEEDS: Final = (*range(500 if SOAK else 16), *FOUND)
PROCESSES: Final = 4
OPERATIONS: Final = 10
KEYS: Final = {"SBIN": SBIN, "RELIANCE": RELIANCE, "TCS": TCS}
TARGETS: Final = (-20, -10, 0, 0, 10, 20)
LAGS: Final = (0.0, 1.0, 3.0, 8.0, 20.0, 60.0)

TROUBLES: Final = (
    Fault(FaultKind.REPLY_LOST, on="place", probability=0.1),
    Fault(FaultKind.RESET, on="place", probability=0.05),
    Fault(FaultKind.RESET, on="place", probability=0.1, processed=True),
    Fault(FaultKind.HOLD, on="place", probability=0.05, seconds=20.0, processed=False),
    Fault(FaultKind.RATE_LIMITED, on="place", probability=0.1),
    Fault(FaultKind.RMS_REJECT, on="place", probability=0.1),
    Fault(FaultKind.SETTLE_DELAY, on="place", probability=0.1, seconds=2.0),
    Fault(FaultKind.BOOK_DELAY, on="place", probability=0.1, seconds=2.0),
    Fault(FaultKind.SERVER_ERROR, on="dealer_order_book", probability=0.1),
    Fault(FaultKind.SERVER_ERROR, on="dealer_positions", probability=0.1),
    Fault(FaultKind.SLOW, on="dealer_positions", probability=0.1, seconds=1.0),
    Fault(FaultKind.TOKEN_KILLED, on="place", probability=0.02),
    Fault(FaultKind.UNREACHABLE, on="*", probability=0.02),
)

Outcome: TypeAlias = Result[Placement | NoTrade, BrokerError] | Result[CloseReport, BrokerError]


@dataclass(frozen=True, slots=True)
class Operation:
    """One smart order, or one close where there is no target; moments are timestamps of the exchange's clock."""

    symbol: str
    target: int | None
    called: float
    answered: float
    outcome: Outcome

    @property
    def is_close(self) -> bool:
        return self.target is None


def run(market: Market, seed: int) -> list[Operation]:
    """Let processes trade at random, and return what each asked and heard."""
    processes = [Trader(market=market) for _ in range(PROCESSES)]
    history: list[Operation] = []

    def work(trader: Trader, chance: random.Random) -> None:
        for _ in range(OPERATIONS):
            symbol, target = chance.choice(list(KEYS)), chance.choice(TARGETS)
            called = trader.clock.now().timestamp()
            outcome: Outcome
            if chance.random() < 0.15:
                outcome = trader.app.close_all_positions(trader.session)
                asked = None
            else:
                outcome = trader.smart(target, symbol=symbol)
                asked = target
            history.append(Operation(symbol, asked, called, trader.clock.now().timestamp(), outcome))
            trader.clock.sleep(chance.random() * 5.0)

    tasks = [
        lambda trader=trader, number=number: work(trader, random.Random(f"{seed}-{number}"))  # noqa: S311
        for number, trader in enumerate(processes)
    ]
    market.clock.together(tasks)
    market.broker.faults.clear()
    market.clock.advance(60.0)
    return history


def positions(trader: Trader, key: InstrumentKey) -> list[tuple[float, int]]:
    """Return what the exchange held of a contract from each moment on."""
    net, held = 0, [(float("-inf"), 0)]
    for done in trader.exchange.executions():
        if done.order.key == key:
            net += done.signed
            held.append((done.at.timestamp(), net))
    return held


def during(held: Sequence[tuple[float, int]], since: float, until: float) -> set[int]:
    """Return every position of a time, the one that it began with included."""
    first = max(index for index, (at, _) in enumerate(held) if at <= since)
    return {net for at, net in held[first:] if at <= until}


@pytest.mark.parametrize("seed", SEEDS)
def test_what_every_process_heard_was_true_and_every_order_was_asked_for_once(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    market = Market(seed=seed, config=PACED_BROKER)
    market.broker.exchange.set_funds("*****", Decimal(10**12))
    market.broker.books.position_lag = chance.choice(LAGS)
    for fault in chance.sample(TROUBLES, chance.randint(0, 5)):
        market.broker.faults.add(replace(fault, times=None))

    history = run(market, seed)

    trader = Trader(market=market)
    assert all(len(orders) <= 1 for orders in trader.per_identifier().values())
    for key in KEYS.values():
        assert_never_beyond_a_target(trader, key, history)
    for operation in history:
        assert_word_was_true(trader, operation)


def assert_never_beyond_a_target(trader: Trader, key: InstrumentKey, history: Sequence[Operation]) -> None:
    """Every fill moved the position towards a target that some operation of that time asked for."""
    before = 0
    for at, net in positions(trader, key)[1:]:
        asked = {
            0 if operation.target is None else operation.target
            for operation in history
            if operation.called <= at and (operation.is_close or KEYS[operation.symbol] == key)
        }
        assert any(min(before, target) <= net <= max(before, target) for target in asked), (before, net, asked)
        before = net


def assert_word_was_true(trader: Trader, operation: Operation) -> None:
    """A success was true at a moment of its operation, or of the seconds in which its order settled."""
    word = operation.outcome.unwrap() if is_successful(operation.outcome) else None
    if isinstance(word, CloseReport) and word.is_flat:
        for key in KEYS.values():
            assert 0 in during(positions(trader, key), operation.called, operation.answered), (key, operation)
    elif isinstance(word, NoTrade) and "working orders" not in word.reason:
        held = during(positions(trader, KEYS[operation.symbol]), operation.called, operation.answered + 2.1)
        assert operation.target in held, (held, operation)
    elif isinstance(word, Placement):
        orders = {str(order.order_id): order for order in trader.orders()}
        assert {orders[order_id].key for order_id in word.order_ids} == {KEYS[operation.symbol]}
