"""A smart order: what must be traded so that a position reaches its target."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from jainam_prop.domain.orders.order import Side


class FlatTargetPolicy(StrEnum):
    """Meaning of a flat position, target zero and a quantity: nothing to do, or an order for that quantity."""

    NOOP = "noop"
    PLAIN_ORDER = "plain-order"


@dataclass(frozen=True, slots=True)
class Exposure:
    """What an account holds and has under way for one contract and product, in signed units.

    ``protective_stops`` are not among the orders ``in_flight``, and are only given where the order that is planned
    trades at once: until one that rests has traded, the position needs them.
    """

    net: int
    in_flight: int = 0
    protective_stops: int = 0

    @property
    def effective(self) -> int:
        """The position once every order under way has traded."""
        return self.net + self.in_flight


@dataclass(frozen=True, slots=True)
class NoTrade:
    """The target is held, or will be once the orders under way have traded."""

    reason: str


@dataclass(frozen=True, slots=True)
class Trade:
    """One order, in units, takes the effective position to its target.

    ``reduces`` says that it only makes the position smaller, the held one as well as the one that working orders lead
    to, so that it may pass where new risk may not.
    """

    side: Side
    quantity: int
    reduces: bool


@dataclass(frozen=True, slots=True)
class ClearFirst:
    """Orders under way lead away from the target, or past it: they go before anything is traded.

    Trading against them instead would hold the target only for as long as none of them fills: a flat account with a
    resting purchase and target zero would be sold short. A stop that protects the position would outlive it, and open
    the opposite one when it fires.

    Attributes:
        intent: whether the orders that are meant to change the position go.
        protective_stops: whether the stops that protect it go.
        reduces: whether this only makes the position smaller, as for ``Trade``; what would add to it is an entry.
    """

    intent: bool
    protective_stops: bool
    reduces: bool


SmartPlan: TypeAlias = NoTrade | Trade | ClearFirst


def plan_smart_order(
    exposure: Exposure,
    target: int,
    *,
    side: Side,
    quantity: int,
    policy: FlatTargetPolicy = FlatTargetPolicy.NOOP,
) -> SmartPlan:
    """Decide what takes an exposure to a target.

    Args:
        exposure: held and under way, signed units.
        target: wanted, signed units.
        side: the side named in the request; it only matters under ``FlatTargetPolicy.PLAIN_ORDER``.
        quantity: units named in the request; likewise.
        policy: what a flat account with target zero and a quantity means.
    """
    gap = target - exposure.effective
    clear = _in_the_way(exposure, target, gap)
    if clear is not None:
        return clear
    if gap != 0:
        reduces = is_reduction(exposure.effective, gap) and is_reduction(exposure.net, target - exposure.net)
        return Trade(Side.BUY if gap > 0 else Side.SELL, abs(gap), reduces=reduces)
    if policy is FlatTargetPolicy.PLAIN_ORDER and quantity > 0 and target == exposure.net == exposure.in_flight == 0:
        return Trade(side, quantity, reduces=False)
    if exposure.in_flight:
        return NoTrade(
            f"Position {exposure.net} and working orders for {exposure.in_flight:+d} already reach {target}",
        )
    return NoTrade(f"Position already {target}")


def _in_the_way(exposure: Exposure, target: int, gap: int) -> ClearFirst | None:
    leads_away = gap * exposure.in_flight < 0
    outlived = gap != 0 and exposure.protective_stops != 0 and exposure.protective_stops * target >= 0
    if not leads_away and not outlived:
        return None
    are_entries = not outlived and exposure.in_flight * exposure.net >= 0
    reduces = are_entries or is_reduction(exposure.net, target - exposure.net)
    return ClearFirst(intent=leads_away, protective_stops=outlived, reduces=reduces)


def is_reduction(net: int, change: int) -> bool:
    """Whether a signed change takes a position towards flat without crossing it."""
    return net * change < 0 and abs(change) <= abs(net)
