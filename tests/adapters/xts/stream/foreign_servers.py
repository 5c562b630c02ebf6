"""Socket.IO servers that are not ours: version 2 from npm, and version 5 of python-socketio."""

import json
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Queue
from socketserver import ThreadingMixIn
from typing import Any, Final, Protocol
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

PING_MS: Final = 150
PATIENCE_MS: Final = 1_000
_PACKAGE: Final = "socket.io@2.5.1"
_WAIT: Final = 10.0


class ForeignServer(Protocol):
    """What the tests do with a server of either version."""

    base_url: str

    def wait_for_client(self) -> None: ...

    def emit(self, name: str, payload: str) -> None: ...

    def emit_bytes(self, name: str, payload: bytes) -> None: ...

    def beat(self, name: str, every_ms: int) -> None: ...

    def drop(self) -> None: ...


def socketio2_home() -> Path:
    """Return where Socket.IO 2 is installed, outside the repository; skips where that cannot be done."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("no Node here, so no Socket.IO 2 server")
    home = Path(tempfile.gettempdir()) / f"jainam-prop-{_PACKAGE.replace('@', '-')}"
    if not (home / "done").exists():
        home.mkdir(exist_ok=True)
        command = [npm, "install", "--prefix", str(home), "--no-audit", "--no-fund", "--loglevel=error", _PACKAGE]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=60)
        except (subprocess.SubprocessError, OSError):
            pytest.skip("npm cannot fetch Socket.IO 2 here")
        (home / "done").touch()
    return home


class NodeServer:
    """Socket.IO 2, hence Engine.IO 3, in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._clients: Queue[str] = Queue()
        self.asked: list[str] = []
        assert process.stdout is not None
        self.base_url = f"http://127.0.0.1:{process.stdout.readline().split()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        with suppress(ValueError):  # the pipe is closed while it is read, once the test is over
            for line in self._process.stdout or ():
                if line.startswith("connected"):
                    self._clients.put(line)
                elif line.startswith("asked"):
                    self.asked.append(line.split()[1])

    def wait_for_client(self) -> None:
        self._clients.get(timeout=_WAIT)

    def _say(self, **command: object) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()

    def emit(self, name: str, payload: str) -> None:
        self._say(act="emit", name=name, payload=payload)

    def emit_bytes(self, name: str, payload: bytes) -> None:
        self._say(act="bytes", name=name, hex=payload.hex())

    def beat(self, name: str, every_ms: int) -> None:
        self._say(act="beat", name=name, every=every_ms)

    def drop(self) -> None:
        self._say(act="drop")

    def kill(self, token: str) -> None:
        """Let the middleware refuse a token from now on, and drop every connection."""
        self._say(act="kill", token=token)

    def stall(self, *, on: bool) -> None:
        """Let the middleware never answer: the server opens and pongs, and accepts no client."""
        self._say(act="stall", on=on)


@contextmanager
def node_server() -> Iterator[NodeServer]:
    home = socketio2_home()
    script = Path(__file__).with_name("socketio2.js")
    command = ["node", str(script), str(home), str(PING_MS), str(PATIENCE_MS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield NodeServer(process)
        assert process.stdin is not None
        process.stdin.close()


class _Handler(WSGIRequestHandler):
    """Hands the bare socket on, where simple-websocket looks for it."""

    def get_environ(self) -> dict[str, Any]:
        self.server.connections.append(self.connection)  # type: ignore[attr-defined]
        return super().get_environ() | {"werkzeug.socket": self.connection}

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Keep quiet."""


class _Threaded(ThreadingMixIn, WSGIServer):
    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[_Handler]) -> None:
        self.connections: list[socket.socket] = []
        super().__init__(address, handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that has gone is no error."""


class PythonServer:
    """python-socketio 5, hence Engine.IO 4, on threads of this process."""

    def __init__(self) -> None:
        socketio = pytest.importorskip("socketio")
        self._io = socketio.Server(
            async_mode="threading", ping_interval=PING_MS / 1000, ping_timeout=PATIENCE_MS / 1000
        )
        self._clients: Queue[str] = Queue()
        self._stopped = threading.Event()
        self._io.on("connect", lambda sid, _environ: self._clients.put(sid))
        self.http = make_server(
            "127.0.0.1", 0, socketio.WSGIApp(self._io), server_class=_Threaded, handler_class=_Handler
        )
        self.base_url = f"http://127.0.0.1:{self.http.server_port}"

    def wait_for_client(self) -> None:
        self._clients.get(timeout=_WAIT)

    def emit(self, name: str, payload: str) -> None:
        self._io.emit(name, payload)

    def emit_bytes(self, name: str, payload: bytes) -> None:
        self._io.emit(name, payload)

    def beat(self, name: str, every_ms: int) -> None:
        def run() -> None:
            while not self._stopped.wait(every_ms / 1000):
                self._io.emit(name, "{}")

        threading.Thread(target=run, daemon=True).start()

    def drop(self) -> None:
        while self.http.connections:
            connection = self.http.connections.pop()
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def stop(self) -> None:
        self._stopped.set()
        self._io.shutdown()
        self.http.shutdown()
        self.drop()
        self.http.server_close()


@contextmanager
def python_server() -> Iterator[PythonServer]:
    server = PythonServer()
    threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield server
    finally:
        server.stop()
