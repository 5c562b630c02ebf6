"""One session with Symphony's own SDK, run by its own interpreter inside the SDK's folder; see test_symphony_sdk.py.

Reads one JSON object from standard input (``root``, four credentials, ``client``), and writes the answers of every
call as one JSON object.
"""

import contextlib
import io
import json
import sys
from typing import Any

from Connect import XTSConnect  # type: ignore[import-not-found]

YES, NO = True, False
SBIN = {"exchangeSegment": 1, "exchangeInstrumentID": 3045}


def main() -> None:
    asked = json.load(sys.stdin)
    chatter = io.StringIO()
    with contextlib.redirect_stdout(chatter):  # the SDK prints
        answers = {**interactive(asked), **market_data(asked)}
    json.dump(answers, sys.stdout)


def interactive(asked: "dict[str, Any]") -> "dict[str, Any]":
    sdk = XTSConnect(asked["key"], asked["secret"], "WEBAPI", root=asked["root"])
    client = asked["client"]
    answers = {"login": sdk.interactive_login()}
    answers["limit"] = place(sdk, "LIMIT", 700.5 + 10, "sdk-limit", client)
    limit_id = answers["limit"]["result"]["AppOrderID"]
    answers["modified"] = sdk.modify_order(limit_id, "MIS", "LIMIT", 8, 0, 711.0, 0, "DAY", "sdk-limit", client)
    answers["cancelled"] = sdk.cancel_order(limit_id, "sdk-limit", client)
    answers["history"] = sdk.get_order_history(limit_id, client)
    answers["market"] = place(sdk, "MARKET", 0, "sdk-market", client)
    answers["orders"] = sdk.get_order_book(client)
    answers["trades"] = sdk.get_trade(client)
    answers["positions_day"] = sdk.get_position_daywise(client)
    answers["positions_net"] = sdk.get_position_netwise(client)
    answers["holdings"] = sdk.get_holding(client)
    answers["balance"] = sdk.get_balance(client)
    answers["profile"] = sdk.get_profile(client)
    answers["dealer_orders"] = sdk.get_dealer_orderbook(client)
    answers["dealer_trades"] = sdk.get_dealer_tradebook(client)
    answers["dealer_positions"] = sdk.get_dealerposition_netwise(client)
    answers["cover"] = sdk.place_cover_order("NSECM", 3045, "BUY", "MARKET", 10, 0, 0, 770, "", "sdk-cover", client)
    answers["convert"] = sdk.convert_position("NSECM", 3045, 10, YES, "MIS", "NRML", client)
    answers["square_off"] = sdk.squareoff_position(
        "NSECM", 3045, "NRML", sdk.SQUAREOFF_NETWISE, sdk.SQUAREOFFQUANTITY_EXACTQUANTITY, 10, NO, YES, client
    )
    answers["logout"] = sdk.interactive_logout(client)
    answers["after_logout"] = attempt(sdk, client)
    return answers


def place(sdk: Any, order_type: str, price: float, identifier: str, client: str) -> Any:  # noqa: ANN401
    return sdk.place_order(
        exchangeSegment=sdk.EXCHANGE_NSECM,
        exchangeInstrumentID=3045,
        productType=sdk.PRODUCT_MIS,
        orderType=order_type,
        orderSide=sdk.TRANSACTION_TYPE_BUY,
        timeInForce=sdk.VALIDITY_DAY,
        disclosedQuantity=0,
        orderQuantity=10,
        limitPrice=price,
        stopPrice=0,
        orderUniqueIdentifier=identifier,
        apiOrderSource="",
        clientID=client,
    )


def attempt(sdk: Any, client: str) -> Any:  # noqa: ANN401
    """Call with a dead token: the SDK knows that answer, raises its own exception for it and trips over that."""
    try:
        return sdk.get_order_book(client)
    except Exception as error:
        return f"{type(error.__context__).__name__}: {error.__context__}"


def market_data(asked: "dict[str, Any]") -> "dict[str, Any]":
    sdk = XTSConnect(asked["market_key"], asked["market_secret"], "WEBAPI", root=asked["root"])
    nifty = {"exchangeSegment": 2, "series": "OPTIDX", "symbol": "NIFTY"}
    answers = {"market_login": sdk.marketdata_login()}
    answers["config"] = sdk.get_config()
    answers["indices"] = sdk.get_index_list(1)
    answers["master"] = sdk.get_master(["NSECM", "MCXFO"])
    for code in (1501, 1502, 1505, 1510, 1512):
        answers["quote_%d" % code] = sdk.get_quote([SBIN], code, "JSON")  # noqa: UP031 - the SDK's Python may be old
    answers["subscribed"] = sdk.send_subscription([SBIN], 1501)
    answers["subscribed_twice"] = sdk.send_subscription([SBIN], 1501)
    answers["unsubscribed"] = sdk.send_unsubscription([SBIN], 1501)
    answers["bars"] = sdk.get_ohlc("NSECM", 3045, "Mar 10 2026 091500", "Mar 10 2026 092000", 60)
    answers["series"] = sdk.get_series(1)
    answers["equity"] = sdk.get_equity_symbol(1, "EQ", "SBIN")
    answers["expiries"] = sdk.get_expiry_date(**nifty)
    answers["option_types"] = sdk.get_option_type(**nifty, expiryDate=asked["expiry"])
    answers["future"] = sdk.get_future_symbol(2, "FUTIDX", "NIFTY", asked["expiry"])
    answers["option"] = sdk.get_option_symbol(**nifty, expiryDate=asked["expiry"], optionType="CE", strikePrice=25000)
    answers["search"] = sdk.search_by_scriptname("SBIN")
    answers["search_ids"] = sdk.search_by_instrumentid([SBIN])
    answers["market_logout"] = sdk.marketdata_logout()
    return answers


if __name__ == "__main__":
    main()
