"""Subscribing a market-data session to messages."""

from dataclasses import dataclass
from typing import Protocol

from returns.result import Result

from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.session import Session
from jainam_prop.domain.subscriptions import Batch
from jainam_prop.domain.tick import FeedEvent


@dataclass(frozen=True, slots=True)
class Subscribed:
    """What the broker said to a batch.

    Attributes:
        already: the whole batch was refused because some of it is subscribed.
        remaining: how many more the session may subscribe to, where the broker said it.
        snapshots: the present state of some of the contracts.
    """

    already: bool = False
    remaining: int | None = None
    snapshots: tuple[FeedEvent, ...] = ()


class Subscriber(Protocol):
    """Subscriptions belong to the token of a session: they outlive a connection, and die with the token."""

    def subscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        """Subscribe to all of a batch or to nothing of it.

        Errors: Unreadable when the broker refuses (a cap is reached) or the answer is lost, in which case some may be
        subscribed; asking again does no harm.
        """
        ...

    def unsubscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        """Take subscriptions back; what was not subscribed is none of the broker's errors."""
        ...
