"""``watch``: prices and orders as they come."""

import json

import pytest
from rich.console import Console

from jainam_prop.domain.market_data.feed_state import FeedHealth
from jainam_prop.domain.market_data.tick import Tick
from jainam_prop.domain.orders.order import OrderState, Product
from jainam_prop.domain.positions.position import PositionKey
from jainam_prop.entrypoints.book_rows import BookRows
from jainam_prop.entrypoints.cli.views.tables import plain_lines
from jainam_prop.entrypoints.cli.views.watch import Board
from tests.domain.samples import SBIN as SHARE
from tests.domain.samples import an_order
from tests.entrypoints.cli.shell import SBIN, Shell
from tests.fakes.instrument_store import InMemoryInstrumentStore


def test_a_machine_gets_a_line_for_each_event_and_the_answer_last(shell: Shell) -> None:
    shell.given("place NSE SBIN BUY 10 --yes")

    ran = shell.run("watch", "SBIN", "NSE:RELIANCE", "--seconds", "1.0", "--json")

    *lines, answer = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.status == 0
    assert {line["symbol"] for line in lines if line["event"] == "tick"} <= {"SBIN", "RELIANCE"}
    assert [line["order_status"] for line in lines if line["event"] == "order"] == ["complete"]
    assert answer["status"] == "success"
    assert answer["data"]["prices"]["subscribed"] == 2
    assert answer["data"]["events"] == len(lines)


def test_a_person_sees_a_table_and_how_the_connections_stand(shell: Shell) -> None:
    shell.sim.exchange.move(SBIN, shell.sim.exchange.market(SBIN).last_price)

    ran = shell.run("watch", "SBIN", "--mode", "depth", "--seconds", "0.6")

    assert ran.status == 0
    for words in ("SBIN", "Change %", "1 of 1 subscribed", "seen."):
        assert words in ran.out + ran.err, ran
    (health,) = (line for line in ran.out.splitlines() if line.startswith("prices: live"))
    assert "| orders: live" in health


def test_the_depth_of_each_contract_is_a_ladder() -> None:
    board = Board([SHARE], BookRows(InMemoryInstrumentStore(SHARE)), depth=True)
    unsaid = dict.fromkeys(("average_price", "change_percent", "open", "high", "low", "close", "last_quantity"))
    counts = dict.fromkeys(("volume", "total_buy", "total_sell", "traded_at", "updated_at"))
    book = {"bids": ((779.5, 40, 2), (779.0, 60, 3)), "asks": ((780.0, 50, 1),)}
    board.take(Tick(SHARE.key, 780.0, **(unsaid | counts | book)))  # type: ignore[arg-type]

    console = Console(width=80)
    with console.capture() as printed:
        console.print(view := board.view(FeedHealth(), FeedHealth(), 1.0))
    shown = list(plain_lines(view))

    assert [line.strip() for line in printed.get().splitlines()].count("NSE:SBIN") == 1
    assert shown[2:5] == ["Buyers\tBid\tAsk\tSellers", "40\t779.50\t780.00\t50", "60\t779.00\t-\t-"]


def test_an_order_without_a_fill_names_its_exchange_and_no_price() -> None:
    board = Board([SHARE], BookRows(InMemoryInstrumentStore(SHARE)))
    board.take(an_order(PositionKey(SHARE.key, Product.MIS), state=OrderState.REJECTED))

    (row,) = list(plain_lines(board.view(FeedHealth(), FeedHealth(), 1.0)))[3:-1]

    assert row.split("\t")[2:] == ["NSE:SBIN", "BUY", "75", "0", "", "rejected"]


@pytest.mark.parametrize(
    ("symbol", "status", "problem"), [("SBINN", 1, "did you mean"), ("XYZ:SBIN", 2, "'XYZ' is no exchange")]
)
def test_what_is_not_listed_is_refused_before_anything_is_opened(
    shell: Shell, symbol: str, status: int, problem: str
) -> None:
    ran = shell.run("watch", symbol, "--json")

    assert (ran.status, problem in ran.document["message"]) == (status, True)
    assert shell.sim.sockets.joins == 0
