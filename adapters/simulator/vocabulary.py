"""XTS words and numbers of the simulated server, independent of the client's table, its clock, and Indian times.

A mistake in one of the two tables fails a test instead of cancelling out.
"""

import time
from datetime import UTC, datetime, timedelta, timezone
from typing import Final, Protocol

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.order import PriceType

SEGMENT_NUMBERS: Final = {
    "NSECM": 1, "NSEFO": 2, "NSECD": 3, "NSECO": 4, "SLBM": 5, "NIFSC": 7, "BSECM": 11, "BSEFO": 12, "BSECD": 13,
    "BSECO": 14, "NCDEX": 21, "MSECM": 41, "MSEFO": 42, "MSECD": 43, "MCXFO": 51,
}  # fmt: skip

EXCHANGES: Final = {
    "NSECM": Exchange.NSE,
    "NSEFO": Exchange.NFO,
    "NSECD": Exchange.CDS,
    "BSECM": Exchange.BSE,
    "BSEFO": Exchange.BFO,
    "MCXFO": Exchange.MCX,
}
"""The listed segments with OpenAlgo's exchange code."""

SEGMENTS: Final = {exchange: segment for segment, exchange in EXCHANGES.items()} | {
    Exchange.NSE_INDEX: "NSECM",
    Exchange.BSE_INDEX: "BSECM",
}

SEGMENT_NAMES: Final = {number: name for name, number in SEGMENT_NUMBERS.items()}

PRICE_TYPES: Final = {
    "MARKET": PriceType.MARKET,
    "LIMIT": PriceType.LIMIT,
    "STOPLIMIT": PriceType.SL,
    "STOPMARKET": PriceType.SL_M,
}

ORDER_TYPES: Final = {
    PriceType.MARKET: "Market",
    PriceType.LIMIT: "Limit",
    PriceType.SL: "StopLimit",
    PriceType.SL_M: "StopMarket",
}

PRODUCTS: Final = ("CNC", "MIS", "NRML", "CO", "BO")


def segment_name(value: object) -> str | None:
    """Read a segment's name or number; None for an unknown segment."""
    text = str(value).strip()
    if text in SEGMENT_NUMBERS:
        return text
    return SEGMENT_NAMES.get(int(text)) if text.isdigit() else None


IST: Final = timezone(timedelta(hours=5, minutes=30), "IST")
NSE_EPOCH: Final = datetime(1980, 1, 1)  # noqa: DTZ001 - XTS counts seconds of an Indian wall clock, without zone
EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001


class Clock(Protocol):
    """Returns the current time."""

    def now(self) -> datetime:
        """Return the current time, aware."""


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the current time in UTC."""
        return datetime.fromtimestamp(time.time(), UTC)


def indian_wall_clock(moment: datetime) -> datetime:
    """Convert an aware time to an Indian wall clock without zone."""
    return moment.astimezone(IST).replace(tzinfo=None)
