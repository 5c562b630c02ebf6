"""XTS's words beside ours; each table's name says which way it translates.

Spellings and numbers: protocol reference, sections 5.1, 6.1 and 6.5.
"""

from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.order import OrderState, PriceType, Side

_SEGMENTS: Final[tuple[tuple[Exchange, str, int], ...]] = (
    (Exchange.NSE, "NSECM", 1),
    (Exchange.NFO, "NSEFO", 2),
    (Exchange.CDS, "NSECD", 3),
    (Exchange.NCO, "NSECO", 4),
    (Exchange.SLBM, "SLBM", 5),
    (Exchange.OFS, "OFS", 6),
    (Exchange.NIFSC, "NIFSC", 7),
    (Exchange.BSE, "BSECM", 11),
    (Exchange.BFO, "BSEFO", 12),
    (Exchange.BCD, "BSECD", 13),
    (Exchange.BSECO, "BSECO", 14),
    (Exchange.NCDEX, "NCDEX", 21),
    (Exchange.MSECM, "MSECM", 41),
    (Exchange.MSEFO, "MSEFO", 42),
    (Exchange.MSECD, "MSECD", 43),
    (Exchange.MCX, "MCXFO", 51),
)
"""Each exchange with the name and the number of its segment."""

SEGMENT_BY_EXCHANGE: Final[dict[Exchange, str]] = {exchange: segment for exchange, segment, _ in _SEGMENTS} | {
    Exchange.NSE_INDEX: "NSECM",
    Exchange.BSE_INDEX: "BSECM",
}
"""The name that interactive calls use; an index is listed in the cash segment of its exchange."""

NUMBER_BY_SEGMENT: Final[dict[str, int]] = {segment: number for _, segment, number in _SEGMENTS}

SEGMENT_NUMBER_BY_EXCHANGE: Final[dict[Exchange, int]] = {
    exchange: NUMBER_BY_SEGMENT[segment] for exchange, segment in SEGMENT_BY_EXCHANGE.items()
}
"""The number that market-data calls use."""

EXCHANGE_BY_SEGMENT: Final[dict[str | int, Exchange]] = {
    spelling: exchange
    for exchange, segment in SEGMENT_BY_EXCHANGE.items()
    if not exchange.is_index
    for number in (NUMBER_BY_SEGMENT[segment],)
    for spelling in (segment, number, str(number))
}
"""The tradable exchange of a segment, by name or by number: books write names, packets write numbers."""

ORDER_TYPE_BY_PRICE_TYPE: Final[dict[PriceType, str]] = {
    PriceType.MARKET: "MARKET",
    PriceType.LIMIT: "LIMIT",
    PriceType.SL: "STOPLIMIT",
    PriceType.SL_M: "STOPMARKET",
}
"""Upper case in requests, as the vendor's SDK sends them; replies write ``StopLimit``."""

PRICE_TYPE_BY_ORDER_TYPE: Final[dict[str, PriceType]] = {
    spelling: price_type
    for price_type, word in (
        (PriceType.MARKET, "Market"),
        (PriceType.LIMIT, "Limit"),
        (PriceType.SL, "StopLimit"),
        (PriceType.SL_M, "StopMarket"),
    )
    for spelling in (word, word.upper(), word.lower())
}

SIDE_BY_WORD: Final[dict[str, Side]] = {
    spelling: side for side in Side for spelling in (side.value, side.value.capitalize(), side.value.lower())
}
"""``BUY`` since 2021, ``Buy`` in 2020."""

STATE_BY_WORD: Final[dict[str | int, OrderState]] = {
    spelling: state
    for state, code, words in (
        (OrderState.NEW, 48, ("New", "Open", "TriggerPending", "Trigger Pending")),
        (OrderState.PARTIALLY_FILLED, 49, ("PartiallyFilled",)),
        (OrderState.FILLED, 50, ("Filled",)),
        (OrderState.CANCELLED, 52, ("Cancelled", "Canceled")),
        (OrderState.REPLACED, 53, ("Replaced",)),
        (OrderState.PENDING_CANCEL, 54, ("PendingCancel",)),
        (OrderState.REJECTED, 56, ("Rejected",)),
        (OrderState.PENDING_NEW, 65, ("PendingNew",)),
        (OrderState.PENDING_REPLACE, 69, ("PendingReplace",)),
        (OrderState.EXPIRED, None, ("Expired",)),
    )
    for spelling in (*words, *(() if code is None else (code, str(code))))
}
"""By word or by number. XTS has no state of its own for a waiting stop, whatever other plug-ins look for."""

TOUCHLINE: Final = 1501
MARKET_DEPTH: Final = 1502
CANDLE: Final = 1505
MARKET_PHASE: Final = 1507
OPEN_INTEREST: Final = 1510
LAST_PRICE: Final = 1512
"""Message codes of market-data snapshots and packets."""
