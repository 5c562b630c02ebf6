"""A server that sends anything at all: each reply ends in a short error, takes little memory and acts on nothing."""

import json
import logging
import re
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import Any, Final

import pytest

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.xts.http.connections import LONGEST_REPLY
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.terminal import Terminal
from tests.e2e.hostile import HostileBroker, Rewrite, chunked, hostile_broker, whole
from tests.entrypoints.cli.shell import Ran, Shell, settings_for, unpaced

MEGABYTE: Final = 1024 * 1024
FORGED: Final = "1110049999 SBIN BUY filled"
EVIL: Final = f"\x1b[2J\x1b]0;owned\x07\u202e\u009b31m<b onclick=x>\r\n{FORGED}\n"
QUIET: Final = {"JAINAM_REQUEST_TIMEOUT": "5", "JAINAM_RETRY_DELAYS": "0.1"}


@dataclass
class Desk:
    """A shell whose broker stands behind a hostile one."""

    shell: Shell
    broker: HostileBroker

    def run(self, *words: str) -> Ran:
        return self.shell.run(*words)


@contextmanager
def a_desk(folder: Path) -> Iterator[Desk]:
    config = SimulatorConfig(instruments=300, rate_limits=False)
    with XtsSimulator(config) as sim, hostile_broker(sim.base_url) as broker:
        settings = settings_for(sim, folder, JAINAM_BASE_URL=broker.base_url, **QUIET)
        made = Desk(Shell(sim, CliContext(Terminal.of_process(), reader=lambda _: settings, opened=unpaced)), broker)
        made.shell.given("instruments sync", "place NSE SBIN BUY 10 --yes")
        yield made


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with a_desk(tmp_path_factory.mktemp("desk")) as made:
        yield made


