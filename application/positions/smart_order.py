"""A smart order: read the position, plan order by order, clear what is in the way, trade, and fit the stops."""

import logging
from dataclasses import dataclass, replace
from typing import Final, TypeAlias, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.holdings import Holdings
from jainam_prop.application.books.reconcile import PositionReconciler, Reading
from jainam_prop.application.orders.cancel import OrderCanceller
from jainam_prop.application.orders.place import Placement, PlaceOrder
from jainam_prop.application.orders.pre_trade import PreTradeChecks
from jainam_prop.application.orders.protective_stops import ProtectiveStops
from jainam_prop.application.ports.runtime import Clock, SymbolGuard
from jainam_prop.application.positions.smart_progress import SmartProgress
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import (
    Blocked,
    BrokerError,
    Invalid,
    OutcomeUnknown,
    PartlyPlaced,
    SideEffects,
    Unconfirmed,
    root_cause,
)
from jainam_prop.domain.orders.market_protection import MarketFallback
from jainam_prop.domain.orders.order import Order, OrderRequest, PriceType, Side
from jainam_prop.domain.orders.ticket import Ticket
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.positions.position_state import PositionState, urgency_of
from jainam_prop.domain.positions.smart_order import (
    ClearFirst,
    FlatTargetPolicy,
    NoTrade,
    SmartRequest,
    TargetTrade,
    plan_smart_order,
)
from jainam_prop.domain.sessions.session import Session

_LOG = logging.getLogger(__name__)

_LOOKS: Final = 5
"""Reads of the position: one, one more where the lock was waited for, and one after each time of clearing."""
_WAITED_SECONDS: Final = 0.05
"""A lock that took longer was another caller's, who may have brought the target about."""
_STOP_SECONDS: Final = 3.0
"""Kept of the call where stops are changed: half to see whether one is gone, the rest to put it back."""
_FILL_SECONDS: Final = 1.5
"""How long an exit that became a LIMIT is watched before its stops are left, or put back."""

SmartOutcome: TypeAlias = NoTrade | Placement


