"""A smart order: trade whatever takes a position to its target, or nothing."""

import logging
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.reconcile import PositionReconciler
from jainam_prop.application.orders.cancel import OrderCanceller
from jainam_prop.application.orders.place import Placement, PlaceOrder
from jainam_prop.application.orders.pre_trade import PreTradeChecks
from jainam_prop.application.ports.runtime import Clock, SymbolGuard
from jainam_prop.application.timing import Timing
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid
from jainam_prop.domain.orders.order import OrderRequest, PriceType, Side
from jainam_prop.domain.orders.ticket import Ticket
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.positions.position_state import PositionState
from jainam_prop.domain.positions.smart_order import (
    ClearFirst,
    Exposure,
    FlatTargetPolicy,
    NoTrade,
    SmartPlan,
    Trade,
    plan_smart_order,
)
from jainam_prop.domain.sessions.session import Session

_LOG = logging.getLogger(__name__)

_LOOKS: Final = 2
"""A first look, and one more after orders that led away from the target were cleared."""

SmartOutcome: TypeAlias = NoTrade | Placement


@final
@dataclass(frozen=True, slots=True)
class SmartOrder:
    """Reads what is held and under way, decides the difference to the target and places it."""

    checks: PreTradeChecks
    positions: PositionReconciler
    guard: SymbolGuard
    canceller: OrderCanceller
    place: PlaceOrder
    clock: Clock
    timing: Timing
    flat_target: FlatTargetPolicy = FlatTargetPolicy.NOOP

    def __call__(self, session: Session, ticket: Ticket, target: int | None) -> Result[SmartOutcome, BrokerError]:
        """Take a position to a target of signed units.

        One decision at a time per contract and product, across processes. A position that cannot be known for certain
        is an error and nothing is sent.
        """
        prepared = self.checks.smart_order(ticket)
        if not is_successful(prepared):
            return Failure(prepared.failure())
        order = prepared.unwrap()
        if target is None:
            message = "a ticket without a target must have named it as a problem"
            raise AssertionError(message)
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        key = PositionKey(order.instrument.key, order.product)
        exit_first = target == 0
        with self.guard.hold(key, self.timing.call, reduces=exit_first) as held:
            if not held:
                return Failure(Blocked(f"another order for {order.instrument.symbol} is still being decided"))
            return self._decide(session, order, target, deadline)

    def _decide(
        self, session: Session, order: OrderRequest, target: int, deadline: Deadline
    ) -> Result[SmartOutcome, BrokerError]:
        key = PositionKey(order.instrument.key, order.product)
        for _ in range(_LOOKS):
            read = self.positions.one(session, key, deadline)
            if not is_successful(read):
                return Failure(read.failure())
            self.place.gate.record_read(read)
            seen = read.unwrap()
            plan = self._plan(order, seen, target)
            if not isinstance(plan, ClearFirst):
                return self._carry_out(session, order, plan, deadline)
            barrier = self._barrier(order, seen, plan, target)
            if barrier is not None:
                return Failure(barrier)
            self.canceller.cancel_and_wait(session, _in_the_way(seen, plan), deadline)
        return Failure(Blocked(f"orders of {order.instrument.symbol} that lead away from the target still work"))

    def _plan(self, order: OrderRequest, seen: PositionState, target: int) -> SmartPlan:
        guards = sum(stop.units for stop in seen.protective_stops) if order.price_type is PriceType.MARKET else 0
        exposure = Exposure(seen.net, seen.in_flight, guards)
        plan = plan_smart_order(exposure, target, side=order.side, quantity=order.quantity, policy=self.flat_target)
        _log_decision(order, exposure, target, plan)
        return plan

    def _barrier(self, order: OrderRequest, seen: PositionState, plan: ClearFirst, target: int) -> BrokerError | None:
        """Say why nothing must be cleared: for an order that may not follow it would only be missing."""
        gap = target - seen.net
        problems = self.checks.problems(_sized(order, Side.BUY if gap > 0 else Side.SELL, abs(gap))) if gap else ()
        barrier = Invalid(problems) if problems else self.place.gate.admit(reduces=plan.reduces)
        if barrier is not None or not plan.protective_stops:
            return barrier
        note = f"{len(seen.protective_stops)} stops, to reach {target}"
        recorded = self.canceller.journal_cancels(order.instrument, order.product, gap, note)
        return None if is_successful(recorded) else recorded.failure()

    def _carry_out(
        self, session: Session, order: OrderRequest, plan: NoTrade | Trade, deadline: Deadline
    ) -> Result[SmartOutcome, BrokerError]:
        if isinstance(plan, NoTrade):
            return Success(plan)
        sized = _sized(order, plan.side, plan.quantity)
        problems = self.checks.problems(sized)
        if problems:
            return Failure(Invalid(problems))
        return self.place.send(session, sized, deadline, reduces=plan.reduces).map(_widen)


def _sized(order: OrderRequest, side: Side, quantity: int) -> OrderRequest:
    disclosed = min(order.disclosed_quantity, quantity)
    return replace(order, side=side, quantity=quantity, disclosed_quantity=disclosed)


def _in_the_way(seen: PositionState, plan: ClearFirst) -> list[str]:
    orders = (*(seen.intended if plan.intent else ()), *(seen.protective_stops if plan.protective_stops else ()))
    return [order.order_id for order in orders]


def _widen(placement: Placement) -> SmartOutcome:
    return placement


def _log_decision(order: OrderRequest, exposure: Exposure, target: int, plan: SmartPlan) -> None:
    action, quantity = (plan.side.value, plan.quantity) if isinstance(plan, Trade) else (type(plan).__name__, 0)
    _LOG.debug(
        "smart order %s %s: current %s, working %s, target %s, delta %s, action %s, quantity %s",
        order.instrument.symbol,
        order.product,
        exposure.net,
        f"{exposure.in_flight:+}",
        target,
        f"{target - exposure.effective:+}",
        action,
        quantity,
    )
