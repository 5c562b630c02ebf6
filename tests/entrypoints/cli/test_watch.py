"""``watch``: prices and orders as they come."""

import json

import pytest

from tests.entrypoints.cli.shell import SBIN, Shell


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
    for words in ("SBIN", "Change %", "prices: live", "1 of 1 subscribed", "orders: live", "seen."):
        assert words in ran.out + ran.err, ran


@pytest.mark.parametrize(
    ("symbol", "status", "problem"), [("SBINN", 1, "did you mean"), ("XYZ:SBIN", 2, "'XYZ' is no exchange")]
)
def test_what_is_not_listed_is_refused_before_anything_is_opened(
    shell: Shell, symbol: str, status: int, problem: str
) -> None:
    ran = shell.run("watch", symbol, "--json")

    assert (ran.status, problem in ran.document["message"]) == (status, True)
    assert shell.sim.sockets.joins == 0
