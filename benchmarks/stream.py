"""Messages of a market-data socket, and a server that sends them as fast as they are taken."""

import base64
import hashlib
import json
import socket
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final

from returns.result import Failure, Result, Success

from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.adapters.xts.stream.feed_socket import FeedRule
from jainam_prop.adapters.xts.stream.market_feed import MarketCalls, XtsMarketFeed
from jainam_prop.application.ports.market_data import Subscribed
from jainam_prop.application.ports.sessions import SharedSession
from jainam_prop.domain.errors import BrokerError, SessionExpired
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.subscriptions import Batch
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode
from jainam_prop.domain.sessions.session import Account, AccountKind, Application, Session

SEGMENT: Final = 2
CONTRACTS: Final = 50
KNOWN: Final = {(SEGMENT, 45_000 + n): InstrumentKey(Exchange.NFO, 45_000 + n) for n in range(CONTRACTS)}

FIRST: Final = 1_904_678_908_069_177
"""A sequence number as a live server counts."""

_HEAD: Final = "<BHhihhH"
_COMMON: Final = "HHHqqihiQ"
_ROW: Final = "qdIh"
_TAIL: Final = "qdqqqqdqdddddd4h"
TOUCHLINE: Final = struct.Struct(f"<{_COMMON}{_ROW * 2}{_TAIL}")
DEPTH: Final = struct.Struct(f"<{_COMMON}i{_ROW * 5}i{_ROW * 7}{_TAIL}")
HEAD: Final = struct.Struct(_HEAD)
PACKED_HEAD: Final = struct.Struct(_HEAD + "H")


def _row(price: float, size: int) -> dict[str, Any]:
    return {"Size": size, "Price": price, "TotalOrders": 9, "BuyBackMarketMaker": 0}


def message(number: int, code: int) -> dict[str, Any]:
    """Make up one message; the shapes are those of a live server."""
    price = 100.0 + number % 97 / 20
    head = {
        "MessageCode": code, "MessageVersion": 4, "ApplicationType": 0, "TokenID": 0, "ExchangeSegment": SEGMENT,
        "ExchangeInstrumentID": 45_000 + number % CONTRACTS, "ExchangeTimeStamp": 1_457_604_930,
    }  # fmt: skip
    if code == 1512:
        last = {"LastTradedPrice": price, "LastTradedQunatity": 65, "LastUpdateTime": 1_457_604_930}
        return head | last | {"PercentChange": 4.62, "Close": 98.4, "BookType": 1, "XMarketType": 1}
    line = {
        "BidInfo": _row(price - 0.05, 1300), "AskInfo": _row(price, 910), "LastTradedPrice": price,
        "LastTradedQunatity": 65, "TotalBuyQuantity": 1250340, "TotalSellQuantity": 1120405,
        "TotalTradedQuantity": 9821500 + number, "AverageTradedPrice": 101.37, "LastTradedTime": 1457604930,
        "LastUpdateTime": 1457604930, "PercentChange": 4.62, "Open": 99.0, "High": 108.4, "Low": 94.25, "Close": 98.4,
        "TotalValueTraded": None, "BuyBackTotalBuy": 0, "BuyBackTotalSell": 0,
    }  # fmt: skip
    trailer = {"BookType": 1, "XMarketType": 1, "SequenceNumber": FIRST + number}
    if code == 1501:
        return head | {"Touchline": line} | trailer
    sides = {
        "Bids": [_row(price - 0.05 * (row + 1), 1300 + row) for row in range(5)],
        "Asks": [_row(price + 0.05 * row, 910 + row) for row in range(5)],
    }
    return head | sides | {"Touchline": line} | trailer


def texts(count: int, code: int) -> list[str]:
    """Make up the texts of so many messages of one code."""
    return [json.dumps(message(number, code), separators=(",", ":")) for number in range(count)]


def frames(count: int) -> list[bytes]:
    """Make up binary events, touchlines and depths by turns, every second pair compressed as servers send them."""
    made = []
    for number in range(count):
        code = 1502 if number % 2 else 1501
        make = depth if code == 1502 else touchline
        payload = make(number, FIRST + number)
        head = (code, SEGMENT, 45_000 + number % CONTRACTS, 1, 1, len(payload))
        if number % 4 < 2:
            made.append(HEAD.pack(0, *head) + payload)
            continue
        packer = zlib.compressobj(wbits=-15)
        packed = packer.compress(payload) + packer.flush()
        made.append(PACKED_HEAD.pack(1, *head, len(packed)) + packed)
    return made


