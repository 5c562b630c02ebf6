"""Frames are the same however the network cuts them, none may fill the memory, and opening ends at its deadline."""

import base64
import hashlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import pytest
import websocket

from jainam_prop.adapters.xts.network import Dial, NetworkPolicy
from jainam_prop.adapters.xts.stream.connection import LONGEST, Connection, HandshakeRefusedError
from tests.listener import Listener, read_head

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

Behaviour = Callable[[socket.socket], None]


@contextmanager
def listening(behave: Behaviour) -> Iterator[int]:
    """Let a server behave so with every client; gives its port."""
    listener = Listener(behave)
    try:
        yield listener.port
    finally:
        listener.close()


def greet(peer: socket.socket) -> None:
    lines = read_head(peer).split(b"\r\n")
    key = next(line for line in lines if line.lower().startswith(b"sec-websocket-key")).split()[1]
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()  # noqa: S324 (the protocol's)
    peer.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n"
    )


@contextmanager
def connected(*pieces: bytes) -> Iterator[Connection]:
    """Connect to a server that sends these pieces, each once the one before it has left, and then waits."""

    def behave(peer: socket.socket) -> None:
        peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        greet(peer)
        for piece in pieces:
            peer.sendall(piece)
        peer.recv(65_536)
        stop.wait(10)

    stop = threading.Event()
    with listening(behave) as port:
        connection = Connection(f"ws://127.0.0.1:{port}/socket.io/?token=t", Dial(NetworkPolicy(), 5.0))
        connection.settimeout(5.0)
        try:
            yield connection
        finally:
            stop.set()
            connection.close()


@pytest.mark.parametrize("at", range(0, len(STREAM) + 1, 3))
def test_where_the_network_cuts_makes_no_difference(at: int) -> None:
    with connected(STREAM[:at], STREAM[at:]) as connection:
        assert [connection.receive() for _ in MESSAGES] == MESSAGES


def test_a_byte_at_a_time_is_read_like_all_at_once() -> None:
    with connected(*(STREAM[at : at + 1] for at in range(len(STREAM)))) as connection:
        assert [connection.receive() for _ in MESSAGES] == MESSAGES


@pytest.mark.parametrize("size", [125, 126, 65_535, 65_536, 300_000])
def test_a_frame_of_any_length_is_whole_and_the_next_one_follows(size: int) -> None:
    with connected(frame(0x82, b"x" * size) + frame(0x81, b"next")) as connection:
        assert [connection.receive() for _ in range(2)] == [(BINARY, b"x" * size), (TEXT, b"next")]


def test_a_frame_of_which_a_part_came_before_the_time_was_up_is_not_lost() -> None:
    go_on = threading.Event()

    def behave(peer: socket.socket) -> None:
        greet(peer)
        peer.sendall(frame(0x81, b"first") + b"\x81\x05he")
        go_on.wait(5)
        peer.sendall(b"llo" + frame(0x81, b"more"))
        peer.recv(1)

    with listening(behave) as port:
        connection = Connection(f"ws://127.0.0.1:{port}/?t", Dial(NetworkPolicy(), 5.0))
        connection.settimeout(0.05)
        assert connection.receive() == (TEXT, b"first")
        assert connection.receive() == (0, b"")
        go_on.set()
        connection.settimeout(5.0)

        assert [connection.receive() for _ in range(2)] == [(TEXT, b"hello"), (TEXT, b"more")]
        connection.close()


@pytest.mark.parametrize(
    "endless",
    [
        pytest.param((struct.pack(">BBQ", 0x82, 127, 1 << 40), b"x" * 60_000), id="one frame"),
        pytest.param((frame(0x02, b"x" * 60_000), frame(0x00, b"x" * 60_000)), id="pieces"),
    ],
)
def test_a_message_that_would_fill_the_memory_ends_the_connection(endless: tuple[bytes, bytes]) -> None:
    first, again = endless
    with (
        connected(first, *[again] * (LONGEST // 60_000 + 2)) as connection,
        pytest.raises(ConnectionError, match="longer than any"),
    ):
        connection.receive()


def trickle(peer: socket.socket) -> None:
    """Answer the handshake one byte at a time, for ever."""
    read_head(peer)
    for byte in b"HTTP/1.1 101 Switching Protocols\r\nX: " + b"x" * 10_000:
        peer.sendall(bytes([byte]))
        threading.Event().wait(0.02)


def never(peer: socket.socket) -> None:
    peer.recv(65_536)
    peer.recv(65_536)


@pytest.mark.parametrize("behave", [trickle, never])
@pytest.mark.parametrize("scheme", ["ws", "wss"])
def test_opening_ends_at_its_deadline(behave: Behaviour, scheme: str) -> None:
    with listening(behave) as port:
        began = time.monotonic()
        with pytest.raises((OSError, websocket.WebSocketException)):
            Connection(f"{scheme}://127.0.0.1:{port}/?t", Dial(NetworkPolicy(), 0.3))

        assert time.monotonic() - began < 1.0


def test_opening_can_be_given_up_from_another_thread() -> None:
    dial = Dial(NetworkPolicy(), 30.0)
    with listening(never) as port:
        threading.Timer(0.1, dial.abort).start()
        began = time.monotonic()
        with pytest.raises((OSError, websocket.WebSocketException)):
            Connection(f"ws://127.0.0.1:{port}/?t", dial)

        assert time.monotonic() - began < 2.0


@pytest.mark.parametrize("status", [400, 401, 302, 502])
def test_another_status_than_101_is_named_with_its_body(status: int) -> None:
    def behave(peer: socket.socket) -> None:
        read_head(peer)
        body = b'{"type":"error"}'
        head = f"HTTP/1.1 {status} No\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: {len(body)}\r\n\r\n"
        peer.sendall(head.encode() + body)
        peer.recv(1)

    with listening(behave) as port, pytest.raises(HandshakeRefusedError) as refused:
        Connection(f"ws://127.0.0.1:{port}/?t", Dial(NetworkPolicy(), 5.0))

    assert refused.value.status == status
    assert refused.value.body == ("" if status == 302 else '{"type":"error"}')
