"""The rate limits of Jainam's PROP-B hand-out: requests per time window, by login and kind of call."""

import threading
from collections import defaultdict, deque
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from jainam_prop.adapters.simulator.clock import Clock
from jainam_prop.adapters.simulator.refusals import Limited

CHART: Final[dict[str, tuple[float, int]]] = {
    "login": (1, 1),
    "profile": (5, 1),
    "balance": (3, 10),
    "place": (1, 25),
    "modify": (1, 25),
    "cancel": (1, 25),
    "cover_place": (1, 25),
    "cover_exit": (1, 25),
    "bracket_place": (1, 25),
    "bracket_modify": (1, 25),
    "bracket_cancel": (1, 25),
    "order_book": (1, 6),
    "trade_book": (2, 40),
    "positions": (1, 1),
    "convert": (1, 50),
    "holdings": (10, 1),
}
"""Window in seconds and requests in it; a kind that is not listed has no limit."""

_SHARED: Final = {
    "logout": "login",
    "order_history": "order_book",
    "dealer_order_book": "order_book",
    "dealer_trade_book": "trade_book",
    "dealer_positions": "positions",
}
"""Endpoints that count under another one's limit."""


class RateLimiter:
    """Counts requests in sliding windows; safe across threads.

    Attributes:
        refusals: the number of requests above a limit.
    """

    def __init__(self, clock: Clock, *, enforced: bool, rates: Mapping[str, tuple[float, int]] = CHART) -> None:
        """Enforce the chart with some of its limits replaced."""
        self._clock = clock
        self.refusals = 0
        self._enforced = enforced
        self._chart = {**CHART, **rates}
        self._lock = threading.Lock()
        self._seen: defaultdict[tuple[str, str], deque[datetime]] = defaultdict(deque)

    def admit(self, user_id: str, endpoint: str) -> None:
        """Count a request of a login.

        Raises:
            Limited: the request exceeds the limit.
        """
        kind = _SHARED.get(endpoint, endpoint)
        if not self._enforced or kind not in self._chart:
            return
        window, most = self._chart[kind]
        now = self._clock.now()
        with self._lock:
            seen = self._seen[user_id, kind]
            while seen and (now - seen[0]).total_seconds() >= window:
                seen.popleft()
            if len(seen) >= most:
                self.refusals += 1
                raise Limited
            seen.append(now)
