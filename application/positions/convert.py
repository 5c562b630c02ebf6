"""Carrying a position, or part of it, under another product."""

from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from typing import final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.reconcile import PositionReconciler
from jainam_prop.application.ports.runtime import Clock, SymbolGuard
from jainam_prop.application.ports.trading import PositionGateway
from jainam_prop.application.positions.position_command import PositionChange, PositionCommand
from jainam_prop.application.risk import RiskGate
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import Blocked, BrokerError, Invalid, Unreadable
from jainam_prop.domain.orders.capability import ProductTable
from jainam_prop.domain.orders.journal import CONVERSION
from jainam_prop.domain.positions.conversion import Conversion, conversion_problems, holding_problems, is_of_today
from jainam_prop.domain.positions.position_state import PositionState
from jainam_prop.domain.sessions.session import Session


@dataclass(frozen=True, slots=True)
class Converted:
    """Signed units that the position book showed under either product afterwards; None after a rehearsal."""

    source_net: int | None
    target_net: int | None


@final
@dataclass(frozen=True, slots=True)
class ConvertPosition:
    """Asks the broker to carry units under another product, and believes it when the position book shows it."""

    positions: PositionGateway
    reconciler: PositionReconciler
    guard: SymbolGuard
    command: PositionCommand
    gate: RiskGate
    products: ProductTable
    clock: Clock
    timing: Timing

    def __call__(self, session: Session, conversion: Conversion) -> Result[Converted, BrokerError]:
        """Convert units that a settled read shows to be held and that no working order may still close.

        Done only when the book shows the units under the new product; a request that was taken and does not show by the
        deadline is `OutcomeUnknown`. No smart order or close decides about the two positions meanwhile.
        """
        problems = conversion_problems(conversion, self.products)
        if problems:
            return Failure(Invalid(problems))
        deadline = Deadline(self.clock.monotonic() + self.timing.call)
        held_back = self.gate.probe_and_admit(session, deadline)
        if held_back is not None:
            return Failure(held_back)
        with ExitStack() as locks:
            for key in sorted((conversion.source_key, conversion.target_key)):
                held = locks.enter_context(self.guard.hold(key, deadline.remaining(self.clock.monotonic())))
                if not held:
                    return Failure(Blocked(held.refusal.format(conversion.instrument.symbol)))
            return self._convert(session, conversion, deadline)

    def _convert(self, session: Session, conversion: Conversion, deadline: Deadline) -> Result[Converted, BrokerError]:
        held = self._held(session, conversion, deadline)
        if not is_successful(held):
            return Failure(held.failure())
        source, target = held.unwrap()
        problems = holding_problems(conversion, source)
        if problems:
            return Failure(Invalid(problems))
        seen = self.command(
            session,
            _changes(conversion, source, target),
            partial(self.positions.convert, session, conversion, of_today=is_of_today(source)),
            deadline,
            reduces=False,
        )
        if not is_successful(seen):
            return Failure(seen.failure())
        doubt, nets = seen.unwrap().doubt, seen.unwrap().nets
        if doubt is not None:
            return Failure(doubt)
        return Success(Converted(nets.get(conversion.source_key), nets.get(conversion.target_key)))

    def _held(
        self, session: Session, conversion: Conversion, deadline: Deadline
    ) -> Result[tuple[PositionState, PositionState], BrokerError]:
        """Return what is held under either product, each certain."""
        keys = (conversion.source_key, conversion.target_key)
        readings = self.reconciler.many(session, keys, deadline)
        for reading in readings.values():
            if not is_successful(reading):
                return Failure(reading.failure())
            if reading.unwrap().unresolved:
                marks = ", ".join(one.identifier for one in reading.unwrap().unresolved)
                return Failure(Unreadable(f"position unknown: the outcome of order {marks} is unknown"))
        return Success((readings[keys[0]].unwrap(), readings[keys[1]].unwrap()))


def _changes(
    conversion: Conversion, source: PositionState, target: PositionState
) -> tuple[PositionChange, PositionChange]:
    units = conversion.quantity if source.net > 0 else -conversion.quantity
    symbol = conversion.instrument.symbol
    return (
        PositionChange(conversion.source_key, symbol, source.net, -units, CONVERSION),
        PositionChange(conversion.target_key, symbol, target.net, units, CONVERSION),
    )
