"""Systematic interleavings of threads in what is shared: guard, pace, journal, book reads and logins.

Run as ``python -m tests.interleavings.explore RUNS SECONDS NAME...``, in a process of its own since frontrun replaces
the locks of ``threading``; the exit status is 1 when a schedule breaks the invariant, and the schedule is printed. The
clock is frontrun's: waits take no time.
"""

import sys

from frontrun._cooperative import patch_locks

patch_locks()

from collections.abc import Callable, Iterator  # noqa: E402 (locks are replaced before anything makes one)
from contextlib import contextmanager  # noqa: E402
from dataclasses import dataclass, field  # noqa: E402
from functools import partial  # noqa: E402
from typing import Any, Final  # noqa: E402

import frontrun  # noqa: E402
from returns.result import Failure, Result, Success  # noqa: E402

from jainam_prop.adapters.system.clock import SystemClock  # noqa: E402
from jainam_prop.adapters.system.symbol_guard import ThreadGuard  # noqa: E402
from jainam_prop.adapters.system.throttle import PacedThrottle  # noqa: E402
from jainam_prop.application.books.books import CoalescedRead  # noqa: E402
from jainam_prop.application.journal import ProcessJournal  # noqa: E402
from jainam_prop.application.ports.runtime import LockState  # noqa: E402
from jainam_prop.domain.deadlines import Deadline  # noqa: E402
from jainam_prop.domain.errors import BrokerError, Unreadable  # noqa: E402
from jainam_prop.domain.orders.journal import Intent, IntentState  # noqa: E402
from jainam_prop.domain.positions.position import PositionKey  # noqa: E402
from jainam_prop.domain.rate_limit import CallFamily, Rate  # noqa: E402
from jainam_prop.domain.sessions.session import Account, AccountChoice, AccountKind  # noqa: E402
from tests.domain.samples import NIFTY_MIS, a_request  # noqa: E402
from tests.fakes.login import FakeLogin, a_login_service  # noqa: E402
from tests.fakes.order_journal import InMemoryJournal  # noqa: E402
from tests.fakes.tasks import NoTasks  # noqa: E402

RATE: Final = Rate(2, 1.0)
KEY: Final[PositionKey] = NIFTY_MIS


class Free:
    """No other process."""

    @contextmanager
    def hold(self, key: PositionKey, timeout_seconds: float, *, reduces: bool = False) -> Iterator[LockState]:
        del key, timeout_seconds, reduces
        yield LockState.HELD


@dataclass
class Guarded:
    """Who is inside at once."""

    guard: ThreadGuard = field(default_factory=lambda: ThreadGuard(Free(), SystemClock()))
    inside: int = 0
    most: int = 0
    let_in: int = 0

    def enter(self, *, reduces: bool, patience: float = 1.0) -> None:
        with self.guard.hold(KEY, patience, reduces=reduces) as held:
            if held is not LockState.HELD:
                return
            self.inside += 1
            self.most = max(self.most, self.inside)
            self.let_in += 1
            self.inside -= 1


class Unguarded(Guarded):
    """What the explorer must find: nobody waits."""

    def enter(self, *, reduces: bool, patience: float = 1.0) -> None:
        del reduces, patience
        self.inside += 1
        self.most = max(self.most, self.inside)
        self.inside -= 1


@dataclass
class Paced:
    """Moments of the calls."""

    throttle: PacedThrottle = field(default_factory=lambda: PacedThrottle({CallFamily.ORDER: RATE}, SystemClock()))
    moments: list[float] = field(default_factory=list)
    refused: int = 0

    def call(self, *, reduces: bool, patience: float) -> None:
        if self.throttle.wait(CallFamily.ORDER, patience, reduces=reduces):
            self.moments.append(SystemClock().monotonic())
        else:
            self.refused += 1

    def keeps_the_rate(self) -> bool:
        ordered = sorted(self.moments)
        return all(
            later - earlier >= RATE.seconds for earlier, later in zip(ordered, ordered[RATE.calls :], strict=False)
        )


@dataclass
class Journaled:
    """A journal whose disk is full for a while."""

    shared: InMemoryJournal = field(default_factory=lambda: InMemoryJournal(SystemClock()))

    def __post_init__(self) -> None:
        self.journal = ProcessJournal(self.shared, NoTasks(), SystemClock())
        self.begun: list[str] = []

    def exit(self, identifier: str) -> None:
        intent = Intent.of(a_request(identifier=identifier), SystemClock().now())
        self.begun.append(intent.identifier)
        self.journal.begin((intent,), exits=True)
        self.journal.note(intent.identifier, IntentState.ACCEPTED, "7")

    def break_and_mend(self) -> None:
        self.shared.broken = "the disk is full"
        self.shared.broken = None

    def is_told_truly(self) -> bool:
        SystemClock().sleep(2.0)
        self.journal.note(self.begun[0], IntentState.ACCEPTED, "7")  # whatever is left is written with the next record
        states = {entry.intent.identifier: entry.state for entry in self.shared.recent(10)}
        return states == dict.fromkeys(self.begun, IntentState.ACCEPTED) and not self.journal.problem


