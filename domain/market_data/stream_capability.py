"""What the stream of a Jainam desk carries: exchanges, modes, message codes and how deep its book goes."""

from enum import IntEnum
from typing import Final

from jainam_prop.domain.exchange import CASH_EXCHANGES, INDEX_EXCHANGES, LISTED_EXCHANGES, Exchange


class FeedMode(IntEnum):
    """How much of a contract is wanted, in OpenAlgo's numbers; a higher mode includes the lower ones."""

    LTP = 1
    QUOTE = 2
    DEPTH = 3


_CODE_BY_MODE: Final = {FeedMode.LTP: 1512, FeedMode.QUOTE: 1501, FeedMode.DEPTH: 1502}
_OPEN_INTEREST: Final = 1510
_LEVELS: Final = 5


class JainamCapabilityRegistry:
    """Facts about the stream; what is not listed is refused, never replaced by something near it."""

    exchanges: Final = frozenset(LISTED_EXCHANGES)
    modes: Final = frozenset(FeedMode)
    depth_levels: Final = (_LEVELS,)

    @classmethod
    def codes(cls, exchange: Exchange, mode: FeedMode) -> tuple[int, ...]:
        """Return the message codes that a mode takes; derivatives have their open interest in a message of its own."""
        code = _CODE_BY_MODE[mode]
        has_interest = mode is not FeedMode.LTP and exchange not in CASH_EXCHANGES | INDEX_EXCHANGES
        return (code, _OPEN_INTEREST) if has_interest else (code,)

    @classmethod
    def get_supported_depth_levels(cls, exchange: str) -> list[int]:
        """Return how many rows a side the book can have; none for an exchange that is not known."""
        return list(cls.depth_levels) if exchange in cls.exchanges else []

    @classmethod
    def is_depth_level_supported(cls, exchange: str, depth_level: int) -> bool:
        """Whether the book comes with exactly so many rows a side."""
        return depth_level in cls.get_supported_depth_levels(exchange)

    @classmethod
    def get_fallback_depth_level(cls, exchange: str, requested_depth: int) -> int | None:
        """Return the most rows that there are, at most those requested where that can be; None if there are none.

        A caller that gets another number than it asked for has to say so.
        """
        supported = cls.get_supported_depth_levels(exchange)
        fitting = [level for level in supported if level <= requested_depth]
        return max(fitting, default=min(supported, default=None))
