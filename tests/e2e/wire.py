"""A TCP proxy that damages what passes: between a desk and its broker, or between a desk and its database."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_CHUNK: Final = 65_536
_RESET: Final = struct.pack("ii", 1, 0)
"""With this SO_LINGER, closing a socket sends a TCP reset."""
_NAP: Final = 0.02
_LATE: Final = 0.3


class Side(StrEnum):
    """Which way bytes go: from the client, or to it."""

    REQUEST = "request"
    REPLY = "reply"


class Damage(StrEnum):
    """What happens to one direction of every connection."""

    NONE = "none"
    RESET = "reset"
    """Both ends are reset after some bytes."""
    END = "end"
    """Both ends are closed after some bytes, as by a limit."""
    HALF_OPEN = "half-open"
    """After some bytes nothing passes any more, and nothing is closed."""
    DRIP = "drip"
    """After some bytes the rest comes a few at a time."""
    SLICES = "slices"
    """Bytes come one by one, without a wait."""
    LATE = "late"
    """Every piece waits for a moment."""
    REORDER = "reorder"
    """A piece waits until one of another connection has overtaken it, or for a moment."""
    SLOW_CLOSE = "slow close"
    """The end of a connection is passed on late."""
    DOWN = "down"
    """New connections are reset at once, and so are those that there are."""


@dataclass(frozen=True, slots=True)
class Wire:
    """The state of the wire; ``after`` counts bytes since it began, for each connection."""

    damage: Damage = Damage.NONE
    side: Side = Side.REPLY
    after: int = 0


WHOLE: Final = Wire()


class FaultyProxy:
    """Passes bytes on as its wire does."""

    def __init__(self, target: str | tuple[str, int], at: tuple[str, int] = ("127.0.0.1", 0)) -> None:
        """Listen before a port of this machine, or before a Unix socket."""
        self._target = target
        self._wire = WHOLE
        self._closing = threading.Event()
        self._pairs: list[_Pair] = []
        self._lock = threading.Lock()
        self._held: threading.Event | None = None
        self._listener = socket.create_server(at)
        self.port: int = self._listener.getsockname()[1]
        self.base_url = f"http://{at[0]}:{self.port}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def wire(self) -> Wire:
        """The state of the wire."""
        return self._wire

    @wire.setter
    def wire(self, wire: Wire) -> None:
        self._wire = wire
        if wire.damage is Damage.DOWN:
            for pair in self._pairs:
                pair.end(abruptly=True)

    @property
    def holds_one(self) -> bool:
        """Whether a piece waits to be overtaken."""
        return self._held is not None

    def close(self) -> None:
        """End every connection."""
        self._closing.set()
        with suppress(OSError):  # without it, the thread in accept would keep the port open
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for pair in self._pairs:
            pair.end(abruptly=False)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                pair = _Pair(client)
                if self._wire.damage is Damage.DOWN or not pair.reach(self._target):
                    pair.end(abruptly=True)
                    continue
                self._pairs = [each for each in self._pairs if not each.is_over] + [pair]
                for side in Side:
                    threading.Thread(target=self._pump, args=(pair, side), daemon=True).start()

    def _pump(self, pair: "_Pair", side: Side) -> None:
        source, target = (pair.client, pair.server) if side is Side.REQUEST else (pair.server, pair.client)
        seen, left = self._wire, self._wire.after
        with suppress(OSError):
            while piece := source.recv(_CHUNK):
                if self._wire is not seen:
                    seen, left = self._wire, self._wire.after
                if seen.side is not side or seen.damage in {Damage.NONE, Damage.DOWN, Damage.SLOW_CLOSE}:
                    target.sendall(piece)
                    continue
                left = self._damaged(seen.damage, pair, target, piece, left)
        if seen.damage is Damage.SLOW_CLOSE:
            self._closing.wait(_LATE)
        pair.end(abruptly=False)

    def _damaged(self, damage: Damage, pair: "_Pair", target: socket.socket, piece: bytes, left: int) -> int:
        """Pass a piece on; return how many bytes are left until the damage."""
        if damage in {Damage.LATE, Damage.REORDER}:
            held = self._closing.wait(_LATE) if damage is Damage.LATE else self._overtake()
            target.sendall(piece)
            if isinstance(held, threading.Event):
                held.set()
            return left
        whole, rest = (b"", piece) if damage is Damage.SLICES else (piece[:left], piece[left:])
        target.sendall(whole)
        if rest and damage in {Damage.RESET, Damage.END}:
            pair.end(abruptly=damage is Damage.RESET)
        elif damage in {Damage.SLICES, Damage.DRIP}:
            width, nap = (1, 0.0) if damage is Damage.SLICES else (16, _NAP)
            for at in range(0, len(rest), width):
                self._closing.wait(nap)
                target.sendall(rest[at : at + width])
        return left - len(whole)

    def _overtake(self) -> threading.Event | None:
        """Wait to be overtaken; or return at once what lets go of a piece that waits for that."""
        mine = threading.Event()
        with self._lock:
            held, self._held = self._held, None if self._held else mine
        if held is None:
            mine.wait(_LATE)
            with self._lock:
                self._held = None if self._held is mine else self._held
        return held


class _Pair:
    """A client's connection and the one to the server."""

    def __init__(self, client: socket.socket) -> None:
        self.client = client
        self.server = client
        self.is_over = False
        self._lock = threading.Lock()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def reach(self, target: str | tuple[str, int]) -> bool:
        """Connect to the server."""
        try:
            if isinstance(target, str):
                self.server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
                self.server.connect(target)
            else:
                self.server = socket.create_connection(target)
        except OSError:
            return False
        return True

    def end(self, *, abruptly: bool) -> None:
        """End both connections, once."""
        with self._lock:
            if self.is_over:
                return
            self.is_over = True
        for each in (self.client, self.server):
            with suppress(OSError):
                if abruptly and each.family == socket.AF_INET:
                    each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                each.shutdown(socket.SHUT_RD if abruptly else socket.SHUT_RDWR)
            each.close()


@contextmanager
def faulty_proxy(target: str | tuple[str, int]) -> Iterator[FaultyProxy]:
    """Put a faulty wire before a server."""
    made = FaultyProxy(target)
    try:
        yield made
    finally:
        made.close()