@dataclass
class Shared:
    """Reads of one book, one of which fails."""

    reads: int = 0
    answers: list[Result[int, BrokerError]] = field(default_factory=list)

    def __post_init__(self) -> None:
        throttle = PacedThrottle(dict.fromkeys(CallFamily, Rate(100, 1.0)), SystemClock())
        self.book: CoalescedRead[int] = CoalescedRead(CallFamily.ORDER, throttle, SystemClock())

    def get(self, *, urgent: bool, fails: bool = False) -> None:
        def read(_seconds: float) -> Result[int, BrokerError]:
            self.reads += 1
            return Failure(Unreadable("no")) if fails else Success(self.reads)

        asked = SystemClock().monotonic()
        self.answers.append(self.book.get(read, asked, Deadline(asked + 5.0), urgent=urgent))


class LoggedIn:
    """Threads that all need a session, and one that logs out."""

    def __init__(self) -> None:
        self.server = FakeLogin(SystemClock())
        choice = AccountChoice(Account(AccountKind.NORMAL, "CLIENT01").kind, "CLIENT01")
        self.service = a_login_service(self.server, SystemClock(), choice)
        self.tokens: list[str] = []

    def need(self) -> None:
        found = self.service.newest(5.0)
        self.tokens.append(found.unwrap().interactive_token if isinstance(found, Success) else "")


@dataclass(frozen=True)
class System:
    """What is explored: state, threads, and what must hold once all have ended."""

    setup: Callable[[], Any]
    workers: list[Callable[[Any], None]]
    holds: Callable[[Any], bool]
    clock: str = "virtual"


SYSTEMS: Final[dict[str, System]] = {
    "no guard": System(Unguarded, [lambda s: s.enter(reduces=False)] * 2, lambda s: s.most == 1),
    "guard": System(
        Guarded,
        [lambda s: s.enter(reduces=False), lambda s: s.enter(reduces=True), lambda s: s.enter(reduces=False)],
        lambda s: s.most == 1 and s.let_in == 3 and s.guard.waiting() == {},
    ),
    "guard that is given up": System(
        Guarded,
        [lambda s: s.enter(reduces=False), lambda s: s.enter(reduces=False, patience=0.001)],
        lambda s: s.most == 1 and s.let_in >= 1 and s.guard.waiting() == {},
        clock="explored",
    ),
    "pace": System(
        Paced,
        [partial(Paced.call, reduces=each, patience=5.0) for each in (False, True, False)],
        lambda s: s.keeps_the_rate() and (len(s.moments), s.refused) == (3, 0),
    ),
    "pace that is given up": System(
        Paced,
        [partial(Paced.call, reduces=False, patience=0.0)] * 3,
        lambda s: s.keeps_the_rate() and (len(s.moments), s.refused) == (2, 1),
    ),
    "journal": System(
        Journaled,
        [lambda s: s.exit("jp1"), lambda s: s.exit("jp2"), Journaled.break_and_mend],
        Journaled.is_told_truly,
    ),
    "book": System(
        Shared,
        [lambda s: s.get(urgent=True), lambda s: s.get(urgent=True), lambda s: s.get(urgent=False)],
        lambda s: len(s.answers) == 3 and all(isinstance(each, Success) for each in s.answers),
    ),
    "book that fails once": System(
        Shared,
        [lambda s: s.get(urgent=True, fails=True), lambda s: s.get(urgent=True)],
        lambda s: len(s.answers) == 2,
    ),
    "login": System(
        LoggedIn,
        [LoggedIn.need, LoggedIn.need],
        lambda s: s.server.logins == (1, 1) and set(s.tokens) == {"interactive-1"},
    ),
    "login and logout": System(
        LoggedIn, [LoggedIn.need, lambda s: s.service.log_out()], lambda s: s.server.interactive_logins <= 1
    ),
}  # fmt: skip


def explore(name: str, most: int, seconds: float) -> bool:
    """Explore one system and print what was found."""
    system = SYSTEMS[name]
    found = frontrun.explore(
        setup=system.setup, workers=system.workers, invariant=system.holds, clock=system.clock, detect_io=False,
        trace_packages=["jainam_prop.*"], max_executions=most, total_timeout=seconds, deadlock_timeout=20.0,
        timeout_per_run=30.0, reproduce_on_failure=0,
    )  # fmt: skip
    sys.stdout.write(f"{found.num_explored} interleavings of {name}: {found.property_holds}\n")
    if not found.property_holds:
        sys.stdout.write(f"{found.explanation or found.failures}\n")
    return bool(found.property_holds)


def main() -> int:
    """Explore the systems that are named, each within so many runs and seconds."""
    most, seconds, *names = sys.argv[1:]
    return int(not all(explore(name, int(most), float(seconds)) for name in names))


if __name__ == "__main__":
    sys.exit(main())
