"""RFC 6455 framing: the document's own examples, and what no client may send."""

import os
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.adapters.simulator.sockets.websocket import (
    BINARY,
    CLOSE,
    LARGEST_MESSAGE,
    PING,
    TEXT,
    BrokenFrame,
    Message,
    MessageReader,
    accept_key,
    close_frame,
    frame,
    text_frame,
)

HELLO = bytes.fromhex("818537fa213d7f9f4d5158")
"""RFC 6455, section 5.7: a masked "Hello"."""


def masked(opcode: int, payload: bytes, *, is_last: bool = True, reserved: int = 0) -> bytes:
    mask = os.urandom(4)
    size = len(payload)
    first = (0x80 if is_last else 0) | reserved | opcode
    if size <= 125:
        head = struct.pack("!BB", first, 0x80 | size)
    elif size < 65_536:
        head = struct.pack("!BBH", first, 0x80 | 126, size)
    else:
        head = struct.pack("!BBQ", first, 0x80 | 127, size)
    body = int.from_bytes(payload) ^ int.from_bytes((mask * (size // 4 + 1))[:size])
    return head + mask + body.to_bytes(size)


def test_the_key_is_answered_as_in_the_document() -> None:
    assert accept_key("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="


def test_a_server_writes_unmasked_frames_as_in_the_document() -> None:
    assert text_frame("Hello") == bytes.fromhex("810548656c6c6f")
    assert frame(BINARY, bytes(256))[:4] == bytes.fromhex("827e0100")
    assert frame(BINARY, bytes(65_536))[:10] == bytes.fromhex("827f0000000000010000")
    assert close_frame(1000) == bytes.fromhex("880203e8")


def test_a_masked_message_is_read() -> None:
    assert MessageReader().feed(HELLO) == [Message(TEXT, b"Hello")]


def test_fragments_are_joined_around_a_control_frame() -> None:
    sent = masked(TEXT, b"Hel", is_last=False) + masked(PING, b"there?") + masked(0, b"lo") + HELLO

    assert MessageReader().feed(sent) == [Message(PING, b"there?"), Message(TEXT, b"Hello"), Message(TEXT, b"Hello")]


@given(st.lists(st.binary(max_size=400), min_size=1, max_size=4), st.integers(1, 50))
def test_messages_are_the_same_however_their_bytes_are_cut(payloads: list[bytes], step: int) -> None:
    sent = b"".join(masked(BINARY, payload) for payload in payloads)
    reader = MessageReader()

    found = [message for start in range(0, len(sent), step) for message in reader.feed(sent[start : start + step])]

    assert found == [Message(BINARY, payload) for payload in payloads]


def test_a_long_message_is_read() -> None:
    payload = os.urandom(70_000)

    assert MessageReader().feed(masked(BINARY, payload)) == [Message(BINARY, payload)]


@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(bytes.fromhex("810548656c6c6f"), id="unmasked"),
        pytest.param(masked(TEXT, b"x", reserved=0x40), id="reserved-bit"),
        pytest.param(masked(0x3, b"x"), id="unknown-kind"),
        pytest.param(masked(0, b"continues nothing"), id="continues-nothing"),
        pytest.param(masked(TEXT, b"a", is_last=False) + masked(TEXT, b"b"), id="begins-inside-another"),
        pytest.param(masked(PING, b"x", is_last=False), id="ping-in-parts"),
        pytest.param(masked(CLOSE, bytes(126)), id="long-close"),
        pytest.param(struct.pack("!BBQ", 0x82, 0xFF, LARGEST_MESSAGE + 1) + bytes(4), id="too-long"),
        pytest.param(masked(BINARY, bytes(LARGEST_MESSAGE), is_last=False) + masked(0, b"x"), id="too-long-in-parts"),
    ],
)
def test_what_no_client_may_send_is_refused(sent: bytes) -> None:
    with pytest.raises(BrokenFrame):
        MessageReader().feed(sent)


@given(st.binary(max_size=200))
def test_noise_is_read_or_refused(sent: bytes) -> None:
    try:
        found = MessageReader().feed(sent)
    except BrokenFrame:
        return
    assert all(isinstance(message, Message) for message in found)
