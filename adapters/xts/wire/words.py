"""XTS's words beside ours; each table's name says which way it translates.

Spellings and numbers: protocol reference, sections 5.1, 6.1 and 6.5.
"""

from typing import Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.orders.order import OrderState, PriceType, Side

SEGMENT_BY_EXCHANGE: Final[dict[Exchange, str]] = {
    Exchange.NSE: "NSECM",
    Exchange.BSE: "BSECM",
    Exchange.NFO: "NSEFO",
    Exchange.BFO: "BSEFO",
    Exchange.CDS: "NSECD",
    Exchange.BCD: "BSECD",
    Exchange.MCX: "MCXFO",
    Exchange.NSE_INDEX: "NSECM",
    Exchange.BSE_INDEX: "BSECM",
    Exchange.NCO: "NSECO",
    Exchange.NCDEX: "NCDEX",
    Exchange.SLBM: "SLBM",
    Exchange.OFS: "OFS",
    Exchange.NIFSC: "NIFSC",
    Exchange.BSECO: "BSECO",
    Exchange.MSECM: "MSECM",
    Exchange.MSEFO: "MSEFO",
    Exchange.MSECD: "MSECD",
}
"""The name that interactive calls use; an index is listed in the cash segment of its exchange."""

NUMBER_BY_SEGMENT: Final[dict[str, int]] = {
    "NSECM": 1,
    "NSEFO": 2,
    "NSECD": 3,
    "NSECO": 4,
    "SLBM": 5,
    "OFS": 6,
    "NIFSC": 7,
    "BSECM": 11,
    "BSEFO": 12,
    "BSECD": 13,
    "BSECO": 14,
    "NCDEX": 21,
    "MSECM": 41,
    "MSEFO": 42,
    "MSECD": 43,
    "MCXFO": 51,
}

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
