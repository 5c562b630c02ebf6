"""One command about positions: journalled before it leaves, sent once, and believed only when the book shows it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, final

from returns.pipeline import is_successful
from returns.result import Failure, Result, Success

from jainam_prop.application.orders.dispatch import Dispatch
from jainam_prop.application.ports.journal import OrderJournal
from jainam_prop.application.ports.runtime import Clock
from jainam_prop.application.positions.position_watch import PositionWatch
from jainam_prop.domain.deadlines import Deadline
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
class Change:
    """What a command is to do to one position, in signed units; ``symbol`` and ``how`` are for the journal."""

    key: PositionKey
    symbol: str
    net: int
    units: int
    how: str

    @property
    def expected(self) -> int:
        """The position afterwards."""
        return self.net + self.units


@dataclass(frozen=True, slots=True)
class Seen:
    """What became of a command that the broker did not refuse.

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
    """Sends a command whose orders bear no identifier of ours; hold the guards of its positions around it.

    While nobody knows what became of it, its journal entries keep smart orders and closes from trading on the
    positions it concerns.
    """

    dispatch: Dispatch
    journal: OrderJournal
    watch: PositionWatch
    clock: Clock
    entropy: Callable[[], int]

    def __call__(
        self,
        session: Session,
        changes: Sequence[Change],
        attempt: Callable[[float], Result[None, BrokerError]],
        deadline: Deadline,
        *,
        reduces: bool,
    ) -> Result[Seen, BrokerError]:
        """Send a command and return what the position book shows afterwards; fails only when nothing was done.

        After a reply that was lost the book is watched like after an agreement, since neither says what came of it.

        Args:
            session: whose positions.
            changes: what it is to do, position by position; at least one.
            attempt: sends it once, within the seconds it is given.
            deadline: when the caller must have an answer.
            reduces: it only makes positions smaller.
        """
        intents = self._intents(changes)
        begun = self.journal.begin(intents)
        if not is_successful(begun):
            return Failure(begun.failure())
        outcome = self.dispatch(attempt, deadline, dry_run_answer=None, reduces=reduces)
        if self.dispatch.dry_run:
            self._note(intents, IntentState.NOT_SENT, "dry run")
            return Success(Seen({}, rehearsed=True))
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
        changes: Sequence[Change],
        intents: Sequence[Intent],
        doubt: OutcomeUnknown,
        deadline: Deadline,
    ) -> Seen:
        nets = self.watch(session, {change.key: change.expected for change in changes}, deadline)
        done = [nets.get(change.key) == change.expected for change in changes]
        for is_done, intent in zip(done, intents, strict=True):
            state = IntentState.RESOLVED if is_done else IntentState.UNKNOWN
            self.journal.note(intent.identifier, state, note=_SEEN if is_done else _UNSEEN)
        return Seen(nets, None if all(done) else doubt)

    def _intents(self, changes: Sequence[Change]) -> tuple[Intent, ...]:
        now = self.clock.now()
        return tuple(
            Intent.to_change(
                change.key,
                change.units,
                symbol=change.symbol,
                how=change.how,
                identifier=make_identifier(now, self.entropy()),
                made_at=now,
            )
            for change in changes
        )

    def _note(self, intents: Sequence[Intent], state: IntentState, note: str) -> None:
        for intent in intents:
            self.journal.note(intent.identifier, state, note=note)
