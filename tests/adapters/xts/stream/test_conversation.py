"""Frames of both generations, as recorded and as nobody should send them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.adapters.xts.stream.conversation import Conversation, Generation, SocketEvent

OPENED = b'0{"sid":"AbCdEf0123456789AAAB","upgrades":[],"pingInterval":20000,"pingTimeout":60000}'
JOINED = (
    b'42["joined","{\\"type\\":\\"success\\",\\"code\\":\\"s-socket-0001\\",'
    b'\\"description\\":\\"Socket joined successfully! SocketId=AbCdEf0123456789AAAB\\"}"]'
)
ANNOUNCED = b'451-["xts-binary-packet",{"_placeholder":true,"num":0}]'


def opened(generation: Generation = Generation.THREE) -> Conversation:
    talk = Conversation(generation, 0.0)
    talk.text(OPENED)
    return talk


def test_a_generation_3_server_connects_us_unasked_and_we_ping() -> None:
    talk = opened()

    assert list(talk.outbox) == []
    assert talk.text(b"40") is None
    assert talk.is_connected
    assert talk.text(JOINED) == SocketEvent(
        "joined",
        '{"type":"success","code":"s-socket-0001",'
        '"description":"Socket joined successfully! SocketId=AbCdEf0123456789AAAB"}',
    )
    assert (talk.look_at_clock(19.9), list(talk.outbox)) == (True, [])
    assert (talk.look_at_clock(20.0), list(talk.outbox)) == (True, ["2"])


def test_a_generation_4_server_is_asked_in_and_pings_us() -> None:
    talk = opened(Generation.FOUR)
    talk.text(b'40{"sid":"x"}')
    talk.text(b"2")

    assert list(talk.outbox) == ["40", "3"]
    assert talk.look_at_clock(25.0)
    assert list(talk.outbox) == ["40", "3"]


@pytest.mark.parametrize("generation", Generation)
def test_a_server_that_is_silent_for_a_ping_and_its_timeout_is_gone(generation: Generation) -> None:
    talk = opened(generation)
    talk.heard(10.0)

    assert talk.look_at_clock(89.9)
    assert not talk.look_at_clock(90.0)


def test_the_message_byte_of_generation_3_is_taken_off_once() -> None:
    talk = opened()
    talk.text(ANNOUNCED)

    assert talk.binary(b"\x04\x04\xdd") == SocketEvent("xts-binary-packet", b"\x04\xdd")


def test_generation_4_sends_bytes_bare() -> None:
    talk = opened(Generation.FOUR)
    talk.text(ANNOUNCED)

    assert talk.binary(b"\x04\xdd") == SocketEvent("xts-binary-packet", b"\x04\xdd")


def test_an_event_without_argument_has_no_payload() -> None:
    assert opened().text(b'42["logout"]') == SocketEvent("logout", None)


@pytest.mark.parametrize(("frame", "argument"), [(b'4217["x",1]', 1), (b'42/feed,["x",{"a":[]}]', {"a": []})])
def test_acknowledgements_and_namespaces_do_not_hide_an_event(frame: bytes, argument: object) -> None:
    assert opened().text(frame) == SocketEvent("x", argument)


@pytest.mark.parametrize("frame", [b"1", b"41", b'44"refused"', b'44{"message":"refused"}'])
def test_the_server_ends_it(frame: bytes) -> None:
    talk = opened()
    talk.text(frame)

    assert talk.ended


@pytest.mark.parametrize(
    "frame",
    [b"", b"9", b"42[", b"42[]", b"42[7]", b'42{"a":1}', b"49", b"45", b"45x-[]", b'4599-["x"]', b"0", b"0[]", b"\xff"],
)
def test_what_makes_no_sense_is_counted_and_skipped(frame: bytes) -> None:
    talk = opened()

    assert talk.text(frame) is None
    assert (talk.unreadable, talk.ended, talk.text(b'42["x"]')) == (1, "", SocketEvent("x", None))


def test_bytes_that_nobody_announced_are_counted() -> None:
    talk = opened()

    assert (talk.binary(b"\x04\x00"), talk.unreadable) == (None, 1)


@given(st.lists(st.one_of(st.binary(max_size=40), st.sampled_from([OPENED, b"40", JOINED, ANNOUNCED])), max_size=20))
def test_no_sequence_of_frames_breaks_it(frames: list[bytes]) -> None:
    talk = Conversation(Generation.THREE, 0.0)
    for frame in frames:
        for event in (talk.text(frame), talk.binary(frame)):
            assert event is None or isinstance(event.name, str)

    assert talk.rest_seconds > 0
