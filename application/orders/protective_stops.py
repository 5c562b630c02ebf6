"""Protective stops around an exit: made smaller or cancelled before it, and put back when it turns out impossible."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final, final

from returns.pipeline import is_successful

from jainam_prop.application.books.order_watch import OrderWatch
from jainam_prop.application.orders.cancel import OrderCanceller
from jainam_prop.application.orders.place import PlaceOrder
from jainam_prop.application.ports.trading import OrderGateway
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import Blocked, BrokerError, NotSent, OutcomeUnknown, PartlyPlaced, Rejected, Unreadable
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.client_order_id import dry_run_id
from jainam_prop.domain.orders.order import Order, OrderChange, OrderRequest, OrderState, Product
from jainam_prop.domain.positions.smart_order import StopSize
from jainam_prop.domain.sessions.session import Session

_RESTORE_SECONDS: Final = 3.0
"""Time that putting stops back may take beyond the caller's deadline: a late answer is better than no protection."""


@dataclass(slots=True)
class StopChanges:
    """The stops of one position that were cancelled or made smaller, as their rows were before.

    Attributes:
        cancelled: rows of the stops that were seen cancelled.
        resized: rows of the stops that were seen made smaller.
    """

    cancelled: list[Order] = field(default_factory=list)
    resized: list[Order] = field(default_factory=list)


@final
@dataclass(frozen=True, slots=True)
class ProtectiveStops:
    """Changes protective stops and restores them."""

    gateway: OrderGateway
    canceller: OrderCanceller
    watch: OrderWatch
    place: PlaceOrder

    def shrink(
        self, session: Session, instrument: Instrument, sizes: Sequence[StopSize], deadline: Deadline
    ) -> tuple[list[Order], list[StopSize]]:
        """Make stops smaller; return the former rows of those that the order book shows so, and those not confirmed.

        The order is important: a stop that is smaller before the exit leaves a part of the position without protection
        for a moment; one that is made smaller after it could fire in between and reverse the position.
        """
        seen: list[Order] = []
        unconfirmed: list[StopSize] = []
        for size in sizes:
            row = size.stop.row
            done = False if row is None else self._resize(session, instrument, row, size.units, deadline)
            seen += [row] if row is not None and done else []
            unconfirmed += [size] if done is None else []
        return seen, unconfirmed

    def restore(
        self, session: Session, instrument: Instrument, changes: StopChanges, room: int, deadline: Deadline
    ) -> str:
        """Put changed stops back and return a sentence that says how the position is protected now.

        Args:
            session: the account of the position.
            instrument: its contract.
            changes: what to undo.
            room: units that the stops may close together; none is larger than it was.
            deadline: of the caller; it is extended a little.
        """
        until = Deadline(max(deadline.at, self.place.clock.monotonic() + _RESTORE_SECONDS))
        restored: list[str] = []
        lost: list[str] = []
        spare: list[str] = []
        for row in (*changes.resized, *changes.cancelled):
            units = min(row.could_trade, room)
            if units <= 0:
                spare.append(row.order_id)
                continue
            if row in changes.resized:
                order_id = row.order_id if self._resize(session, instrument, row, units, until) else None
            else:
                order_id = self._place_again(session, instrument, row, units, until)
            room -= units
            (lost if order_id is None else restored).append(order_id or row.order_id)
        changes.cancelled.clear()
        changes.resized.clear()
        if lost:
            return f"The position has lost protection: stop {', '.join((*lost, *spare))} could not be put back."
        more = f" Stop {', '.join(spare)} was not: that protects all that is held." if spare else ""
        return f"Its stop was put back as order {', '.join(restored)}.{more}" if restored else ""

    def _resize(
        self, session: Session, instrument: Instrument, row: Order, units: int, deadline: Deadline
    ) -> bool | None:
        """Return whether a stop was seen with its new size; None when the change may still come."""
        if row.price_type is None:
            return False
        change = OrderChange(
            row.order_id,
            instrument,
            Product(row.product),
            row.price_type,
            row.filled + units,
            row.price,
            row.trigger_price,
            identifier=row.identifier,
        )
        sender = self.canceller.sender
        outcome = sender.dispatch(
            session,
            partial(self.gateway.modify, session, change),
            deadline,
            dry_run_answer=dry_run_id(row.order_id),
            reduces=True,
        )
        if sender.dry_run:
            return True
        until = Deadline(min(deadline.at, self.place.clock.monotonic() + self.place.timing.call / 4))
        seen = self.watch.until(session, row.order_id, until, partial(_has_size, change.quantity))
        if seen is None and (is_successful(outcome) or isinstance(outcome.failure(), OutcomeUnknown)):
            return None
        return seen is not None and not seen.state.is_terminal

    def _place_again(
        self, session: Session, instrument: Instrument, row: Order, units: int, deadline: Deadline
    ) -> str | None:
        if row.price_type is None:
            return None
        stop = OrderRequest(
            instrument, row.side, Product(row.product), row.price_type, units, row.price, row.trigger_price
        )
        placed = self.place.send(session, stop, deadline, reduces=True)
        if not is_successful(placed):
            return None
        order_id = placed.unwrap().order_id
        seen = self.watch.until(session, order_id, deadline, lambda order: order.state is not OrderState.PENDING_NEW)
        is_protected = seen is not None and (seen.is_working or seen.state is OrderState.FILLED)
        return order_id if is_protected else None


def with_protection(error: BrokerError, protection: str) -> BrokerError:
    """Return an error that also says how the position is protected; a lost protection is said first."""
    if not protection:
        return error
    if isinstance(error, PartlyPlaced):
        return replace(error, cause=with_protection(error.cause, protection))
    if not isinstance(error, Rejected | Blocked | NotSent | OutcomeUnknown | Unreadable):
        return Blocked(f"{protection} {error.message}")
    is_lost = "lost" in protection
    return replace(error, reason=f"{protection} {error.reason}" if is_lost else f"{error.reason}. {protection}")


def _has_size(quantity: int, order: Order) -> bool:
    return order.state.is_terminal or order.quantity == quantity