_LINE: Final = (
    1457604930, 102.95, 65, 1250340, 1120405, 9821500, 101.37, 1457604930, 4.62, 99.0, 108.4, 94.25, 98.4, 9.9e8,
    0, 0, 1, 1,
)  # fmt: skip
_CELLS: Final = (1300, 102.9, 9, 0)


def _common(number: int, code: int, sequence: int) -> tuple[int, ...]:
    return (code, 4, 0, 0, sequence, 0, SEGMENT, 45_000 + number % CONTRACTS, 1_457_604_930)


def touchline(number: int, sequence: int) -> bytes:
    """Make up a binary touchline."""
    return TOUCHLINE.pack(*_common(number, 1501, sequence), *_CELLS * 2, *_LINE)


def depth(number: int, sequence: int) -> bytes:
    """Make up a binary depth of five rows a side."""
    return DEPTH.pack(*_common(number, 1502, sequence), 5, *_CELLS * 5, 5, *_CELLS * 7, *_LINE)


def frame(payload: bytes, opcode: int = 0x81) -> bytes:
    """Write one frame as a server does, text unless said otherwise."""
    size = len(payload)
    head = bytes([opcode, size]) if size < 126 else struct.pack(">BBH", opcode, 126, size)
    return head + payload


OPENING: Final = b"".join(
    map(frame, [b'0{"sid":"bench","upgrades":[],"pingInterval":20000,"pingTimeout":60000}', b"40"])
)
"""What a server says first: the handshake of Engine.IO and the namespace."""


def event(name: str, text: str) -> bytes:
    """Write one event."""
    return frame(b"42" + json.dumps([name, text]).encode())


def wire(payloads: list[str]) -> bytes:
    """Write a connection as its server sends it: the opening, and an event for each text."""
    return OPENING + b"".join(event("1501-json-full", payload) for payload in payloads)


@contextmanager
def server(content: bytes) -> Iterator[str]:
    """Send the same to whoever connects; gives the address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                peer, _ = listener.accept()
                threading.Thread(target=_send, args=(peer, content), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"ws://127.0.0.1:{listener.getsockname()[1]}/socket.io/?token=bench"
    finally:
        listener.close()


def _send(peer: socket.socket, content: bytes) -> None:
    with peer, suppress(OSError):
        greet(peer)
        peer.sendall(content)
        peer.recv(1)


def greet(peer: socket.socket) -> None:
    """Read a request for a WebSocket and accept it."""
    asked = b""
    while b"\r\n\r\n" not in asked:
        asked += peer.recv(4096)
    key = next(line for line in asked.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key")).split()[1]
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()  # noqa: S324 (the protocol's)
    peer.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
    )


class Broker:
    """Sessions and subscriptions that are always as they should be, without a round trip."""

    session = Session("BENCH", Account(AccountKind.PRO), "i", "bench", datetime(2100, 1, 1, tzinfo=UTC))

    def shared(self) -> SharedSession:
        return SharedSession(self.session)

    def current(self, session: Session) -> Session:
        return session

    def is_over(self, session: Session) -> bool:
        del session
        return False

    def newest(self, timeout_seconds: float) -> Result[Session, BrokerError]:
        raise NotImplementedError(timeout_seconds)  # a feed never logs in

    def renew(
        self, application: Application, dead: Session, timeout_seconds: float, *, exits: bool = False
    ) -> Result[Session, BrokerError]:
        del dead, timeout_seconds, exits
        return Failure(SessionExpired(f"no new {application} session here"))

    def subscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        del session, batch, timeout_seconds
        return Success(Subscribed())

    def unsubscribe(self, session: Session, batch: Batch, timeout_seconds: float) -> Result[Subscribed, BrokerError]:
        return self.subscribe(session, batch, timeout_seconds)

    def images(
        self, session: Session, batch: Batch, timeout_seconds: float
    ) -> Result[tuple[FeedEvent, ...], BrokerError]:
        del session, batch, timeout_seconds
        return Success(())


def feed(address: str, mode: FeedMode) -> XtsMarketFeed:
    """Make a feed at a server that wants every contract there is."""
    broker, root = Broker(), address.replace("ws://", "http://").split("/socket.io")[0]
    calls = MarketCalls(broker, JAINAM.stream.codes, lambda _exchange, _now: False)
    made = XtsMarketFeed(broker, lambda _session: root, calls, SystemClock(), rule=FeedRule())
    for key in KNOWN.values():
        made.want(key, mode)
    return made
