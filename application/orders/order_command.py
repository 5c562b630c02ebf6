"""One command about an order that is known, and what the books say when its reply is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import final

from returns.pipeline import is_successful
from returns.result import Result, Success

from jainam_prop.application.dry_run import dry_run_id
from jainam_prop.application.orders.dispatch import Dispatch
from jainam_prop.domain.deadlines import Deadline
from jainam_prop.domain.errors import BrokerError, OutcomeUnknown


@final
@dataclass(frozen=True, slots=True)
class OrderCommand:
    """Sends a command once; only after a lost reply does it look whether the books show it carried out."""

    dispatch: Dispatch

    def __call__(
        self,
        attempt: Callable[[float], Result[str, BrokerError]],
        is_done: Callable[[], str | None],
        deadline: Deadline,
        *,
        order_id: str,
        reduces: bool,
    ) -> Result[str, BrokerError]:
        """Return the order's id once the broker agreed or the books show it.

        Args:
            attempt: sends the command once, within the seconds it is given.
            is_done: watches the books until they show the command carried out, and returns the order's id; None when
                they do not by the deadline.
            deadline: when the caller must have an answer.
            order_id: the order that the command is about.
            reduces: it only makes risk smaller, so it goes before others.
        """
        outcome = self.dispatch(attempt, deadline, dry_run_answer=dry_run_id(order_id), reduces=reduces)
        if is_successful(outcome) or not isinstance(outcome.failure(), OutcomeUnknown):
            return outcome
        seen = is_done()
        return outcome if seen is None else Success(seen)
