"""RFC 6455 as a server needs it: frames out, masked frames in, fragments joined; pure."""

import base64
import hashlib
import struct
from typing import Final, NamedTuple

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
BINARY: Final = 0x2
CLOSE: Final = 0x8
PING: Final = 0x9
PONG: Final = 0xA
NORMAL: Final = 1000
GOING_AWAY: Final = 1001
BROKEN: Final = 1002

LARGEST_MESSAGE: Final = 1 << 20
"""Bytes of one message from a client; a trader's client sends a few."""

_GUID: Final = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_FIN: Final = 0x80
_RESERVED: Final = 0x70
_MASKED: Final = 0x80
_SHORT: Final = 125
_WORD: Final = 126
_WORD_MOST: Final = 0xFFFF
_KNOWN: Final = frozenset({CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG})


class BrokenFrame(Exception):  # noqa: N818 - it names what the client sent
    """The client sent something that is no frame of RFC 6455."""


class Message(NamedTuple):
    """One whole message, or one control frame."""

    opcode: int
    payload: bytes


class _Frame(NamedTuple):
    is_last: bool
    opcode: int
    payload: bytes
    size: int


def accept_key(key: str) -> str:
    """Return what ``Sec-WebSocket-Accept`` answers to a client's ``Sec-WebSocket-Key``."""
    digest = hashlib.sha1(f"{key}{_GUID}".encode(), usedforsecurity=False).digest()
    return base64.b64encode(digest).decode()


def frame(opcode: int, payload: bytes) -> bytes:
    """Write one unfragmented frame, unmasked as a server's are."""
    size = len(payload)
    if size <= _SHORT:
        return struct.pack("!BB", _FIN | opcode, size) + payload
    if size <= _WORD_MOST:
        return struct.pack("!BBH", _FIN | opcode, _WORD, size) + payload
    return struct.pack("!BBQ", _FIN | opcode, _WORD + 1, size) + payload


def text_frame(text: str) -> bytes:
    """Write one text frame."""
    return frame(TEXT, text.encode())


def close_frame(status: int) -> bytes:
    """Write a close frame with its status."""
    return frame(CLOSE, struct.pack("!H", status))


class MessageReader:
    """Cuts messages out of a client's bytes, however they come."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._opcode = CONTINUATION
        self._parts = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Take more bytes and return the messages that they complete.

        Raises:
            BrokenFrame: this is no websocket client.
        """
        self._buffer += data
        found: list[Message] = []
        while (cut := _cut(self._buffer)) is not None:
            del self._buffer[: cut.size]
            found.extend(self._joined(cut))
        return found

    def _joined(self, cut: _Frame) -> list[Message]:
        if cut.opcode >= CLOSE:
            return [Message(cut.opcode, cut.payload)]
        if (cut.opcode == CONTINUATION) != (self._opcode != CONTINUATION):
            raise BrokenFrame
        self._opcode = self._opcode or cut.opcode
        self._parts += cut.payload
        if len(self._parts) > LARGEST_MESSAGE:
            raise BrokenFrame
        if not cut.is_last:
            return []
        whole = Message(self._opcode, bytes(self._parts))
        self._opcode = CONTINUATION
        self._parts.clear()
        return [whole]


def _cut(buffer: bytearray) -> _Frame | None:
    """Read the first frame of a buffer; None until it is whole."""
    if len(buffer) < struct.calcsize("!BB"):
        return None
    first, second = buffer[0], buffer[1]
    opcode, short = first & 0x0F, second & 0x7F
    is_control_broken = opcode >= CLOSE and (short > _SHORT or not first & _FIN)
    if first & _RESERVED or not second & _MASKED or opcode not in _KNOWN or is_control_broken:
        raise BrokenFrame
    start = {_WORD: 4, _WORD + 1: 10}.get(short, 2)
    if len(buffer) < start + 4:
        return None
    length = int.from_bytes(buffer[2:start]) if start > 2 else short  # noqa: PLR2004 - the header's own two bytes
    if length > LARGEST_MESSAGE:
        raise BrokenFrame
    end = start + 4 + length
    if len(buffer) < end:
        return None
    payload = _unmasked(bytes(buffer[start + 4 : end]), bytes(buffer[start : start + 4]))
    return _Frame(bool(first & _FIN), opcode, payload, end)


def _unmasked(payload: bytes, mask: bytes) -> bytes:
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    return (int.from_bytes(payload) ^ int.from_bytes(key)).to_bytes(size)
