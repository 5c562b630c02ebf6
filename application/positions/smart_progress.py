"""One smart order under way: what was read last, and what was cancelled or changed for it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from jainam_prop.application.orders.place import Placement
from jainam_prop.application.orders.protective_stops import StopChanges
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import SideEffects
from jainam_prop.domain.orders.order import Order, OrderRequest, OrderState, Side
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.positions.position_state import PositionState, WorkingOrder
from jainam_prop.domain.positions.smart_order import ClearFirst, NoTrade, SmartRequest, StopSize, changes_in_words
from jainam_prop.domain.sessions.session import Session


@dataclass(slots=True)
class SmartProgress:
    """The state of one smart order.

    Attributes:
        deadline: of everything but what is done for stops that were changed, which is over when the call ``ends``.
        not_before: monotonic; a first read may be as old as that, since the lock was waited for.
        seen: the position as it was read last.
        assumed: what a dry run takes the position to be.
        delivered: units sold out of the depository, which count as none.
        asked: orders whose cancel the broker has, each with whether it is a stop, until their end is seen.
        resizing: stops whose new size the broker has, until it is seen.
        cancelled, resized: order ids, as seen.
        stops: former rows of the stops among them, by which they are put back.
        side: of the order that was placed last.
        placed: what was placed before a stop traded meanwhile, so that it was planned anew.
        is_too_much: whether that is so, and the order that rests would pass the target.
    """

    session: Session
    order: OrderRequest
    key: PositionKey
    request: SmartRequest
    deadline: Deadline
    ends: Deadline
    not_before: float | None = None
    seen: PositionState = field(default_factory=lambda: PositionState(0))
    assumed: PositionState | None = None
    delivered: int = 0
    asked: dict[str, tuple[WorkingOrder, bool]] = field(default_factory=dict)
    resizing: list[StopSize] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    resized: list[str] = field(default_factory=list)
    stops: StopChanges = field(default_factory=StopChanges)
    side: Side = Side.BUY
    placed: list[Placement] = field(default_factory=list)
    is_too_much: bool = False

    def keep(self, seconds: float, now: float) -> bool:
        """Keep so many seconds before the end, and return whether any time is left until then."""
        self.deadline = Deadline(min(self.deadline.at, self.ends.at - seconds))
        return now < self.deadline.at

    def all_placed(self, note: str, *last: Placement) -> Placement | None:
        """Return every order of this smart order that was not taken back; None when there is none."""
        kept = [
            replace(each, order_ids=ids)
            for each in (*self.placed, *last)
            if (ids := tuple(order_id for order_id in each.order_ids if order_id not in self.cancelled))
        ]
        if not kept:
            return None
        ids = tuple(order_id for each in kept for order_id in each.order_ids)
        units = sum(each.quantity for each in kept)
        cancelled, resized = tuple(self.cancelled), tuple(self.resized)
        return replace(kept[-1], order_ids=ids, quantity=units, cancelled=cancelled, resized=resized, note=note)

    def without_trade(self, plan: NoTrade, doubt: str) -> NoTrade:
        """Return a plan that trades nothing with what was cancelled or changed for it, and what was a delivery."""
        sold = f"{self.delivered} units were sold out of the depository, which is a delivery and no short"
        reason = f"{plan.reason}: {sold}" if self.delivered else plan.reason
        return replace(plan, reason=reason, cancelled=tuple(self.cancelled), resized=tuple(self.resized), doubt=doubt)

    @property
    def is_beyond(self) -> bool:
        """Whether the order that was placed last and a stop have together taken the position past the target."""
        return (self.seen.net - self.request.target) * self.side.sign > 0

    @property
    def doubted_stops(self) -> SideEffects:
        """Say that cancelled stops stay so, since it is not known what is held."""
        gone = ", ".join(row.order_id for row in self.stops.cancelled)
        if not gone:
            return SideEffects()
        return SideEffects(f"The position may have lost protection: stop {gone} was cancelled.", is_unprotected=True)

    @property
    def has_doubtful_stop(self) -> bool:
        """Whether a stop was asked to end and no book shows yet whether it has."""
        return any(is_stop for _, is_stop in self.asked.values())

    def note_changes(self, shown: Iterable[Order]) -> None:
        """Note which of the cancels and changes that were asked for the books or the feed show by now."""
        rows = {row.order_id: row for row in shown}
        for order_id, (order, is_stop) in tuple(self.asked.items()):
            row = rows.get(order_id)
            if row is None or not row.state.is_terminal:
                continue
            del self.asked[order_id]
            if row.state is OrderState.CANCELLED:
                self.cancelled.append(order_id)
                self.stops.cancelled += [order.row] if is_stop and order.row is not None else []
        for size in tuple(self.resizing):
            row, before = rows.get(size.stop.order_id), size.stop.row
            if row is not None and before is not None and row.quantity == before.filled + size.units:
                self.resizing.remove(size)
                self.resized.append(row.order_id)
                self.stops.resized.append(before)

    def still_working(self, plan: ClearFirst, shown: Iterable[Order]) -> list[str]:
        """Return the orders that a plan wanted away or smaller, and that are not seen so."""
        ended = {row.order_id for row in shown if row.state.is_terminal}
        cancels = [order.order_id for order in plan.cancels if order.order_id not in ended]
        return cancels + [size.stop.order_id for size in plan.resizes if size.stop.order_id not in self.resized]

    def forget_stops(self) -> None:
        """Name the stops no more that are about to be put back."""
        for row in self.stops.rows:
            for changed in (self.cancelled, self.resized):
                if row.order_id in changed:
                    changed.remove(row.order_id)

    def in_words(self) -> list[str]:
        """Say what was cancelled or changed, and what of it is not confirmed."""
        doubts = [
            f"The {'position may have lost protection: the ' * is_stop}cancel of order {order_id} is not confirmed."
            for order_id, (_, is_stop) in self.asked.items()
        ]
        doubts += [f"The change of stop {size.stop.order_id} is not confirmed." for size in self.resizing]
        before = self.all_placed("")
        doubts += [f"Order {', '.join(before.order_ids)} was placed."] if before is not None else []
        changes = changes_in_words(self.cancelled, self.resized)
        return [*doubts, f"{changes}."] if changes else doubts
