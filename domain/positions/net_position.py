"""Net position of one contract and product: what was carried into the day plus what today's fills added.

The first term is a constant of the day, the second is known from the order book and from order events. A position
book confirms the sum, or lags behind it, or contains trades that the order book does not show. Which of the three it is
follows from the figures alone; no passage of time makes a contradiction disappear.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeAlias

SEVERAL: Final = 8
"""Consecutive position-book reads with the same unexplained difference, and no fill between them, that settle it."""

_APART_SECONDS: Final = 1.0
"""Reads that follow each other faster count as one, so that an order book that is a few seconds behind catches up."""

_OLD_FILL_SECONDS: Final = 900.0
"""A position book that is read first this long after the last fill is taken to include it; no later book is."""

_UNKNOWN_LAG_SECONDS: Final = 30.0
"""How far books are taken to be behind, at the most, before any was seen to catch up with a fill (assumed)."""

ENOUGH: Final = 3
"""Consecutive reads, a second apart, of one other figure that are too many for a slip of the book or part of a fill."""

ABSENCES: Final = 2
"""Reads of a position book without a row that say that nothing was carried; a single one may have lost the row."""

_UNPLACED: Final = "a fill may already have been in the carried units"
_OVERDUE: Final = "the position book shows an earlier figure again or still: it is late, or another login has traded"


class Proof(StrEnum):
    """What makes a net position exact."""

    BOTH_BOOKS = "position book and fills agree"
    FILLS = "fills; the position book is behind"
    SETTLED = "fills since the position book was settled"


class Trust(StrEnum):
    """Which of two figures that contradict each other a person chooses."""

    POSITIONS = "positions"
    ORDERS = "orders"


@dataclass(frozen=True, slots=True)
class Exact:
    """A net position that is certain, in signed units."""

    net: int
    proof: Proof


@dataclass(frozen=True, slots=True)
class Doubtful:
    """Figures of a position that contradict each other, in signed units, and why.

    Attributes:
        by_fills: carried units plus today's fills, None while the carried units are not known.
        by_book: the position book's figure, None while there is none.
        reduced: signed units of fills since both agreed that made a position like the book's smaller; the book may
            lack them.
    """

    by_fills: int | None
    by_book: int | None
    reason: str
    reduced: int = field(default=0, compare=False)

    @property
    def safe_to_close(self) -> int:
        """Signed units that both figures hold, so that closing them reverses neither; zero when they differ in sign."""
        if self.by_fills is None or self.by_book is None:
            return 0
        figures = (self.by_fills, self.by_book, self.by_book + self.reduced)
        is_one_side = all(figure > 0 for figure in figures) or all(figure < 0 for figure in figures)
        return min(figures, key=abs) if is_one_side else 0

    def __str__(self) -> str:
        """Why, and the figures."""
        named = (("by fills", self.by_fills), ("by the position book", self.by_book))
        figures = ", ".join(f"{name} {figure:+}" for name, figure in named if figure is not None)
        return f"{self.reason} ({figures})" if figures else self.reason


NetPosition: TypeAlias = Exact | Doubtful


@dataclass(slots=True)
class NetEvidence:
    """Evidence about one net position, fed in the order in which it arrives; all moments are monotonic seconds.

    Attributes:
        carried: signed units that the fills do not explain, None until a position book settles them. An intraday
            product begins at zero, which a first book without any fill may still correct.
        filled: signed units that today's known fills add up to.
        book: the newest figure of the position book, None before any.
    """

    carried: int | None = None
    filled: int = 0
    book: int | None = None
    _fills: list[tuple[int, float | None]] = field(default_factory=list)
    _settled_at: float = float("-inf")
    _unplaced: int = 0
    _past: set[int] = field(default_factory=set)
    _low: int = 0
    _high: int = 0
    _difference: int | None = None
    _repeats: int = 0
    _counted_at: float = float("-inf")
    _doubt: str = ""
    _is_confirmed: bool = False
    _is_presumed: bool = True
    _is_new: bool = False
    _filled_at_settling: int = 0
    _absences: int = 0
    _least_filled: int = 0
    _most_filled: int = 0
    _of_today: tuple[int, int] | None = None
    _last_fill_at: float = float("-inf")
    _longest_lag: float | None = None
    _is_between: bool = False
    _bought: int = 0
    _sold: int = 0
    _stamped: float = float("-inf")
    _dismissed: int | None = None

    def add_fill(
        self, units: int, *, happened_after: float | None, learned_at: float = 0.0, stamped: float | None = None
    ) -> None:
        """Add signed units of a newly known fill.

        Args:
            units: signed; several fills learned at once are added one by one.
            happened_after: a moment after which the fill certainly happened, None when none is known.
            learned_at: when it became known.
            stamped: when it happened by the broker's stamp; None when that is not known.
        """
        self._last_fill_at = learned_at
        self._stamped = max(self._stamped, learned_at if stamped is None else min(learned_at, stamped))
        before = self._known()
        self.filled += units
        self._fills.append((units, happened_after))
        self._bought, self._sold = self._bought + max(0, units), self._sold + min(0, units)
        self._least_filled = min(self._least_filled, self.filled)
        self._most_filled = max(self._most_filled, self.filled)
        self._is_confirmed = False
        self._restart()
        if self.carried is None:
            return
        if self._settled_at > float("-inf") and (happened_after is None or happened_after < self._settled_at):
            self._unplaced += units
            self._doubt = _UNPLACED
        self._past.add(before)
        now = self._known()
        self._low, self._high = min(self._low, before, now), max(self._high, before, now)

    def widen(self, filled_before: int, units: Sequence[int]) -> None:
        """Allow for every order in which several fills, learned at once, may have happened."""
        if self.carried is not None:
            before = self.carried + filled_before
            self._low = min(self._low, before + sum(each for each in units if each < 0))
            self._high = max(self._high, before + sum(each for each in units if each > 0))

    def see_book(self, net: int | None, ended: float, in_flight: tuple[int, int] = (0, 0)) -> None:
        """Take in one read of the position book, made together with a read of the order book.

        Args:
            net: its figure, None where it has no row for the position.
            ended: when the read ended; its content is not newer.
            in_flight: the least and the greatest signed units that working orders may have filled without the order
                book showing it yet.
        """
        if net is None:
            if self.carried is None and not self._fills:
                self._absences += 1
                if self._absences >= ABSENCES:
                    self._settle(0, ended)
            return
        self.book, self._is_between = net, False
        if self.carried is None:
            self._see_first(net, ended, in_flight)
        else:
            self._compare(net, ended, in_flight)

    def see_today(self, net: int) -> None:
        """Take in what a position book says of today's trades alone, between two whole books.

        Where these are equal, all three are of one moment and their difference was carried, however late they are
        (assumed: the view of the day leaves out carried units; a figure that the fills never made is not used).
        """
        if self.carried is None and self.book is not None:
            self._of_today = (self.book, net)

    @property
    def is_early(self) -> bool:
        """Whether fills came before the carried units were settled, so that the day's view is needed."""
        return self.carried is None and bool(self._fills) and self.book is not None

    def settle(self, carried: int, filled: int, at: float) -> None:
        """Take over carried units that another process settled when it knew fills of so many signed units."""
        self._settle(carried, at)
        self._is_new = False
        later = [units for units, after in self._fills if after is not None and after >= at]
        self._unplaced = self.filled - sum(later) - filled
        self._doubt = _UNPLACED if self._unplaced else ""
        self._low = self._high = self._known() - sum(later)
        self.widen(self.filled - sum(later), later)

    def convert(self, units: int, at: float) -> None:
        """Take in signed units that a verified command moved in from another product, or out to it."""
        if self.carried is not None:
            self._settle(self.carried + units, at)

    def trust(self, choice: Trust, at: float) -> Doubtful | None:
        """End a doubt by the figure that a person chose, and return both; None where there is no such choice."""
        net = self.position()
        doubt = self.overdue(1) if isinstance(net, Exact) else net
        chosen = None if doubt is None else doubt.by_book if choice is Trust.POSITIONS else doubt.by_fills
        if chosen is None:
            return None
        self._dismissed = self.book if choice is Trust.ORDERS else None
        self._settle(chosen - self.filled, at)
        if self.book is not None:
            self._past.add(self.book)
        return doubt

    @property
    def settled_at(self) -> float:
        """When a book settled the carried units, monotonic seconds; minus infinity before any."""
        return self._settled_at if self.carried is not None else float("-inf")

    def unsettle(self) -> None:
        """Forget the carried units, as a conversion between products changes them."""
        self.carried, self.book, self._is_confirmed = None, None, False
        self._restart()
        self._past.clear()

    def position(self) -> NetPosition:
        """Return the net position as far as the evidence goes."""
        if self.carried is None:
            return Doubtful(None, self.book, self._doubt or "the position book has not been read yet")
        net = self._known()
        if self._doubt:
            return Doubtful(net, self.book, self._doubt, self._sold if (self.book or 0) > 0 else self._bought)
        if self._is_confirmed:
            return Exact(net, Proof.BOTH_BOOKS)
        return Exact(net, Proof.FILLS if self.book not in {None, net} else Proof.SETTLED)

    def overdue(self, reads: int = ENOUGH) -> Doubtful | None:
        """Return both figures where so many reads have shown an earlier one that a late book would not show any more.

        The fills decide all the same: a trade of another login that leads back to that figure looks like this.
        """
        is_old = self._is_confirmed or self._counted_at - self._stamped > _UNKNOWN_LAG_SECONDS
        if self._repeats < reads or not is_old or not self.is_settled or self.book in {self._known(), self._dismissed}:
            return None
        return Doubtful(self._known(), self.book, _OVERDUE)

    def take_settled(self) -> tuple[int, int, float] | None:
        """Return carried units, the fills known then and the moment of settling, once; None when nothing is new."""
        if not self._is_new or self.carried is None:
            return None
        self._is_new = False
        return self.carried, self._filled_at_settling, self._settled_at

    @property
    def is_settled(self) -> bool:
        """Whether the carried units are known and nothing contradicts them."""
        return self.carried is not None and not self._doubt and not self._is_between

    def _known(self) -> int:
        return (self.carried or 0) + self.filled

    def _settle(self, carried: int, at: float) -> None:
        self.carried, self._settled_at, self._is_new = carried, at, True
        later = (units for units, after in self._fills if after is not None and after >= at)
        self._filled_at_settling = self.filled - sum(later)
        self._doubt, self._unplaced, self._is_presumed = "", 0, False
        self._low = self._high = self._known()
        self._bought = self._sold = 0
        self._restart()

    def _restart(self) -> None:
        self._difference, self._repeats = None, 0

    def _see_first(self, net: int, ended: float, in_flight: tuple[int, int]) -> None:
        """Settle the carried units from a book: at once where no fill can be in it, after several reads otherwise."""
        if not self._may_include_fills(ended):
            self._settle_before_fills(net, ended)
            return
        carried = self._carried_by_day(net)
        if carried is not None:
            self._settle(carried, ended)
            self._low, self._high = carried + self._least_filled, carried + self._most_filled
            return
        self._doubt = "orders filled before the carried units were known"
        repeated = self._repeated(net - self.filled, ended, in_flight) and self._shows_every_fill(ended)
        is_mirror = net == -self.filled != 0
        if self._includes_fills(ended) or (repeated and not is_mirror):
            self._settle(net - self.filled, ended)
            self._is_confirmed = True

    def _carried_by_day(self, net: int) -> int | None:
        """Return what was carried by the view of the day between two equal whole books, None when it does not tell."""
        before, self._of_today = self._of_today, None
        is_usable = before is not None and before[0] == net and self._least_filled <= before[1] <= self._most_filled
        return net - before[1] if before is not None and is_usable else None

    def _may_include_fills(self, ended: float) -> bool:
        """Whether a book of which the read ended at a moment may include any fill."""
        return any(after is None or after < ended for _, after in self._fills)

    def _includes_fills(self, ended: float) -> bool:
        """Whether every fill is so old that a first book is taken to include it (assumed)."""
        return all(after is not None and after < ended - _OLD_FILL_SECONDS for _, after in self._fills)

    def _settle_before_fills(self, net: int, ended: float) -> None:
        """Take a book without any fill as what was carried; the fills known by now all came after it."""
        self._settle(net, ended)
        self._low, self._high = min(net, self._known()), max(net, self._known())
        self._is_confirmed = not self._fills

    def _compare(self, net: int, ended: float, in_flight: tuple[int, int]) -> None:
        known = self._known()
        if net == known:
            self._agree(known, ended, in_flight)
        elif self._is_presumed and in_flight == (0, 0) and not self._may_include_fills(ended):
            self._settle_before_fills(net, ended)
        elif self._unplaced and net == known - self._unplaced:
            self._doubt = _UNPLACED
            if self._repeated(net - known, ended, in_flight) and self._shows_every_fill(ended):
                self._settle((self.carried or 0) - self._unplaced, ended)
        elif not self._is_behind(net, ended, in_flight):
            self._contradict(net, ended, in_flight)

    def _is_behind(self, net: int, ended: float, in_flight: tuple[int, int]) -> bool:
        """Whether a book shows an earlier figure, or part of a fill, which does not stay for long."""
        if net in self._past:
            self._observe_lag(ended)
            if in_flight[0] <= net - self._known() <= in_flight[1]:
                self._restart()  # the order book is late
            else:
                self._repeated(net - self._known(), ended, in_flight)
            return True
        if not self._low <= net <= self._high or self._doubt:
            return False
        self._repeated(net - self._known(), ended, in_flight)
        self._is_between = self._repeats < ENOUGH
        return self._is_between

    def _observe_lag(self, ended: float) -> None:
        """Remember for how long a book may lack a fill: as long as the last one was, or has been, waited for."""
        if self._last_fill_at > float("-inf") and not self._is_confirmed:
            self._longest_lag = max(self._longest_lag or 0.0, ended - self._last_fill_at)

    def _agree(self, known: int, ended: float, in_flight: tuple[int, int]) -> None:
        """Believe a book that shows the known figure; while a fill is not placed, only when several do."""
        if self._unplaced and not self._repeated(0, ended, in_flight):
            return
        self._observe_lag(ended)
        self._doubt, self._is_confirmed, self._unplaced, self._is_presumed = "", True, 0, False
        self._dismissed = None
        self._low = self._high = known
        self._bought = self._sold = 0
        self._restart()

    def _contradict(self, net: int, ended: float, in_flight: tuple[int, int]) -> None:
        difference, (least, greatest) = net - self._known(), in_flight
        if net == -self._known():
            self._doubt = "the position book shows the opposite sign"
            return self._restart()  # a wrong sign is no figure to settle on, however often it is repeated
        is_ahead = least <= difference <= greatest
        shown = (
            "a fill that the order book does not show yet" if is_ahead else "trades that the order book does not show"
        )
        self._doubt = f"the position book contains {shown}"
        if self._repeated(difference, ended, in_flight) and self._shows_every_fill(ended):
            self._past.add(self._known())
            self._settle((self.carried or 0) + difference, ended)
            self._is_confirmed = True
        return None

    def _shows_every_fill(self, ended: float) -> bool:
        """Whether a book that is as late as any before shows the last fill."""
        lag = _UNKNOWN_LAG_SECONDS if self._longest_lag is None else 2 * self._longest_lag
        return ended - self._last_fill_at > lag

    def _repeated(self, difference: int, ended: float, in_flight: tuple[int, int]) -> bool:
        """Count a read with a difference; True once it was the same often enough."""
        if self._difference != difference:
            self._difference, self._repeats, self._counted_at = difference, 0, float("-inf")
        if ended - self._counted_at >= _APART_SECONDS:
            self._repeats, self._counted_at = self._repeats + 1, ended
        return self._repeats >= (SEVERAL if in_flight == (0, 0) else 2 * SEVERAL)
