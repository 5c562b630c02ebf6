"""Smart orders: the plan, order by order, that takes a position to its target.

Design: docs/adr/0011. The law that every plan keeps: once it is carried out, no single order that still works can take
the position beyond the target or through zero.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias

from jainam_prop.domain.orders.order import Side
from jainam_prop.domain.orders.validation import lot_problems
from jainam_prop.domain.positions.position_state import PositionState, Urgency, WorkingOrder


class FlatTargetPolicy(StrEnum):
    """Meaning of a flat position, target zero and a quantity: nothing to do, or an order for that quantity."""

    NOOP = "noop"
    PLAIN_ORDER = "plain-order"


@dataclass(frozen=True, slots=True)
class SmartRequest:
    """A target with the terms of the order that leads to it.

    Attributes:
        target: signed units.
        lot_size: units; the held position may be odd, the order that is planned is not.
        urgency: when the order that was asked for trades; one that trades later does not count towards the target.
        trades_at_once: the order will be sent as MARKET, so that stops are fitted to the position it leaves; one that
            may rest leaves them until it has filled.
        side: of the request; it only matters under ``FlatTargetPolicy.PLAIN_ORDER``.
        quantity: units of the request; likewise.
        policy: what a flat account with target zero and a quantity means.
    """

    target: int
    lot_size: int = 1
    urgency: Urgency = Urgency.IMMEDIATE
    trades_at_once: bool = True
    side: Side = Side.BUY
    quantity: int = 0
    policy: FlatTargetPolicy = FlatTargetPolicy.NOOP

    @property
    def as_it_rests(self) -> "SmartRequest":
        """The same while its order is in the book: what rests counts, and the stops stay."""
        return replace(self, urgency=max(self.urgency, Urgency.RESTING), trades_at_once=False)

    def whole_lots(self, gap: int) -> int:
        """Return the signed units of whole lots within a gap to the target.

        A target that is not of whole lots itself is left to the rules of the exchange, which name the nearest ones.
        """
        if self.target % self.lot_size:
            return gap
        units = abs(gap) // self.lot_size * self.lot_size
        return units if gap > 0 else -units

    def of_target(self, side: Side, quantity: int, problems: tuple[str, ...]) -> tuple[str, ...]:
        """Let a problem of the lot name the target, since the quantity of the order was never asked for."""
        target, lot, odd = self.target, self.lot_size, quantity % self.lot_size
        of_lot = tuple(lot_problems(quantity, lot))
        nearest = sorted((target - side.sign * odd, target + side.sign * (lot - odd)))
        reached = target - side.sign * quantity
        wanted = f"position_size {target} is {quantity} units from {reached}, not a whole number of lots of {lot}"
        named = f"{wanted}: nearest are {nearest[0]} and {nearest[1]}"
        return tuple(named if problem in of_lot else problem for problem in problems)


@dataclass(frozen=True, slots=True)
class NoTrade:
    """The target is held, or will be once the orders under way have traded.

    Attributes:
        reason: in words.
        cancelled: order ids of what was cancelled to keep it so.
        resized: order ids of the protective stops that were made smaller.
        doubt: what the position book shows instead, where it has done so for long; "" otherwise.
    """

    reason: str
    cancelled: tuple[str, ...] = ()
    resized: tuple[str, ...] = ()
    doubt: str = ""

    @property
    def message(self) -> str:
        """The reason, what was cancelled or changed, and what contradicts it."""
        changes = changes_in_words(self.cancelled, self.resized)
        words = ", ".join(filter(None, (self.reason, changes, self.doubt and f"but {self.doubt}")))
        return f"{words}." if changes or self.doubt else f"{words}. No action needed."


@dataclass(frozen=True, slots=True)
class TargetTrade:
    """One order, in units of whole lots, that takes the position to its target.

    Attributes:
        reduces: it only makes the position smaller, the held one as well as the one that orders under way lead to, so
            that it may pass where new risk may not.
        odd_units: what is left of the position because it is less than a lot.
    """

    side: Side
    quantity: int
    reduces: bool
    odd_units: int = 0


@dataclass(frozen=True, slots=True)
class StopSize:
    """A protective stop that is too large, and the units, whatever their sign, that it may keep."""

    stop: WorkingOrder
    units: int


@dataclass(frozen=True, slots=True)
class ClearFirst:
    """Orders that could take the position beyond the target or through zero: they go before anything is traded.

    Attributes:
        cancels: orders to cancel, and to see cancelled.
        resizes: protective stops to make smaller.
        awaits: immediate orders that are trading, to be seen ended before stops are fitted to what they leave.
        reduces: whether the whole only makes the position smaller, as for `TargetTrade`.
    """

    cancels: tuple[WorkingOrder, ...] = ()
    resizes: tuple[StopSize, ...] = ()
    awaits: tuple[str, ...] = ()
    reduces: bool = False

    def carried_out(self, seen: PositionState) -> PositionState:
        """Return the position as it would be once everything in the way is cleared."""
        sizes = {order.order_id: 0 for order in self.cancels} | {one.stop.order_id: one.units for one in self.resizes}
        traded = sum(order.units for order in seen.working if order.order_id in self.awaits)
        left = [
            replace(order, units=sizes.get(order.order_id, abs(order.units)) * (1 if order.units > 0 else -1))
            for order in seen.working
            if order.order_id not in self.awaits and sizes.get(order.order_id) != 0
        ]
        return replace(seen, net=seen.net + traded, working=tuple(left))


SmartPlan: TypeAlias = NoTrade | TargetTrade | ClearFirst


def plan_smart_order(seen: PositionState, request: SmartRequest) -> SmartPlan:
    """Decide the next step that takes a position to its target.

    Args:
        seen: what is held, and every order that still works.
        request: what is wanted.
    """
    counted, in_the_way = _counted_towards(seen, request)
    effective = seen.net + sum(order.units for order in counted)
    trade = request.whole_lots(request.target - effective)
    clear = _clear_first(seen, request, counted, in_the_way, trade)
    if clear is not None:
        return clear
    odd = request.target - effective - trade
    if trade:
        reduces = is_reduction(effective, trade) and is_reduction(seen.net, effective + trade - seen.net)
        return TargetTrade(Side.BUY if trade > 0 else Side.SELL, abs(trade), reduces, abs(odd))
    if odd:
        return NoTrade(
            f"Position {effective}: the {abs(odd)} units to {request.target} are less than one lot of "
            f"{request.lot_size}"
        )
    if request.policy is FlatTargetPolicy.PLAIN_ORDER and request.quantity > 0 and not request.target and seen.is_flat:
        return TargetTrade(request.side, request.quantity, reduces=False)
    if counted:
        under_way = effective - seen.net
        return NoTrade(f"Position {seen.net} and working orders for {under_way:+d} already reach {request.target}")
    return NoTrade(f"Position already {request.target}")


def is_reduction(net: int, change: int) -> bool:
    """Whether a signed change takes a position towards flat without crossing it."""
    return net * change < 0 and abs(change) <= abs(net)


def changes_in_words(cancelled: Iterable[str], resized: Iterable[str]) -> str:
    """Name the orders that were cancelled or made smaller; "" when there are none."""
    words = []
    for verb, ids in (("cancelled", tuple(cancelled)), ("made smaller", tuple(resized))):
        if ids:
            words.append(f"{len(ids)} order{'s' if len(ids) > 1 else ''} {verb} ({', '.join(ids)})")
    return ", ".join(words)


def fitting_stops(stops: Iterable[WorkingOrder], room: int, *, as_a_whole: bool) -> tuple[StopSize, ...]:
    """Return the protective stops that are too large, with the units that each may keep; zero is to be cancelled.

    Args:
        stops: all of one position, hence of one side.
        room: units that they may close.
        as_a_whole: whether all together must fit, nearest trigger first, and not only each for itself.
    """
    too_large, left = [], room
    for stop in sorted(stops, key=_nearest_first):
        units = min(abs(stop.units), left if as_a_whole else room)
        left -= units
        if units < abs(stop.units):
            too_large.append(StopSize(stop, units))
    return tuple(too_large)


def _counted_towards(seen: PositionState, request: SmartRequest) -> tuple[list[WorkingOrder], list[WorkingOrder]]:
    """Split the orders that protect nothing: those that lead to the target without passing it, and the others."""
    gap = request.target - seen.net
    counted: list[WorkingOrder] = []
    in_the_way: list[WorkingOrder] = []
    for order in sorted(seen.intended, key=lambda each: each.urgency):
        if order.urgency <= request.urgency and order.units * gap > 0 and abs(order.units) <= abs(gap):
            counted.append(order)
            gap -= order.units
        else:
            in_the_way.append(order)
    return counted, in_the_way


def _clear_first(
    seen: PositionState, request: SmartRequest, counted: list[WorkingOrder], in_the_way: list[WorkingOrder], trade: int
) -> ClearFirst | None:
    immediate = [order for order in counted if order.urgency is Urgency.IMMEDIATE]
    left = seen.net + sum(order.units for order in immediate)  # the position that stops will guard
    if request.trades_at_once:
        left += trade
    room = min(abs(left), abs(seen.net)) if left * seen.net > 0 else 0  # until an increase has filled, too
    sizes = fitting_stops(seen.protective_stops, room, as_a_whole=room < abs(seen.net))
    if not in_the_way and not sizes:
        return None
    reduces = is_reduction(seen.net, request.target - seen.net)
    if not sizes and all(order.units * seen.net >= 0 for order in in_the_way):
        reduces = True
    if sizes and immediate and not in_the_way:
        return ClearFirst(awaits=tuple(order.order_id for order in immediate), reduces=reduces)
    gone = (*in_the_way, *(size.stop for size in sizes if not size.units))
    return ClearFirst(gone, tuple(size for size in sizes if size.units), reduces=reduces)


def _nearest_first(stop: WorkingOrder) -> tuple[Decimal, str]:
    """Order stops of one side by their triggers: a falling market reaches the highest sell stop first."""
    trigger = Decimal(0) if stop.row is None else stop.row.trigger_price
    return (-trigger if stop.units < 0 else trigger), stop.order_id