@pytest.fixture
def own_desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk for one test, whose long reasons would make the order books of all others long."""
    with a_desk(tmp_path) as made:
        yield made


@pytest.fixture
def desk(opened: Desk) -> Desk:
    """A desk that is logged in, at a broker that is honest as yet."""
    opened.shell.sim.faults.clear()
    opened.broker.replies.clear()
    opened.broker.texts = lambda body: body
    opened.shell.given("login")
    return opened


def drip(broker: HostileBroker) -> Iterator[bytes]:
    while not broker.closing.wait(0.05):
        yield b" "


def row(**cells: object) -> Rewrite:
    """Change cells of every row of a book."""

    def rewrite(body: bytes) -> list[bytes]:
        book = json.loads(body)
        book["result"] = [each | cells for each in book["result"]]
        return whole(json.dumps(book, ensure_ascii=False).encode())

    return rewrite


def raw(old: str, new: str) -> Rewrite:
    return lambda body: whole(re.sub(old.encode(), new.encode(), body, count=1))


@cache
def bomb_content() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return b"".join([*map(packer.compress, repeat(b" " * MEGABYTE, 512)), packer.flush()])


def long(_body: bytes) -> Iterator[bytes]:
    yield whole(b"", 200, f"Content-Length: {1024 * MEGABYTE}")[0].replace(b"Content-Length: 0\r\n", b"")
    yield from repeat(b" " * MEGABYTE, 1024)


def endless_head(broker: HostileBroker) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\n"
    yield from (b"X: %b\r\n" % each for each in drip(broker))


DEEP: Final = b'{"type":"success","result":' + b"[" * 500_000 + b"]" * 500_000 + b"}"
REPLIES: Final[dict[str, Callable[[HostileBroker], Rewrite]]] = {
    "a gigabyte": lambda _: long,
    "endless chunks": lambda _: lambda _body: chunked(repeat(b" " * MEGABYTE)),
    "an endless drip": lambda broker: lambda _body: chunked(drip(broker)),
    "a head without an end": lambda broker: lambda _body: endless_head(broker),
    "half a gigabyte in gzip": lambda _: lambda _body: whole(bomb_content(), 200, "Content-Encoding: gzip"),
    "a packing that was not offered": lambda _: lambda body: whole(body, 200, "Content-Encoding: br"),
    "deep lists": lambda _: lambda _body: whole(DEEP),
    "deep objects": lambda _: lambda _body: whole(b'{"a":' * 600 + b"1" + b"}" * 600),
    "a redirect to another host": lambda _: lambda body: whole(body, 302, "Location: http://attacker.invalid/orders"),
    "a name twice": lambda _: raw('"type"', '"type":"error","type"'),
    "a number that is none": lambda _: raw('"OrderQuantity": *[0-9]+', '"OrderQuantity":NaN'),
    "infinity": lambda _: raw('"OrderQuantity": *[0-9]+', '"OrderQuantity":1e999'),
    "digits of another script": lambda _: row(OrderQuantity="\u0667\u0665"),
    "a negative quantity": lambda _: row(CumulativeQuantity=-75),
    "a quantity of 10^30": lambda _: row(LeavesQuantity=10**30),
    "a quantity of 10^30 as text": lambda _: row(OrderQuantity="1" + "0" * 30),
    "a page": lambda _: lambda _body: whole(b"<html><script>alert(1)</script>" + b"x" * MEGABYTE, 500),
    "nothing": lambda _: lambda _body: [b""],
    "no HTTP": lambda _: lambda _body: [EVIL.encode() * 1000],
}


def assert_harmless(*texts: str) -> None:
    for text in texts:
        acting = {letter for letter in text if not letter.isprintable() and letter not in "\n\t"}
        assert acting == set(), text[:2_000]
        assert not any(line.strip().startswith(FORGED) for line in text.splitlines()), text[:2_000]


@pytest.mark.parametrize("name", REPLIES)
def test_a_book_of_nonsense_is_a_short_error_and_takes_little(desk: Desk, name: str) -> None:
    desk.broker.replies["GET", "/orders/dealerorderbook"] = REPLIES[name](desk.broker)
    tracemalloc.start()
    began = time.monotonic()
    ran = desk.run("orders")
    took, (_, peak) = time.monotonic() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert (ran.status, ran.out) == (1, ""), ran
    assert 0 < len(ran.err) < 400, ran.err
    assert_harmless(ran.err)
    assert peak < 8 * LONGEST_REPLY
    assert took < 30.0


@pytest.mark.parametrize("name", [name for name in REPLIES if "quantity" not in name and "number" not in name])
def test_an_order_whose_reply_is_nonsense_is_found_in_the_book(desk: Desk, name: str) -> None:
    desk.broker.replies["POST", "/orders"] = REPLIES[name](desk.broker)
    sent, net = desk.shell.sent(), desk.shell.net()

    ran = desk.run("place", "NSE", "SBIN", "BUY", "10", "--yes", "--json")

    assert (desk.shell.sent(), desk.shell.net()) == (sent + 1, net + 10)
    assert ran.status in {0, 3}, ran
    assert_harmless(ran.out, ran.err)


DECIDES: Final = re.compile(
    r"type|code|.*token|.*userID|.*[cC]lientID|AccountID|OrderSide|ProductType|OrderType|OrderStatus|.*ExchangeSegment|"
    r".*I[dD]|.*Date.*|.*Time.*|OrderUniqueIdentifier|result|clientCodes|.*Code|listQuotes|quotesList|exchangeSegments?|.*[tT]ype"
)


def spoilt(value: Any, name: str = "") -> Any:  # noqa: ANN401 (any JSON value)
    """Add what acts on terminals to every text that decides nothing."""
    if isinstance(value, dict):
        return {key: spoilt(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [spoilt(each, name) for each in value]
    is_word = isinstance(value, str) and any(letter.isalpha() for letter in value)
    return value + EVIL if is_word and not DECIDES.fullmatch(name) else value


def spoil(body: bytes) -> bytes:
    try:
        return json.dumps(spoilt(json.loads(body)), ensure_ascii=False).encode()
    except ValueError:
        return body


COMMANDS: Final = (
    "orders", "trades", "positions", "holdings", "funds", "status", "journal", "quote SBIN", "doctor",
    "cancel-all --yes", "place NSE SBIN BUY 10 --yes", "smart NSE SBIN --target 0 --yes", "close-all --yes",
    "instruments search SBIN", "instruments sync", "login --force", "logout",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_no_text_of_a_reply_acts_on_the_terminal_or_the_log(
    own_desk: Desk, command: str, caplog: pytest.LogCaptureFixture
) -> None:
    desk = own_desk
    for kind, place in ((FaultKind.RMS_REJECT, "place"), (FaultKind.REFUSED, "cancel")):
        desk.shell.fault(Fault(kind, on=place, text=f"RMS: {EVIL}" + "x" * MEGABYTE, times=None))
    desk.run("place", "NSE", "SBIN", "BUY", "5", "--yes")
    desk.broker.texts = spoil
    with caplog.at_level(logging.DEBUG):
        document = desk.run(*command.split(), "--json")
        table = desk.run(*command.split())

    assert document.out
    assert table.out + table.err
    assert_harmless(document.out, document.err, table.out, table.err)
    assert_harmless(*(record.getMessage() for record in caplog.records))
    assert len(document.out + table.out + table.err) < MEGABYTE


def spoil_names(body: bytes) -> bytes:
    """Add what acts on terminals to the names of every contract of a master, and of every index."""
    evil = EVIL.replace("\r", "").replace("\n", "")
    answer = json.loads(body)
    if isinstance(answer.get("result"), str):
        rows = [row.split("|") for row in answer["result"].split("\n")]
        spoilt_rows = [[cell + evil if at in {3, 4} else cell for at, cell in enumerate(row)] for row in rows]
        answer["result"] = "\n".join("|".join(row) for row in spoilt_rows)
    elif isinstance(answer.get("result"), dict) and "indexList" in answer["result"]:
        answer["result"]["indexList"] = [evil + name for name in answer["result"]["indexList"]]
    return json.dumps(answer, ensure_ascii=False).encode()


def test_no_name_of_a_contract_acts_on_the_terminal(desk: Desk) -> None:
    desk.broker.texts = spoil_names
    desk.shell.given("instruments sync")
    ran = [desk.run(*f"instruments {words}".split()) for words in ("sync", "search SBIN", "search NIFTY --json")]

    assert [each.status for each in ran] == [0, 0, 0], ran
    assert_harmless(*(text for each in ran for text in (each.out, each.err)))
