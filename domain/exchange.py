"""Exchange codes: those that can be traded or quoted, and those that only books can name."""

from enum import StrEnum
from typing import Final


class Exchange(StrEnum):
    """A code of the host; the two ``*_INDEX`` ones can be quoted but never traded.

    Nothing is traded on the `UNLISTED_EXCHANGES`, since their contracts are not listed. Positions and orders that were
    made there by other means are shown in the same books as all others. Where the host has no code (lending, offers for
    sale, GIFT City, BSE commodities, MSE), the code is the broker's name of the segment.
    """

    NSE = "NSE"
    BSE = "BSE"
    NFO = "NFO"
    BFO = "BFO"
    CDS = "CDS"
    BCD = "BCD"
    MCX = "MCX"
    NSE_INDEX = "NSE_INDEX"
    BSE_INDEX = "BSE_INDEX"
    NCO = "NCO"
    NCDEX = "NCDEX"
    SLBM = "SLBM"
    OFS = "OFS"
    NIFSC = "NIFSC"
    BSECO = "BSECO"
    MSECM = "MSECM"
    MSEFO = "MSEFO"
    MSECD = "MSECD"

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
LISTED_EXCHANGES: Final = (
    Exchange.NSE,
    Exchange.BSE,
    Exchange.NFO,
    Exchange.BFO,
    Exchange.CDS,
    Exchange.BCD,
    Exchange.MCX,
    Exchange.NSE_INDEX,
    Exchange.BSE_INDEX,
)
UNLISTED_EXCHANGES: Final = frozenset(Exchange) - frozenset(LISTED_EXCHANGES)
