"""What the gateway refuses before a byte leaves, and what the settings add to an order."""

from dataclasses import replace

import pytest
from returns.result import Failure, Success

from jainam_prop.adapters.xts.http.books import XtsOrderBook
from jainam_prop.adapters.xts.http.client import XtsServer
from jainam_prop.adapters.xts.http.orders import XtsOrderGateway
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.domain.errors import Blocked, Invalid
from tests.adapters.xts.http.scripted import ScriptedServer, api_of, success
from tests.adapters.xts.http.sessions import BARRED, INVESTOR, NORMAL, PRO
from tests.domain.samples import a_change, a_request

SERVER = XtsServer("https://xts.example.invalid", JAINAM.layout)


def test_a_session_that_must_not_trade_places_and_changes_nothing() -> None:
    wire = ScriptedServer([])
    gateway = XtsOrderGateway(api_of(wire, SERVER))
    barred = Failure(Blocked("a NORMAL dealer must name its client"))

    assert gateway.place(BARRED, a_request(), 5.0) == barred
    assert gateway.modify(BARRED, a_change(), 5.0) == barred
    assert wire.requests == []


def test_a_session_that_must_not_trade_may_still_cancel() -> None:
    wire = ScriptedServer([success({"AppOrderID": 7})])

    assert XtsOrderGateway(api_of(wire, SERVER)).cancel(BARRED, "7", 5.0) == Success("7")


@pytest.mark.parametrize("order_id", ["", "0", "abc", "-7", "7.0", "\u0667", "7&clientID=x"])
def test_an_id_that_is_no_number_is_refused_before_the_network(order_id: str) -> None:
    wire = ScriptedServer([])
    gateway, book = XtsOrderGateway(api_of(wire, SERVER)), XtsOrderBook(api_of(wire, SERVER))
    refused = Failure(Invalid((f"orderid {order_id!r} is not a number",)))

    assert gateway.cancel(NORMAL, order_id, 5.0) == refused
    assert gateway.modify(NORMAL, replace(a_change(), order_id=order_id), 5.0) == refused
    assert book.history(NORMAL, order_id, 5.0) == refused
    assert wire.requests == []


def test_a_source_of_orders_is_named_only_when_it_is_set() -> None:
    wire = ScriptedServer([success({"AppOrderID": 7})] * 2)

    for server in (SERVER, replace(SERVER, api_order_source="ALGO-17")):
        XtsOrderGateway(api_of(wire, server)).place(NORMAL, a_request(), 5.0)

    assert [wire.body(at).get("apiOrderSource") for at in (0, 1)] == [None, "ALGO-17"]


def test_the_names_in_a_dealer_s_order_book_are_noted() -> None:
    shown: set[str] = set()
    rows = [{"ClientID": "Alias"}, {"ClientID": "alias "}, "no row"]
    book = XtsOrderBook(api_of(ScriptedServer([success(rows)] * 2), SERVER), shown)

    book.orders(INVESTOR, 5.0)
    assert shown == set()
    book.orders(PRO, 5.0)
    assert shown == {"alias"}


def test_the_trade_book_is_read_where_the_settings_say() -> None:
    wire = ScriptedServer([success([])])
    server = replace(SERVER, layout=replace(JAINAM.layout, trades_path="/trades"))

    XtsOrderBook(api_of(wire, server)).trades(INVESTOR, 5.0)

    assert wire.paths == ["GET /interactive/trades"]
