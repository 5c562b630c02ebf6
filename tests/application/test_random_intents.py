"""Random orders under random troubles: none doubled, none lost, and every answer true."""

import random
from collections import Counter
from dataclasses import replace
from decimal import Decimal
from typing import Final

import pytest
from returns.result import Result

from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.application.orders.place import Placement
from jainam_prop.domain.errors import BrokerError, OutcomeUnknown
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import OrderState
from tests.application.campaign import runs
from tests.application.trading import PACED_BROKER, Market, Trader, error_of, order

INTENTS: Final = 150
CALLERS: Final = 8

TROUBLES: Final = (
    Fault(FaultKind.REPLY_LOST, on="place", probability=0.05),
    Fault(FaultKind.RESET, on="place", probability=0.03),
    Fault(FaultKind.RESET, on="place", probability=0.05, processed=True),
    Fault(FaultKind.BAD_JSON, on="place", probability=0.05),
    Fault(FaultKind.SERVER_ERROR, on="place", probability=0.03),
    Fault(FaultKind.SERVER_ERROR, on="place", probability=0.05, processed=True),
    Fault(FaultKind.RATE_LIMITED, on="place", probability=0.1),
    Fault(FaultKind.REFUSED, on="place", probability=0.03, code="e-orders-0009", text="Not now"),
    Fault(FaultKind.UNREACHABLE, on="place", probability=0.05),
    Fault(FaultKind.HOLD, on="place", probability=0.02, seconds=9.0),
    Fault(FaultKind.HOLD, on="place", probability=0.02, seconds=15.0, processed=False),
    Fault(FaultKind.TOKEN_KILLED, on="place", probability=0.01),
    Fault(FaultKind.RMS_REJECT, on="place", probability=0.05),
    Fault(FaultKind.BOOK_DELAY, on="place", probability=0.1, seconds=3.0),
    Fault(FaultKind.BOOK_DELAY, on="place", probability=0.05, seconds=30.0),
    Fault(FaultKind.SETTLE_DELAY, on="place", probability=0.05, seconds=5.0),
    Fault(FaultKind.SERVER_ERROR, on="dealer_order_book", probability=0.1),
    Fault(FaultKind.BAD_JSON, on="dealer_order_book", probability=0.1),
    Fault(FaultKind.RESET, on="dealer_order_book", probability=0.05),
)


def intent(chance: random.Random, number: int) -> dict[str, object]:
    """Make an order that is told from all others by its quantity."""
    symbol, side = chance.choice(["SBIN", "RELIANCE", "TCS", "INFY"]), chance.choice(["BUY", "SELL"])
    terms: dict[str, object] = {"pricetype": "MARKET"}
    if chance.random() < 0.3:
        terms = {"pricetype": "LIMIT", "price": "1.00" if side == "BUY" else "99999.00"}
    return order(symbol=symbol, action=side, quantity=number, product=chance.choice(["MIS", "NRML"]), **terms)


@pytest.mark.parametrize("seed", runs(3))
def test_every_intent_is_done_once_or_refused_or_openly_unknown(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    market = Market(seed=seed, config=PACED_BROKER)
    callers = [Trader(market=market) for _ in range(CALLERS)]
    trader = callers[0]
    trader.exchange.set_funds(trader.booked_to, Decimal(10**12))
    for fault in TROUBLES:
        trader.exchange.faults.add(replace(fault, times=None))
    answers: dict[int, Result[Placement, BrokerError]] = {}

    def work(caller: Trader, numbers: range) -> None:
        for number in numbers:
            answers[number] = caller.place(**intent(chance, number))

    tasks = [
        lambda caller=caller, first=first: work(caller, range(first, INTENTS + 1, CALLERS))
        for first, caller in enumerate(callers, 1)
    ]
    trader.clock.together(tasks)
    trader.exchange.faults.clear()
    trader.clock.advance(60.0)

    held = {number: [one for one in trader.orders() if one.terms.quantity == number] for number in answers}
    assert [number for number, orders in held.items() if len(orders) > 1] == []
    assert [number for number, orders in held.items() if not is_true(answers[number], orders)] == []
    assert all(len(orders) <= 1 for orders in trader.per_identifier().values())
    assert_resolved(trader)
    heard = Counter(error_of(outcome) for outcome in answers.values())
    assert heard.keys() >= {None, OutcomeUnknown}
    assert heard[None] > INTENTS / 2


def is_true(outcome: Result[Placement, BrokerError], held: list[SimOrder]) -> bool:
    """Whether an answer fits what the exchange holds of an intent."""
    error = error_of(outcome)
    if error is None:
        return [str(each.order_id) for each in held] == list(outcome.unwrap().order_ids)
    return error is OutcomeUnknown or all(each.state is OrderState.REJECTED for each in held)


def assert_resolved(trader: Trader) -> None:
    """One look at the book finds every open intent that the exchange holds, and lists the others as unknown."""
    resolution = trader.app.recovery.resolve(trader.session).unwrap()
    unknown = [entry.intent.identifier for entry in resolution.unknown]
    assert [mark for mark in unknown if trader.exchange.orders_by_identifier(mark)] == []
    states = {entry.intent.identifier: entry.state for entry in trader.market.journal.recent(10_000)}
    accepted = {IntentState.ACCEPTED, IntentState.RESOLVED}
    held = {mark for mark, orders in trader.per_identifier().items() if orders}
    assert [(mark, states[mark]) for mark in held if states[mark] not in {*accepted, IntentState.REJECTED}] == []
    assert [mark for mark, state in states.items() if state in accepted and mark not in held] == []
    assert [entry.intent.identifier for entry in trader.market.journal.open_entries()] == unknown
