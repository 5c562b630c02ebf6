"""``validate-live``: everything is read once, one order goes through its life, and nothing is left behind."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.domain.orders.order import OrderState
from tests.e2e.gate import Gate
from tests.entrypoints.cli.shell import SBIN, Ran, Shell, settings_for

READ: Final = ("validate-live", "NSE:SBIN", "--seconds", "1", "--json")
TRIED: Final = ("validate-live", "NSE:SBIN", "--trial-order", "--yes", "--seconds", "2", "--json")


def verdicts(ran: Ran) -> dict[str, str]:
    return {row["check"]: row["verdict"] for row in ran.data["findings"]}


def finding(ran: Ran, check: str) -> dict[str, Any]:
    (found,) = [row for row in ran.data["findings"] if row["check"] == check]
    return dict(found)


def states(shell: Shell) -> list[OrderState]:
    return [order.state for order in shell.sim.exchange.all_orders()]


def test_a_server_as_expected_is_said_to_be_so_and_nothing_is_sent(shell: Shell) -> None:
    ran = shell.run("validate-live", "NSE:SBIN", "NSE_INDEX:NIFTY", "--seconds", "2", "--json")

    assert (ran.status, ran.document["status"], shell.sent()) == (0, "success", 0)
    assert set(verdicts(ran).values()) <= {"ok", "caution"}
    assert {"login", "instruments", "order book", "trade book", "positions", "holdings", "funds", "margins"} <= set(
        verdicts(ran)
    )
    assert verdicts(ran)["first bars SBIN"] == "ok"
    assert finding(ran, "price socket")["found"] == "connected, 2 of 2 subscribed"
    assert verdicts(ran)["order socket"] == "ok"


def test_a_trial_order_goes_through_its_life_and_leaves_nothing(shell: Shell) -> None:
    shell.given("place NSE SBIN BUY 1 --yes")

    ran = shell.run(*TRIED)

    assert ran.status == 0, ran
    steps = ("place", "order in the book", "order event", "modify", "changed order", "cancel", "cancelled order")
    assert [verdicts(ran)[step] for step in (*steps, "position")] == ["ok"] * 8
    assert (states(shell), shell.net()) == ([OrderState.FILLED, OrderState.CANCELLED], 1)
    assert finding(ran, "identifiers")["found"] == "the book keeps them, 1 of 1"


def test_a_book_that_drops_the_mark_of_an_order_is_a_problem(shell: Shell, tmp_path: Path) -> None:
    with Gate(shell.sim.port) as gate:
        settings = settings_for(shell.sim, tmp_path, JAINAM_BASE_URL=gate.base_url)
        through = replace(shell, context=replace(shell.context, reader=lambda _: settings))
        through.given("place NSE SBIN BUY 1 --yes")
        gate.rewrite("dealerorderbook", lambda rows: [row | {"OrderUniqueIdentifier": ""} for row in rows])
        ran = through.run(*READ)

    told = finding(ran, "identifiers")
    assert (ran.status, told["verdict"], told["found"]) == (1, "problem", "the book keeps 0 of 1")
    assert told["next_step"].startswith("Do not trade")


def test_a_report_holds_the_findings_and_nothing_about_the_account(shell: Shell, tmp_path: Path) -> None:
    path = tmp_path / "live.json"

    ran = shell.run(*TRIED, "--report", str(path))

    written = path.read_text()
    assert json.loads(written) == ran.data
    (order,) = shell.sim.exchange.all_orders()
    login = shell.context.settings().credentials
    for secret in (str(order.order_id), login.interactive.app_key, login.market.app_key, "PRODESK01"):
        assert secret not in written


@pytest.mark.parametrize(("typed", "sent"), [("n\n", 0), ("y\n", 1)])
def test_a_person_is_asked_before_an_order_is_sent(shell: Shell, typed: str, sent: int) -> None:
    ran = shell.run("validate-live", "--trial-order", "--seconds", "2", typed=typed)

    assert (ran.status, shell.sent()) == (1 - sent, sent)
    assert "Buy one lot of SBIN" in ran.err


def test_a_rehearsal_sends_nothing(shell: Shell) -> None:
    ran = shell.run("validate-live", "--trial-order", "--dry-run", "--seconds", "2", "--json")

    assert (ran.status, shell.sent()) == (0, 0)
    assert finding(ran, "trial order")["found"] == "dry run: nothing was sent"


def test_an_order_that_margin_control_refuses_is_a_problem_with_its_reason(shell: Shell) -> None:
    shell.fault(Fault(FaultKind.RMS_REJECT, on="place", text="RMS: no limits set"))

    ran = shell.run(*TRIED)

    assert (ran.status, states(shell)) == (1, [OrderState.REJECTED])
    assert finding(ran, "order in the book")["found"] == "Rejected: RMS: no limits set"
    assert verdicts(ran)["position"] == "ok"


def test_an_order_that_cannot_be_cancelled_may_be_live_and_is_said_to_be(hurried: Shell) -> None:
    hurried.fault(Fault(FaultKind.SERVER_ERROR, on="cancel", times=None))

    ran = hurried.run(*TRIED)

    (order,) = hurried.sim.exchange.all_orders()
    assert (ran.status, ran.document["status"]) == (3, "unknown")
    assert finding(ran, "cancelled order")["next_step"] == f"jainam-prop cancel {order.order_id}"
    assert order.state is OrderState.REPLACED


def test_an_order_that_was_bought_after_all_is_said_with_what_to_do(shell: Shell) -> None:
    shell.fault(Fault(FaultKind.HOLD, on="modify"))

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(shell.run, *TRIED)
        assert shell.sim.faults.wait_holding(30)
        (order,) = shell.sim.exchange.all_orders()
        shell.sim.exchange.move(SBIN, order.resting_price - 1)
        shell.sim.faults.release()
        ran = running.result()

    assert (ran.status, shell.net(), states(shell)) == (1, 1, [OrderState.FILLED])
    assert finding(ran, "cancelled order")["found"] == "1 unit of it bought"
    assert finding(ran, "position")["found"] == "moved by +1 units meanwhile"


def test_an_order_of_unknown_fate_ends_with_the_status_for_unknown(hurried: Shell) -> None:
    hurried.fault(Fault(FaultKind.REPLY_LOST, on="place"))
    hurried.fault(Fault(FaultKind.BOOK_DELAY, on="place", seconds=600))
    hurried.fault(Fault(FaultKind.SOCKET_DROPPED, on="connect", times=None))  # an order event would settle it

    ran = hurried.run(*TRIED)

    assert ran.status == 3
    assert "Do not resend" in finding(ran, "place")["found"]


def test_a_book_that_cannot_be_read_is_a_problem_and_the_rest_is_read(hurried: Shell) -> None:
    hurried.given("login")
    hurried.fault(Fault(FaultKind.SERVER_ERROR, on="holdings", times=None))

    ran = hurried.run("validate-live", "--seconds", "2", "--json")

    assert (ran.status, verdicts(ran)["holdings"], verdicts(ran)["funds"]) == (1, "problem", "ok")


def test_what_is_not_listed_is_refused_before_anything_is_asked(shell: Shell) -> None:
    ran = shell.run("validate-live", "NSE:SBINN", "--json")

    assert (ran.status, "did you mean" in ran.document["message"]) == (1, True)


def test_a_report_that_cannot_be_written_is_said_and_the_findings_are_shown(shell: Shell, tmp_path: Path) -> None:
    ran = shell.run("validate-live", "--seconds", "2", "--report", str(tmp_path / "nowhere" / "live.json"))

    assert ran.status == 0
    assert "could not be written" in ran.err
    assert "order socket" in ran.out