@final
@dataclass(frozen=True, slots=True)
class SmartOrder:
    """Trades the difference between what is held and a target, and leaves no order that could pass the target."""

    checks: PreTradeChecks
    positions: PositionReconciler
    guard: SymbolGuard
    canceller: OrderCanceller
    stops: ProtectiveStops
    holdings: Holdings
    place: PlaceOrder
    clock: Clock
    timing: Timing
    flat_target: FlatTargetPolicy = FlatTargetPolicy.NOOP

    def __call__(self, session: Session, ticket: Ticket, target: int | None) -> Result[SmartOutcome, BrokerError]:
        """Take a position to a target of signed units.

        One decision at a time per contract and product, across processes. A position that cannot be known for certain
        is an error and nothing is sent. The outcome names every order that was cancelled or made smaller; an error
        says how the position is protected where its stops were changed.
        """
        called = self.clock.monotonic()  # an exit has its whole time after a look-up in a slow store
        prepared = self.checks.smart_order(ticket, session)
        if not is_successful(prepared):
            return Failure(prepared.failure())
        order = prepared.unwrap()
        if target is None:
            message = "a ticket without a target must have named it as a problem"
            raise AssertionError(message)
        began = self.clock.monotonic()
        session = replace(session, exits=target == 0)
        key = PositionKey(order.instrument.key, order.product)
        deadline = Deadline((began if session.exits else called) + self.timing.call)
        ends = Deadline(max(deadline.at, began + 2 * _STOP_SECONDS))
        progress = SmartProgress(session, order, key, self._request(order, target), deadline, ends)
        with self.guard.hold(key, self.timing.call, reduces=target == 0) as held:
            if not held:
                return Failure(Blocked(held.refusal.format(order.instrument.symbol)))
            if self.clock.monotonic() - began > _WAITED_SECONDS:
                progress.not_before = began  # of a crowd, one read serves all whose target is reached by then
            outcome = self._reach_target(progress)
            late = self.positions.states.of(session).take_late((key,))
            return _with_late(late, outcome) if late else outcome

    def _request(self, order: OrderRequest, target: int) -> SmartRequest:
        is_market = order.price_type is PriceType.MARKET
        return SmartRequest(
            target,
            lot_size=order.instrument.lot_size,
            urgency=urgency_of(order.price_type),
            trades_at_once=is_market and self.place.protection.rule.fallback is not MarketFallback.ALWAYS,
            side=order.side,
            quantity=order.quantity,
            policy=self.flat_target,
        )

    def _reach_target(self, progress: SmartProgress) -> Result[SmartOutcome, BrokerError]:
        for _ in range(_LOOKS):
            read = self._read(progress)
            if not is_successful(read):
                return self._give_up(progress, read.failure())
            progress.seen = read.unwrap()
            plan = plan_smart_order(progress.seen, progress.request)
            is_old, progress.not_before = progress.not_before is not None, None
            if is_old and not isinstance(plan, NoTrade):
                continue  # what is sent or cancelled is decided by a read of this moment
            _log_plan(progress, plan)
            if not isinstance(plan, ClearFirst):
                return self._carry_out(progress, plan)
            barrier = self._barrier(progress, plan)
            if barrier is not None:
                return self._give_up(progress, barrier)
            self._clear(progress, plan)
        symbol = progress.order.instrument.symbol
        return self._give_up(progress, Blocked(f"orders of {symbol} that lead away from the target still work"))

    def _read(self, progress: SmartProgress) -> Reading:
        if progress.assumed is not None:
            return Success(progress.assumed)
        exits = progress.request.target == 0
        read = self.positions.one(progress.session, progress.key, progress.deadline, progress.not_before, exits=exits)
        if not is_successful(read):
            return read
        self.place.gate.record_read(read)
        target = abs(progress.request.target)
        is_larger = target > abs(read.unwrap().net)
        doubt = self.checks.units_problem(target, progress.order.instrument) if is_larger else None
        return self._without_deliveries(progress, read.unwrap()) if doubt is None else Failure(doubt)

    def _without_deliveries(self, progress: SmartProgress, seen: PositionState) -> Reading:
        """Leave shares sold out of the depository out of a position that shall not become shorter."""
        if progress.request.target < 0:
            return Success(seen)
        delivered = self.holdings.delivered(progress.session, [(progress.key, seen.net)], progress.deadline)
        if not is_successful(delivered):
            return Failure(delivered.failure())
        units = delivered.unwrap().get(progress.key, 0)
        progress.delivered = units
        return Success(replace(seen, net=seen.net + units) if units else seen)

    def _barrier(self, progress: SmartProgress, plan: ClearFirst) -> BrokerError | None:
        """Return why nothing must be cleared: for an order that may not follow it would only be missing."""
        order, request, seen = progress.order, progress.request, progress.seen
        gap = request.whole_lots(request.target - seen.net)
        problems = self.checks.problems(_sized(order, Side.BUY if gap > 0 else Side.SELL, abs(gap))) if gap else ()
        barrier = Invalid(problems) if problems else self.place.gate.admit(reduces=plan.reduces)
        stops = sum(order.protects(seen.net) for order in plan.cancels) + len(plan.resizes)
        if barrier is not None or not stops or progress.stops.rows:
            return barrier
        if not progress.keep(_STOP_SECONDS, self.clock.monotonic()):
            return Blocked("no time is left in which a stop could be put back, so none was changed")
        note = f"{stops} stops, to reach {request.target}"
        recorded = self.canceller.journal_cancels(order.instrument, order.product, gap, note, exits=plan.reduces)
        return None if is_successful(recorded) else recorded.failure()

    def _clear(self, progress: SmartProgress, plan: ClearFirst) -> None:
        """Clear what is in the way; a dry run assumes that it is cleared."""
        if self.place.sender.dry_run:
            progress.cancelled += [order.order_id for order in plan.cancels]
            progress.resized += [size.stop.order_id for size in plan.resizes]
            progress.assumed = plan.carried_out(progress.seen)
            return
        session, instrument = progress.session, progress.order.instrument
        if plan.awaits:
            until = Deadline(min(progress.deadline.at, self.clock.monotonic() + self.timing.call / 4))
            self.canceller.watch.until_ended(session, set(plan.awaits), until)
            return
        reasons = {order.order_id: None if order.row is None else order.row.reason for order in plan.cancels}
        asked = self.canceller.cancel_and_wait(session, reasons, progress.deadline)
        progress.asked |= {
            order.order_id: (order, order.protects(progress.seen.net))
            for order in plan.cancels
            if order.order_id in asked
        }
        progress.note_changes(self._rows(progress))
        smaller, progress.resizing = self.stops.shrink(session, instrument, plan.resizes, progress.deadline)
        progress.resized += [row.order_id for row in smaller]
        progress.stops.resized += smaller

    def _rows(self, progress: SmartProgress) -> tuple[Order, ...]:
        return self.positions.states.of(progress.session).orders()

    def _carry_out(self, progress: SmartProgress, plan: NoTrade | TargetTrade) -> Result[SmartOutcome, BrokerError]:
        progress.note_changes(self._rows(progress))
        if isinstance(plan, NoTrade):
            before = progress.all_placed(f"{plan.reason}.")
            doubt = self.positions.overdue(progress.session, progress.key)
            return Success(progress.without_trade(plan, doubt) if before is None else before)
        sized, progress.side = _sized(progress.order, plan.side, plan.quantity), plan.side
        problems = self.checks.problems(sized)
        if problems:
            return self._give_up(progress, Invalid(progress.request.of_target(plan.side, plan.quantity, problems)))
        placed = self.place.send(progress.session, sized, progress.deadline, reduces=plan.reduces)
        if not is_successful(placed):
            return self._give_up(progress, placed.failure())
        followed = self._follow(progress, placed.unwrap())
        if progress.is_too_much and len(progress.placed) < _LOOKS:
            progress.is_too_much = False
            progress.placed.append(placed.unwrap())
            return self._reach_target(progress)
        if not is_successful(followed):
            return Failure(followed.failure())
        lot = progress.request.lot_size
        odd = f"{plan.odd_units} units are left, less than one lot of {lot}." if plan.odd_units else ""
        note = " ".join(filter(None, (placed.unwrap().note, odd, followed.unwrap())))
        return Success(progress.all_placed(note, placed.unwrap()) or placed.unwrap())

    def _follow(self, progress: SmartProgress, placement: Placement) -> Result[str, BrokerError]:
        """Watch an order of a position with stops: put them back when it ends or rests, fit them once it has filled.

        An exchange refuses an order, or ends it before all of it has traded, after the broker has accepted it.
        """
        changed = bool(progress.stops.rows)
        if self.place.sender.dry_run or not (changed or progress.seen.protective_stops):
            return Success("")
        became_limit = progress.order.price_type is PriceType.MARKET and placement.price_type is not PriceType.MARKET
        seconds = _FILL_SECONDS if became_limit or changed else 0.0
        until = Deadline(min(progress.deadline.at, self.clock.monotonic() + seconds))
        ended = self.canceller.watch.until_ended(progress.session, set(placement.order_ids), until)
        if any(order.filled < order.quantity for order in ended.values()):
            return Failure(self._protected(progress, placement.fell_short(ended)))
        if placement.price_type is PriceType.MARKET:
            is_late = progress.stops.cancelled and len(ended) < len(placement.order_ids)
            return Success("The exit has not traded yet, and its stop is cancelled." if is_late else "")
        if len(ended) < len(placement.order_ids):
            return Success(self._while_it_rests(progress))
        return self._fit_stops(progress, placement)

    def _while_it_rests(self, progress: SmartProgress) -> str:
        """Leave stops, or put them back, while an order rests; begin anew where a stop has traded meanwhile."""
        held = progress.seen.net
        if not self._look_again(progress):
            return progress.doubted_stops.words
        plan = plan_smart_order(progress.seen, progress.request.as_it_rests)
        progress.is_too_much = progress.is_beyond or isinstance(plan, ClearFirst)
        if progress.is_too_much:
            return ""
        restored = self._restore(progress, abs(progress.seen.net) if progress.seen.net * held > 0 else 0)
        if restored.words:
            return f"The exit rests. {restored.words}"
        stops = ", ".join(stop.order_id for stop in progress.seen.protective_stops)
        return f"Stop {stops} stays until the order has filled; ask for the target again then." if stops else ""

    def _fit_stops(self, progress: SmartProgress, placement: Placement) -> Result[str, BrokerError]:
        """Fit the stops after an order that could have rested has filled; begin anew where one has traded, too."""
        if not self._look_again(progress):
            return Success("Whether the stops still fit is not known, since the position could not be read.")
        plan = plan_smart_order(progress.seen, replace(progress.request, trades_at_once=True))
        if isinstance(plan, ClearFirst) and not progress.is_beyond:
            self._clear(progress, plan)
            left = progress.still_working(plan, self._rows(progress))
            if left:
                done = ", ".join(placement.order_ids)
                what = f"order {done} was placed, but order {', '.join(left)} still works and could pass the target"
                words = " ".join(progress.in_words()).rstrip(".")
                return Failure(Unconfirmed(". ".join(filter(None, (what, words))), left[0]))
            self._look_again(progress)
        progress.is_too_much = progress.is_beyond
        return Success("")

    def _look_again(self, progress: SmartProgress) -> bool:
        """Read the position after an order, and return whether it is known."""
        read = self.positions.many(progress.session, (progress.key,), progress.deadline)[progress.key]
        progress.seen = read.value_or(progress.seen)
        return is_successful(read)

    def _give_up(self, progress: SmartProgress, error: BrokerError) -> Result[SmartOutcome, BrokerError]:
        return Failure(self._protected(progress, error))

    def _protected(self, progress: SmartProgress, error: BrokerError) -> BrokerError:
        """Put the stops back after an order that did not follow them, and return its error with what became of them."""
        if progress.stops.rows or progress.resizing or progress.has_doubtful_stop:
            half = (self.clock.monotonic() + progress.ends.at) / 2
            progress.deadline = Deadline(max(progress.deadline.at, half))
        if progress.asked or progress.resizing:
            self.canceller.watch.until_ended(progress.session, progress.asked.keys(), progress.deadline)
            progress.note_changes(self._rows(progress))
        is_lost = isinstance(root_cause(error), OutcomeUnknown)
        stops = progress.doubted_stops if is_lost else self._put_back(progress, error)
        is_unprotected = stops.is_unprotected or progress.has_doubtful_stop
        words = stops.and_also(*progress.in_words()).words
        return replace(error, side_effects=SideEffects(words, is_unprotected=is_unprotected))

    def _put_back(self, progress: SmartProgress, error: BrokerError) -> SideEffects:
        """Put the stops back for what is held, less what a part of the order may still close."""
        held, room = progress.seen.net, abs(progress.seen.net)
        if isinstance(error, PartlyPlaced) and progress.stops.rows:
            until = Deadline(min(progress.deadline.at, self.clock.monotonic() + _FILL_SECONDS))
            self.canceller.watch.until_ended(progress.session, set(error.order_ids), until)
            if not self._look_again(progress):
                return progress.doubted_stops
            room = progress.seen.unprotected if progress.seen.net * held > 0 else 0
        return self._restore(progress, room)

    def _restore(self, progress: SmartProgress, room: int) -> SideEffects:
        if not progress.stops.rows or not room:
            return SideEffects()
        progress.forget_stops()
        return self.stops.restore(progress.session, progress.order.instrument, progress.stops, room, progress.ends)


