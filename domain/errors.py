"""The errors of trading, as values; a bug is an exception instead.

::

    BrokerError
    ├── nothing was sent
    │   ├── Invalid          the request breaks a rule that is known here
    │   ├── NotConfigured    settings are missing or contradict each other
    │   ├── Blocked          a safeguard of ours holds it back
    │   └── NotSent          the broker could not be reached
    ├── the broker answered, and nothing was done
    │   ├── Rejected         it refused the request
    │   ├── RateLimited      calls came too fast
    │   └── SessionExpired   the token is not valid any more
    └── not known, or only in part
        ├── OutcomeUnknown   the request may have been carried out
        ├── Unconfirmed      the broker accepted it, the exchange has not answered yet
        ├── PartlyPlaced     some slices of an order are live, the rest was not sent
        └── Unreadable       a book, quote or journal could not be read

===============  ==================================================================================
error            retry
===============  ==================================================================================
Invalid          must not be repeated; correct every problem that it names
NotConfigured    must not be repeated; correct the settings that it names
Blocked          may be repeated, once the safeguard that it names allows it
NotSent          may be repeated; `OrderSender.dispatch` does so after 1, 2 and 4 seconds
Rejected         must not be repeated unchanged; the broker's reason says why
RateLimited      may be repeated after ``retry_after_seconds``, without a new login
SessionExpired   may be repeated after a login
OutcomeUnknown   must not be repeated until the order book shows what became of it
Unconfirmed      may be repeated once the order book shows that it was not carried out
PartlyPlaced     the whole must not be repeated; the rest as its ``cause`` allows
Unreadable       may be repeated, since a read changes nothing; it is never an empty answer
===============  ==================================================================================

`BrokerError` is a closed set: every ``match`` over it ends in ``assert_never``.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import ClassVar, Final, NamedTuple, TypeAlias


class SideEffects(NamedTuple):
    """Which orders were cancelled or changed for a request, and how the position is protected now, in sentences.

    Attributes:
        is_unprotected: whether the position has lost protection or may have, which is said before all else.
    """

    words: str = ""
    is_unprotected: bool = False

    def and_also(self, *sentences: str) -> "SideEffects":
        """Add sentences; empty ones add nothing."""
        return self._replace(words=" ".join(filter(None, (self.words, *sentences))))

    def said_with(self, reason: str) -> str:
        """Return a reason with the side effects, in the order of their importance."""
        if not self.words:
            return reason
        return f"{self.words} {reason}" if self.is_unprotected else f"{reason.removesuffix('.')}. {self.words}"


_NO_SIDE_EFFECTS: Final = SideEffects()


@dataclass(frozen=True, slots=True, kw_only=True)
class _WithSideEffects(ABC):
    """What went wrong, and what it did to other orders."""

    side_effects: SideEffects = _NO_SIDE_EFFECTS

    @property
    def message(self) -> str:
        """What happened, why, and the next step."""
        return self.side_effects.said_with(self._words)

    @property
    @abstractmethod
    def _words(self) -> str:
        """What went wrong, by itself."""


@dataclass(frozen=True, slots=True)
class _WithReason(_WithSideEffects):
    """What went wrong, with a reason, which the sentence of its kind ends in."""

    reason: str
    template: ClassVar[str]

    @property
    def _words(self) -> str:
        return self.template.format(self.reason)


@dataclass(frozen=True, slots=True)
class Invalid(_WithSideEffects):
    """The request breaks a rule that is known here; nothing was sent. Mend every problem named and ask again."""

    problems: tuple[str, ...]

    @property
    def _words(self) -> str:
        return "; ".join(self.problems)


@dataclass(frozen=True, slots=True)
class Rejected(_WithSideEffects):
    """The broker or the exchange refused, in its own words; nothing is live."""

    reason: str
    code: str = ""

    @property
    def _words(self) -> str:
        return f"{self.reason} ({self.code})" if self.code else self.reason


@dataclass(frozen=True, slots=True)
class SessionExpired(_WithReason):
    """The token is unknown, replaced or past its day; nothing was done. Log in again."""

    template: ClassVar[str] = "Session expired, log in again: {}"


@dataclass(frozen=True, slots=True)
class RateLimited(_WithReason):
    """The broker refused because calls came too fast; nothing was done. Wait; the session is good."""

    retry_after_seconds: float | None = None
    template: ClassVar[str] = "Rate limit reached, try again in a moment: {}"


@dataclass(frozen=True, slots=True)
class NotSent(_WithReason):
    """The request provably never reached the broker; it may be sent again."""

    template: ClassVar[str] = "The broker could not be reached and nothing was done, try again: {}"


@dataclass(frozen=True, slots=True)
class Blocked(_WithReason):
    """A safeguard of ours holds it back (trading state, circuit breaker, guard, throttle); nothing was sent."""

    template: ClassVar[str] = "Not sent, held back: {}"


@dataclass(frozen=True, slots=True)
class OutcomeUnknown(_WithSideEffects):
    """The request may have been carried out; it is neither done nor refused until the broker's books show it.

    Attributes:
        identifier: client order id, where it is an order.
        has_ended: whether the connection was closed or something answered, so that the request cannot still be on its
            way; after silence it may.
    """

    reason: str
    identifier: str = ""
    has_ended: bool = field(default=False, compare=False)

    @property
    def _words(self) -> str:
        mark = f" (identifier {self.identifier})" if self.identifier else ""
        return f"Outcome unknown, the order may be live{mark}. Do not resend; check the order book. {self.reason}"


@dataclass(frozen=True, slots=True)
class Unconfirmed(_WithSideEffects):
    """The broker accepted a change of an order, and no book or event shows the exchange's answer yet."""

    reason: str
    order_id: str = ""

    @property
    def _words(self) -> str:
        return f"Not confirmed yet: {self.reason}. Look at order {self.order_id} in the order book."


