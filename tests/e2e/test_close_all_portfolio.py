"""The emergency exit of whole portfolios: nothing reversed, nothing called flat that is not."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.positions import Slot
from jainam_prop.adapters.simulator.faults.fault import Fault, FaultKind
from jainam_prop.application.timing import Timing
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.entrypoints.openalgo.order_api import close_all_positions
from tests.e2e.portfolio import Holding, hold, left, reversed_positions, run_stops, some
from tests.e2e.troubles import SOAK
from tests.e2e.world import BOOKED_TO, World, a_world

LARGE = SimulatorConfig(instruments=3_000, rate_limits=False)
"""Lists contracts enough for a hundred positions."""

BRISK = Timing(call=3.0, close_all=20.0, retries=(0.02, 0.05, 0.1), looks=(0.03, 0.07, 0.15, 0.3), poll=0.05)


def at(token: object) -> dict[str, str]:
    return {"exchangeInstrumentID": str(token)}


def symbol_of(world: World, holding: Holding) -> str:
    instrument = world.desk.instruments.find_key(holding.listing.key)
    assert instrument is not None
    return instrument.symbol


def test_a_hundred_positions_five_refused_two_replies_lost_one_unknown_to_the_master(tmp_path: Path) -> None:
    with a_world(tmp_path, config=LARGE, timing=BRISK) as world:
        world.sim.exchange.set_funds(BOOKED_TO[world.account], Decimal(10**12))
        holdings = some(world, random.Random(6), 100)  # noqa: S311 (the same portfolio every time)
        carried_in = (each for each in holdings if each.product != "MIS")  # no exchange would trade it in one order
        sliced = next(each for each in carried_in if each.listing.segment == "NSEFO" and each.listing.freeze)
        lots = 5 * (sliced.listing.freeze // sliced.listing.lot) // 2
        holdings[holdings.index(sliced)] = bigger = Holding(sliced.listing, sliced.product, lots * sliced.listing.lot)
        for holding in holdings:
            hold(world, holding, carried=holding.product != "MIS")
        unlisted = Slot(BOOKED_TO[world.account], "NRML", world.unlisted())
        world.sim.exchange.carry_in(unlisted, 75, Decimal(10))
        carried = {slot: net for slot, net in left(world).items() if slot.product != "MIS"}
        assert len(left(world)) == 101
        before = len(world.sim.exchange.all_orders())
        others = [holding for holding in holdings if holding is not bigger]
        refused, lost = others[:5], others[5:7]
        for holding in refused:
            where = at(holding.listing.key.token)
            world.sim.faults.add(Fault(FaultKind.RMS_REJECT, on="place", times=None, text="RMS: blocked", where=where))
        for holding in lost:
            world.sim.faults.add(Fault(FaultKind.REPLY_LOST, on="place", where=at(holding.listing.key.token)))

        body, status = close_all_positions("", world.auth)

        assert status == 502
        keys = {holding.listing.key for holding in holdings}
        assert [order for order in world.sim.exchange.working_orders() if order.key in keys] == []
        remaining = {holding.slot(world): holding.net for holding in refused} | {unlisted: 75}
        assert left(world) == remaining
        states = {(leg["symbol"], leg["exchange"], leg["product"]): leg["state"] for leg in body["data"]}
        assert len(states) == 101
        assert {name for name, state in states.items() if state == "rejected"} == {
            (symbol_of(world, holding), holding.listing.key.exchange, holding.product) for holding in refused
        }
        assert sorted(states.values()).count("closed") == 95
        assert sorted(states.values()).count("skipped") == 1
        assert body["message"].startswith("95 of 101 positions closed; ")
        assert body["message"].count("RMS: blocked") == 5
        assert all(symbol_of(world, holding) in body["message"] for holding in refused)
        for holding in lost:
            closing = [order for order in world.sim.exchange.all_orders()[before:] if order.key == holding.listing.key]
            assert sum(order.filled for order in closing) == abs(holding.net)
        world.sim.faults.clear()
        run_stops(world, holdings)
        assert left(world) == remaining
        assert reversed_positions(world, carried) == []


ORDER_TROUBLES = [
    Fault(FaultKind.REPLY_LOST, times=None),
    Fault(FaultKind.RESET, times=None),
    Fault(FaultKind.RESET, times=None, processed=True),
    Fault(FaultKind.BAD_JSON, times=None),
    Fault(FaultKind.SERVER_ERROR, times=None),
    Fault(FaultKind.SERVER_ERROR, times=None, processed=True),
    Fault(FaultKind.RATE_LIMITED, times=None),
    Fault(FaultKind.TOKEN_KILLED, times=1),
    Fault(FaultKind.REFUSED, times=None, code="e-orders-0009", text="Not now"),
    Fault(FaultKind.SLOW, times=None, seconds=0.1),
    Fault(FaultKind.HOLD, times=1, seconds=1.0),
    Fault(FaultKind.HOLD, times=1, seconds=1.0, processed=False),
    Fault(FaultKind.SETTLE_DELAY, times=None, seconds=0.1),
    Fault(FaultKind.SETTLE_DELAY, times=None, seconds=2.0),
]
CLOSE_TROUBLES = [
    Fault(FaultKind.RMS_REJECT, on="place", times=None),
    Fault(FaultKind.BOOK_DELAY, on="place", times=None, seconds=0.2),
    Fault(FaultKind.BOOK_DELAY, on="place", times=None, seconds=5.0),
    Fault(FaultKind.POSITION_LAG, on="place", times=None, seconds=0.2),
    Fault(FaultKind.POSITION_LAG, on="place", times=None, seconds=1.0),
    Fault(FaultKind.SERVER_ERROR, on="dealer_positions", times=None),
    Fault(FaultKind.SERVER_ERROR, on="dealer_order_book", times=None),
    Fault(FaultKind.SLOW, on="dealer_positions", times=None, seconds=0.1),
    Fault(FaultKind.SLOW, on="dealer_order_book", times=None, seconds=0.1),
    Fault(FaultKind.BAD_JSON, on="dealer_positions", times=None),
    Fault(FaultKind.RATE_LIMITED, on="dealer_positions", times=None),
]
FALSE_EMPTIES = [
    Fault(FaultKind.FALSE_EMPTY, on="dealer_positions", times=None),
    Fault(FaultKind.FALSE_EMPTY, on="dealer_order_book", times=None, skip=1),
]
"""An order book that hides a stop from the very first look cannot be told from one without it."""

HALF = 0.5
HASTY = Timing(call=0.7, close_all=3.0, retries=(0.02, 0.05), looks=(0.02, 0.05, 0.1, 0.2), poll=0.02)


def troubles(chance: random.Random, *, all_of_today: bool) -> list[Fault]:
    """Pick what goes wrong, each with its own probability."""
    possible = [replace(each, on=on) for each in ORDER_TROUBLES for on in ("place", "cancel")] + CLOSE_TROUBLES
    chosen = chance.sample(possible, chance.randint(1, 5))
    if all_of_today and chance.random() < HALF:
        chosen.append(chance.choice(FALSE_EMPTIES))
    return [replace(each, probability=chance.choice([0.1, 0.3, 0.7])) for each in chosen]


def stir(world: World, chance: random.Random, holdings: list[Holding], stopped: threading.Event) -> None:
    """Move markets while somebody closes, so that stops fire at any moment."""
    while not stopped.wait(chance.random() * 0.2):
        run_stops(world, chance.sample(holdings, 1))


@contextmanager
def stirred(world: World, holdings: list[Holding], seed: int) -> Iterator[None]:
    """Let markets move for the length of a block, in every other run."""
    stopped, chance = threading.Event(), random.Random(seed)  # noqa: S311
    if chance.random() < HALF:
        yield
        return
    stirrer = threading.Thread(target=stir, args=(world, chance, holdings, stopped))
    stirrer.start()
    try:
        yield
    finally:
        stopped.set()
        stirrer.join()


def a_portfolio(world: World, chance: random.Random) -> list[Holding]:
    """Hold some positions, intraday ones traded today and the others carried, and let things go wrong from then on."""
    world.sim.exchange.set_funds(BOOKED_TO[world.account], Decimal(10**12))
    holdings = some(world, chance, chance.randint(1, 8))
    if all_of_today := chance.random() < HALF:
        holdings = [replace(holding, product="MIS") for holding in holdings]
    for holding in holdings:
        hold(world, holding, carried=holding.product != "MIS")
    for fault in troubles(chance, all_of_today=all_of_today):
        world.sim.faults.add(fault)
    return holdings


@pytest.mark.parametrize("seed", range(500 if SOAK else 16))
def test_whatever_goes_wrong_nothing_is_reversed_and_nothing_open_is_called_flat(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    with a_world(tmp_path, timing=HASTY) as world:
        holdings = a_portfolio(world, chance)
        carried = {slot: net for slot, net in left(world).items() if slot.product != "MIS"}
        with stirred(world, holdings, seed):
            closed_truly(world)
            is_flat = closed_truly(world)
        world.sim.faults.clear()
        run_stops(world, holdings)

        assert reversed_positions(world, carried) == []
        assert not is_flat or left(world) == {}


def closed_truly(world: World) -> bool:
    """Close everything, compare what is said with what the exchange holds, and return whether it was called flat."""
    body, status = close_all_positions("", world.auth)
    held = {slot.key: net for slot, net in left(world).items()}
    closed = {key_of(world, leg) for leg in body.get("data", []) if leg["state"] == "closed"}
    assert not closed & held.keys(), (held, body)
    assert status != 200 or not held, (held, body)
    return status == 200


def key_of(world: World, leg: dict[str, Any]) -> InstrumentKey:
    instrument = world.desk.instruments.find(leg["symbol"], leg["exchange"])
    assert instrument is not None
    return instrument.key
