"""Faults that tests and commands arm, with their kind, place and frequency; the set may change while a server runs."""

import random
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Final


class FaultKind(StrEnum):
    """The kind of a fault: the first group strikes requests, then orders, then books, the last strikes sockets."""

    REPLY_LOST = "reply_lost"
    """The request is processed, then the connection closes without a reply."""
    RESET = "reset"
    """The connection is reset before the request is processed."""
    SLOW = "slow"
    """The request is processed at once, its reply is delayed by ``seconds``."""
    HOLD = "hold"
    """The request is processed at once, its reply waits for `Faults.release` (at most ``seconds``, or 30)."""
    SERVER_ERROR = "server_error"
    """HTTP 500 with an Express page; the request is processed only if ``processed``."""
    BAD_JSON = "bad_json"
    """The request is processed, the reply is half of its JSON."""
    RATE_LIMITED = "rate_limited"
    """HTTP 429 with ``e-apirl-0004``, inside ``{err, data}`` if ``wrapped``."""
    NOT_FOUND = "not_found"
    """HTTP 404 with an nginx page."""
    TOKEN_KILLED = "token_killed"  # noqa: S105 - the name of a fault
    """The caller's session ends before the request, which is refused."""
    REFUSED = "refused"
    """HTTP 400, or another ``status``, with ``code`` and ``text``; the request is not processed."""

    UNREACHABLE = "unreachable"
    """No connection can be made; only the in-memory fake broker of the tests has this fault."""

    RMS_REJECT = "rms_reject"
    """The order is accepted with "Request sent" and rejected afterwards with ``text``."""
    SETTLE_DELAY = "settle_delay"
    """The order stays pending for ``seconds`` after ``place``, ``modify`` or ``cancel``."""
    BOOK_DELAY = "book_delay"
    """Books include the order only after ``seconds``."""
    HISTORY_DELAY = "history_delay"
    """The order's history is refused with ``e-orders-0001`` for ``seconds``."""
    POSITION_LAG = "position_lag"
    """The position book includes a fill only after ``seconds``, without a position event."""

    ALGO_KEY = "algo_key"
    """The key is algorithmic: orders without a limit price are refused with ``e-orders-0002``."""
    FALSE_EMPTY = "false_empty"
    """A book with rows is refused with "Data Not Available"."""

    SOCKET_DROPPED = "socket_dropped"
    """The socket is reset instead of an event; ``on`` is ``connect``, ``tick``, ``event`` or an event's name."""
    SOCKET_SILENT = "socket_silent"
    """The socket is half-open from this event on: TCP stays, nothing is sent or answered."""
    TICK_TWICE = "tick_twice"
    """A tick is sent twice with one sequence number."""
    TICK_LATE = "tick_late"
    """A tick is sent after its successor."""
    BAND_NOISE = "band_noise"
    """Every tick is followed by a ``1105-json-partial`` of an instrument without subscription."""


CONDITIONS: Final = frozenset(
    map(
        FaultKind,
        ("not_found", "settle_delay", "book_delay", "history_delay", "position_lag", "algo_key", "band_noise"),
    )
)
"""Faults without an end unless ``times`` sets one; every other fault strikes once."""

ON_REQUEST: Final = frozenset(islice(FaultKind, list(FaultKind).index(FaultKind.UNREACHABLE)))
"""Faults that strike requests to any endpoint: the first group."""

WAITING: Final = frozenset({FaultKind.SLOW, FaultKind.HOLD})

PROCESSED: Final = frozenset({FaultKind.REPLY_LOST, FaultKind.SLOW, FaultKind.HOLD, FaultKind.BAD_JSON})
"""Faults after processing the request, unless ``processed`` is set."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault and its conditions.

    Attributes:
        on: an endpoint (``place``), a family (``orders``, ``books``, ``market``, ``sockets`` …) or ``*``.
        times: the number of strikes, None for no end; -1 for the kind's own number, no end or one.
        skip: the number of matching requests before the first strike.
        probability: the probability of a strike on a matching request.
        seconds: the duration, where the kind has one.
        text, code, status: the reply, where the kind has one.
        processed: whether the request is processed first; None for the kind's own rule.
        where: values of request fields to match, compared as text (``{"exchangeInstrumentID": "2885"}``).
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
        """Whether the request is processed before the fault strikes."""
        return self.kind in PROCESSED if self.processed is None else self.processed


LONGEST_HOLD_SECONDS: Final = 30.0


class Faults:
    """The armed faults; safe across threads, and deterministic for one seed and one order of calls."""

    def __init__(self, seed: int = 1) -> None:
        self._lock = threading.Lock()
        self._armed: list[_Armed] = []
        self._random = random.Random(seed)  # noqa: S311 - reproducible on purpose
        self._gate = threading.Event()
        self._closing = threading.Event()
        self._holding = threading.Semaphore(0)

    def add(self, fault: Fault) -> Fault:
        """Arm a fault."""
        times = fault.times
        if times is not None and times < 0:
            times = None if fault.kind in CONDITIONS else 1
        with self._lock:
            self._armed.append(_Armed(fault, times, fault.skip))
        return fault

    def clear(self) -> None:
        """Disarm every fault and release held replies."""
        with self._lock:
            self._armed.clear()
        self.release()

    def release(self) -> None:
        """Release the replies that are held now."""
        gate, self._gate = self._gate, threading.Event()
        gate.set()

    def close(self) -> None:
        """Release every waiting reply, now and later."""
        self._closing.set()
        self.release()

    def wait(self, fault: Fault) -> None:
        """Wait as a held or slow reply does."""
        if fault.kind is not FaultKind.HOLD or self._closing.is_set():
            self._closing.wait(fault.seconds)
            return
        gate = self._gate
        self._holding.release()
        gate.wait(fault.seconds or LONGEST_HOLD_SECONDS)

    def wait_holding(self, seconds: float) -> bool:
        """Wait until one more reply is held; False on timeout."""
        return self._holding.acquire(timeout=seconds)

    def armed(self) -> tuple[Fault, ...]:
        """Return the armed faults."""
        with self._lock:
            return tuple(armed.fault for armed in self._armed)

    def take(self, kinds: Iterable[FaultKind], places: tuple[str, ...], fields: Mapping[str, object]) -> Fault | None:
        """Return the first fault of these kinds that strikes, and count the strike.

        Args:
            kinds: the kinds that may strike.
            places: the endpoint and its family.
            fields: the request's fields.
        """
        if not self._armed:  # nearly always, and then no call waits for another
            return None
        with self._lock:
            for armed in self._armed:
                if armed.fault.kind in kinds and armed.matches(places, fields) and self._strikes(armed):
                    return armed.fault
        return None

    def _strikes(self, armed: "_Armed") -> bool:
        if armed.skip > 0:
            armed.skip -= 1
            return False
        if armed.fault.probability < 1 and self._random.random() >= armed.fault.probability:
            return False
        if armed.left is not None:
            armed.left -= 1
            if armed.left == 0:
                self._armed.remove(armed)
        return True


@dataclass(slots=True)
class _Armed:
    fault: Fault
    left: int | None
    skip: int

    def matches(self, places: tuple[str, ...], fields: Mapping[str, object]) -> bool:
        wanted = self.fault.where
        return (self.fault.on == "*" or self.fault.on in places) and all(
            str(fields.get(name)) == str(value) for name, value in wanted.items()
        )
