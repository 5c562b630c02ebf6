"""The books: OpenAlgo's rows for machines, tables for people, and never an empty book for one that was not read."""

import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from tests.entrypoints.cli.shell import Shell

TWO_ORDERS = ("place NSE SBIN BUY 100 --yes", "place NSE SBIN SELL 100 --type SL --price 750 --trigger 760 --yes")


def test_orders_are_rows_for_machines(shell: Shell) -> None:
    shell.given(*TWO_ORDERS)

    ran = shell.run("orders", "--json")

    shown = [(row["action"], row["pricetype"], row["filled_quantity"], row["order_status"]) for row in ran.data]
    assert (ran.status, ran.err) == (0, "")
    assert shown == [("BUY", "MARKET", 100, "complete"), ("SELL", "SL", 0, "open")]


def test_only_working_orders_can_be_asked_for(shell: Shell) -> None:
    shell.given(*TWO_ORDERS)

    assert [row["pricetype"] for row in shell.run("orders", "--working", "--json").data] == ["SL"]


def test_a_person_sees_terms_and_fills(shell: Shell) -> None:
    shell.given(*TWO_ORDERS)

    ran = shell.run("orders")

    assert "SL 750.00 at 760.00" in ran.out
    assert "100 @ 780.15" in ran.out


def test_trades_and_positions_show_units_and_rupees(shell: Shell) -> None:
    shell.given("place NSE SBIN BUY 100 --yes")

    trades, positions = shell.run("trades"), shell.run("positions")

    assert "78,015.00" in trades.out
    assert [line.split() for line in positions.out.splitlines() if line.startswith("NSE:SBIN")] == [
        ["NSE:SBIN", "MIS", "+100", "780.15", "780.15", "0.00"]
    ]


def test_funds_are_in_rupees(shell: Shell) -> None:
    ran = shell.run("funds")

    assert [line.split() for line in ran.out.splitlines() if line.startswith("Available")] == [
        ["Available", "cash", "10,00,00,000.00"]
    ]


def test_funds_are_figures_for_machines(shell: Shell) -> None:
    assert shell.run("funds", "--json").data == {
        "available_cash": 100_000_000.0,
        "collateral": 0.0,
        "realised": 0.0,
        "unrealised": 0.0,
        "utilised": 0.0,
        "known": True,
    }


def test_a_holding_without_a_price_is_unknown_and_not_worth_zero(shell: Shell) -> None:
    shell.fault(Fault(FaultKind.SERVER_ERROR, on="market", times=None))
    shell.fault(Fault(FaultKind.SERVER_ERROR, on="quotes", times=None))

    ran = shell.run("holdings")

    assert ran.status == 0
    assert "unknown" in ran.out


@pytest.mark.parametrize("command", ["orders", "trades", "positions"])
def test_an_empty_book_is_said_to_be_empty(shell: Shell, command: str) -> None:
    person, machine = shell.run(command), shell.run(command, "--json")

    assert (person.status, person.out) == (0, "Nothing today.\n")
    assert machine.document == {"status": "success", "data": []}


@pytest.mark.parametrize(
    ("command", "endpoint"),
    [("orders", "dealer_order_book"), ("trades", "dealer_trade_book"), ("positions", "dealer_positions")],
)
def test_a_book_that_cannot_be_read_is_an_error(hurried: Shell, command: str, endpoint: str) -> None:
    hurried.given("login")
    hurried.fault(Fault(FaultKind.SERVER_ERROR, on=endpoint, times=None))

    ran = hurried.run(command)

    assert (ran.status, ran.out) == (1, "")
    assert "Unknown is not empty." in ran.err


def test_one_login_serves_every_command(shell: Shell) -> None:
    shell.given("orders", "trades", "funds", "place NSE SBIN BUY 1 --yes")

    assert (shell.sim.exchange.requests["login"], shell.sim.exchange.requests["market_login"]) == (1, 1)
