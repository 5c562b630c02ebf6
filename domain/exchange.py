"""The exchanges a Jainam desk reaches, in OpenAlgo's codes."""

from enum import StrEnum
from typing import Final


class Exchange(StrEnum):
    """An OpenAlgo exchange code; the two ``*_INDEX`` ones can be quoted but never traded."""

    NSE = "NSE"
    BSE = "BSE"
    NFO = "NFO"
    BFO = "BFO"
    CDS = "CDS"
    BCD = "BCD"
    MCX = "MCX"
    NSE_INDEX = "NSE_INDEX"
    BSE_INDEX = "BSE_INDEX"

    @property
    def is_index(self) -> bool:
        """Whether this code lists indices, which have prices but take no orders."""
        return self in INDEX_EXCHANGES

    @property
    def is_cash(self) -> bool:
        """Whether shares change hands here, so that delivery (CNC) exists."""
        return self in CASH_EXCHANGES


INDEX_EXCHANGES: Final = frozenset({Exchange.NSE_INDEX, Exchange.BSE_INDEX})
CASH_EXCHANGES: Final = frozenset({Exchange.NSE, Exchange.BSE})
