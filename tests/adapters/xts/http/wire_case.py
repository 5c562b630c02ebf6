"""A wire case: what a port is asked, what goes over the wire and what comes back, and what the port makes of it."""

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import httpx
from returns.result import Result

from jainam_prop.adapters.xts.http.api import XtsApi
from jainam_prop.adapters.xts.http.books import XtsAccount, XtsOrderBook, XtsPositionBook
from jainam_prop.adapters.xts.http.client import XtsClient, XtsServer
from jainam_prop.adapters.xts.http.market_data import XtsMarketData
from jainam_prop.adapters.xts.http.orders import XtsOrderGateway
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.history import Span
from jainam_prop.domain.orders.order import OrderChange, OrderRequest, PriceType, Product, Side
from jainam_prop.domain.sessions.session import Session
from tests.adapters.xts.http.mocked import connections_to
from tests.adapters.xts.http.sessions import BY_NAME
from tests.adapters.xts.http.wire_commands import linked_command, position_command
from tests.domain.samples import NIFTY_FUTURE, SBIN
from tests.fakes.clock import FakeClock

FOLDER: Final = Path(__file__).parents[3] / "wire"
BASE: Final = "https://xts.example.invalid:4143"

_INSTRUMENTS: Final = {
    "SBIN": SBIN,
    "NIFTY_CALL": NIFTY_FUTURE._replace(token=45001, symbol="NIFTY17MAR2625000CE", lot_size=65),
}


@dataclass(frozen=True)
class WireCase:
    """One file below ``tests/wire``."""

    name: str
    call: dict[str, Any]
    request: dict[str, Any]
    response: dict[str, Any]
    expected: dict[str, Any]


class RecordedServer:
    """Answers every request alike and remembers them."""

    def __init__(self, response: dict[str, Any]) -> None:
        self.requests: list[httpx.Request] = []
        self._response = response

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self._response
        content = answer["text"] if "text" in answer else json.dumps(answer["body"])
        kind = answer.get("content_type", "application/json; charset=utf-8")
        headers = {"Content-Type": kind, **answer.get("headers", {})}
        return httpx.Response(answer["status"], headers=headers, content=content.encode())


def all_cases() -> list[WireCase]:
    """Read every case, each of which says what it shows and where it comes from; packets of the stream are none."""
    cases = []
    for path in sorted(FOLDER.rglob("*.json")):
        if path.parent.name == "stream":
            continue
        content = json.loads(path.read_text(encoding="utf-8"))
        assert content.pop("description")
        assert content.pop("source")
        cases.append(WireCase(path.relative_to(FOLDER).with_suffix("").as_posix(), **content))
    return cases


def carry_out(case: WireCase, server: RecordedServer) -> Result[Any, BrokerError]:
    """Ask the port of a case what the case asks."""
    with connections_to(server) as connections:
        client = XtsClient(connections, FakeClock(), retry_delays=())
        address = XtsServer(BASE, JAINAM.layout, api_order_source=case.call.get("api_order_source", ""))
        api = XtsApi(client, address)
        session = BY_NAME[case.call["session"]]
        instrument = _INSTRUMENTS[case.call.get("instrument", "SBIN")]
        match case.call["port"]:
            case "order_gateway":
                return _command(XtsOrderGateway(api), session, case.call)
            case "linked_orders":
                return linked_command(api, session, case.call, instrument)
            case "position_gateway":
                return position_command(api, session, case.call, instrument)
            case _:
                return _question(api, session, case.call)


def _command(gateway: XtsOrderGateway, session: Session, call: dict[str, Any]) -> Result[Any, BrokerError]:
    match call["method"]:
        case "place":
            return gateway.place(session, _order(call["order"]), 5.0)
        case "modify":
            return gateway.modify(session, _change(call["change"]), 5.0)
        case _:
            return gateway.cancel(session, call["order_id"], 5.0)


def _question(api: XtsApi, session: Session, call: dict[str, Any]) -> Result[Any, BrokerError]:
    book, account = XtsOrderBook(api), XtsAccount(api)
    match call["method"]:
        case "history":
            return book.history(session, call["order_id"], 5.0)
        case "quotes":
            keys = [InstrumentKey(Exchange(exchange), token) for exchange, token in call["keys"]]
            return XtsMarketData(api).quotes(session, keys, 5.0)
        case "bars":
            day = date.fromisoformat(call["day"])
            key = InstrumentKey(Exchange(call["key"][0]), call["key"][1])
            return XtsMarketData(api).bars(session, key, call["seconds"], Span(day, day), 5.0)
        case "required":
            return XtsAccount(api).required(session, [_order(fields) for fields in call["orders"]], 5.0)
        case "positions":
            return XtsPositionBook(api).positions(session, 5.0)
        case method:
            questions = {
                "orders": book.orders,
                "trades": book.trades,
                "funds": account.funds,
                "holdings": account.holdings,
            }
            return questions[method](session, 5.0)


def _order(fields: dict[str, Any]) -> OrderRequest:
    return OrderRequest(
        instrument=_INSTRUMENTS[fields["instrument"]],
        side=Side(fields["side"]),
        product=Product(fields["product"]),
        price_type=PriceType(fields["price_type"]),
        quantity=fields["quantity"],
        price=Decimal(fields["price"]),
        trigger_price=Decimal(fields["trigger_price"]),
        identifier=fields["identifier"],
    )


def _change(fields: dict[str, Any]) -> OrderChange:
    return OrderChange(
        order_id=fields["order_id"],
        instrument=_INSTRUMENTS[fields["instrument"]],
        product=Product(fields["product"]),
        price_type=PriceType(fields["price_type"]),
        quantity=fields["quantity"],
        price=Decimal(fields["price"]),
        trigger_price=Decimal(fields["trigger_price"]),
        identifier=fields["identifier"],
    )
