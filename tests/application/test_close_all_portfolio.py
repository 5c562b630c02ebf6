"""The emergency exit of whole portfolios: nothing reversed, nothing called flat that is not."""

import random
from dataclasses import replace
from decimal import Decimal
from typing import Final

import pytest
from returns.pipeline import is_successful

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.application.close_all.report import CloseReport, LegState
from jainam_prop.domain.orders.order import OrderState
from tests.application.campaign import runs
from tests.application.trading import Trader
from tests.fakes.broker.portfolio import Holding, hold, rest_orders, reversed_positions, run_stops, some

LARGE: Final = SimulatorConfig(instruments=3_000)
"""Lists contracts enough for a hundred positions."""


def at(token: object) -> dict[str, str]:
    return {"exchangeInstrumentID": str(token)}


def symbol_of(trader: Trader, holding: Holding) -> str:
    instrument = trader.market.instruments.find_key(holding.listing.key)
    assert instrument is not None
    return instrument.symbol


def test_a_hundred_positions_five_refused_two_replies_lost_one_unknown_to_the_master() -> None:
    trader = Trader(config=LARGE)
    trader.exchange.set_funds(trader.booked_to, Decimal(10**12))
    holdings = some(trader.exchange.universe, random.Random(6), 100)  # noqa: S311 (the same portfolio every time)
    carried_in = (each for each in holdings if each.product != "MIS")  # no exchange would trade it in one order
    sliced = next(each for each in carried_in if each.listing.segment == "NSEFO" and each.listing.freeze)
    lots = 5 * (sliced.listing.freeze // sliced.listing.lot) // 2
    holdings[holdings.index(sliced)] = bigger = Holding(sliced.listing, sliced.product, lots * sliced.listing.lot)
    for holding in holdings:
        hold(trader.exchange, trader.booked_to, holding, carried=holding.product != "MIS")
    unlisted = trader.carry(75, trader.unlisted(), price=10)
    carried = {slot: net for slot, net in trader.left().items() if slot.product != "MIS"}
    assert len(trader.left()) == 101
    before = len(trader.exchange.all_orders())
    others = [holding for holding in holdings if holding is not bigger]
    refused, lost = others[:5], others[5:7]
    for holding in refused:
        where = at(holding.listing.key.token)
        trader.exchange.faults.add(
            Fault(FaultKind.RMS_REJECT, on="place", times=None, text="RMS: blocked", where=where)
        )
    for holding in lost:
        trader.exchange.faults.add(Fault(FaultKind.REPLY_LOST, on="place", where=at(holding.listing.key.token)))

    report = trader.close_all()

    keys = {holding.listing.key for holding in holdings}
    assert [order for order in trader.exchange.working_orders() if order.key in keys] == []
    remaining = {holding.slot(trader.booked_to): holding.net for holding in refused} | {unlisted: 75}
    assert trader.left() == remaining
    legs = {(leg.key.instrument, leg.key.product): leg.state for leg in report.legs}
    assert len(legs) == 101
    assert {name for name, state in legs.items() if state is LegState.REJECTED} == {
        (holding.listing.key, holding.product) for holding in refused
    }
    assert list(legs.values()).count(LegState.CLOSED) == 95
    assert list(legs.values()).count(LegState.SKIPPED) == 1
    assert report.message.startswith("95 of 101 positions closed; ")
    assert report.message.count("RMS: blocked") == 5
    assert all(symbol_of(trader, holding) in report.message for holding in refused)
    for holding in lost:
        closing = [order for order in trader.exchange.all_orders()[before:] if order.key == holding.listing.key]
        assert sum(order.filled for order in closing) == abs(holding.net)
    trader.exchange.faults.clear()
    run_stops(trader.exchange, holdings)
    assert trader.left() == remaining
    assert reversed_positions(trader.exchange, carried) == []


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
    Fault(FaultKind.SLOW, times=None, seconds=1.0),
    Fault(FaultKind.HOLD, times=1, seconds=10.0),
    Fault(FaultKind.HOLD, times=1, seconds=10.0, processed=False),
    Fault(FaultKind.SETTLE_DELAY, times=None, seconds=1.0),
    Fault(FaultKind.SETTLE_DELAY, times=None, seconds=20.0),
]
CLOSE_TROUBLES = [
    Fault(FaultKind.RMS_REJECT, on="place", times=None),
    Fault(FaultKind.RMS_REJECT, on="cancel", times=None, text="being matched"),
    Fault(FaultKind.RMS_REJECT, on="modify", times=None),
    Fault(FaultKind.BOOK_DELAY, on="place", times=None, seconds=2.0),
    Fault(FaultKind.BOOK_DELAY, on="place", times=None, seconds=12.0),
    Fault(FaultKind.POSITION_LAG, on="place", times=None, seconds=1.0),
    Fault(FaultKind.POSITION_LAG, on="place", times=None, seconds=4.0),
    Fault(FaultKind.SERVER_ERROR, on="dealer_positions", times=None),
    Fault(FaultKind.SERVER_ERROR, on="dealer_order_book", times=None),
    Fault(FaultKind.SLOW, on="dealer_positions", times=None, seconds=1.0),
    Fault(FaultKind.SLOW, on="dealer_order_book", times=None, seconds=1.0),
    Fault(FaultKind.BAD_JSON, on="dealer_positions", times=None),
    Fault(FaultKind.RATE_LIMITED, on="dealer_positions", times=None),
]
FALSE_EMPTIES = [
    Fault(FaultKind.FALSE_EMPTY, on="dealer_positions", times=None),
    Fault(FaultKind.FALSE_EMPTY, on="dealer_order_book", times=None, skip=1),
]
"""An order book that hides a stop from the very first look cannot be told from one without it."""

