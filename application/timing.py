"""How long callers are kept and how often things are looked at again, in seconds; one value for all use cases."""

from dataclasses import dataclass

from jainam_prop.domain.deadlines import RECONCILE_SECONDS


@dataclass(frozen=True, slots=True)
class Timing:
    """Deadlines and waits, in seconds.

    Attributes:
        call: the most that one order, cancel or read keeps its caller, retries and reconciliation included.
        close_all: the same for an emergency close, which has to wait for cancels and fills.
        history: the same for historical bars, which may take many calls, and get a second more for every six days.
        retries: waits before an order that was provably not sent is sent again.
        looks: waits between searches of the books for an order without a reply.
        poll: wait between looks at orders that are about to become terminal.
    """

    call: float = 10.0
    close_all: float = 60.0
    history: float = 30.0
    retries: tuple[float, ...] = (1.0, 2.0, 4.0)
    looks: tuple[float, ...] = RECONCILE_SECONDS
    poll: float = 0.3
