"""One fault: what goes wrong, where, and how often."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final


class FaultKind(StrEnum):
    """One way in which things go wrong.

    The first group strikes a request, the second an order on its way, the third changes what is answered, the last
    strikes what is sent on sockets.
    """

    REPLY_LOST = "reply_lost"
    """The request is carried out, then the connection closes without a reply."""
    RESET = "reset"
    """The connection is reset before anything is carried out."""
    SLOW = "slow"
    """The request is carried out at once, its reply comes ``seconds`` later."""
    HOLD = "hold"
    """The request is carried out at once, its reply waits for `Faults.release` (``seconds`` at most, 30 if none)."""
    SERVER_ERROR = "server_error"
    """HTTP 500 with an Express page; carried out only if ``processed``."""
    BAD_JSON = "bad_json"
    """The request is carried out, the reply is cut off in the middle of its JSON."""
    RATE_LIMITED = "rate_limited"
    """HTTP 429 with ``e-apirl-0004``, inside ``{err, data}`` if ``wrapped``."""
    NOT_FOUND = "not_found"
    """HTTP 404 with an nginx page."""
    TOKEN_KILLED = "token_killed"  # noqa: S105 - the name of a fault
    """The caller's token dies, so that this request and all later ones with it are refused."""
    REFUSED = "refused"
    """HTTP 400, or another ``status``, with ``code`` and ``text``; nothing is carried out."""

    UNREACHABLE = "unreachable"
    """No connection can be made; only the fake broker can play this, a server that answers cannot."""

    RMS_REJECT = "rms_reject"
    """The order is taken with "Request sent" and rejected afterwards with ``text``."""
    SETTLE_DELAY = "settle_delay"
    """The order stays in its pending state for ``seconds``; on ``place``, ``modify`` or ``cancel``."""
    BOOK_DELAY = "book_delay"
    """The order shows in books only after ``seconds``."""
    HISTORY_DELAY = "history_delay"
    """The history of the order answers ``e-orders-0001`` for ``seconds``."""
    POSITION_LAG = "position_lag"
    """A fill reaches the position book only after ``seconds``, and no position event tells of it."""

    ALGO_KEY = "algo_key"
    """The key counts as algorithmic: orders without a limit price are refused with ``e-orders-0002``."""
    FALSE_EMPTY = "false_empty"
    """A book answers 400 "Data Not Available" although it has rows."""
    EMPTY_AS_ERROR = "empty_as_error"
    """Empty books answer 400 "Data Not Available" on every endpoint."""
    EMPTY_AS_LIST = "empty_as_list"
    """Empty books answer 200 with an empty list on every endpoint."""

    SOCKET_DROPPED = "socket_dropped"
    """The socket is reset instead of being sent this; ``on`` is ``connect``, ``tick``, ``event`` or an event's name."""
    SOCKET_SILENT = "socket_silent"
    """From this event on the socket is half-open: it stands, but says and answers nothing any more."""
    TICK_TWICE = "tick_twice"
    """A tick is sent twice, number and all."""
    TICK_LATE = "tick_late"
    """A tick is sent after its successor."""
    BAND_NOISE = "band_noise"
    """Every tick comes with a ``1105-json-partial`` about an instrument that nobody has subscribed."""
    BINARY_LAYOUT = "binary_layout"
    """Binary packets have the layout that ``text`` names: ``L64``, ``L32`` or ``LINT``."""
    COMPRESSED = "compressed"
    """Binary packets are deflated."""


CONDITIONS: Final = frozenset(
    {
        FaultKind.NOT_FOUND,
        FaultKind.SETTLE_DELAY,
        FaultKind.BOOK_DELAY,
        FaultKind.HISTORY_DELAY,
        FaultKind.POSITION_LAG,
        FaultKind.ALGO_KEY,
        FaultKind.EMPTY_AS_ERROR,
        FaultKind.EMPTY_AS_LIST,
        FaultKind.BAND_NOISE,
        FaultKind.BINARY_LAYOUT,
        FaultKind.COMPRESSED,
    },
)
"""Faults that last until they are removed unless ``times`` says otherwise; every other one strikes once."""

ON_REQUEST: Final = frozenset(
    {
        FaultKind.REPLY_LOST,
        FaultKind.RESET,
        FaultKind.SLOW,
        FaultKind.HOLD,
        FaultKind.SERVER_ERROR,
        FaultKind.BAD_JSON,
        FaultKind.RATE_LIMITED,
        FaultKind.NOT_FOUND,
        FaultKind.TOKEN_KILLED,
        FaultKind.REFUSED,
    },
)
"""Faults that strike a request, whatever it is about."""

WAITING: Final = frozenset({FaultKind.SLOW, FaultKind.HOLD})

PROCESSED: Final = frozenset({FaultKind.REPLY_LOST, FaultKind.SLOW, FaultKind.HOLD, FaultKind.BAD_JSON})
"""Faults before which the request is carried out unless ``processed`` says otherwise."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and when it strikes.

    Attributes:
        on: an endpoint (``place``), a family (``orders``, ``books``, ``market``, ``sockets`` …) or ``*``.
        times: how often it strikes; None for ever. Left out, conditions last and everything else strikes once.
        skip: how many matching requests pass before it may strike.
        probability: of striking a request that matches.
        seconds: how long, where the kind has a length.
        text, code, status: what is answered, where the kind has words.
        processed: whether the request is carried out first; left out, the kind decides.
        where: request fields that must have these values, compared as text (``{"exchangeInstrumentID": "2885"}``).
    """

    kind: FaultKind
    on: str = "*"
    times: int | None = -1
    skip: int = 0
    probability: float = 1.0
    seconds: float = 0.0
    text: str = ""
    code: str = ""
    status: int = 400
    wrapped: bool = False
    processed: bool | None = None
    where: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_processed(self) -> bool:
        """Whether the request is carried out before the fault strikes."""
        return self.kind in PROCESSED if self.processed is None else self.processed
