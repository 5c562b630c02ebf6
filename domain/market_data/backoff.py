"""How long to wait before connecting again: longer each time, never for good, and forgotten once it holds."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class BackoffRule:
    """Seconds between attempts to connect.

    Attributes:
        first, longest: bounds of the wait, before jitter.
        jitter: the part of a wait that chance may take off, so that clients of one outage do not return as one.
        stable: a connection that lived this long was good, and the next wait is the first again.
    """

    first: float = 1.0
    longest: float = 30.0
    jitter: float = 0.5
    stable: float = 60.0


@dataclass(frozen=True, slots=True)
class Backoff:
    """How many attempts in a row ended early; every event makes the next one."""

    rule: BackoffRule = BackoffRule()
    failures: int = 0

    def after(self, lived_seconds: float) -> "Backoff":
        """Count the end of an attempt whose connection lived so long, zero when there was none."""
        return replace(self, failures=1 if lived_seconds >= self.rule.stable else self.failures + 1)

    def wait(self, chance: float) -> float:
        """Return the seconds to wait; ``chance`` is a random number from 0 up to 1."""
        if not self.failures:
            return 0.0
        doublings = min(self.failures - 1, 32)
        full: float = min(self.rule.longest, self.rule.first * 2**doublings)
        return full * (1.0 - self.rule.jitter * chance)
