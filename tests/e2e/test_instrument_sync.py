"""A day's instruments from the wire into the table: what a broken answer says, and that it changes nothing."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from returns.pipeline import is_successful

from jainam_prop.adapters.simulator.catalogue.universe import index_list, universe
from jainam_prop.adapters.sql.database import open_database
from jainam_prop.adapters.sql.instrument_store import SqlInstrumentStore
from jainam_prop.adapters.xts.http.client import XtsClient, XtsServer
from jainam_prop.adapters.xts.http.instrument_source import XtsInstrumentSource
from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.application.instruments.sync import SyncInstruments
from jainam_prop.domain.exchange import Exchange
from tests.adapters.xts.http.mocked import connections_to
from tests.fakes.clock import FakeClock

DAY: Final = date(2026, 3, 10)
LISTED: Final = universe(DAY, 3_000)
SEGMENT_OF: Final = {"1": "NSECM", "11": "BSECM"}

Answer = Callable[[str], httpx.Response]


def html(status: int) -> httpx.Response:
    return httpx.Response(status, content=b"<html>maintenance</html>", headers={"Content-Type": "text/html"})


def master(text: str) -> httpx.Response:
    return httpx.Response(200, json={"type": "success", "code": "s", "description": "Data found", "result": text})


class Broker:
    """Answers with the masters of a generated day, but for those that a test breaks."""

    def __init__(self) -> None:
        self.broken: dict[str, Answer] = {}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/indexlist"):
            names = index_list(SEGMENT_OF[request.url.params["exchangeSegment"]])
            return httpx.Response(200, json={"type": "success", "result": {"indexList": list(names or ())}})
        (segment,) = json.loads(request.content)["exchangeSegmentList"]
        return self.broken.get(segment, master)(LISTED.master(segment))


@pytest.fixture
def broker() -> Broker:
    return Broker()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "desk.db"


@pytest.fixture
def sync(broker: Broker, path: Path) -> Iterator[SyncInstruments]:
    engine = open_database(f"sqlite:///{path}")
    with connections_to(broker) as connections:
        server = XtsServer("https://xts.example.invalid:4143", replace(JAINAM.layout, market_roots=("apimarketdata",)))
        source = XtsInstrumentSource(XtsClient(connections, FakeClock(), retry_delays=()), server)
        yield SyncInstruments(source, SqlInstrumentStore(engine, FakeClock(), broker="jainam_prop"), FakeClock())
    engine.dispose()


def table(path: Path) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(path)) as sql:
        return sql.execute("SELECT * FROM symbol_token ORDER BY exchange, token").fetchall()


def a_number_twice(text: str) -> str:
    first, second, *_ = (line for line in text.split("\n") if line.split("|")[2] == "2")
    return f"{text}\n{second.replace(second.split('|')[1], first.split('|')[1])}"


BROKEN: Final[dict[str, tuple[Answer, str]]] = {
    "empty": (lambda _: master(""), "NFO lists no instruments"),
    "truncated-text": (lambda text: master(text[: len(text) - 60]), "NFO: the NSEFO master: .*last row is cut off"),
    "truncated-after-a-row": (lambda text: master(text[: text.index("\n", len(text) // 3)]), "NFO lists only .* where"),
    "truncated-json": (
        lambda text: httpx.Response(200, content=master(text).content[:-50]),
        "NFO: HTTP 200 with something else than an XTS answer",
    ),
    "html": (lambda _: html(200), "NFO: HTTP 200 with something else than an XTS answer"),
    "bad-gateway": (lambda _: html(502), "NFO: HTTP 502 with something else than an XTS answer"),
    "wrong-segment": (lambda _: master(LISTED.master("BSEFO")), "NFO: the NSEFO master: .* row of another segment"),
    "reshaped": (lambda text: master(text.replace("|2|", "|x|2|")), "NFO: the NSEFO master: .* rows are unusable"),
}


def test_a_number_that_stands_for_two_contracts_costs_only_those(
    sync: SyncInstruments, broker: Broker, path: Path
) -> None:
    sync()
    before = table(path)
    broker.broken["NSEFO"] = lambda text: master(a_number_twice(text))

    report = sync().unwrap()

    assert {exchange: len(texts) for exchange, texts in report.ambiguous.items()} == {Exchange.NFO: 1}
    assert 0 <= len(before) - len(table(path)) <= 2


@pytest.mark.parametrize(("answer", "said"), BROKEN.values(), ids=BROKEN)
def test_a_broken_answer_is_an_error_and_leaves_the_table_as_it_was(
    sync: SyncInstruments, broker: Broker, path: Path, answer: Answer, said: str
) -> None:
    assert is_successful(sync())
    before = table(path)
    broker.broken["NSEFO"] = answer

    refused = sync()

    assert not is_successful(refused)
    with pytest.raises(RuntimeError, match=said):
        raise RuntimeError(refused.failure().message)
    assert len(before) > 2_500
    assert table(path) == before


def test_a_broken_answer_for_an_optional_exchange_keeps_what_it_listed(
    sync: SyncInstruments, broker: Broker, path: Path
) -> None:
    assert is_successful(sync())
    before = table(path)
    broker.broken["MCXFO"] = lambda _: html(200)

    report = sync().unwrap()

    assert list(report.kept) == ["MCX"]
    assert table(path) == before
