"""Protective stops around an exit: made smaller or cancelled before it, and put back when it turns out impossible."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final, final

from returns.pipeline import is_successful

from jainam_prop.application.books.order_watch import OrderWatch
from jainam_prop.application.orders.cancel import OrderCanceller
from jainam_prop.application.orders.place import PlaceOrder
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import OutcomeUnknown, SideEffects, root_cause
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.orders.client_order_id import dry_run_id
from jainam_prop.domain.orders.order import Order, OrderChange, OrderRequest, OrderState, Product
from jainam_prop.domain.positions.smart_order import StopSize
from jainam_prop.domain.sessions.session import Session

_RESTORE_SECONDS: Final = 1.0
"""Time that putting stops back has at least: a late answer is better than no protection."""


@dataclass(slots=True)
class StopChanges:
    """The stops of one position that were cancelled or made smaller, as their rows were before.

    Attributes:
        cancelled: rows of the stops that were seen cancelled.
        resized: rows of the stops that were seen made smaller.
    """

    cancelled: list[Order] = field(default_factory=list)
    resized: list[Order] = field(default_factory=list)

    @property
    def rows(self) -> tuple[Order, ...]:
        """All of them."""
        return (*self.resized, *self.cancelled)


@final
@dataclass(frozen=True, slots=True)
class ProtectiveStops:
    """Changes protective stops and restores them."""

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
    ) -> SideEffects:
        """Put changed stops back and say how the position is protected now.

        Args:
            session: the account of the position.
            instrument: its contract.
            changes: what to undo.
            room: units that the stops may close together; none is larger than it was.
            deadline: of the caller.
        """
        until = Deadline(max(deadline.at, self.place.clock.monotonic() + _RESTORE_SECONDS))
        stops: dict[bool | None, list[str]] = {True: [], False: [], None: []}
        spare: list[str] = []
        for row in changes.rows:
            units = min(row.could_trade, room)
            if units <= 0:
                spare.append(row.order_id)
                continue
            if row in changes.resized:
                name, done = row.order_id, self._resize(session, instrument, row, units, until)
            else:
                name, done = self._place_again(session, instrument, row, units, until)
                doubt = f"{row.order_id}, sent again as order {name},"
                name = name if done else row.order_id if done is False else doubt
            stops[done].append(name)
            room -= 0 if done is False else units
        changes.cancelled.clear()
        changes.resized.clear()
        return _in_words(*(", ".join(each) for each in (stops[True], stops[None], stops[False], spare)))

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
            partial(sender.gateway.modify, session, change),
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
    ) -> tuple[str, bool | None]:
        """Return the order that takes the place of a stop, and whether it was seen to; None when it still may."""
        if row.price_type is None:
            return "", False
        stop = OrderRequest(
            instrument, row.side, Product(row.product), row.price_type, units, row.price, row.trigger_price
        )
        placed = self.place.send(session, stop, deadline, reduces=True)
        if not is_successful(placed):
            cause = root_cause(placed.failure())
            return (cause.identifier, None) if isinstance(cause, OutcomeUnknown) else ("", False)
        order_id = placed.unwrap().order_id
        seen = self.watch.until(session, order_id, deadline, lambda order: order.state is not OrderState.PENDING_NEW)
        return order_id, None if seen is None else seen.is_working or seen.state is OrderState.FILLED


def _in_words(restored: str, unconfirmed: str, lost: str, spare: str) -> SideEffects:
    """Say how a position is protected now, by its stops: those put back, not confirmed, lost, and not needed."""
    words = {
        "The position has lost protection: stop {} could not be put back.": lost,
        "The position may have lost protection: stop {} is not confirmed.": unconfirmed,
        "Its stop was put back as order {}.": restored,
        "Stop {} was not: the others are for all that is held.": spare,
    }
    sentences = [sentence.format(stops) for sentence, stops in words.items() if stops]
    return SideEffects(" ".join(sentences), is_unprotected=bool(lost or unconfirmed))


def _has_size(quantity: int, order: Order) -> bool:
    return order.state.is_terminal or order.quantity == quantity