HALF: Final = 0.5


def troubles(chance: random.Random, *, all_of_today: bool) -> list[Fault]:
    """Pick what goes wrong, each with its own probability."""
    possible = [replace(each, on=on) for each in ORDER_TROUBLES for on in ("place", "cancel")] + CLOSE_TROUBLES
    chosen = chance.sample(possible, chance.randint(1, 5))
    if all_of_today and chance.random() < HALF:
        chosen.append(chance.choice(FALSE_EMPTIES))
    return [replace(each, probability=chance.choice([0.1, 0.3, 0.7])) for each in chosen]


def stir(trader: Trader, chance: random.Random, holdings: list[Holding]) -> None:
    """Let markets move during the next seconds, so that stops fire at any moment."""
    moment = 0.0
    for _ in range(chance.randint(0, 40)):
        moment += chance.random() * 2
        holding = chance.choice(holdings)
        trader.clock.call_later(moment, lambda holding=holding: run_stops(trader.exchange, [holding]))  # type: ignore[misc]


def a_portfolio(trader: Trader, chance: random.Random) -> list[Holding]:
    """Hold some positions, intraday ones traded today and the others carried, and let things go wrong from then on."""
    trader.exchange.set_funds(trader.booked_to, Decimal(10**12))
    holdings = some(trader.exchange.universe, chance, chance.randint(1, 8))
    if all_of_today := chance.random() < HALF:
        holdings = [replace(holding, product="MIS") for holding in holdings]
    for holding in holdings:
        hold(trader.exchange, trader.booked_to, holding, carried=holding.product != "MIS")
        if not holding.has_stop:
            rest_orders(trader.exchange, trader.booked_to, holding, chance)
    for fault in troubles(chance, all_of_today=all_of_today):
        trader.exchange.faults.add(fault)
    if chance.random() < HALF:
        thin_out(trader, chance, holdings)
    return holdings


def thin_out(trader: Trader, chance: random.Random, holdings: list[Holding]) -> None:
    """Let few or no units be traded of some holdings, and let the exchange end what is left of MARKET orders."""
    for holding in chance.sample(holdings, (len(holdings) + 1) // 2):
        trader.quote_thinly(chance.choice([0, abs(holding.net) // 2]), holding.listing.key)
    trader.end_market_orders(chance.choice([0.1, 0.5, 2.0]))


@pytest.mark.parametrize("seed", runs(40))
def test_whatever_goes_wrong_nothing_is_reversed_and_nothing_open_is_called_flat(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311
    trader = Trader()
    holdings = a_portfolio(trader, chance)
    carried = {slot: net for slot, net in trader.left().items() if slot.product != "MIS"}
    stir(trader, chance, holdings)

    closed_truly(trader)
    is_flat = closed_truly(trader)
    trader.exchange.faults.clear()
    run_stops(trader.exchange, holdings)
    run_stops(trader.exchange, [replace(holding, net=-holding.net) for holding in holdings])

    assert reversed_positions(trader.exchange, carried) == []
    assert not is_flat or trader.left() == {}


def closed_truly(trader: Trader) -> bool:
    """Close everything, compare what is said with what the exchange holds, and return whether it was called flat."""
    before = {order.order_id: order for order in trader.orders()}
    worked = {order.order_id for order in trader.exchange.working_orders()}
    outcome = trader.app.close_all_positions(trader.session)
    held = {slot.key: net for slot, net in trader.left().items()}
    working = {order.order_id for order in trader.exchange.working_orders()}
    if not is_successful(outcome):
        assert len(before) == len(trader.orders()), outcome
        assert not [each for each in worked - working if before[each].state is OrderState.CANCELLED], outcome
        return False
    report = outcome.unwrap()
    closed = {leg.key.instrument for leg in report.legs if leg.state is LegState.CLOSED}
    assert not closed & held.keys(), (held, report)
    assert not report.is_flat or not (held or working), (held, working, report)
    assert unsaid(trader, report, before, worked) == [], (held, report)
    return report.is_flat


def unsaid(trader: Trader, report: CloseReport, before: dict[int, SimOrder], worked: set[int]) -> list[str]:
    """Return the orders that a close made or cancelled without naming them, and positions naked without a word."""
    legs = {(leg.key.instrument, leg.key.product): leg for leg in report.legs}
    named = " ".join([*report.cancelled, report.message, *(each for leg in report.legs for each in leg.order_ids)])
    wrong = []
    for order in trader.orders():
        is_new, is_ours = order.order_id not in before, order.state is not OrderState.REJECTED
        last = [update.state for update in order.history[-2:]]
        was_cancelled = order.order_id in worked and last == [OrderState.PENDING_CANCEL, OrderState.CANCELLED]
        is_named = str(order.order_id) in named or (order.intake.identifier or "-") in named
        if ((is_new and is_ours) or was_cancelled) and not is_named:
            leg = legs.get((order.key, order.terms.product))
            wrong.append(f"{order.order_id} of {leg} is {order.state} and not named")
        net = trader.net(order.key, order.terms.product)
        is_stop = order.terms.price_type.has_trigger and order.side.sign * net < 0
        if was_cancelled and is_stop and not protected(trader, order, net):
            leg = legs.get((order.key, order.terms.product))
            if leg is None or not any(word in leg.reason for word in ("protect", "put back")):
                wrong.append(f"{order.key} {net} has lost stop {order.order_id}: {leg}")
    return wrong


def protected(trader: Trader, stop: SimOrder, net: int) -> bool:
    """Whether a stop works for a position, or an exit that may still trade."""
    working = [order for order in trader.exchange.working_orders() if order.key == stop.key]
    return any(order.side.sign * net < 0 for order in working)
