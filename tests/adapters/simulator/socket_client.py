"""Somebody who listens on one of the simulator's sockets, frame by frame, as any Socket.IO 2 client does underneath."""

import json
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, NamedTuple, Self

import websocket

from jainam_prop.adapters.simulator.server.server import XtsSimulator
from tests.adapters.simulator.http_client import SECONDS, Caller

SBIN_WIRE: Final = {"exchangeSegment": 1, "exchangeInstrumentID": 3045}


class Event(NamedTuple):
    """One event: its name, and its argument as it travelled (an attachment for a binary event)."""

    name: str
    text: str = ""
    packets: bytes = b""

    @property
    def body(self) -> dict[str, Any]:
        """The argument, read as JSON."""
        read: dict[str, Any] = json.loads(self.text)
        return read


class SocketClient:
    """One websocket with its handshake behind it."""

    def __init__(self, simulator: XtsSimulator, root: str, token: str, **query: str) -> None:
        asked = {"token": token, "userID": "WHOEVER", "transport": "websocket", "EIO": "3"} | query
        text = "&".join(f"{name}={value}" for name, value in asked.items())
        address = simulator.base_url.replace("http", "ws")
        self.socket = websocket.create_connection(f"{address}/{root}/socket.io/?{text}", timeout=SECONDS)
        self.hello = [self.frame() for _ in range(2)]

    @classmethod
    def orders(cls, simulator: XtsSimulator, caller: Caller) -> Self:
        """Listen to the interactive application; it has joined."""
        client = cls(simulator, "interactive", caller.token, apiType="INTERACTIVE")
        client.skip_to("joined")
        return client

    @classmethod
    def market(cls, simulator: XtsSimulator, caller: Caller, *codes: int, **query: str) -> Self:
        """Listen to market data, having subscribed SBIN; first images have passed."""
        client = cls(simulator, "apimarketdata", caller.market_token, **query)
        client.skip_to("joined")
        for code in codes:
            caller.market("POST", "/instruments/subscription", instruments=[SBIN_WIRE], xtsMessageCode=code)
            if code != 1505:
                client.event()
        return client

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError, websocket.WebSocketException):
            self.socket.close(timeout=1)
        self.socket.shutdown()

    def frame(self) -> str | bytes:
        """Wait for the next message; "" once the server has closed."""
        frame: str | bytes = self.socket.recv()
        return frame

    def event(self) -> Event:
        """Wait for the next event."""
        text = self.frame()
        assert isinstance(text, str)
        if text.startswith("451-"):
            name, _ = json.loads(text[4:])
            packets = self.frame()
            assert isinstance(packets, bytes)
            return Event(name, packets=packets)
        assert text.startswith("42"), text
        name, argument = json.loads(text[2:])
        return Event(name, argument)

    def events(self, count: int) -> list[Event]:
        """Wait for so many events."""
        return [self.event() for _ in range(count)]

    def skip_to(self, name: str) -> Event:
        """Wait for an event of this name."""
        while (found := self.event()).name != name:
            pass
        return found

    def rest(self) -> list[str | bytes]:
        """Return everything until the server closes."""
        frames: list[str | bytes] = []
        with suppress(websocket.WebSocketConnectionClosedException, ConnectionResetError):
            while frame := self.frame():
                frames.append(frame)
        return frames


def types_of(body: Mapping[str, Any]) -> dict[str, str]:
    """Return the keys of a body in their order, each with its JSON type."""
    names = {str: "text", bool: "flag", int: "number", float: "number", type(None): "null", dict: "object"}
    return {key: names[type(value)] for key, value in body.items()}
