"""How much later a tick reaches the callback than a bare receive loop would have its text, at a steady rate.

Run as ``python -m benchmarks.stream_latency``; the exit status is 1 when two milliseconds or more are added to the 99th
percentile. A process of its own sends touchlines and depths, JSON and binary by turns, each at its moment and stamped
with it: as its sequence number, which every such tick carries. The control and the feed receive in turns, so that what
the machine does to both is told from what the feed adds.
"""

import argparse
import json
import multiprocessing
import re
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Final

import websocket

from benchmarks.stream import CONTRACTS, HEAD, OPENING, SEGMENT, depth, event, feed, frame, greet, message
from benchmarks.stream import touchline as binary_touchline
from jainam_prop.domain.market_data.tick import FeedEvent, FeedMode, Tick

LIMIT_MILLISECONDS: Final = 2.0
PATIENCE: Final = 120.0
WARM_UP: Final = 0.1
"""The part of each turn that is not counted: the first connection, the first of everything."""

_ANNOUNCED: Final = frame(b'451-["xts-binary-packet",{"_placeholder":true,"num":0}]')
_STAMP: Final = re.compile(r'SequenceNumber\\?":(\d+)')
_SEQUENCE: Final = slice(1 + HEAD.size + 6 + 8, 1 + HEAD.size + 6 + 8 + 8)
"""Where the sequence number stands in a binary frame: behind Engine.IO's 4, the head, three words and the token."""


@dataclass
class Heard:
    """Nanoseconds that messages took, in the order in which they came."""

    since_sent: list[int] = field(default_factory=list)


def stamped(number: int, now: int) -> bytes:
    """Write the message whose turn it is, with the moment as its sequence number."""
    kind, code = number // CONTRACTS % 4, 1502 if number // CONTRACTS % 2 else 1501
    if kind < 2:
        return event(
            f"{code}-json-full", json.dumps(message(number, code) | {"SequenceNumber": now}, separators=(",", ":"))
        )
    payload = depth(number, now) if code == 1502 else binary_touchline(number, now)
    head = HEAD.pack(0, code, SEGMENT, 45_000 + number % CONTRACTS, 1, 1, len(payload))
    return _ANNOUNCED + frame(b"\x04" + head + payload, opcode=0x82)


def send_paced(told: Connection, rate: float, count: int) -> None:
    """Serve connections one after the other, each with so many messages at this rate (another process runs this)."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        told.send(listener.getsockname()[1])
        while True:
            peer, _ = listener.accept()
            with peer:
                peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                greet(peer)
                peer.sendall(OPENING)
                began = time.monotonic()
                for number in range(count):
                    pause = began + number / rate - time.monotonic()
                    if pause > 0:
                        time.sleep(pause)
                    peer.sendall(stamped(number, time.monotonic_ns()))
                peer.recv(1)


@contextmanager
def sender(rate: float, count: int) -> Iterator[str]:
    """Start the process that sends; gives its address."""
    method = multiprocessing.get_context("spawn")
    ours, its = method.Pipe()
    process = method.Process(target=send_paced, args=(its, rate, count), daemon=True)
    process.start()
    try:
        if not ours.poll(60):
            message = "the sender did not start"
            raise TimeoutError(message)
        yield f"ws://127.0.0.1:{ours.recv()}/socket.io/?token=bench"
    finally:
        process.kill()
        process.join()


def receive_bare(address: str, count: int) -> Heard:
    """The control: take each message off the socket, note when, and read nothing but the stamp."""
    heard = Heard()
    link = websocket.create_connection(address, skip_utf8_validation=True)
    while len(heard.since_sent) < count:
        said = link.recv()
        now = time.monotonic_ns()
        if isinstance(said, bytes):
            heard.since_sent.append(now - int.from_bytes(said[_SEQUENCE], "little"))
        elif (stamp := _STAMP.search(said)) is not None:
            heard.since_sent.append(now - int(stamp[1]))
    link.close(timeout=0)
    return heard


def receive_ticks(address: str, count: int) -> Heard:
    """Ours: received, decoded, in order, each once, handed to the callback."""
    heard, done = Heard(), threading.Event()

    def hear(event: FeedEvent) -> None:
        now = time.monotonic_ns()
        if isinstance(event, Tick):
            heard.since_sent.append(now - event.sequence)
            if len(heard.since_sent) == count:
                done.set()

    made = feed(address, FeedMode.DEPTH)
    made.start(hear)
    came = done.wait(PATIENCE)
    health = made.health()
    made.close()
    if not came:
        lost = f"{count - len(heard.since_sent)} of {count} ticks did not come; {health}"
        raise TimeoutError(lost)
    return heard


def spread(nanoseconds: list[int]) -> dict[str, float]:
    """Return percentiles in milliseconds, the beginning left out."""
    counted = nanoseconds[int(len(nanoseconds) * WARM_UP) :]
    cuts = statistics.quantiles(counted, n=1000, method="inclusive")
    found = {"p50": cuts[499], "p99": cuts[989], "p99.9": cuts[998], "max": max(counted)}
    return {name: round(value / 1e6, 3) for name, value in found.items()}


def measure(rate: float, seconds: float, turns: int) -> dict[str, dict[str, float]]:
    """Let control and feed receive in turns; return the percentiles of each, and what the feed adds to them."""
    count = int(rate * seconds)
    bare, ours = [], []
    receivers: tuple[Callable[[str, int], Heard], ...] = (receive_bare, receive_ticks)
    with sender(rate, count) as address:
        for _ in range(turns):
            control, ticks = (receive(address, count) for receive in receivers)
            bare.append(spread(control.since_sent))
            ours.append(spread(ticks.since_sent))
    middle = {
        name: {cut: statistics.median(turn[cut] for turn in turns) for cut in turns[0]}
        for name, turns in (("bare", bare), ("ours", ours))
    }
    added = {cut: round(middle["ours"][cut] - middle["bare"][cut], 3) for cut in middle["ours"]}
    return middle | {"added": added}


def main() -> int:
    """Print a line for each way; return 1 if too much is added."""
    parser = argparse.ArgumentParser(description="What the feed adds to the way of a tick, at a steady rate.")
    parser.add_argument("--rate", type=float, default=5_000.0, help="ticks a second")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each turn")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = measure(asked.rate, asked.seconds, asked.turns)
    if asked.json:
        print(json.dumps(found))
    else:
        for name, cuts in found.items():
            print(f"{name:7}", "  ".join(f"{cut} {value:8.3f} ms" for cut, value in cuts.items()))
    passed = found["added"]["p99"] < LIMIT_MILLISECONDS
    print(
        "ok  " if passed else "MISS",
        f"{found['added']['p99']} ms added at p99, limit {LIMIT_MILLISECONDS}",
        file=sys.stderr,
    )
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
