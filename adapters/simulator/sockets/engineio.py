"""Engine.IO 3 and Socket.IO 2 packets as websocket frames; clients get this version whatever EIO they ask for.

wsproto writes the frames; each function returns bytes, so that one frame can be queued for many sockets.
"""

from typing import Final

import orjson
from wsproto.frame_protocol import CloseReason, FrameProtocol

PING: Final = "2"
PONG: Final = "3"
CLOSE: Final = "1"
DISCONNECT: Final = "41"
_MESSAGE: Final = b"\x04"
"""Engine.IO 3 prefixes every binary message with its type; version 4 does not."""


def text_frame(text: str) -> bytes:
    """Encode one text message."""
    return bytes(_frames().send_data(text))


def binary_frame(content: bytes) -> bytes:
    """Encode one binary message."""
    return bytes(_frames().send_data(content))


def pong_frame(payload: bytes) -> bytes:
    """Encode the reply to a websocket ping."""
    return bytes(_frames().pong(payload))


def close_frame(code: int | None) -> bytes:
    """Encode a close frame."""
    return bytes(_frames().close(code))


def _frames() -> FrameProtocol:
    return FrameProtocol(client=False, extensions=[])


CONNECTED: Final = text_frame("40")
DISCONNECTED: Final = text_frame(DISCONNECT)
GOODBYE: Final = DISCONNECTED + close_frame(CloseReason.NORMAL_CLOSURE)
_BINARY_EVENT: Final = text_frame('451-["xts-binary-packet",{"_placeholder":true,"num":0}]')


def opened(sid: str, interval_seconds: float, timeout_seconds: float) -> bytes:
    """Encode the open packet: the client has to ping every interval, and is dropped a timeout later."""
    hello = {
        "sid": sid,
        "upgrades": [],
        "pingInterval": round(interval_seconds * 1000),
        "pingTimeout": round(timeout_seconds * 1000),
    }
    return text_frame(f"0{orjson.dumps(hello).decode()}")


def event(name: str, text: str) -> bytes:
    """Encode an event with its one argument, JSON text or partial text."""
    return text_frame(f"42{orjson.dumps([name, text]).decode()}")


def json_event(name: str, body: object) -> bytes:
    """Encode an event with the JSON text of a body."""
    return event(name, orjson.dumps(body).decode())


def binary_event(packets: bytes) -> bytes:
    """Encode ``xts-binary-packet`` and its attachment, two frames back to back."""
    return _BINARY_EVENT + binary_frame(_MESSAGE + packets)


def joined(sid: str) -> bytes:
    """Encode the greeting of either application."""
    description = f"Socket joined successfully! SocketId={sid}"
    return json_event("joined", {"type": "success", "code": "s-socket-0001", "description": description})


def refused() -> bytes:
    """Encode the reply to a bad token; code and text are those of REST, the event's body is assumed."""
    return json_event("error", {"type": "error", "code": "e-session-0007", "description": "Invalid Token"})


def logged_out() -> bytes:
    """Encode the logout event of an ended session.

    The documents name no payload, but Symphony's own handler takes one argument; its words are assumed.
    """
    return json_event("logout", {"type": "success", "code": "s-user-0001", "description": "User logged out"})
