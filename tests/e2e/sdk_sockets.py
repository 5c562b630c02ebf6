"""The sockets of Symphony's own SDK, run by its own interpreter beside a config.ini; see test_symphony_sdk.py.

Reads one line of JSON from standard input (``root``, four credentials, ``client``, ``seconds``), connects the SDK's two
socket classes and a bare python-socketio client for binary packets, trades, and writes every event that came in.
"""

import contextlib
import io
import json
import os
import sys
import threading
from collections import defaultdict
from typing import Any

import socketio  # type: ignore[import-not-found, import-untyped, unused-ignore]
from Connect import XTSConnect  # type: ignore[import-not-found]
from InteractiveSocketClient import OrderSocket_io  # type: ignore[import-not-found]
from MarketDataSocketClient import MDSocket_io  # type: ignore[import-not-found]

SECONDS = 20
SBIN = {"exchangeSegment": 1, "exchangeInstrumentID": 3045}
CODES = (1501, 1502, 1510, 1512)
SUBSCRIBED = "subscribed"


class Heard:
    """Every event by name; whoever waits for one is told."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.events: defaultdict[str, list[Any]] = defaultdict(list)

    def note(self, name: str, *args: Any) -> None:  # noqa: ANN401
        with self.changed:
            self.events[name].append(args[0].hex() if args and isinstance(args[0], bytes) else list(args))
            self.changed.notify_all()

    def wait(self, name: str, count: int = 1) -> None:
        with self.changed:
            if not self.changed.wait_for(lambda: len(self.events[name]) >= count, SECONDS):
                raise TimeoutError(name)


HEARD = Heard()


def listen(emitter: Any, prefix: str, names: "tuple[str, ...]") -> None:  # noqa: ANN401
    for name in names:
        emitter.on(name, lambda *args, name=name: HEARD.note(prefix + name, *args))


def connect(sock: Any) -> None:  # noqa: ANN401
    threading.Thread(target=sock.connect, daemon=True).start()


def main() -> None:
    asked = json.loads(sys.stdin.readline())
    with contextlib.redirect_stdout(io.StringIO()):  # the SDK prints
        orders = XTSConnect(asked["key"], asked["secret"], "WEBAPI", root=asked["root"])
        login = orders.interactive_login()["result"]
        trade(orders, OrderSocket_io(login["token"], login["userID"]), asked)
        market = XTSConnect(asked["market_key"], asked["market_secret"], "WEBAPI", root=asked["root"])
        login = market.marketdata_login()["result"]
        watch(market, login, asked)
    json.dump(HEARD.events, sys.stdout)
    sys.stdout.flush()
    os._exit(0)  # the SDK's sockets would try to come back for ever


def trade(sdk: Any, sock: Any, asked: "dict[str, Any]") -> None:  # noqa: ANN401
    names = ("joined", "error", "order", "trade", "position", "tradeConversion", "logout", "disconnect")
    listen(sock.get_emitter(), "", names)
    connect(sock)
    HEARD.wait("joined")
    sdk.place_order(
        exchangeSegment="NSECM",
        exchangeInstrumentID=3045,
        productType="MIS",
        orderType="MARKET",
        orderSide="BUY",
        timeInForce="DAY",
        disclosedQuantity=0,
        orderQuantity=10,
        limitPrice=0,
        stopPrice=0,
        orderUniqueIdentifier="sdk-socket",
        apiOrderSource="",
        clientID=asked["client"],
    )
    HEARD.wait("position", 2)
    sdk.convert_position("NSECM", 3045, 10, True, "MIS", "NRML", asked["client"])  # noqa: FBT003 - the SDK's own
    HEARD.wait("tradeConversion")
    threading.Event().wait(asked["seconds"])  # longer than the server waits for pings
    HEARD.events["alive"].append(sock.sid.connected)
    sdk.interactive_logout(asked["client"])
    HEARD.wait("logout")
    HEARD.wait("disconnect")
    sock.sid.disconnect()


def watch(sdk: Any, login: "dict[str, Any]", asked: "dict[str, Any]") -> None:  # noqa: ANN401
    sock = MDSocket_io(login["token"], login["userID"])
    names = tuple(f"{code}-json-full" for code in CODES)
    listen(sock.get_emitter(), "", ("1505-json-full",))
    listen(sock.get_emitter(), "market-", ("joined",))
    listen(sock.get_emitter(), "", names)
    connect(sock)
    HEARD.wait("market-joined")
    packets = socketio.Client()
    listen(packets, "", ("xts-binary-packet",))
    listen(packets, "binary-", ("joined",))
    query = f"?token={login['token']}&userID={login['userID']}&publishFormat=Binary&broadcastMode=Full"
    packets.connect(asked["root"] + "/" + query, transports=["websocket"], socketio_path="/apimarketdata/socket.io")
    HEARD.wait("binary-joined")
    for code in CODES:
        sdk.send_subscription([SBIN], code)
        HEARD.wait(f"{code}-json-full")
    sys.stderr.write(f"{SUBSCRIBED}\n")  # the market is moved now
    sys.stderr.flush()
    HEARD.wait("1501-json-full", 3)
    for name in names[1:]:
        HEARD.wait(name, 2)
    HEARD.wait("xts-binary-packet", 6)
    packets.disconnect()
    sock.sid.disconnect()


if __name__ == "__main__":
    main()
