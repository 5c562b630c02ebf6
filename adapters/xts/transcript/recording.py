"""Records what goes over the wire, and writes it as files that a person can read, without anything private."""

import base64
import json
import re
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final, final
from urllib.parse import parse_qsl, urlsplit

import orjson

from jainam_prop.adapters.xts.network import WireCall, WireFrame
from jainam_prop.adapters.xts.transcript.redaction import Redaction

_EVENT: Final = re.compile(r"(\d+-?)(\[.*|\{.*)", re.DOTALL)
_MASTER: Final = "/instruments/master"
_MASTER_LINES: Final = 20
_README: Final = """\
What a broker's server and jainam-prop said to each other, in the order of the numbers; the seconds are since the start.

calls/    one file for each request, with its answer
sockets/  one file for each connection, with one message a line; binary messages are base64

Replaced, each value by the same stand-in everywhere: {counts}.
Money in the account's limits is a round sum. Not in here: the server's address, and headers.
Kept: symbols, prices, quantities, sides, states, times, and the words of the server.
Read the files before you send them.

Replay them: jainam-prop simulate --replay THIS_FOLDER
"""


@final
class Recording:
    """Keeps everything in memory, secrets included, until it is written without them."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Record from now on.

        Args:
            monotonic: seconds.
        """
        self._monotonic = monotonic
        self._began = monotonic()
        self._lock = threading.Lock()
        self._items: list[tuple[float, WireCall | WireFrame]] = []

    def tap(self, item: WireCall | WireFrame) -> None:
        """Take what went over a connection; see `NetworkPolicy`."""
        with self._lock:
            self._items.append((round(self._monotonic() - self._began, 3), item))

    def write(self, folder: Path, about: Mapping[str, object], secrets: Iterable[str]) -> int:
        """Write the transcript into a folder that is made, and return the number of requests.

        Args:
            folder: new or empty.
            about: what to say of the recording, such as the version; nothing private.
            secrets: values that must not be in it wherever they occur.

        Raises:
            OSError: it cannot be written.
        """
        with self._lock:
            numbers = self._numbers()
            items = [(at, _shortened(item, numbers)) for at, item in self._items]
        redaction = Redaction(secrets)
        for at, item in items:  # to learn what is private
            _entry(at, item, redaction)
        entries = [(item, _entry(at, item, redaction)) for at, item in items]
        _write_all(folder, entries)
        counts = ", ".join(f"{count} {kind}s" for kind, count in sorted(redaction.counts.items())) or "nothing"
        _write(folder / "README.txt", _README.format(counts=counts))
        _write(folder / "transcript.json", json.dumps(dict(about), indent=2) + "\n")
        return sum(isinstance(item, WireCall) for item, _ in entries)

    def _numbers(self) -> frozenset[str]:
        """Return every number in a request and in an answer but the masters; among them are the contracts'."""
        calls = [item for _, item in self._items if isinstance(item, WireCall) and not item.url.endswith(_MASTER)]
        found = (re.findall(rb"\d+", call.body + call.content) for call in calls)
        return frozenset(number.decode() for numbers in found for number in numbers)


def _shortened(item: WireCall | WireFrame, numbers: frozenset[str]) -> WireCall | WireFrame:
    """Leave of a master of instruments its first lines, and those of contracts that occur elsewhere."""
    if not isinstance(item, WireCall) or not item.url.endswith(_MASTER):
        return item
    try:
        document = orjson.loads(item.content)
        lines = document["result"].split("\n")
    except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
        return item
    kept = [line for at, line in enumerate(lines) if at < _MASTER_LINES or not numbers.isdisjoint(line.split("|")[1:2])]
    return item._replace(content=orjson.dumps(document | {"result": "\n".join(kept)}))


def _entry(at: float, item: WireCall | WireFrame, redaction: Redaction) -> dict[str, Any]:
    return _call(at, item, redaction) if isinstance(item, WireCall) else _frame(at, item, redaction)


def _call(at: float, call: WireCall, redaction: Redaction) -> dict[str, Any]:
    request: dict[str, Any] = {
        "method": call.method,
        "path": redaction.document(urlsplit(call.url).path, "description"),
    }
    request |= {"query": redaction.document(call.query)} if call.query else {}
    request |= {"authorization": redaction.document(call.token, "token")} if call.token else {}
    request |= {"body": redaction.content(call.body)} if call.body else {}
    if call.error:
        return {"seconds": at, "request": request, "no_answer": call.error}
    return {"seconds": at, "request": request, "status": call.status, "answer": redaction.content(call.content)}


def _frame(at: float, frame: WireFrame, redaction: Redaction) -> dict[str, Any]:
    said = {"seconds": at, "from": frame.sender}
    if frame.sender == "opened":
        address = urlsplit(frame.content.decode())
        return said | {"path": address.path, "query": redaction.document(dict(parse_qsl(address.query)))}
    if not frame.is_text:
        return said | {"base64": base64.b64encode(frame.content).decode()}
    text = frame.content.decode("utf-8", "replace")
    event = _EVENT.fullmatch(text)
    if event is None:
        return said | {"text": text if len(text) == 1 else redaction.broken(text)}
    try:
        body = redaction.document(orjson.loads(event[2]), "event" if frame.socket == "market-data" else "description")
    except orjson.JSONDecodeError:
        return said | {"text": redaction.broken(text)}
    return said | {"text": event[1] + orjson.dumps(body).decode()}


def _write_all(folder: Path, entries: Iterable[tuple[WireCall | WireFrame, dict[str, Any]]]) -> None:
    calls = opened = 0
    sockets: dict[str, Path] = {}
    for item, entry in entries:
        if isinstance(item, WireCall):
            calls += 1
            name = re.sub(r"[^\w]+", "-", entry["request"]["path"].strip("/"))
            path = folder / "calls" / f"{calls:04d}-{item.method.lower()}-{name}.json"
            _write(path, json.dumps(entry, indent=2, ensure_ascii=False) + "\n")
            continue
        if item.sender == "opened":
            opened += 1
            sockets[item.socket] = folder / "sockets" / f"{opened:02d}-{item.socket}.jsonl"
        _write(sockets[item.socket], json.dumps(entry, ensure_ascii=False) + "\n", mode="a")


def _write(path: Path, text: str, mode: str = "w") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open(mode, encoding="utf-8") as file:
        file.write(text)
