"""Frames are the same however the network cuts them, and none may fill the memory."""

import struct
from typing import Final, cast

import pytest
import websocket

from jainam_prop.adapters.xts.stream.reading_ahead import LONGEST, ReadingAhead

TEXT: Final = websocket.ABNF.OPCODE_TEXT
BINARY: Final = websocket.ABNF.OPCODE_BINARY
MASKED: Final = bytes([0x81, 0x84, 1, 2, 3, 4]) + bytes(
    code ^ mask for code, mask in zip(b"mask", b"\1\2\3\4", strict=True)
)


def frame(head: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes([head, size]) + payload
    return (
        struct.pack(">BBH", head, 126, size) + payload
        if size < 65_536
        else struct.pack(">BBQ", head, 127, size) + payload
    )


STREAM: Final = b"".join(
    (
        frame(0x81, b"42[1]"),
        frame(0x82, bytes(range(200))),
        frame(0x89, b"ping"),
        frame(0x01, b"be") + frame(0x89, b"") + frame(0x00, b"tw") + frame(0x80, b"een"),
        frame(0x81, b""),
        MASKED,
        frame(0x81, b"last"),
    )
)
MESSAGES: Final = [
    (TEXT, b"42[1]"),
    (BINARY, bytes(range(200))),
    (TEXT, b"between"),
    (TEXT, b""),
    (TEXT, b"mask"),
    (TEXT, b"last"),
]


class Chunks:
    """A connection that gives what it was made with, a piece at each call, and remembers what was sent."""

    def __init__(self, *pieces: bytes) -> None:
        self.sent = b""
        self._pieces = [piece for piece in pieces if piece]

    def gettimeout(self) -> float:
        return 1.0

    def recv(self, most: int) -> bytes:
        if not self._pieces:
            raise TimeoutError
        piece = self._pieces.pop(0)
        if len(piece) > most:
            self._pieces.insert(0, piece[most:])
        return piece[:most]

    def send(self, data: bytes) -> int:
        self.sent += data
        return len(data)


def opened(*pieces: bytes) -> tuple[ReadingAhead, Chunks]:
    link, connection = ReadingAhead(skip_utf8_validation=True), Chunks(*pieces)
    link.sock = cast("websocket.socket", connection)  # type: ignore[name-defined]
    link.connected = True
    return link, connection


def taken(link: ReadingAhead, count: int) -> list[tuple[int, bytes]]:
    return [link.recv_data() for _ in range(count)]


@pytest.mark.parametrize("at", range(len(STREAM) + 1))
def test_where_the_network_cuts_makes_no_difference(at: int) -> None:
    link, connection = opened(STREAM[:at], STREAM[at:])

    assert taken(link, len(MESSAGES)) == MESSAGES
    assert connection.sent.count(b"\x8a") >= 2  # each ping is answered


def test_a_byte_at_a_time_is_read_like_all_at_once() -> None:
    link, _ = opened(*(STREAM[at : at + 1] for at in range(len(STREAM))))

    assert taken(link, len(MESSAGES)) == MESSAGES


@pytest.mark.parametrize("size", [125, 126, 65_535, 65_536, 300_000])
def test_a_frame_of_any_length_is_whole_and_the_next_one_follows(size: int) -> None:
    link, _ = opened(frame(0x82, b"x" * size) + frame(0x81, b"next"))

    assert taken(link, 2) == [(BINARY, b"x" * size), (TEXT, b"next")]


def test_a_frame_of_which_a_part_came_before_the_time_was_up_is_not_lost() -> None:
    link, connection = opened(frame(0x81, b"first") + b"\x81\x05he")
    assert link.recv_data() == (TEXT, b"first")
    with pytest.raises(websocket.WebSocketTimeoutException):
        link.recv_data()

    connection.__init__(b"llo", frame(0x81, b"more"))  # type: ignore[misc]

    assert taken(link, 2) == [(TEXT, b"hello"), (TEXT, b"more")]


@pytest.mark.parametrize(
    "endless",
    [
        pytest.param(struct.pack(">BBQ", 0x82, 127, 1 << 40), id="one frame"),
        pytest.param(frame(0x02, b"x" * 60_000) + frame(0x00, b"x" * 60_000) * 300, id="pieces"),
    ],
)
def test_a_message_that_would_fill_the_memory_ends_the_connection(endless: bytes) -> None:
    filling = [b"x" * 60_000] * (LONGEST // 60_000 + 2) if len(endless) < 100 else []
    link, _ = opened(endless, *filling)

    with pytest.raises(websocket.WebSocketPayloadException, match="longer than any"):
        link.recv_data()
