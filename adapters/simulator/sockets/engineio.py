"""Engine.IO 3 and Socket.IO 2 as the live server speaks them, whatever EIO a client asks for; pure."""

from typing import Final

import orjson

from jainam_prop.adapters.simulator.sockets.websocket import BINARY, frame, text_frame

CONNECTED: Final = text_frame("40")
DISCONNECTED: Final = text_frame("41")
PING: Final = "2"
PONG: Final = "3"
CLOSE: Final = "1"
LEAVE: Final = "41"
_MESSAGE: Final = b"\x04"
"""Engine.IO 3 marks every binary message with its type; version 4 does not."""

_BINARY_EVENT: Final = text_frame('451-["xts-binary-packet",{"_placeholder":true,"num":0}]')


def opened(sid: str, interval_seconds: float, timeout_seconds: float) -> bytes:
    """Write the open packet: the client has to ping every interval, or is dropped a timeout later."""
    hello = {
        "sid": sid,
        "upgrades": [],
        "pingInterval": round(interval_seconds * 1000),
        "pingTimeout": round(timeout_seconds * 1000),
    }
    return text_frame(f"0{orjson.dumps(hello).decode()}")


def event(name: str, text: str) -> bytes:
    """Write an event with its one argument, a JSON text or a line of partial text."""
    return text_frame(f"42{orjson.dumps([name, text]).decode()}")


def json_event(name: str, body: object) -> bytes:
    """Write an event whose argument is the JSON text of something."""
    return event(name, orjson.dumps(body).decode())


def binary_event(packets: bytes) -> bytes:
    """Write ``xts-binary-packet`` with its attachment, two websocket frames back to back."""
    return _BINARY_EVENT + frame(BINARY, _MESSAGE + packets)


def joined(sid: str) -> bytes:
    """Write the greeting of either application."""
    description = f"Socket joined successfully! SocketId={sid}"
    return json_event("joined", {"type": "success", "code": "s-socket-0001", "description": description})


def refused() -> bytes:
    """Write what a bad or dead token hears; code and text are those of REST, the event's body is a guess."""
    return json_event("error", {"type": "error", "code": "e-session-0007", "description": "Invalid Token"})


def logged_out() -> bytes:
    """Write what a session's sockets hear when it ends.

    The documents name no payload, but Symphony's own handler takes one argument; its words are a guess.
    """
    return json_event("logout", {"type": "success", "code": "s-user-0001", "description": "User logged out"})
