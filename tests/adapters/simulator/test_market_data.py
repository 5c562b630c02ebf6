"""Market data over REST: quotes, subscriptions, bars and look-ups."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.domain.exchange import Exchange
from tests.adapters.simulator.direct_trading import SBIN
from tests.adapters.simulator.http_client import Caller

SHARE = {"exchangeSegment": 1, "exchangeInstrumentID": 3045}
NIFTY = {"exchangeSegment": 1, "exchangeInstrumentID": 26000}


def quotes(dealer: Caller, *instruments: Mapping[str, object], code: int = 1502) -> list[dict[str, Any]]:
    reply = dealer.market("POST", "/instruments/quotes", instruments=list(instruments), xtsMessageCode=code)
    return [json.loads(text) for text in reply.json()["result"]["listQuotes"]]


def test_a_quote_shows_the_market_as_it_stands(simulator: XtsSimulator, dealer: Caller) -> None:
    simulator.exchange.set_levels(SBIN, bids=[(Decimal(779), 50)], asks=[(Decimal(781), 70), (Decimal(782), 30)])
    dealer.place(orderQuantity=20)

    (quote,) = quotes(dealer, SHARE)

    assert [(row["Price"], row["Size"]) for row in quote["Bids"]] == [(779.0, 50)]
    assert [(row["Price"], row["Size"]) for row in quote["Asks"]] == [(781.0, 50), (782.0, 30)]
    assert (quote["Touchline"]["LastTradedPrice"], quote["Touchline"]["TotalTradedQuantity"]) == (781.0, 20)
    assert quote["Touchline"]["TotalValueTraded"] is None


def test_an_index_has_a_price_and_five_rows_of_nothing(dealer: Caller) -> None:
    (quote,) = quotes(dealer, NIFTY)

    assert quote["Touchline"]["LastTradedPrice"] == 25012.35
    assert [row["Price"] for row in quote["Bids"] + quote["Asks"]] == [0] * 10


def test_what_is_not_listed_is_missing(dealer: Caller) -> None:
    assert [quote["ExchangeInstrumentID"] for quote in quotes(dealer, {**SHARE, "exchangeInstrumentID": 1}, SHARE)] == [
        3045
    ]


def test_times_count_from_1980_at_nse_and_from_1970_elsewhere(simulator: XtsSimulator, dealer: Caller) -> None:
    gold = simulator.exchange.universe.nearest_future("GOLDM", Exchange.MCX)

    share, future = quotes(dealer, SHARE, {"exchangeSegment": 51, "exchangeInstrumentID": gold.key.token})

    assert future["ExchangeTimeStamp"] - share["ExchangeTimeStamp"] == pytest.approx(315_532_800, abs=5)


def test_fifty_instruments_a_call_are_the_most(dealer: Caller) -> None:
    body = {"instruments": [SHARE] * 51, "xtsMessageCode": 1502}

    reply = dealer.market("POST", "/instruments/quotes", **body)

    assert (reply.status_code, reply.json()["code"]) == (400, "e-property-validation-failed")


def test_one_instrument_subscribed_already_refuses_the_whole_batch(dealer: Caller) -> None:
    first = dealer.market("POST", "/instruments/subscription", instruments=[SHARE], xtsMessageCode=1501)
    second = dealer.market("POST", "/instruments/subscription", instruments=[NIFTY, SHARE], xtsMessageCode=1501)
    third = dealer.market("POST", "/instruments/subscription", instruments=[NIFTY], xtsMessageCode=1501)

    assert first.json()["result"]["Remaining_Subscription_Count"] == 49
    assert (second.status_code, second.json()["code"]) == (400, "e-session-0002")
    assert third.json()["result"]["Remaining_Subscription_Count"] == 48


def test_the_binary_application_sends_no_snapshot(dealer: Caller) -> None:
    reply = dealer.http.post(
        "/apibinarymarketdata/instruments/subscription",
        json={"instruments": [SHARE], "xtsMessageCode": 1501},
        headers={"Authorization": dealer.market_token},
    )

    assert reply.json()["result"] == {"Remaining_Subscription_Count": 49}


def test_open_interest_comes_without_snapshot(dealer: Caller) -> None:
    reply = dealer.market("POST", "/instruments/subscription", instruments=[SHARE], xtsMessageCode=1510)

    assert reply.json()["result"]["listQuotes"] == []


def test_subscriptions_may_come_as_a_form_with_json_inside(dealer: Caller) -> None:
    reply = dealer.http.post(
        "/apimarketdata/instruments/subscription",
        data={"instruments": json.dumps([SHARE]), "xtsMessageCode": "1501"},
        headers={"Authorization": dealer.market_token},
    )

    assert reply.json()["code"] == "s-session-0001"


def test_unsubscribing_makes_room(dealer: Caller) -> None:
    body = {"instruments": [SHARE], "xtsMessageCode": 1501}
    dealer.market("POST", "/instruments/subscription", **body)

    reply = dealer.market("PUT", "/instruments/subscription", **body)

    assert reply.json()["result"] == {"Remaining_Subscription_Count": 50}
    assert dealer.market("POST", "/instruments/subscription", **body).status_code == 200


def test_a_session_has_a_cap_on_subscriptions(simulator: XtsSimulator, dealer: Caller) -> None:
    listings = list(simulator.exchange.universe.listings("NSECM"))[:51]
    many = [{"exchangeSegment": 1, "exchangeInstrumentID": listing.key.token} for listing in listings]

    reply = dealer.market("POST", "/instruments/subscription", instruments=many, xtsMessageCode=1512)

    assert (reply.status_code, reply.json()["code"]) == (400, "e-session-0004")


def test_subscriptions_die_with_their_session(dealer: Caller) -> None:
    body = {"instruments": [SHARE], "xtsMessageCode": 1501}
    dealer.market("POST", "/instruments/subscription", **body)
    dealer.market_token = dealer.log_in(
        "/apimarketdata/auth/login", dealer.login.market.key, dealer.login.market.secret
    )

    assert dealer.market("POST", "/instruments/subscription", **body).status_code == 200


def bars(dealer: Caller, start: str, end: str, interval: str) -> list[list[str]]:
    asked = {"startTime": start, "endTime": end, "compressionValue": interval}
    text = dealer.market("GET", "/instruments/ohlc", **SHARE, **asked).json()["result"]["dataReponse"]
    return [row.split("|") for row in text.split(",") if row]


def test_minute_bars_are_stamped_at_their_last_second_of_an_indian_wall_clock(dealer: Caller) -> None:
    found = bars(dealer, "Mar 10 2026 091500", "Mar 10 2026 091800", "60")

    assert [int(row[0]) for row in found] == [1773134159, 1773134219, 1773134279]
    assert {len(row) for row in found} == {8}
    assert all(float(row[3]) <= float(row[1]) <= float(row[2]) for row in found)


def test_a_bar_is_the_same_however_it_is_asked_for(dealer: Caller) -> None:
    whole = bars(dealer, "Mar 10 2026 091500", "Mar 10 2026 153000", "300")
    part = bars(dealer, "Mar 10 2026 100000", "Mar 10 2026 101000", "300")

    assert len(whole) == 75
    assert part == [row for row in whole if row[0] in {stamp[0] for stamp in part}]


def test_markets_are_closed_on_weekends(dealer: Caller) -> None:
    assert bars(dealer, "Mar 14 2026 091500", "Mar 15 2026 153000", "60") == []
    assert len(bars(dealer, "Mar 09 2026 000000", "Mar 15 2026 000000", "D")) == 5


def test_look_ups_find_series_expiries_and_strikes(dealer: Caller) -> None:
    nifty = {"exchangeSegment": 2, "series": "OPTIDX", "symbol": "NIFTY"}
    series, expiries, rights, strikes = (
        dealer.market("GET", f"/instruments/instrument/{path}", **nifty).json()["result"]
        for path in ("series", "expiryDate", "optionType", "strikePrice")
    )

    assert series == ["OPTIDX"]
    assert all(expiry.endswith("T14:30:00") for expiry in expiries)
    assert rights == ["CE", "PE"]
    assert "25000" in strikes


def test_search_finds_by_text_and_by_number(dealer: Caller) -> None:
    by_text = dealer.market("GET", "/search/instruments", searchString="sbin-eq").json()["result"]
    by_number = dealer.market("POST", "/search/instrumentsbyid", instruments=[SHARE]).json()["result"]

    assert by_text == by_number
    assert by_number[0]["Description"] == "SBIN-EQ"


def test_a_master_may_be_asked_for_by_number_and_for_several_segments(dealer: Caller) -> None:
    reply = dealer.market("POST", "/instruments/master", exchangeSegmentList=[1, "MCXFO"])

    assert {row.split("|")[0] for row in reply.json()["result"].split("\n")} == {"NSECM", "MCXFO"}


def test_an_unknown_segment_is_refused(dealer: Caller) -> None:
    assert dealer.market("POST", "/instruments/master", exchangeSegmentList=["NASDAQ"]).status_code == 400
