"""Events of the interactive socket: which are read, and whose."""

import orjson
import pytest

from jainam_prop.adapters.xts.wire.replies.orders import read_order_event
from jainam_prop.domain.orders.order import Order

ROW = {
    "ClientID": "CLIENT02",
    "AppOrderID": 1110045781,
    "OrderUniqueIdentifier": "jp1",
    "ExchangeSegment": "NSECM",
    "ExchangeInstrumentID": 3045,
    "TradingSymbol": "SBIN",
    "OrderSide": "BUY",
    "OrderType": "Limit",
    "ProductType": "MIS",
    "OrderPrice": 780.5,
    "OrderQuantity": 10,
    "OrderStopPrice": 0,
    "OrderStatus": "New",
    "OrderAverageTradedPrice": "",
    "LeavesQuantity": 10,
    "CumulativeQuantity": 0,
    "OrderDisclosedQuantity": 0,
    "OrderGeneratedDateTime": "2026-03-10T10:15:30.1535468",
    "LastUpdateDateTime": "2026-03-10T10:15:30.2210467",
    "CancelRejectReason": "",
    "TimeInForce": "DAY",
}


@pytest.mark.parametrize("as_text", [True, False])
def test_an_event_of_another_client_of_the_dealer_is_left_out(as_text: bool) -> None:  # noqa: FBT001 (a parameter)
    payload = orjson.dumps(ROW).decode() if as_text else ROW

    assert read_order_event("order", payload, {"CLIENT02", "CLIENT03"}.__contains__) is None
    assert isinstance(read_order_event("order", payload, {"CLIENT03"}.__contains__), Order)
