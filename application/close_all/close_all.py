"""The emergency close of all positions: cancel, wait, re-read, square off, verify by the books."""

import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeAlias, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.holdings import Holdings
from jainam_prop.application.books.reconcile import PositionReconciler
from jainam_prop.application.close_all.context import CloseContext
from jainam_prop.application.close_all.leg import CloseLeg
from jainam_prop.application.close_all.report import CloseReport, LegState, rehearsal
from jainam_prop.application.orders.cancel import OrderCanceller
from jainam_prop.application.orders.place import PlaceOrder
from jainam_prop.application.orders.protective_stops import ProtectiveStops
from jainam_prop.application.ports.instruments import InstrumentStore, InstrumentsUnreadableError
from jainam_prop.application.ports.runtime import Clock, SymbolGuard, TaskRunner
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import Blocked, BrokerError, NotSent, RateLimited, Unreadable
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKey, numbered
from jainam_prop.domain.positions.close_all import ClosePlan, Skipped, plan_close_all, without_deliveries
from jainam_prop.domain.positions.net_position import Trust
from jainam_prop.domain.positions.position import Position
from jainam_prop.domain.sessions.session import Session

_LOCK_SECONDS: Final = 1.0
"""How long to wait for locks at a time, when there is nothing else to do."""
_FRESH_SECONDS: Final = 1.5
"""A leg that waited longer for its turn is read again before it is sent; the position book allows one read a second."""

_READ_SHARE: Final = 1 / 3
"""Share of a call's time that one read of the books may take; after one that failed it is doubled."""
_CONFIRM_SECONDS: Final = 3.0
"""How long the position book has to contradict a close that fills have proved."""
_STOP_SECONDS: Final = 3.0
"""Time that putting stops back may take beyond the deadline."""
_ROUNDS: Final = 3
"""A first round, and one more for each time that positions were opened meanwhile."""
_READ_AGAIN: Final = (Unreadable, NotSent, RateLimited)
"""Errors of a read that may be different the next time."""

Progress: TypeAlias = Callable[[CloseReport], None]

_LOG: Final = logging.getLogger(__name__)


