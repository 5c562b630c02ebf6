"""Records what goes over the wire, and writes it as files that a person can read, without anything private.

A field keeps its value only where its name is known to be public, so what a server sends that this package does not
know is replaced. Free texts lose every value that was replaced in a field, and whatever looks like an id, a token, an
address or a tax number. Stand-ins of digits have as many digits, and money in an account's limits becomes a round sum.
"""

import base64
import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from importlib import resources
from pathlib import Path
from typing import Any, Final, final
from urllib.parse import parse_qsl, urlsplit

import orjson

from jainam_prop.adapters.xts.network import WireCall, WireFrame

_FIELDS: Final[dict[str, list[str]]] = orjson.loads(resources.files(__package__).joinpath("fields.json").read_bytes())
_PUBLIC, _FREE, _AMOUNTS, _VALUES = (frozenset(_FIELDS[name]) for name in ("public", "free", "amounts", "values"))
_KINDS: Final = {name: kind for kind in ("client", "person", "token", "order") for name in _FIELDS[kind]}

_SHORTEST: Final = 4
_LARGE: Final = 1_000_000
_ROUND_SUM: Final = 100_000
_LOOKS_PRIVATE: Final = re.compile(
    r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+|\b[A-Z]{5}\d{4}[A-Z]\b|\b\d{1,3}(?:\.\d{1,3}){3}\b|\beyJ[\w.-]{20,}|\b[0-9A-Fa-f]{20,}\b|\d{7,}"
)
_WORD: Final = re.compile(r"[\w@.*+-]+")
_ISIN: Final = re.compile(r"[A-Z]{2}[A-Z0-9]{9}\d")
_NUMBER: Final = re.compile(r"-?\d{1,12}(\.\d+)?")


@final
class Redaction:
    """The stand-ins of one transcript.

    Everything is read twice: first to learn what is private, then to write it without.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Know some values beforehand, such as the keys of the settings."""
        self._stand_ins: dict[str, str] = {}
        self._made: set[str] = set()
        self._swept: set[str] = set()
        self.counts: Counter[str] = Counter()
        for secret in filter(None, secrets):
            self._stand_in(secret, "secret")

    def document(self, value: object, name: str = "") -> Any:  # noqa: ANN401 (JSON has any shape)
        """Return JSON without what is private; JSON within a text is treated alike."""
        if isinstance(value, Mapping):
            return {self._key(str(key)): self.document(item, str(key)) for key, item in value.items()}
        if isinstance(value, list):
            return [self.document(item, name) for item in value]
        if isinstance(value, str):
            return self._field(value, name)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return self._number(value, name)
        return value

    def content(self, content: bytes) -> Any:  # noqa: ANN401
        """Return a body without what is private: JSON as it is read, anything else as its text."""
        try:
            return self.document(orjson.loads(content))
        except orjson.JSONDecodeError:
            return self.broken(content.decode("utf-8", "replace"))

    def broken(self, text: str) -> str:
        """Return a text that is no JSON: words of letters stay, and what has a digit or a sign of an address goes."""

        def word(found: re.Match[str]) -> str:
            text = found[0]
            is_plain = len(text) < _SHORTEST or text in _PUBLIC or text.isalpha() or _NUMBER.fullmatch(text)
            return text if is_plain or text in self._made else self._stand_in(text, "text")

        return _WORD.sub(word, self._free(text))

    def _key(self, name: str) -> str:
        """Return the name of a field; one that is not known and has a digit may be an account's, save for an ISIN."""
        is_known = name in _PUBLIC or name in _KINDS or name in _AMOUNTS or name in _FREE or _ISIN.fullmatch(name)
        return self._sweep(name) if is_known or not any(map(str.isdigit, name)) else self._stand_in(name, "key")

    def _field(self, text: str, name: str) -> str:
        if text[:1] in {"{", "["}:
            try:
                return orjson.dumps(self.document(orjson.loads(text))).decode()
            except orjson.JSONDecodeError:
                return self.broken(text)
        if name in _AMOUNTS:
            return str(_round_sum(float(text))) if _NUMBER.fullmatch(text) else text
        if name in _FREE:
            return self._free(text)
        if name in _PUBLIC or text in _VALUES or not any(map(str.isalnum, text)):
            return self._sweep(text)
        return self._stand_in(text, _KINDS.get(name, "text"))

    def _number(self, value: float, name: str) -> float | str:
        if name in _AMOUNTS:
            return _round_sum(value)
        if name in _PUBLIC or (name not in _KINDS and abs(value) < _LARGE):
            return value
        stand_in = self._stand_in(str(value), _KINDS.get(name, "number"))
        return int(stand_in) if stand_in.isdigit() else stand_in

    def _free(self, text: str) -> str:
        return _LOOKS_PRIVATE.sub(lambda found: self._stand_in(found[0], "id"), self._sweep(text))

    def _sweep(self, text: str) -> str:
        return self._known.sub(lambda found: self._stand_ins[found[0]], text) if self._swept else text

    @cached_property
    def _known(self) -> re.Pattern[str]:
        longest_first = sorted(self._swept, key=len, reverse=True)
        return re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, longest_first))})(?![A-Za-z0-9])")

    def _stand_in(self, value: str, kind: str) -> str:
        if value in self._stand_ins:
            return self._stand_ins[value]
        if value in self._made:
            return value  # swept already
        self.counts[kind] += 1
        number = str(self.counts[kind])
        made = "9" + number.zfill(max(len(value), len(number) + 1) - 1) if value.isdigit() else f"{kind}-{number}"
        while made in self._made:  # digits of two kinds
            made = str(int(made) + 1)
        self._stand_ins[value] = made
        self._made.add(made)
        if len(value) >= _SHORTEST and (kind != "text" or not value.isalpha()):
            self._swept.add(value)
            self.__dict__.pop("_known", None)
        return made


def _round_sum(value: float) -> int:
    return _ROUND_SUM * ((value > 0) - (value < 0))


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
