"""Rows of the interactive books and bodies of interactive events, in XTS's spellings, order of keys and JSON types."""

from datetime import datetime
from decimal import Decimal
from typing import Final, NamedTuple

from jainam_prop.adapters.simulator.config import PRO_CLIENT
from jainam_prop.adapters.simulator.exchange.orders import Execution, OrderUpdate, SimOrder
from jainam_prop.adapters.simulator.exchange.positions import PositionLine, Slot
from jainam_prop.adapters.simulator.vocabulary import IST, ORDER_TYPES, SEGMENTS, indian_wall_clock


class RowWriter:
    """Writes rows in one of the two date styles, with one of the client codes of PRO rows."""

    def __init__(self, *, iso_dates: bool, pro_client: str) -> None:
        self._iso = iso_dates
        self._pro_client = pro_client

    def client(self, account: str) -> str:
        """Return the client code in the rows of an account."""
        return self._pro_client if account == PRO_CLIENT else account

    def order(self, order: SimOrder, state: OrderUpdate) -> dict[str, object]:
        """Write one order row; the average price is text, empty before a fill."""
        row = self._common(order, state)
        row["OrderExpiryDate"] = "1980-01-01T00:00:00" if self._iso else "01-01-1980 00:00:00"
        return row | {"ApiOrderSource": order.intake.source, "IsAMO": False} | _versions(9004, 4, 0)

    def trade(self, done: Execution) -> dict[str, object]:
        """Write one execution, with the order's state right after it."""
        return (
            self._common(done.order, done.after)
            | _versions(9005, 4, 0)
            | {
                "LastTradedPrice": float(done.price),
                "LastTradedQuantity": done.quantity,
                "LastExecutionTransactTime": self._date(done.at),
                "ExecutionID": str(done.execution_id),
                "ExecutionReportIndex": done.report,
            }
        )

    def position(self, line: PositionLine, last_price: Decimal) -> dict[str, object]:
        """Write one position; nearly every number is text, and ``ExchangeInstrumentId`` ends in a lower-case d."""
        unrealised = line.unrealised(last_price)
        average = line.buy_average if line.net > 0 else line.sell_average
        return {
            "AccountID": self.client(line.slot.account),
            "TradingSymbol": line.listing.display_name,
            "ExchangeSegment": line.listing.segment,
            "ExchangeInstrumentId": str(line.slot.key.token),
            "ProductType": line.slot.product,
            "Marketlot": str(line.listing.lot),
            "Multiplier": str(line.listing.multiplier),
            "BuyAveragePrice": _two(line.buy_average),
            "SellAveragePrice": _two(line.sell_average),
            "OpenBuyQuantity": str(line.bought),
            "OpenSellQuantity": str(line.sold),
            "Quantity": str(line.net),
            "BuyAmount": _two(line.bought_value),
            "SellAmount": _two(line.sold_value),
            "NetAmount": _two(line.sold_value - line.bought_value),
            "UnrealizedMTM": _two(unrealised),
            "RealizedMTM": _two(line.realised),
            "MTM": _two(unrealised + line.realised),
            "BEP": _two(average) if line.net else "0",
            "SumOfTradedQuantityAndPriceBuy": _two(line.bought_value),
            "SumOfTradedQuantityAndPriceSell": _two(line.sold_value),
            "statisticsLevel": "ParentLevel",
            "isInterOpPosition": True,
            "childPositions": {},
        } | _versions(9002, 1, 0)

    def _common(self, order: SimOrder, state: OrderUpdate) -> dict[str, object]:
        intake, terms = order.intake, state.terms
        return {
            "LoginID": intake.login,
            "ClientID": self.client(intake.account),
            "AppOrderID": order.order_id,
            "OrderReferenceID": "",
            "GeneratedBy": "TWSAPI",
            "ExchangeOrderID": state.exchange_id,
            "OrderCategoryType": intake.category,
            "ExchangeSegment": intake.listing.segment,
            "ExchangeInstrumentID": intake.listing.key.token,
            "OrderSide": str(intake.side),
            "OrderType": ORDER_TYPES[terms.price_type],
            "ProductType": terms.product,
            "TimeInForce": str(terms.validity),
            "OrderPrice": float(terms.price),
            "OrderQuantity": terms.quantity,
            "OrderStopPrice": float(terms.trigger),
            "OrderStatus": str(state.state),
            "OrderAverageTradedPrice": _two(state.average) if state.filled else "",
            "LeavesQuantity": terms.quantity - state.filled,
            "CumulativeQuantity": state.filled,
            "OrderDisclosedQuantity": terms.disclosed,
            "OrderGeneratedDateTime": self._date(order.placed_at),
            "ExchangeTransactTime": self._exchange_date(state.at),
            "LastUpdateDateTime": self._date(state.at),
            "CancelRejectReason": state.reason,
            "OrderUniqueIdentifier": intake.identifier,
            "OrderLegStatus": "SingleOrderLeg",
            "TradingSymbol": intake.listing.display_name,
            "BoLegDetails": 1 if intake.entry_id else 0,
            "IsSpread": False,
            "BoEntryOrderId": str(intake.entry_id) if intake.entry_id else "",
        }

    def _date(self, moment: datetime) -> str:
        wall = indian_wall_clock(moment)
        if self._iso:
            return f"{wall.isoformat(timespec='microseconds')}0"
        day = f"{wall.day:02d}-{wall.month:02d}-{wall.year}"  # faster than strftime for a book of thousands
        return f"{day} {wall.hour:02d}:{wall.minute:02d}:{wall.second:02d}"

    def _exchange_date(self, moment: datetime) -> str:
        if self._iso:
            return moment.astimezone(IST).isoformat(timespec="seconds")
        return self._date(moment)


def _two(amount: Decimal) -> str:
    return f"{amount:.2f}"


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
