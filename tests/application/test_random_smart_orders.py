"""Random crowds, resting orders, stops of all sizes and troubles: the law holds after each, and no word is false.

The law: no single order that works can take the position beyond the target or through zero.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final, TypeAlias

import pytest
from returns.pipeline import is_successful
from returns.result import Result

from jainam_prop.adapters.simulator.exchange.orders import SimOrder
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.application.orders.place import Placement
from jainam_prop.domain.deadlines import Timing
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.orders.order import OrderState
from jainam_prop.domain.positions.smart_order import NoTrade
from tests.application.campaign import runs
from tests.application.trading import Market, Trader, at_once

Heard: TypeAlias = Result[Placement | NoTrade, BrokerError]

TROUBLES: Final = (
    Fault(FaultKind.RESET, on="place"),
    Fault(FaultKind.RESET, on="place", processed=True),
    Fault(FaultKind.REPLY_LOST, on="place"),
    Fault(FaultKind.SERVER_ERROR, on="place", processed=True),
    Fault(FaultKind.HOLD, on="place", seconds=12.0, processed=False, times=1),
    Fault(FaultKind.HOLD, on="place", seconds=12.0, times=1),
    Fault(FaultKind.REFUSED, on="place", code="e-orders-0009", text="Not now"),
    Fault(FaultKind.RMS_REJECT, on="place", text="RMS: margin"),
    Fault(FaultKind.RMS_REJECT, on="modify", text="RMS: price band"),
    Fault(FaultKind.RMS_REJECT, on="cancel", text="being matched"),
    Fault(FaultKind.REFUSED, on="cancel", code="e-orders-0021", text="Not now"),
    Fault(FaultKind.RESET, on="cancel"),
    Fault(FaultKind.RESET, on="modify"),
    Fault(FaultKind.REPLY_LOST, on="modify"),
    Fault(FaultKind.SETTLE_DELAY, on="place", seconds=1.0),
    Fault(FaultKind.SETTLE_DELAY, on="place", seconds=8.0),
    Fault(FaultKind.SETTLE_DELAY, on="cancel", seconds=0.5),
    Fault(FaultKind.BOOK_DELAY, on="place", seconds=2.0),
    Fault(FaultKind.POSITION_LAG, on="place", seconds=4.0),
    Fault(FaultKind.SERVER_ERROR, on="dealer_order_book"),
    Fault(FaultKind.SLOW, on="dealer_order_book", seconds=1.0),
    Fault(FaultKind.TOKEN_KILLED, on="place", times=1),
)
CALL: Final = 2 * Timing().call
AT_ONCE: Final = 2.0
"""Seconds before an answer in which a stop may fire after the last look."""
UNITS: Final = (-150, -75, -40, 0, 0, 40, 75, 150)


@dataclass
class Campaign:
    """One account under random orders and troubles."""

    seed: int
    chance: random.Random = field(init=False)
    traders: list[Trader] = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)  # noqa: S311
        market = Market(seed=self.seed)
        fallback = self.chance.choice(["off", "off", "protected-limit", "always"])
        count = self.chance.choice([1, 1, 2, 4])
        self.traders = [Trader(market=market, JAINAM_MARKET_FALLBACK=fallback) for _ in range(count)]

    @property
    def trader(self) -> Trader:
        return self.traders[0]

    def begin(self) -> None:
        """Hold a position, let orders rest and stops of all sizes wait on both sides, then let things go wrong."""
        held = self.chance.choice(UNITS)
        if held:
            self.trader.place(quantity=abs(held), action="BUY" if held > 0 else "SELL").unwrap()
        for _ in range(self.chance.randint(0, 3)):
            self.rest()
        for trouble in self.chance.sample(TROUBLES, self.chance.randint(0, 3)):
            times = trouble.times if trouble.times == 1 else self.chance.choice([1, 2, None])
            probability = self.chance.choice([0.2, 0.5, 1.0])
            self.trader.exchange.faults.add(replace(trouble, times=times, probability=probability))

    def rest(self) -> None:
        side, percent = self.chance.choice(["BUY", "SELL"]), self.chance.choice([1, 2, 3])
        units = self.chance.choice([10, 40, 75, 150, 200])
        is_stop = self.chance.random() < 0.5
        above = (side == "SELL") is not is_stop
        price = self.trader.price(str(1 + (percent if above else -percent) / 100))
        kind = {"pricetype": "SL-M", "trigger_price": price} if is_stop else {"pricetype": "LIMIT", "price": price}
        self.trader.place(action=side, quantity=units, **kind).unwrap()

    def stir(self) -> None:
        """Let the market move at some moments of the next seconds."""
        for _ in range(self.chance.choice([0, 0, 1, 4])):
            factor = str(1 + self.chance.choice([-2.5, -1, 1, 2.5]) / 100)
            self.trader.clock.call_later(self.chance.random() * 3, lambda factor=factor: self.trader.move(factor))  # type: ignore[misc]

    def work(self) -> list[str]:
        """Let a crowd give one signal; return what is wrong with the exchange or an answer."""
        target = self.chance.choice(UNITS)
        fields: dict[str, object] = {}
        if self.chance.random() < 0.3:
            fields = {"pricetype": "LIMIT", "price": self.trader.price(self.chance.choice(["0.99", "1.01"]))}
        crowd = [one for one in self.traders for _ in range(self.chance.choice([1, 1, 3]))]
        held = self.trader.net()
        before = {order.order_id: Seen.of(order) for order in self.trader.orders()}
        heard = at_once(crowd, lambda one: one.smart(target, **fields))
        return [f"{each} ({target}, {fields}, {heard})" for each in self.breaches(target, held, before, heard)]

    def breaches(self, target: int, held: int, before: Mapping[int, "Seen"], heard: list[Heard]) -> list[str]:
        """Return whatever is wrong after a crowd has heard its answers."""
        now = {order.order_id: order for order in self.trader.orders()}
        reached = [one.unwrap() for one in heard if is_successful(one)]
        return [
            *(self.unlawful(target, " ".join(one.message for one in reached)) if reached else ()),
            *(f"{one!r} is false" for one in reached if not self.is_true(one, target, now)),
            *self.unnamed(before, now, heard),
            *self.naked(held, before, heard),
        ]

    def unlawful(self, target: int, said: str) -> list[str]:
        """Return what breaks the law, but for stops that an answer leaves, or that have just fired."""
        if self.has_fired(AT_ONCE):
            return []
        net = self.trader.net()
        low, high = min(0, target, net), max(0, target, net)
        return [
            f"{order.order_id} can take {net} to {net + order.side.sign * order.left}"
            for order in self.trader.exchange.working_orders()
            if f"Stop {order.order_id} stays" not in said and not low <= net + order.side.sign * order.left <= high
        ]

    def is_true(self, answer: Placement | NoTrade, target: int, now: Mapping[int, SimOrder]) -> bool:
        """Whether an answer fits the exchange: its orders exist, what it calls cancelled is, the target is reached."""
        placed = answer.order_ids if isinstance(answer, Placement) else ()
        if any(now[int(each)].state is OrderState.CANCELLED for each in placed):
            return True  # by another caller, whose answer names it
        cancelled = all(now[int(each)].state is OrderState.CANCELLED for each in answer.cancelled)
        return cancelled and self.leads_to(target, now, answer.message)

    def leads_to(self, target: int, now: Mapping[int, SimOrder], said: str) -> bool:
        """Whether the target is held or under way, or missed for what happened since, a refusal or a stop."""
        net, working = self.trader.net(), [each for each in now.values() if each.state not in ENDED]
        stops = [each for each in working if each.terms.price_type.has_trigger]
        entries = [each for each in stops if each.side.sign * net >= 0]
        meant = [each for each in entries if f"Stop {each.order_id} stays" not in said]
        resting = sum(each.side.sign * each.left for each in working if each not in stops)
        ways = [resting + sum(each.side.sign * each.left for each in waiting) for waiting in ([], meant, entries)]
        refused = any(order.state is OrderState.REJECTED for order in now.values())
        return target in {net, *(net + way for way in ways)} or refused or self.has_fired(CALL)

    def has_fired(self, since: float) -> bool:
        """Whether a stop has traded in so many last seconds, which no caller asked for."""
        lately = self.trader.clock.now() - timedelta(seconds=since)
        stops = [order for order in self.trader.orders() if order.terms.price_type.has_trigger and order.filled]
        return any(state.at >= lately for order in stops for state in order.history)

    def unnamed(self, before: Mapping[int, "Seen"], now: Mapping[int, SimOrder], heard: list[Heard]) -> list[str]:
        """Return the orders that the crowd cancelled or changed and no answer names."""
        named = " ".join(one.unwrap().message if is_successful(one) else one.failure().message for one in heard)
        changed = [order for order_id, seen in before.items() if seen.was_changed(order := now[order_id])]
        return [
            f"{order.order_id} was {order.state} and is not named"
            for order in changed
            if str(order.order_id) not in named and not (order.terms.price_type.has_trigger and "put back" in named)
        ]

    def naked(self, held: int, before: Mapping[int, "Seen"], heard: list[Heard]) -> list[str]:
        """Return that a position has lost its stops unsaid."""
        net = self.trader.net()
        if not net or any(is_successful(one) for one in heard):
            return []
        stops = [
            order
            for order in self.trader.orders()
            if order.terms.price_type.has_trigger and order.side.sign * net < 0 < held * net
        ]
        had = any(order.order_id in before and before[order.order_id].is_working for order in stops)
        has = any(order.state not in ENDED for order in stops)
        fired = any(order.filled for order in stops)
        words = " ".join(one.failure().message for one in heard)
        return [f"naked at {net}: {words}"] if had and not has and not fired and "protect" not in words else []


ENDED: Final = frozenset({OrderState.CANCELLED, OrderState.FILLED, OrderState.REJECTED})


@dataclass(frozen=True, slots=True)
class Seen:
    """One order as it was before a crowd."""

    is_working: bool
    quantity: int

    @classmethod
    def of(cls, order: SimOrder) -> "Seen":
        return cls(order.state not in ENDED, order.terms.quantity)

    def was_changed(self, order: SimOrder) -> bool:
        return self.is_working and (order.state is OrderState.CANCELLED or order.terms.quantity != self.quantity)


@pytest.mark.parametrize("seed", runs(25))
def test_after_every_smart_order_the_law_holds_and_every_word_is_true(seed: int) -> None:
    campaign = Campaign(seed)
    campaign.begin()
    for _ in range(campaign.chance.randint(1, 3)):
        campaign.stir()
        assert campaign.work() == []
