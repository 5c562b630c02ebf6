"""Health of a feed in the log: every change of its problems, and a reminder while they last."""

import logging
from typing import Final, final

from jainam_prop.domain.market_data.feed_state import FeedHealth

_LOG: Final = logging.getLogger(__name__)

LOOK_SECONDS: Final = 5.0
REMIND_SECONDS: Final = 300.0


@final
class HealthLog:
    """Writes the problems of one feed; for one thread."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._kinds: list[str] = []
        self._next_look = self._next_reminder = 0.0

    def is_due(self, now: float) -> bool:
        """Return whether it is time for `note`; a feed that just started has some seconds to come live."""
        self._next_look = self._next_look or now + LOOK_SECONDS
        return now >= self._next_look

    def note(self, health: FeedHealth, now: float) -> None:
        """Write the problems if they are others than before or last for long, and their end."""
        self._next_look = now + LOOK_SECONDS
        problems = health.problems()
        kinds = [_kind(problem) for problem in problems]
        if kinds == self._kinds and (not kinds or now < self._next_reminder):
            return
        self._kinds, self._next_reminder = kinds, now + REMIND_SECONDS
        ages = ", ".join(f"{exchange.value} {age:.0f} s" for exchange, age in health.tick_ages.items())
        _LOG.log(
            logging.WARNING if problems else logging.INFO,
            "The %s feed: %s; %s of %s subscribed; last tick %s",
            self._name,
            "; ".join(problems) or "all is well again",
            health.subscribed,
            health.wanted,
            f"{ages} ago" if ages else "none yet",
        )


def _kind(problem: str) -> str:
    """Return a problem without its numbers, which change all the time."""
    return "".join(character for character in problem if not character.isdigit())
