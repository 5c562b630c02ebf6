"""The broker's own square-off: asked for only on purpose, and believed only when the position book is flat.

It is no substitute for `CloseAllPositions`, which knows each of its orders and never sells more than is held.
"""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.books import Books
from jainam_prop.application.books.reconcile import PositionReconciler
from jainam_prop.application.close_all.report import CloseReport, LegReport, LegState
from jainam_prop.application.ports.instruments import InstrumentStore, InstrumentsUnreadableError
from jainam_prop.application.ports.runtime import Clock, SymbolGuard
from jainam_prop.application.ports.trading import PositionGateway
from jainam_prop.application.positions.position_command import CommandOutcome, PositionChange, PositionCommand
from jainam_prop.application.risk import RiskGate
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import Blocked, BrokerError, Unreadable
from jainam_prop.domain.positions.position import Position, PositionKey, key_of
from jainam_prop.domain.sessions.session import Session

_HOW: Final = "SQUARE-OFF"
_SWITCHED_OFF: Final = (
    "the broker's own square-off is switched off: close-all and a smart order with target 0 do the same with every "
    "order known; {} allows it all the same"
)
_REHEARSED: Final = "dry run, nothing was sent"


@final
@dataclass(frozen=True, slots=True)
class NativeSquareOff:
    """Asks the broker to square off one position, or all of them, and reports what the position book shows then.

    Smart orders of the same positions are waited for, but not for ever: an exit goes on without its guard.
    """

    positions: PositionGateway
    instruments: InstrumentStore
    books: Books
    reconciler: PositionReconciler
    guard: SymbolGuard
    command: PositionCommand
    gate: RiskGate
    clock: Clock
    timing: Timing
    allowed: bool = False
    how_to_allow: str = "a setting"

    def one(self, session: Session, key: PositionKey, *, insist: bool = False) -> Result[CloseReport, BrokerError]:
        """Square off the whole of one position as a settled read shows it; the report is empty when it is flat.

        Args:
            session: the account of the position.
            key: which.
            insist: do it although the settings do not allow it.
        """
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        held_back = self._held_back(insist=insist)
        if held_back is not None:
            return Failure(held_back)
        with self.guard.hold(key, self.timing.call, reduces=True):
            settled = self.reconciler.many(session, (key,), deadline)[key]
            if not is_successful(settled):
                return Failure(settled.failure())
            net = settled.unwrap().net
            if settled.unwrap().unresolved:
                return Failure(Unreadable("position unknown: the outcome of an order for it is unknown"))
            if not net:
                return Success(CloseReport(()))
            changes = (PositionChange(key, self._symbol(key, ""), net, -net, _HOW),)
            return self._ask(
                session, changes, lambda seconds: self.positions.square_off(session, key, abs(net), seconds), deadline
            )

    def all(self, session: Session, *, insist: bool = False) -> Result[CloseReport, BrokerError]:
        """Square off every open position of the account; the report is empty when there is none.

        Positions are taken as the book shows them: how much each closing order is for decides the broker.

        Args:
            session: the account of the positions.
            insist: do it although the settings do not allow it.
        """
        deadline = Deadline(self.clock.monotonic() + self.timing.close_all)
        held_back = self._held_back(insist=insist)
        if held_back is not None:
            return Failure(held_back)
        found = self.open_positions(session)
        if not is_successful(found):
            return Failure(found.failure())
        if not found.unwrap():
            return Success(CloseReport(()))
        changes = [
            PositionChange(
                position.key, self._symbol(position.key, position.broker_symbol), position.net, -position.net, _HOW
            )
            for position in found.unwrap()
        ]
        with ExitStack() as locks:
            for key in sorted(change.key for change in changes):
                locks.enter_context(self.guard.hold(key, self.timing.call, reduces=True))
            return self._ask(
                session, changes, lambda seconds: self.positions.square_off_all(session, seconds), deadline
            )

    def open_positions(self, session: Session) -> Result[tuple[Position, ...], BrokerError]:
        """Read which positions are open now."""
        positions = self.books.positions(session, Deadline(self.clock.monotonic() + self.timing.call))
        return positions.map(lambda rows: tuple(position for position in rows if position.net))

    def _held_back(self, *, insist: bool) -> Blocked | None:
        if not (self.allowed or insist):
            return Blocked(_SWITCHED_OFF.format(self.how_to_allow))
        return self.gate.admit(reduces=True)

    def _ask(
        self,
        session: Session,
        changes: Sequence[PositionChange],
        attempt: Callable[[float], Result[None, BrokerError]],
        deadline: Deadline,
    ) -> Result[CloseReport, BrokerError]:
        seen = self.command(session, changes, attempt, deadline, reduces=True)
        if not is_successful(seen):
            return Failure(seen.failure())
        legs = tuple(_leg(change, seen.unwrap()) for change in changes)
        problem = "" if seen.unwrap().rehearsed else self._left_working(session, changes)
        return Success(CloseReport(legs, problem=problem))

    def _left_working(self, session: Session, changes: Sequence[PositionChange]) -> str:
        """Say which orders could still open these positions again; a stop that the broker left alone could."""
        orders = self.books.orders(session, Deadline(self.clock.monotonic() + self.timing.call))
        if not is_successful(orders):
            return f"whether orders still work is not known: {orders.failure().message}"
        keys = {change.key for change in changes}
        working = sum(order.is_working and key_of(order) in keys for order in orders.unwrap())
        return f"orders that could open these positions again still work: {working}" if working else ""

    def _symbol(self, key: PositionKey, broker_symbol: str) -> str:
        try:
            instrument = self.instruments.find_key(key.instrument)
        except InstrumentsUnreadableError:
            instrument = None
        return broker_symbol or str(key.instrument.token) if instrument is None else instrument.symbol


def _leg(change: PositionChange, seen: CommandOutcome) -> LegReport:
    if seen.rehearsed:
        return LegReport(change.key, change.symbol, change.net, change.net, (), LegState.SKIPPED, _REHEARSED)
    now = seen.nets.get(change.key)
    if now == 0:
        return LegReport(change.key, change.symbol, change.net, 0, (), LegState.CLOSED)
    return LegReport(
        change.key,
        change.symbol,
        change.net,
        now,
        (),
        LegState.UNKNOWN,
        "" if seen.doubt is None else seen.doubt.message,
    )
