"""Serves a transcript: each request gets the answer that was recorded, and sockets send what was recorded."""

import base64
import json
import re
import socket
import threading
from dataclasses import dataclass
from math import inf
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import orjson
from wsproto.events import AcceptConnection

from jainam_prop.adapters.simulator.http.messages import HTML, JSON, Answer, HangUp, Reply, Request, Upgrade, not_found
from jainam_prop.adapters.simulator.http.server import LoopbackServer
from jainam_prop.adapters.simulator.sockets import engineio as eio
from jainam_prop.adapters.simulator.sockets.connections import SendQueue
from jainam_prop.adapters.simulator.sockets.handshake import ReceiveLoop, upgraded

_LONGEST_QUEUE: Final = 100_000
_IDLE_SECONDS: Final = 600.0
_IDENTIFIER: Final = "orderUniqueIdentifier"


@dataclass(slots=True)
class _Call:
    """A recorded request with its answer; ``commands`` is how many commands were recorded before it."""

    method: str
    path: str
    fields: dict[str, object]
    document: dict[str, Any]
    commands: int
    is_used: bool = False

    @property
    def is_command(self) -> bool:
        """Whether it changed orders or positions."""
        return self.method != "GET" and re.search(r"/(orders|portfolio)\b", self.path) is not None


class ReplayServer:
    """A server on the loopback interface that answers from a transcript; use it as a context manager.

    Of the answers to one method and path, the one whose request is most alike is taken; then one that was recorded
    between the same commands; then the first that was not given yet, at last the last one again. What a socket sent
    after a command is sent once that command was given again.
    """

    def __init__(self, folder: Path, port: int = 0) -> None:
        """Read a transcript, and bind.

        Raises:
            OSError, ValueError: it cannot be read, or the port cannot be used.
        """
        self._calls = _calls(folder)
        self._sockets = [_lines(path) for path in sorted((folder / "sockets").glob("*.jsonl"))]
        self.about: dict[str, str] = json.loads((folder / "transcript.json").read_text(encoding="utf-8"))
        self._changed = threading.Condition()
        self._given = 0
        self._joined: list[str] = []
        self._aliases: dict[str, str] = {}
        self._closed = False
        self._server = LoopbackServer("127.0.0.1", port, self._answer)

    @property
    def base_url(self) -> str:
        """The server's address, ``http://127.0.0.1:port``."""
        return f"http://127.0.0.1:{self._server.address[1]}"

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._server.close()

    def _answer(self, request: Request) -> Answer:
        if request.path.endswith("/socket.io/"):
            return self._upgrade(request)
        with self._changed:
            call = self._best(request)
            if call is None:
                return not_found()
            call.is_used = True
            self._given = max(self._given, call.commands + call.is_command)
            recorded, sent = call.fields.get(_IDENTIFIER), request.fields().get(_IDENTIFIER)
            if recorded and sent:
                self._aliases[str(recorded)] = str(sent)
            self._changed.notify_all()
        if "no_answer" in call.document:
            return HangUp()
        answer = call.document["answer"]
        if isinstance(answer, str):
            return Reply(call.document["status"], answer.encode(), HTML)
        return Reply(call.document["status"], self._renamed(orjson.dumps(answer).decode()).encode(), JSON)

    def _best(self, request: Request) -> _Call | None:
        fields = request.fields()
        alike = [call for call in self._calls if (call.method, call.path) == (request.method, request.path)]

        def likeness(place: int) -> tuple[int, int, bool, int]:
            call = alike[place]
            same = sum(fields.get(name) == value for name, value in call.fields.items())
            return same, -abs(call.commands - self._given), not call.is_used, place if call.is_used else -place

        return alike[max(range(len(alike)), key=likeness)] if alike else None

    def _renamed(self, text: str) -> str:
        """Write the identifiers of this client's orders in place of the recorded ones."""
        for recorded, sent in self._aliases.items():
            text = re.sub(rf"(?<![\w-]){re.escape(recorded)}(?![\w-])", sent, text)
        return text

    def _until(self) -> float:
        """Return when the next command was recorded that was not given again yet."""
        later = (call.document["seconds"] for call in self._calls if call.is_command and call.commands >= self._given)
        return next(later, inf)

    def _upgrade(self, request: Request) -> Answer:
        recorded = [frames for frames in self._sockets if frames[0]["path"] == request.path]
        websocket = upgraded(request)
        if websocket is None or not recorded:
            return not_found()
        frames = recorded[min(self._joined.count(request.path), len(recorded) - 1)]
        self._joined.append(request.path)

        def serve(connection: socket.socket, received: bytes) -> None:
            queue = SendQueue(connection, _LONGEST_QUEUE)
            queue.start()
            sender = threading.Thread(target=self._send, args=(frames, queue), name="replay", daemon=True)
            sender.start()
            try:
                ReceiveLoop(connection, websocket, queue, _IDLE_SECONDS).run(received)
            finally:
                queue.close()

        return Upgrade(websocket.send(AcceptConnection()), serve)

    def _send(self, frames: list[dict[str, Any]], queue: SendQueue) -> None:
        for frame in frames:
            if frame["from"] != "server" or frame.get("text", "")[:1] == eio.PONG:  # pings are answered as they come
                continue
            with self._changed:
                while frame["seconds"] > self._until() and not self._closed:
                    self._changed.wait()
            if "base64" in frame:
                queue.send(eio.binary_frame(base64.b64decode(frame["base64"])))
            else:
                queue.send(eio.text_frame(self._renamed(frame["text"])))


def _calls(folder: Path) -> list[_Call]:
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((folder / "calls").glob("*.json"))]
    calls: list[_Call] = []
    commands = 0
    for document in documents:
        asked = document["request"]
        body = asked.get("body", {})
        fields = asked.get("query", {}) | (body if isinstance(body, dict) else {})
        calls.append(_Call(asked["method"], asked["path"], fields, document, commands))
        commands += calls[-1].is_command
    return calls


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
