"""A thousand random orders under random troubles: none doubled, none lost, and every answer true."""

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from returns.pipeline import is_successful

from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.deadlines import Timing
from jainam_prop.domain.orders.journal import IntentState
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.orders.trading_state import CircuitRule
from jainam_prop.entrypoints.container import Container
from jainam_prop.entrypoints.openalgo.order_api import place_order_api
from tests.e2e.troubles import SOAK, eventually, per_identifier
from tests.e2e.world import BOOKED_TO, World, a_world, order

INTENTS: Final = 1_000 if SOAK else 80
THREADS: Final = 8
HASTY: Final = Timing(call=1.0, retries=(0.02, 0.05, 0.1), looks=(0.03, 0.07, 0.15, 0.3), poll=0.03)
ENDLESS: Final = CircuitRule(threshold=10**9)

TROUBLES: Final = (
    Fault(FaultKind.REPLY_LOST, on="place", probability=0.05),
    Fault(FaultKind.RESET, on="place", probability=0.03),
    Fault(FaultKind.RESET, on="place", probability=0.05, processed=True),
    Fault(FaultKind.BAD_JSON, on="place", probability=0.05),
    Fault(FaultKind.SERVER_ERROR, on="place", probability=0.03),
    Fault(FaultKind.SERVER_ERROR, on="place", probability=0.05, processed=True),
    Fault(FaultKind.RATE_LIMITED, on="place", probability=0.05),
    Fault(FaultKind.RATE_LIMITED, on="place", probability=0.05, wrapped=True),
    Fault(FaultKind.REFUSED, on="place", probability=0.03, code="e-orders-0009", text="Not now"),
    Fault(FaultKind.HOLD, on="place", probability=0.02, seconds=0.9),
    Fault(FaultKind.HOLD, on="place", probability=0.02, seconds=1.5, processed=False),
    Fault(FaultKind.TOKEN_KILLED, on="place", probability=0.01),
    Fault(FaultKind.RMS_REJECT, on="place", probability=0.05),
    Fault(FaultKind.BOOK_DELAY, on="place", probability=0.1, seconds=0.3),
    Fault(FaultKind.BOOK_DELAY, on="place", probability=0.05, seconds=3.0),
    Fault(FaultKind.SETTLE_DELAY, on="place", probability=0.05, seconds=0.5),
    Fault(FaultKind.SERVER_ERROR, on="dealer_order_book", probability=0.1),
    Fault(FaultKind.BAD_JSON, on="dealer_order_book", probability=0.1),
    Fault(FaultKind.RESET, on="dealer_order_book", probability=0.05),
)

NOTHING_THERE: Final = {400, 401, 409, 429, 503}


def intent(chance: random.Random, number: int) -> dict[str, Any]:
    """Make an order that is told from all others by its quantity."""
    return order(
        symbol=chance.choice(["SBIN", "RELIANCE", "TCS", "INFY"]),
        action=chance.choice(["BUY", "SELL"]),
        quantity=number,
        product=chance.choice(["MIS", "NRML"]),
    )


@pytest.mark.parametrize("seed", [1])
def test_every_intent_is_done_once_or_refused_or_openly_unknown(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    with a_world(tmp_path, timing=HASTY, prepare=_without_circuit) as world:
        world.sim.exchange.set_funds(BOOKED_TO[world.account], Decimal(10**12))
        for fault in TROUBLES:
            world.sim.faults.add(replace(fault, times=None))
        intents = [intent(chance, number) for number in range(1, INTENTS + 1)]
        with ThreadPoolExecutor(THREADS) as pool:
            replies = list(pool.map(lambda wanted: place_order_api(wanted, world.auth), intents))
        world.sim.faults.clear()

        answers = zip(intents, replies, strict=True)
        told = {wanted["quantity"]: (reply.status, order_id) for wanted, (reply, _, order_id) in answers}
        heard = Counter(status for status, _ in told.values())
        assert eventually(lambda: _all_settled(world), 5)
        held = {number: _held(world, number) for number in told}
        assert [number for number, orders in held.items() if len(orders) > 1] == []
        assert [number for number, orders in held.items() if not _is_true(*told[number], orders)] == []
        assert all(len(orders) <= 1 for orders in per_identifier(world).values())
        assert _resolved(world)
        assert heard.keys() >= {200, 504}
        assert heard[200] > INTENTS / 2


def _without_circuit(desk: Container) -> None:
    desk.trading.circuit_rule.override(ENDLESS)


def _held(world: World, quantity: int) -> list[SimOrder]:
    return [each for each in world.sim.exchange.all_orders() if each.terms.quantity == quantity]


def _all_settled(world: World) -> bool:
    return not any(each.state is OrderState.PENDING_NEW for each in world.sim.exchange.all_orders())


def _is_true(status: int, order_id: str | None, held: list[SimOrder]) -> bool:
    """Whether an answer fits what the exchange holds of an intent."""
    if status == 200:
        return [str(each.order_id) for each in held] == [order_id]
    if status in NOTHING_THERE:
        return order_id is None and all(each.state is OrderState.REJECTED for each in held)
    return (status, order_id) == (504, None)


def _resolved(world: World) -> bool:
    """Whether a look at the book finds every open intent that the exchange holds, and lists the others as unknown."""
    session = world.desk.sessions.session_for(world.auth).unwrap()

    def none_left() -> bool:
        resolution = world.desk.recovery.resolve(session)
        assert is_successful(resolution)
        unknown = [entry.intent.identifier for entry in resolution.unwrap().unknown]
        return not any(world.sim.exchange.orders_by_identifier(identifier) for identifier in unknown)

    found = eventually(none_left, 10)
    states = {entry.intent.identifier: entry.state for entry in world.desk.journal.recent(10_000)}
    lost = [mark for mark, orders in per_identifier(world).items() if orders and states[mark] is IntentState.NOT_SENT]
    return found and not lost
