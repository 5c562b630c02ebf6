"""A throttle that lets everything through, or nothing of the families a test closes."""

from jainam_prop.domain.rate_limit import CallFamily


class OpenThrottle:
    """Remembers who asked (`asked`) and what was slowed (`slowed`); refuses the families in `closed`.

    With ``exits_pass`` a closed family still lets through what reduces risk, as a full queue of entries does.
    """

    def __init__(self, closed: frozenset[CallFamily] = frozenset(), *, exits_pass: bool = False) -> None:
        self.closed = closed
        self.exits_pass = exits_pass
        self.asked: list[tuple[CallFamily, bool]] = []
        self.slowed: list[tuple[CallFamily, float]] = []

    def wait(self, family: CallFamily, timeout_seconds: float, *, reduces: bool = False) -> bool:  # noqa: ARG002
        self.asked.append((family, reduces))
        return family not in self.closed or (reduces and self.exits_pass)

    def ended(self, family: CallFamily) -> None:
        """Nothing counts here."""

    def slow_down(self, family: CallFamily, seconds: float) -> None:
        self.slowed.append((family, seconds))