@dataclass(frozen=True, slots=True)
class Unreadable(_WithReason):
    """The broker's answer to a question could not be had or understood; what was asked about is unknown, not empty."""

    template: ClassVar[str] = "Could not be read: {}"


@dataclass(frozen=True, slots=True)
class NotConfigured(_WithSideEffects):
    """Settings are missing or contradict each other; ``names`` are the settings, never their values."""

    reason: str
    names: tuple[str, ...] = field(default=())

    @property
    def _words(self) -> str:
        return f"{self.reason}: {', '.join(self.names)}" if self.names else self.reason


@dataclass(frozen=True, slots=True)
class PartlyPlaced(_WithSideEffects):
    """An order went out in slices and stopped half way: the slices named are live, the rest was not sent.

    ``cause`` is why it stopped; when it is `OutcomeUnknown` one more slice may be live. Quantities are units.
    """

    order_ids: tuple[str, ...]
    placed: int
    wanted: int
    cause: "BrokerError"

    @property
    def _words(self) -> str:
        live = f"Only {self.placed} of {self.wanted} units were placed, as {', '.join(self.order_ids)}"
        return f"{live}. Do not send the whole order again. {self.cause.message}"


BrokerError: TypeAlias = (
    Invalid
    | Rejected
    | SessionExpired
    | RateLimited
    | NotSent
    | Blocked
    | OutcomeUnknown
    | Unconfirmed
    | PartlyPlaced
    | Unreadable
    | NotConfigured
)


def root_cause(error: BrokerError) -> BrokerError:
    """Return why something failed, also where only a part of it did."""
    return error.cause if isinstance(error, PartlyPlaced) else error


def may_be_repeated(error: BrokerError) -> bool:
    """Whether what failed provably did nothing, and may work when it is asked for once more."""
    return isinstance(root_cause(error), NotSent | RateLimited | SessionExpired | Blocked)
