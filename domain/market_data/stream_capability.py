"""What a market-data stream carries: exchanges, modes, message codes and depth of the book."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

from jainam_prop.domain.exchange import CASH_EXCHANGES, INDEX_EXCHANGES, Exchange


class FeedMode(IntEnum):
    """Detail of a market-data subscription; a higher mode includes the lower ones."""

    LTP = 1
    QUOTE = 2
    DEPTH = 3


@dataclass(frozen=True, slots=True)
class StreamCapability:
    """Facts about a stream; what is not listed is refused, never replaced by something similar.

    Attributes:
        exchanges: exchanges that can be subscribed.
        code_by_mode: message code of each mode.
        open_interest_code: message code with the open interest of a derivative.
        depth_levels: rows per side that the book can have.
    """

    exchanges: frozenset[Exchange]
    code_by_mode: Mapping[FeedMode, int]
    open_interest_code: int
    depth_levels: tuple[int, ...]

    @property
    def modes(self) -> frozenset[FeedMode]:
        """Modes that can be subscribed."""
        return frozenset(self.code_by_mode)

    def codes(self, exchange: Exchange, mode: FeedMode) -> tuple[int, ...]:
        """Return the message codes of a mode; derivatives have their open interest in a message of its own."""
        code = self.code_by_mode[mode]
        has_interest = mode is not FeedMode.LTP and exchange not in CASH_EXCHANGES | INDEX_EXCHANGES
        return (code, self.open_interest_code) if has_interest else (code,)

    def get_supported_depth_levels(self, exchange: str) -> list[int]:
        """Return how many rows per side the book can have; none for an exchange that is not known."""
        return list(self.depth_levels) if exchange in self.exchanges else []

    def is_depth_level_supported(self, exchange: str, depth_level: int) -> bool:
        """Return whether the book comes with exactly this many rows per side."""
        return depth_level in self.get_supported_depth_levels(exchange)

    def get_fallback_depth_level(self, exchange: str, requested_depth: int) -> int | None:
        """Return the most rows available, at most those requested where that is possible; None if there are none.

        A caller that gets another number than it requested has to say so.
        """
        supported = self.get_supported_depth_levels(exchange)
        fitting = [level for level in supported if level <= requested_depth]
        return max(fitting, default=min(supported, default=None))