def _with_late(late: str, outcome: Result[SmartOutcome, BrokerError]) -> Result[SmartOutcome, BrokerError]:
    """Name orders that arrived late in an outcome of any kind."""
    said = f"{late[:1].upper()}{late[1:]}."
    if not is_successful(outcome):
        error = outcome.failure()
        return Failure(replace(error, side_effects=error.side_effects.and_also(said)))
    done = outcome.unwrap()
    if isinstance(done, NoTrade):
        return Success(replace(done, reason=f"{done.reason}; {late}"))
    return Success(replace(done, note=" ".join(filter(None, (done.note, said)))))


def _sized(order: OrderRequest, side: Side, quantity: int) -> OrderRequest:
    disclosed = min(order.disclosed_quantity, quantity)
    return replace(order, side=side, quantity=quantity, disclosed_quantity=disclosed)


def _log_plan(progress: SmartProgress, plan: NoTrade | ClearFirst | TargetTrade) -> None:
    action, quantity = (plan.side.value, plan.quantity) if isinstance(plan, TargetTrade) else (type(plan).__name__, 0)
    seen, target, order = progress.seen, progress.request.target, progress.order
    way, delta = f"{seen.in_flight:+}", f"{target - seen.net - seen.in_flight:+}"
    words = (order.instrument.symbol, order.product, seen.net, way, target, delta, action, quantity)
    _LOG.debug("smart order %s %s: current %s, working %s, target %s, delta %s, action %s, quantity %s", *words)
