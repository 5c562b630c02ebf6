"""Bodies of interactive events: book rows with ISO dates, and with the repeated fields of newer builds."""

from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from jainam_prop.adapters.simulator.clock import indian_wall_clock
from jainam_prop.adapters.simulator.config import PRO_CLIENT
from jainam_prop.adapters.simulator.exchange.orders import Execution, OrderUpdate, SimOrder
from jainam_prop.adapters.simulator.exchange.positions import PositionLine, Slot
from jainam_prop.adapters.simulator.rows.books import RowWriter
from jainam_prop.adapters.simulator.vocabulary import SEGMENTS

_ONLY_REST: Final = ("ApiOrderSource", "IsAMO", "MessageCode", "MessageVersion", "TokenID", "ApplicationType")
_FROM_SERVER: Final = 146


class Conversion(NamedTuple):
    """A conversion of signed units of a position to another product."""

    slot: Slot
    product: str
    units: int
    at: datetime
    number: int


class EventWriter:
    """Writes the one argument of each event."""

    def __init__(self, pro_client: str) -> None:
        """Write events with this client code for a PRO dealer's own account."""
        self._rows = RowWriter(iso_dates=True, pro_client=pro_client)

    def order(self, order: SimOrder, state: OrderUpdate) -> dict[str, object]:
        """Write an order event."""
        row = self._rows.order(order, state)
        expiry = {"OrderExpiryDateAPI": "01-01-1980 00:00:00"}
        return _without_rest(row) | self._twins(order, state) | expiry | self._tail(order, 9004)

    def trade(self, done: Execution) -> dict[str, object]:
        """Write a trade event."""
        row = self._rows.trade(done)
        fill = {name: row.pop(name) for name in ("LastTradedPrice", "LastTradedQuantity", "LastExecutionTransactTime")}
        report = {name: row.pop(name) for name in ("ExecutionID", "ExecutionReportIndex")}
        fill["LastExecutionTransactTimeAPI"] = _plain(done.at)
        order = done.order
        return _without_rest(row) | self._twins(order, done.after) | self._tail(order, 9005) | fill | report

    def position(self, line: PositionLine, last_price: Decimal, view: str, login: str) -> dict[str, object]:
        """Write a position event of one view, ``DAYWISE`` or ``NETWISE``; every number is text."""
        row = self._rows.position(line, last_price)
        kept = {name: row[name] for name in ("AccountID", "TradingSymbol", "ExchangeSegment")}
        sums = {name: value for name, value in row.items() if name.startswith("SumOf")}
        return (
            {"LoginID": login}
            | kept
            | {
                "ExchangeInstrumentID": str(line.slot.key.token),
                "ProductType": line.slot.product,
                "Multiplier": row["Multiplier"],
                "Marketlot": row["Marketlot"],
                "BuyAveragePrice": row["BuyAveragePrice"] if line.bought else "NaN",
                "SellAveragePrice": row["SellAveragePrice"] if line.sold else "NaN",
                "LongPosition": str(line.bought),
                "ShortPosition": str(line.sold),
                "NetPosition": str(line.net),
                "BuyValue": row["BuyAmount"],
                "SellValue": row["SellAmount"],
                "NetValue": row["NetAmount"],
                "UnrealizedMTM": row["UnrealizedMTM"],
                "RealizedMTM": row["RealizedMTM"],
                "MTM": row["MTM"],
                "BEP": row["BEP"],
            }
            | sums
            | {"IsDayWiseNetWise": view, "StatisticsLevel": "ParentLevel"}
            | {"IsInterOpPosition": True, "childPositions": {}}
            | _versions(9002, 1, 0)
        )

    def conversion(self, login: str, done: Conversion) -> dict[str, object]:
        """Write a tradeConversion event."""
        slot = done.slot
        client = self._rows.client(slot.account)
        return {
            "LoginID": login,
            "ClientID": client,
            "UniqueKey": str(done.number),
            "Success": True,
            "ErrorMessage": "",
            "OriginalProduct": slot.product,
            "TargetProduct": done.product,
            "OriginalQty": abs(done.units),
            "TargetQty": abs(done.units),
            "EntityType": "Client",
            "ExchangeSegment": SEGMENTS[slot.key.exchange],
            "ExchangeInstrumentId": slot.key.token,
            "TargetEntityId": client,
            "NetValue": 0,
            "Status": "PositionConverted",
            "RejectionReason": "",
            "RejectedBy": "",
            "Price": 0,
            "NOWTimeStamp": indian_wall_clock(done.at).isoformat(timespec="seconds"),
            "OrderSide": "BUY" if done.units > 0 else "SELL",
            "IsProOrder": slot.account == PRO_CLIENT,
        } | _versions(9007, 4, 0)

    @staticmethod
    def _twins(order: SimOrder, state: OrderUpdate) -> dict[str, object]:
        """Return the fields that newer builds repeat with another name and format."""
        return {
            "OrderAverageTradedPriceAPI": float(round(state.average, 2)) if state.filled else "NaN",
            "OrderSideAPI": str(order.side),
            "OrderGeneratedDateTimeAPI": _plain(order.placed_at),
            "ExchangeTransactTimeAPI": _plain(state.at),
            "LastUpdateDateTimeAPI": _plain(state.at),
        }

    def _tail(self, order: SimOrder, code: int) -> dict[str, object]:
        client = self._rows.client(order.intake.account)
        key = {"AlgoID": "", "AlgoCategory": 0, "MessageSynchronizeUniqueKey": client}
        return key | _versions(code, 4, _FROM_SERVER)


def _versions(code: int, version: int, application: int) -> dict[str, object]:
    return {
        "MessageCode": code, "MessageVersion": version, "TokenID": 0, "ApplicationType": application,
        "SequenceNumber": 0,
    }  # fmt: skip


def _without_rest(row: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in row.items() if name not in (*_ONLY_REST, "SequenceNumber")}


def _plain(moment: datetime) -> str:
    return indian_wall_clock(moment).strftime("%d-%m-%Y %H:%M:%S")
