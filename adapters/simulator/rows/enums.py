"""The enumerations that login and the enums endpoint publish."""

from typing import Final

from jainam_prop.adapters.simulator.rows.vocabulary import EXCHANGES, ORDER_TYPES, SEGMENT_NUMBERS

INSTRUMENT_TYPES: Final = {
    "Futures": 1,
    "Options": 2,
    "Spread": 4,
    "Equity": 8,
    "Spot": 16,
    "PreferenceShares": 32,
    "Debentures": 64,
    "Warrants": 128,
    "Miscellaneous": 256,
    "MutualFund": 512,
}
_EVENTS: Final = (
    "joined", "error", "warning", "success", "order", "trade", "logout", "position", "tradeConversion",
    "marketStatusUpdate", "exchangeAdapterState", "gttOrder", "gttOrderRejection",
)  # fmt: skip


def enums() -> dict[str, object]:
    """Write every enumeration, ``positionSqureOffMode`` in the live server's spelling."""
    return {
        "socketEvent": list(_EVENTS),
        "orderSide": ["BUY", "SELL"],
        "orderSource": ["TWSAPI", "WebAPI", "MobileAndroidAPI", "MobileIOSAPI"],
        "positionSqureOffMode": ["DayWise", "NetWise"],
        "positionSquareOffQuantityType": ["Percentage", "ExactQty"],
        "dayOrNet": ["DAY", "NET"],
        "instrumentType": list(INSTRUMENT_TYPES),
        "exchangeSegment": list(EXCHANGES),
        "exchangeInfo": {segment: _offer(segment) for segment in EXCHANGES},
    }


def segment_array() -> list[dict[str, object]]:
    """Write the segments of a login as key and value."""
    return [{"key": segment, "value": SEGMENT_NUMBERS[segment]} for segment in EXCHANGES]


def _offer(segment: str) -> dict[str, object]:
    products = ["CNC", "MIS", "NRML", "CO", "BO"] if segment in {"NSECM", "BSECM"} else ["MIS", "NRML"]
    return {
        "productType": {product: product for product in products},
        "orderType": sorted(ORDER_TYPES.values()),
        "timeInForce": ["DAY", "IOC"],
    }
