"""What became of each position of an emergency close."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from jainam_prop.domain.positions.close_all import ClosePlan, Skipped
from jainam_prop.domain.positions.position import PositionKey, key_of


class LegState(StrEnum):
    """The end of one position; only ``CLOSED`` means that the books were seen flat.

    ``NOT_SENT`` is a position of which no closing order left, ``REJECTED`` one that the broker or the exchange refused.
    """

    CLOSED = "closed"
    REJECTED = "rejected"
    NOT_SENT = "not sent"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class LegReport:
    """One position after the close.

    Attributes:
        symbol: the host's symbol, or the broker's where the master does not list the contract.
        net: signed units held when the close began.
        remaining: signed units held at the end, None when that is not known.
        order_ids: the closing orders that the broker took.
        reason: why it is not closed; "" when it is.
    """

    key: PositionKey
    symbol: str
    net: int
    remaining: int | None
    order_ids: tuple[str, ...]
    state: LegState
    reason: str = ""


@dataclass(frozen=True, slots=True)
class CloseReport:
    """Every position that was open, and whether the account was seen flat at the end.

    Attributes:
        cancelled: order ids of the orders that were seen cancelled.
        problem: what else could be open, or open again.
        deliveries: positions that are only shares sold out of the depository, and were left alone.
        note: what else a person has to know, which changes nothing of the close; "" when there is nothing.
    """

    legs: tuple[LegReport, ...]
    cancelled: tuple[str, ...] = ()
    problem: str = ""
    deliveries: int = 0
    note: str = ""

    @property
    def is_flat(self) -> bool:
        """Whether everything was confirmed closed; an account without open positions is flat."""
        return not self.problem and all(leg.state is LegState.CLOSED for leg in self.legs)

    def count(self, state: LegState) -> int:
        """Count the positions that ended so."""
        return sum(leg.state is state for leg in self.legs)

    @property
    def message(self) -> str:
        """One line for a person: how many of how many are closed, and each one that is not with its reason."""
        if not self.legs:
            count = len(self.cancelled)
            cancelled = f", {count} order{'s' if count > 1 else ''} cancelled" if count else ""
            return "; ".join(
                filter(None, (self.problem or f"No open positions{cancelled}{self._left_alone}", self.note))
            )
        head = f"{self.count(LegState.CLOSED)} of {len(self.legs)} positions closed"
        open_legs = [
            f"{leg.symbol} {leg.key.product} {leg.state}: {leg.reason}"
            for leg in self.legs
            if leg.state is not LegState.CLOSED
        ]
        return "; ".join([head + self._left_alone, *open_legs, *filter(None, (self.problem, self.note))])

    @property
    def _left_alone(self) -> str:
        if not self.deliveries:
            return ""
        return f", {self.deliveries} sold out of the depository left alone: a delivery is no short position"


def rehearsal(plan: ClosePlan) -> CloseReport:
    """Return the report of a dry run: what a close would do, with every position as it is."""
    legs = []
    for leg in (*plan.legs, *plan.doubtful):
        cancels = [order.order_id for order in plan.cancels if key_of(order) == leg.key]
        after = f", once {', '.join(cancels)} is cancelled" if cancels else ""
        sent = f"{leg.side} {leg.quantity} at market would be sent{after}" if leg.net else "it would be read again"
        reason = f"dry run: {sent}"
        legs.append(LegReport(leg.key, leg.instrument.symbol, leg.net, leg.net, (), LegState.NOT_SENT, reason))
    entries = ", ".join(order.order_id for order in plan.entries)
    problem = f"dry run: orders of flat contracts would be cancelled: {entries}" if entries else ""
    return CloseReport((*legs, *left_open(plan.skipped)), (), problem, len(plan.deliveries))


def left_open(skipped: Iterable[Skipped]) -> list[LegReport]:
    """Return the reports of positions that no close touches."""
    return [
        LegReport(skip.key, skip.broker_symbol, skip.net, skip.net, (), LegState.SKIPPED, skip.reason)
        if skip.is_open
        else LegReport(skip.key, skip.broker_symbol, skip.net, None, (), LegState.UNKNOWN, skip.reason)
        for skip in skipped
    ]
