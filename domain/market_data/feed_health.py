"""How a live connection stands, for a person and for a host."""

from dataclasses import dataclass
from enum import StrEnum


class LinkState(StrEnum):
    """What a connection is doing; ``REFUSED`` waits for a new token, nothing else ends the attempts but closing."""

    IDLE = "idle"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    WAITING = "waiting"
    REFUSED = "refused"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class FeedHealth:
    """Counts since the feed was made.

    Attributes:
        connections: how often it was connected; one more than the number of gaps.
        ticks: events handed on.
        duplicates: updates left out because they had come before, or were older than what had come.
        foreign: messages about contracts that nobody wants.
        unreadable: messages and packets that were not understood.
        stalls: how often a connected feed was silent in market hours.
        subscribed: topics that the broker confirmed.
        problem: why some wanted topic is not subscribed; "" when all are.
    """

    state: LinkState = LinkState.IDLE
    connections: int = 0
    ticks: int = 0
    duplicates: int = 0
    foreign: int = 0
    unreadable: int = 0
    stalls: int = 0
    subscribed: int = 0
    wanted: int = 0
    remaining: int | None = None
    problem: str = ""