@final
@dataclass(frozen=True, slots=True)
class CloseAllPositions:
    """Squares off every open position and reports what the books show afterwards, position by position."""

    instruments: InstrumentStore
    positions: PositionReconciler
    guard: SymbolGuard
    canceller: OrderCanceller
    place: PlaceOrder
    stops: ProtectiveStops
    holdings: Holdings
    tasks: TaskRunner
    clock: Clock
    timing: Timing

    def __call__(  # noqa: PLR0913 (what a person may choose)
        self,
        session: Session,
        products: frozenset[str] | None = None,
        progress: Progress = lambda _report: None,
        *,
        keep_entries: bool = False,
        trust: Trust | None = None,
        confirm: bool = False,
    ) -> Result[CloseReport, BrokerError]:
        """Close all positions, and cancel every order that could open one again.

        Fails only when the books cannot be read or no exit may pass, and then nothing was done. No leg sends more units
        than a settled position less every exit that could still trade. A leg that another process decides about waits
        half of the time for its lock. What was never sent and what could not be read is tried again until the time is
        over. Flat is reported only after a last read of all. Stops that no exit followed are put back.

        Args:
            session: the account of the positions.
            products: only these; None is all.
            progress: called with the report so far, at the start and whenever it has changed.
            keep_entries: leave working orders of flat contracts alone.
            trust: which figure counts of two that contradict each other; None closes what both allow.
            confirm: wait for the position book too, and go on where it contradicts; otherwise it is read afterwards.
        """
        began, session = self.clock.monotonic(), replace(session, exits=True)
        deadline = Deadline(began + self.timing.close_all)
        if session.account.trading_barrier:
            return Failure(Blocked(session.account.trading_barrier))  # nor is it certain which positions are its own
        planned, chosen = self._planned_at_first(session, products, deadline, trust)
        if not is_successful(planned):
            return Failure(planned.failure())
        plan = replace(planned.unwrap(), entries=()) if keep_entries else planned.unwrap()
        held_back = None if plan.is_empty else self.place.gate.admit(reduces=True)
        if held_back is not None:  # to cancel stops and then send nothing would leave positions without any
            return Failure(held_back)
        if self.place.sender.dry_run:
            return Success(rehearsal(plan))
        self._journal_cancels(plan)
        context = CloseContext(session, plan, deadline, began, keep_entries=keep_entries)
        with ExitStack() as locks:
            problem = self._carry_out(context, locks, products, progress, confirm=confirm)
        late = self.positions.states.of(session).take_late([leg.key for leg in context.legs])
        note = "; ".join(filter(None, (chosen, late, self.place.sender.journal.problem)))
        report = replace(context.report(problem), note=note)
        _log_legs(report)
        return Success(report)

    def _planned_at_first(
        self, session: Session, products: frozenset[str] | None, deadline: Deadline, trust: Trust | None
    ) -> tuple[Result[ClosePlan, BrokerError], str]:
        """Return the plan of a close, and what a person's choice decided."""
        planned = self._planned(session, products, deadline)
        if is_successful(planned) and not self.positions.states.of(session).positions():
            planned = self._planned(session, products, deadline)  # two empty books prove more than one
        chosen = self.positions.trust(session, trust) if trust is not None and is_successful(planned) else ""
        return self._planned(session, products, deadline) if chosen else planned, chosen

    def plan(
        self, session: Session, products: frozenset[str] | None = None, seconds: float | None = None
    ) -> Result[ClosePlan, BrokerError]:
        """Read the books and return what a close would do, without doing it.

        That no position is open is confirmed by a position book of this moment: whoever closes has seen something.
        """
        began = self.clock.monotonic()
        deadline = Deadline(began + (self.timing.call if seconds is None else seconds))
        planned = self._plan_from(session, products, deadline, began)
        if is_successful(planned) and planned.unwrap().finds_nothing:
            planned = self._plan_from(session, products, deadline, began, sure=True)
        return planned

    def _plan_from(
        self, session: Session, products: frozenset[str] | None, deadline: Deadline, at: float, *, sure: bool = False
    ) -> Result[ClosePlan, BrokerError]:
        found = self.positions.open_positions(session, deadline, at, confirms=sure)
        if not is_successful(found):
            return Failure(found.failure())
        account = found.unwrap()
        nets = [(row.key, row.net) for row in account.open]
        delivered = self.holdings.delivered(session, nets, deadline).value_or(None)
        found_by = partial(self._instrument, {row.key.instrument: row.broker_symbol for row in account.open})
        plan = plan_close_all(account.open, account.working, found_by, products, account.doubtful)
        overdue = tuple(
            Skipped(row.key, self._symbol(row), row.net, reason, is_open=False)
            for row, reason in account.overdue
            if products is None or row.key.product in products
        )
        return Success(without_deliveries(replace(plan, skipped=(*plan.skipped, *overdue)), delivered))

    def _symbol(self, row: Position) -> str:
        found = self._instrument({row.key.instrument: row.broker_symbol}, row.key.instrument)
        return row.broker_symbol if found is None else found.symbol

    def _instrument(self, names: Mapping[InstrumentKey, str], key: InstrumentKey) -> Instrument | None:
        """Return a contract; without a master, by its number alone, which is all that an order needs."""
        try:
            found = self.instruments.find_key(key)
            is_known = found is not None or self.instruments.generation() is not None
        except InstrumentsUnreadableError:
            found, is_known = None, False
        return found if is_known else numbered(key, names.get(key, ""))

    def _planned(
        self, session: Session, products: frozenset[str] | None, deadline: Deadline
    ) -> Result[ClosePlan, BrokerError]:
        """Read the plan, again and again where a read fails: one that hangs must not use the time of all."""
        seconds = self.timing.call * _READ_SHARE
        while True:
            planned = self.plan(session, products, seconds)
            is_over = not deadline.allows(self.clock.monotonic(), self.timing.poll)
            if is_successful(planned) or is_over or not isinstance(planned.failure(), _READ_AGAIN):
                return planned
            seconds = min(self.timing.call, 2 * seconds)
            self.clock.sleep(self.timing.poll)

    def _journal_cancels(self, plan: ClosePlan) -> None:
        """Record that orders will be cancelled."""
        if plan.cancels and plan.legs:
            leg, note = plan.legs[0], f"{len(plan.cancels)} orders, to close {len(plan.legs)} positions"
            self.canceller.journal_cancels(leg.instrument, leg.key.product, -leg.net, note)

    def _carry_out(
        self,
        context: CloseContext,
        locks: ExitStack,
        products: frozenset[str] | None,
        progress: Progress,
        *,
        confirm: bool,
    ) -> str:
        """Cancel, square off and verify; return what else could be open at the end, "" when nothing could."""
        self._claim(context, locks, 0.0)
        context.report_progress(progress)
        problem = ""
        for _ in range(_ROUNDS):
            self._square_off(context, locks, progress)
            if confirm:
                self._confirm(context)
            later = self._last_look(context, products)
            if not is_successful(later):
                problem = f"the last look at the books failed: {later.failure().message}"
                break
            is_over = not context.deadline.allows(self.clock.monotonic(), self.timing.poll)
            if not (context.adopt(later.unwrap()) or (confirm and context.is_waiting)) or is_over:
                break
        self._restore_stops(context)
        if not confirm:  # last, since it takes the processor as well
            self.positions.settle_in_background(context.session)
        left = ", ".join(context.entries_left)
        entries = f"orders that could open a position still work: {left}" if left else ""
        return "; ".join(filter(None, (problem, entries)))

    def _confirm(self, context: CloseContext) -> None:
        """Wait until the position book has agreed with what fills have proved, or its time is over."""
        if context.legs:
            at = min(self.clock.monotonic() + _CONFIRM_SECONDS, context.deadline.at)
            self.positions.settle(context.session, Deadline(at))

    def _square_off(self, context: CloseContext, locks: ExitStack, progress: Progress) -> None:
        """Read, act, and read again, until every leg is decided or the time is over."""
        patience, is_idle, account = self._soon(context), False, self.positions.states.of(context.session)
        was_pending = False
        not_before = max(context.looked_at, self.clock.monotonic() - self.timing.poll)
        while True:
            version = account.version
            gained = self._claim(context, locks, _LOCK_SECONDS if is_idle else 0.0)
            if self._cancel(context, context.cancels_left) or gained:
                patience, not_before = self._soon(context), self.clock.monotonic()
            self._look(context, not_before)
            context.report_progress(progress)
            # What was waited for until now has only begun to show.
            patience = self._soon(context) if was_pending and not context.is_pending else patience
            is_over = not context.unguarded and not patience.allows(self.clock.monotonic(), self.timing.poll)
            # Last, closing orders that rest are taken back, as long as another may follow at the price of that moment.
            is_idle = not (self._act(context) or (is_over and self._cancel(context, context.to_take_back())))
            if not is_idle:
                patience = self._soon(context)
            elif self._is_decided(context, is_over=is_over):
                return
            elif not context.unguarded:
                account.wait_for_change(version, self.timing.poll)
            not_before, was_pending = self.clock.monotonic(), context.is_pending

    def _is_decided(self, context: CloseContext, *, is_over: bool) -> bool:
        """Whether nothing more can come of it: no leg waits, or it waits in vain, or there is no time."""
        if not context.deadline.allows(self.clock.monotonic(), self.timing.poll):
            return True
        return not (context.is_waiting or context.entries_left) or (is_over and not context.is_pending)

    def _claim(self, context: CloseContext, locks: ExitStack, seconds: float) -> bool:
        """Take the locks that come free within so many seconds, and do without them once their time has come.

        Returns whether any leg may go now that might not before.
        """
        until, gained = Deadline(self.clock.monotonic() + seconds), False
        for leg in context.unguarded:
            with ExitStack() as claim:
                left = until.remaining(self.clock.monotonic())
                is_held = claim.enter_context(self.guard.hold(leg.key, left, reduces=True))
                if is_held or self.clock.monotonic() >= context.unguarded_at:
                    locks.push(claim.pop_all())
                    leg.is_guarded = gained = True
        return gained

    def _look(self, context: CloseContext, not_before: float) -> None:
        """Read the legs once that are not closed and that no other process decides about."""
        context.looked_at = not_before
        keys = [leg.key for leg in context.legs if leg.is_guarded and not leg.is_closed]
        if not keys and not context.entries_left:
            return
        seconds = max(context.read_seconds, self.timing.call * _READ_SHARE)
        soon = Deadline(min(context.deadline.at, self.clock.monotonic() + seconds))
        readings = self.positions.look(context.session, keys, soon, not_before) if keys else {}
        orders = self.positions.orders(context.session, soon, not_before)
        context.read_seconds = 0.0 if is_successful(orders) else min(self.timing.call, 2 * seconds)
        context.read(readings, orders.value_or(()), self.clock.monotonic())

    def _act(self, context: CloseContext) -> bool:
        """Send what may go and cancel what is in the way; False when there was neither."""
        now = self.clock.monotonic()
        ready = context.ready(now)
        self.tasks.run([partial(self._send, context, leg) for leg in ready])
        return self._cancel(context, context.in_the_way(now)) or any(leg.was_sent for leg in ready)

    def _send(self, context: CloseContext, leg: CloseLeg) -> None:
        moment = self.clock.monotonic() - _FRESH_SECONDS
        if context.looked_at < moment:
            leg.read(self.positions.look(context.session, (leg.key,), self._soon(context), moment)[leg.key])
        if leg.can_send:
            leg.sent(self.place.send(context.session, leg.order(), context.deadline, reduces=True))

    def _cancel(self, context: CloseContext, order_ids: Sequence[str]) -> bool:
        """Cancel orders and return whether the broker accepted any of it."""
        if not order_ids:
            return False
        outcomes = self.canceller.cancel_many(context.session, order_ids, context.deadline)
        context.asked(outcomes)
        context.cleared_at = self.clock.monotonic() + self.timing.call / 2
        return any(is_successful(outcome) for outcome in outcomes.values())

    def _last_look(self, context: CloseContext, products: frozenset[str] | None) -> Result[ClosePlan, BrokerError]:
        """Judge all legs by the books of the last read, and return the plan that a close would make from them."""
        until = Deadline(max(context.deadline.at, self.clock.monotonic() + self.timing.call * _READ_SHARE))
        soon = max(until, self._soon(context), key=lambda one: one.at)
        moment, session = context.looked_at, context.session
        later = self._plan_from(session, products, soon, moment, sure=bool(context.plan.entries) and not context.legs)
        keys = [leg.key for leg in context.legs]
        if is_successful(later):
            readings = self.positions.look(session, keys, soon, moment) if keys else {}
            context.read(readings, self.positions.orders(session, soon, moment).value_or(()), self.clock.monotonic())
        return later

    def _restore_stops(self, context: CloseContext) -> None:
        """Put back the stops of the legs that no exit has followed."""
        for leg in context.legs:
            changes, room = leg.stops_to_restore(), leg.room
            leg.protection = leg.lost_protection
            until = Deadline(max(context.deadline.at, self.clock.monotonic() + _STOP_SECONDS))
            if changes is not None and room:
                leg.protection = self.stops.restore(context.session, leg.instrument, changes, room, until)

    def _soon(self, context: CloseContext) -> Deadline:
        """Return the deadline of one step: as long as a single call, never past the whole deadline."""
        return Deadline(min(context.deadline.at, self.clock.monotonic() + self.timing.call))


def _log_legs(report: CloseReport) -> None:
    for leg in report.legs:
        where, state = (leg.symbol, leg.key.product), leg.state.value
        orders, why = ", ".join(leg.order_ids) or "none", leg.reason or "done"
        words = (*where, leg.net, leg.remaining, state, orders, why)
        _LOG.debug("close of %s %s: held %s, remaining %s, %s by orders %s; %s", *words)
        if leg.state is not LegState.CLOSED:
            _LOG.error("close of %s %s did not end flat: %s", *where, state)
