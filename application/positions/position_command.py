"""Commands about positions without an order id of ours: journalled, sent once, and confirmed by the position book.

Design: docs/adr/0009.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.books.account import AccountStates
from jainam_prop.application.books.books import Books
from jainam_prop.application.orders.send import OrderSender
from jainam_prop.domain.deadlines import Deadline, Timing
from jainam_prop.domain.errors import BrokerError, OutcomeUnknown, Rejected
from jainam_prop.domain.orders.client_order_id import make_identifier
from jainam_prop.domain.orders.journal import Intent, IntentState
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.domain.sessions.session import Session

Nets: TypeAlias = Mapping[PositionKey, int]
"""Signed units by position."""


_SEEN: Final = "seen in the position book"
_UNSEEN: Final = "not seen in the position book"
_AGREED: Final = "The broker took the request, but the position book does not show it carried out."


@dataclass(frozen=True, slots=True)
class PositionChange:
    """The change of one position by a command, in signed units; ``symbol`` and ``how`` are for the journal."""

    key: PositionKey
    symbol: str
    net: int
    units: int
    how: str


@dataclass(frozen=True, slots=True)
class CommandOutcome:
    """The outcome of a command that the broker did not refuse.

    Attributes:
        nets: the positions at the end as the book showed them; empty when it could not be read, or nothing was sent.
        doubt: why it is not certain that everything came out as expected; None when the book showed that.
        rehearsed: whether it was a dry run, so that nothing can have changed.
    """

    nets: Nets
    doubt: OutcomeUnknown | None = None
    rehearsed: bool = False


@final
@dataclass(frozen=True, slots=True)
class PositionCommand:
    """Sends commands about positions; hold the locks of the positions around it.

    While the outcome of a command is unknown, its journal entries keep smart orders and closes from trading on the
    positions that it concerns.
    """

    sender: OrderSender
    books: Books
    states: AccountStates
    timing: Timing

    def __call__(
        self,
        session: Session,
        changes: Sequence[PositionChange],
        attempt: Callable[[float], Result[None, BrokerError]],
        deadline: Deadline,
        *,
        reduces: bool,
    ) -> Result[CommandOutcome, BrokerError]:
        """Send a command and return what the position book shows afterwards; fails only when nothing was done.

        After a lost reply the book is polled like after an acceptance, since neither says what came of it.

        Args:
            session: the account of the positions.
            changes: the expected change of each position; at least one.
            attempt: sends the command once, within so many seconds.
            deadline: when the caller must have an answer.
            reduces: it only makes positions smaller.
        """
        intents = self._intents(changes)
        begun = self.sender.journal.begin(intents, exits=reduces)
        if not is_successful(begun):
            return Failure(begun.failure())
        if not reduces:
            attempt = self.sender.locked([change.key for change in changes], attempt)
        outcome = self.sender.dispatch(session, attempt, deadline, dry_run_answer=None, reduces=reduces)
        if self.sender.dry_run:
            self._note(intents, IntentState.NOT_SENT, "dry run")
            return Success(CommandOutcome({}, rehearsed=True))
        error = None if is_successful(outcome) else outcome.failure()
        if error is not None and not isinstance(error, OutcomeUnknown):
            state = IntentState.REJECTED if isinstance(error, Rejected) else IntentState.NOT_SENT
            self._note(intents, state, error.message)
            return Failure(error)
        reason = _AGREED if error is None else error.reason
        return Success(
            self._verified(session, changes, intents, OutcomeUnknown(reason, intents[0].identifier), deadline)
        )

    def _verified(
        self,
        session: Session,
        changes: Sequence[PositionChange],
        intents: Sequence[Intent],
        doubt: OutcomeUnknown,
        deadline: Deadline,
    ) -> CommandOutcome:
        expected = {change.key: change.net + change.units for change in changes}
        nets = self._poll(session, expected, deadline)
        done = [nets.get(change.key) == expected[change.key] for change in changes]
        for is_done, change, intent in zip(done, changes, intents, strict=True):
            if is_done and all(done) and len(changes) > 1:  # a conversion, which no order shows
                self.states.of(session).convert(change.key, change.units)
            state = IntentState.RESOLVED if is_done else IntentState.UNKNOWN
            self.sender.journal.note(intent.identifier, state, note=_SEEN if is_done else _UNSEEN)
        if all(done):
            return CommandOutcome(nets)
        self.sender.recovery.follow(session)
        return CommandOutcome(nets, doubt)

    def _poll(self, session: Session, expected: Nets, deadline: Deadline) -> dict[PositionKey, int]:
        """Return the positions once they are as expected or the deadline has come.

        They are those of the last book that could be read, and empty when none could.
        """
        clock = self.sender.clock
        seen: dict[PositionKey, int] = {}
        while True:
            positions = self.books.positions(session, deadline)
            if is_successful(positions):
                seen = dict.fromkeys(expected, 0)
                for position in positions.unwrap():
                    if position.key in seen:
                        seen[position.key] += position.net
            if seen == expected or not deadline.allows(clock.monotonic(), self.timing.poll):
                return seen
            clock.sleep(self.timing.poll)

    def _intents(self, changes: Sequence[PositionChange]) -> tuple[Intent, ...]:
        now = self.sender.clock.now()
        return tuple(
            Intent.to_change(
                change.key,
                change.units,
                symbol=change.symbol,
                how=change.how,
                identifier=make_identifier(now, self.sender.entropy()),
                made_at=now,
            )
            for change in changes
        )

    def _note(self, intents: Sequence[Intent], state: IntentState, note: str) -> None:
        for intent in intents:
            self.sender.journal.note(intent.identifier, state, note=note)
