"""Raw books of any length as XTS sends them, and the leanest code that makes OpenAlgo's rows of them."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument, InstrumentKind

Rows = list[dict[str, Any]]

FIRST_TOKEN: Final = 45_001
CONTRACTS: Final = 5_000
SYMBOLS: Final = {FIRST_TOKEN + number: f"NIFTY17MAR26{10_000 + 5 * number}CE" for number in range(CONTRACTS)}

_EXCHANGES: Final = {"NSEFO": "NFO"}
_STATUSES: Final = {"Filled": "complete", "New": "open", "Cancelled": "cancelled", "Rejected": "rejected"}
_PRICE_TYPES: Final = {"Limit": "LIMIT", "Market": "MARKET", "StopLimit": "SL", "StopMarket": "SL-M"}


def instruments() -> Iterator[Instrument]:
    """The contracts that the books speak of, and the share that makes them a day's master."""
    yield Instrument(
        exchange=Exchange.NSE,
        token=3045,
        symbol="SBIN",
        broker_symbol="SBIN-EQ",
        name="SBIN",
        kind=InstrumentKind.EQUITY,
        lot_size=1,
        tick_size=Decimal("0.05"),
    )
    for token, symbol in SYMBOLS.items():
        yield Instrument(
            exchange=Exchange.NFO,
            token=token,
            symbol=symbol,
            broker_symbol=symbol,
            name="NIFTY",
            kind=InstrumentKind.CALL,
            lot_size=65,
            tick_size=Decimal("0.05"),
        )


def raw_orders(count: int) -> Rows:
    """Orders of four states over many contracts, each with a price, a moment and an identifier of its own."""
    return [_order(number) for number in range(count)]


def raw_trades(count: int) -> Rows:
    """Executions, three for every second order and one for the others."""
    return [_trade(number) for number in range(count)]


def raw_positions(count: int) -> Rows:
    """Positions, long, short and flat, with their numbers as text."""
    return [_position(number) for number in range(count)]


def lean_orders(rows: Rows) -> Rows:
    """The control for orders."""
    return [
        {
            "symbol": SYMBOLS[row["ExchangeInstrumentID"]],
            "exchange": _EXCHANGES[row["ExchangeSegment"]],
            "action": row["OrderSide"],
            "quantity": row["OrderQuantity"],
            "price": float(row["OrderPrice"]),
            "trigger_price": float(row["OrderStopPrice"]),
            "pricetype": _PRICE_TYPES[row["OrderType"]],
            "product": row["ProductType"],
            "orderid": str(row["AppOrderID"]),
            "order_status": _STATUSES[row["OrderStatus"]],
            "timestamp": _moment(row["OrderGeneratedDateTime"]),
            "filled_quantity": row["CumulativeQuantity"],
            "pending_quantity": row["LeavesQuantity"],
            "average_price": float(row["OrderAverageTradedPrice"] or 0),
            "rejection_reason": row["CancelRejectReason"],
        }
        for row in rows
    ]


def lean_trades(rows: Rows) -> Rows:
    """The control for trades."""
    return [
        {
            "symbol": SYMBOLS[row["ExchangeInstrumentID"]],
            "exchange": _EXCHANGES[row["ExchangeSegment"]],
            "product": row["ProductType"],
            "action": row["OrderSide"],
            "quantity": row["LastTradedQuantity"],
            "price": (price := float(row["LastTradedPrice"])),
            "average_price": price,
            "trade_value": price * row["LastTradedQuantity"],
            "orderid": str(row["AppOrderID"]),
            "tradeid": row["ExecutionID"],
            "timestamp": _moment(row["LastExecutionTransactTime"]),
        }
        for row in rows
    ]


