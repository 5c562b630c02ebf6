"""A process of `benchmarks.machines`: trades one symbol until it is killed, and writes down all that it hears."""

import json
import os
import random
import socket
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from io import TextIOBase
from pathlib import Path
from typing import Any, Final, cast

from dependency_injector import providers

from jainam_prop.adapters.system import leased_window
from jainam_prop.application.ports.runtime import Throttle
from jainam_prop.domain import rate_leases, rate_limit
from jainam_prop.domain.rate_limit import CallFamily
from jainam_prop.entrypoints.container import Container, open_container
from jainam_prop.entrypoints.exceptions import JainamError, OutcomeUnknownError
from jainam_prop.entrypoints.library import JainamBroker
from jainam_prop.entrypoints.settings import settings_from

MOST: Final = 20
_SLACK: Final = rate_limit.SLACK_SECONDS


class FastClock:
    """A clock that all processes share, so many times as fast as the machine's; it starts at ten on a trading day."""

    def __init__(self, faster: float, began: float, opens: float) -> None:
        self.faster, self.began, self.opens = faster, began, opens

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.opens + self.monotonic(), UTC)

    def monotonic(self) -> float:
        return (time.monotonic() - self.began) * self.faster

    def sleep(self, seconds: float) -> None:
        time.sleep(max(0.0, seconds) / self.faster)

    def wait_for(self, changed: threading.Condition, is_met: Callable[[], bool], seconds: float) -> bool:
        return changed.wait_for(is_met, seconds / self.faster)


def hasten(container: Container, clock: FastClock) -> None:
    """Give a container the clock; what a call may be late on its way is not faster, so the windows grow by as much."""
    container.infra.clock.override(providers.Object(clock))
    for module in (rate_limit, rate_leases, leased_window):
        module.SLACK_SECONDS = _SLACK * clock.faster  # type: ignore[attr-defined]


class Counted:
    """A throttle that writes down how long each turn for an order was waited for."""

    def __init__(self, throttle: Throttle, clock: FastClock, diary: TextIOBase) -> None:
        self._throttle, self._clock, self._diary = throttle, clock, diary
        self.slow_down, self.ended = throttle.slow_down, throttle.ended

    def wait(self, family: CallFamily, timeout_seconds: float, *, reduces: bool = False) -> bool:
        asked = self._clock.monotonic()
        had = self._throttle.wait(family, timeout_seconds, reduces=reduces)
        if family is CallFamily.ORDER:
            now = self._clock.monotonic()
            write(self._diary, turn=now if had else None, waited=now - asked, exit=reduces)
        return had


def write(diary: TextIOBase, **fields: object) -> None:
    """Add a line, whole, even when the process is killed next."""
    diary.write(json.dumps(fields) + "\n")
    diary.flush()


def main() -> None:
    """Trade as the lines on the standard input say."""
    lab, settings = json.load(sys.stdin)
    find = socket.getaddrinfo

    def resolve(host: object, *words: Any) -> Any:  # noqa: ANN401 (as the function that it replaces)
        return find(lab["address"] if host == "localhost" else cast("str", host), *words)

    socket.getaddrinfo = resolve  # type: ignore[assignment] # the hosts file of this machine
    clock = FastClock(lab["faster"], lab["began"], lab["opens"])
    container = open_container(settings_from(settings))
    hasten(container, clock)
    with Path(lab["diary"]).open("a", encoding="utf-8") as diary:
        container.infra.throttle.override(
            providers.Object(Counted(container.infra.throttle(), clock, cast("TextIOBase", diary)))
        )
        _trade(JainamBroker(container.app().build()), lab, clock, cast("TextIOBase", diary))


def _trade(broker: JainamBroker, lab: dict[str, Any], clock: FastClock, diary: TextIOBase) -> None:
    chance, pause = random.Random(os.getpid()), Path(lab["pause"])  # noqa: S311 (a schedule, no secret)
    while True:
        if pause.exists():
            write(diary, paused=pause.read_text(encoding="utf-8"))
            while pause.exists():
                time.sleep(0.05)
        drawn = chance.random()
        target = None if drawn < 0.7 else 0 if drawn < 0.8 else chance.randrange(-MOST, MOST + 1)
        heard: dict[str, object] = {"target": target, "start": clock.now().timestamp()}
        try:
            if target is None:
                size = chance.randrange(1, 6)
                done: Any = broker.place(lab["symbol"], chance.choice(["BUY", "SELL"]), size, product="MIS")
            else:
                done = broker.smart(lab["symbol"], target, product="MIS")
            heard["ids"] = list(getattr(done, "order_ids", ()))
        except JainamError as error:
            heard |= {"error": type(error).__name__, "text": str(error)[:300]}
            heard["unknown"] = isinstance(error, OutcomeUnknownError)
            time.sleep(0.1)
        write(diary, **heard, end=clock.now().timestamp())


if __name__ == "__main__":
    main()