def lean_positions(rows: Rows) -> Rows:
    """The control for positions."""
    return [
        {
            "symbol": SYMBOLS[int(row["ExchangeInstrumentId"])],
            "exchange": _EXCHANGES[row["ExchangeSegment"]],
            "product": row["ProductType"],
            "quantity": (net := int(row["Quantity"])),
            "average_price": (average := _average(row, net)),
            "ltp": round(average + float(row["UnrealizedMTM"]) / (net * float(row["Multiplier"])), 4) if net else 0.0,
            "pnl": round((realised := float(row["RealizedMTM"])) + float(row["UnrealizedMTM"]), 2),
        }
        | ({"today_realized_pnl": realised} if net and realised else {})
        for row in rows
    ]


def _average(row: dict[str, Any], net: int) -> float:
    if not net:
        return 0.0
    return round(float(row["BuyAveragePrice"] if net > 0 else row["SellAveragePrice"]), 4)


def _moment(text: str) -> str:
    return f"{text[6:10]}-{text[3:5]}-{text[:2]}{text[10:]}"


def _clock(number: int) -> str:
    return f"10-03-2026 {9 + number // 3600 % 6:02d}:{number // 60 % 60:02d}:{number % 60:02d}"


def _order(number: int) -> dict[str, Any]:
    state = ("Filled", "New", "Cancelled", "Rejected")[number % 4]
    filled = 65 if state == "Filled" else 0
    return {
        "LoginID": "PRODESK01",
        "ClientID": "*****",
        "AppOrderID": 1_110_045_781 + number,
        "OrderReferenceID": "",
        "GeneratedBy": "TWSAPI",
        "ExchangeOrderID": f"15000000{number:08d}",
        "ExchangeSegment": "NSEFO",
        "ExchangeInstrumentID": FIRST_TOKEN + number % CONTRACTS,
        "OrderSide": "BUY" if number % 3 else "SELL",
        "OrderType": ("Limit", "Market", "StopLimit", "StopMarket")[number % 4],
        "ProductType": "NRML",
        "TimeInForce": "DAY",
        "OrderPrice": 100 + number % 400 * 0.05,
        "OrderStopPrice": 0,
        "OrderQuantity": 65,
        "OrderStatus": state,
        "OrderAverageTradedPrice": f"{100 + number % 300 * 0.05:.2f}" if filled else "",
        "LeavesQuantity": 65 - filled,
        "CumulativeQuantity": filled,
        "OrderDisclosedQuantity": 0,
        "OrderGeneratedDateTime": _clock(number),
        "ExchangeTransactTime": _clock(number),
        "LastUpdateDateTime": _clock(number),
        "CancelRejectReason": "RMS: margin exceeds" if state == "Rejected" else "",
        "OrderUniqueIdentifier": f"jp{number:018d}",
        "TradingSymbol": "NIFTY 17MAR2026 CE 25000",
        "MessageCode": 9004,
    }


def _trade(number: int) -> dict[str, Any]:
    group, place = divmod(number, 4)
    row = _order(group * 2 + (place == 3))
    price = 100 + number % 300 * 0.25
    return row | {
        "ExecutionID": f"77{number:07d}",
        "LastTradedQuantity": 65,
        "LastTradedPrice": price,
        "LastExecutionTransactTime": _clock(number),
        "MessageCode": 9005,
    }


def _position(number: int) -> dict[str, Any]:
    net = (65, -130, 0)[number % 3]
    return {
        "AccountID": "*****",
        "TradingSymbol": "NIFTY 17MAR2026 CE 25000",
        "ExchangeSegment": "NSEFO",
        "ExchangeInstrumentId": str(FIRST_TOKEN + number % CONTRACTS),
        "ProductType": ("MIS", "NRML")[number // CONTRACTS % 2],
        "Marketlot": "65",
        "Multiplier": "1",
        "BuyAveragePrice": f"{100 + number % 300 * 0.05:.2f}",
        "SellAveragePrice": f"{101 + number % 300 * 0.05:.2f}",
        "OpenBuyQuantity": "65",
        "OpenSellQuantity": "130",
        "Quantity": str(net),
        "UnrealizedMTM": f"{number % 50 * 6.5:.2f}" if net else "0",
        "RealizedMTM": f"{-(number % 20) * 3.25:.2f}",
        "MTM": "0",
        "MessageCode": 9002,
    }
