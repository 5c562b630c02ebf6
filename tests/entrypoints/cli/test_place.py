"""``place`` asks first, sends once, and tells the truth about what came of it."""

import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from tests.entrypoints.cli.shell import SBIN, Shell

BUY = ("place", "NSE", "SBIN", "BUY", "100")


def test_an_order_is_sent_when_a_person_says_yes(shell: Shell) -> None:
    ran = shell.run(*BUY, typed="y\n")

    assert (ran.status, shell.net()) == (0, 100)
    assert "Send this order?" in ran.err
    assert "100 @ 780.15" in ran.out


@pytest.mark.parametrize("typed", ["n\n", "\n"], ids=["no", "nothing"])
def test_anything_but_yes_sends_nothing(shell: Shell, typed: str) -> None:
    ran = shell.run(*BUY, typed=typed)

    assert (ran.status, shell.sent()) == (1, 0)
    assert ran.err.endswith("Nothing was sent: you did not agree.\n")


def test_without_anybody_to_ask_nothing_is_sent(shell: Shell) -> None:
    ran = shell.run(*BUY)

    assert (ran.status, shell.sent()) == (1, 0)
    assert "there is no terminal to ask. Add --yes" in ran.err


def test_a_machine_gets_one_document_with_what_the_book_shows(shell: Shell) -> None:
    ran = shell.run(*BUY, "--yes", "--json")

    held = shell.sim.exchange.all_orders()
    order_id = str(held[0].order_id)
    assert (ran.status, ran.document["status"], len(held)) == (0, "success", 1)
    assert {name: ran.data[name] for name in ("orderid", "orderids", "quantity")} == {
        "orderid": order_id,
        "orderids": [order_id],
        "quantity": 100,
    }
    assert [(row["orderid"], row["order_status"], row["filled_quantity"]) for row in ran.data["orders"]] == [
        (order_id, "complete", 100)
    ]


def test_a_question_never_disturbs_the_document(shell: Shell) -> None:
    ran = shell.run(*BUY, "--json", typed="y\n")

    assert (ran.status, ran.document["status"]) == (0, "success")
    assert "To be sent" in ran.err


def test_a_dry_run_says_what_would_be_sent_and_sends_nothing(shell: Shell) -> None:
    ran = shell.run(*BUY, "--dry-run", "--json")

    assert (ran.status, shell.sent()) == (0, 0)
    assert ran.data["dry_run"] is True
    assert [(row["action"], row["quantity"], row["symbol"], row["state"]) for row in ran.data["orders"]] == [
        ("BUY", 100, "SBIN", "not sent")
    ]


def test_every_problem_is_named_at_once_and_nobody_is_asked_or_logged_in(shell: Shell) -> None:
    ran = shell.run("place", "NSE", "SBIN", "HOLD", "1.5", "--type", "LMT", typed="y\n")

    assert ran.status == 2
    assert set(ran.err.splitlines()[0].split("; ")) == {
        "action 'HOLD' is unknown: use one of BUY, SELL",
        "quantity '1.5' is not a whole number of units",
        "pricetype 'LMT' is unknown: use one of MARKET, LIMIT, SL, SL-M",
    }
    assert (shell.sim.exchange.requests["login"], shell.sent()) == (0, 0)


def test_an_order_above_the_freeze_quantity_is_announced_and_sent_in_slices(shell: Shell) -> None:
    future = shell.sim.exchange.universe.nearest_future("NIFTY")
    symbol = shell.run("instruments", "lookup", "NFO", str(future.key.token), "--json").data["symbol"]
    assert future.largest_order is not None
    largest = future.largest_order // future.lot * future.lot

    ran = shell.run("place", "NFO", symbol, "BUY", str(largest + future.lot), typed="y\n")

    assert ran.status == 0
    assert "in 2 orders because of the freeze quantity" in ran.out
    assert [order.terms.quantity for order in shell.sim.exchange.all_orders()] == [largest, future.lot]


def test_a_rejection_after_the_order_was_taken_is_a_failure_with_the_brokers_reason(shell: Shell) -> None:
    shell.fault(Fault(FaultKind.RMS_REJECT, on="place", text="RMS: margin [short] by 12.50"))

    ran = shell.run(*BUY, "--yes")

    order_id = shell.sim.exchange.all_orders()[0].order_id
    assert ran.status == 1
    assert f"Order {order_id} was taken and then rejected: RMS: margin [short] by 12.50" in ran.err


def test_a_lost_reply_is_found_in_the_book(shell: Shell) -> None:
    shell.fault(Fault(FaultKind.REPLY_LOST, on="place"))

    ran = shell.run(*BUY, "--yes", "--json")

    held = shell.sim.exchange.all_orders()
    assert (ran.status, ran.data["orderid"], len(held)) == (0, str(held[0].order_id), 1)


def test_an_order_that_cannot_be_found_is_unknown_and_says_not_to_send_it_again(hurried: Shell) -> None:
    hurried.fault(Fault(FaultKind.REPLY_LOST, on="place"))
    hurried.fault(Fault(FaultKind.BOOK_DELAY, on="place", seconds=60))

    ran = hurried.run(*BUY, "--yes", "--json")

    held = hurried.sim.exchange.all_orders()
    assert ran.status == 3
    assert (ran.document["status"], ran.document["kind"]) == ("unknown", "outcome-unknown")
    assert [ran.document["identifier"]] == [order.intake.identifier for order in held]
    assert "Do not resend" in ran.document["message"]


def test_an_order_whose_state_cannot_be_read_was_still_taken(hurried: Shell) -> None:
    hurried.given("login")
    hurried.fault(Fault(FaultKind.SERVER_ERROR, on="dealer_order_book", times=None))

    ran = hurried.run(*BUY, "--yes")

    order_id = hurried.sim.exchange.all_orders()[0].order_id
    assert (ran.status, hurried.net(SBIN)) == (0, 100)
    assert f"The broker took order {order_id}. What became of it could not be read yet." in ran.err


def test_a_server_that_refuses_connections_is_not_an_unknown_outcome(hurried: Shell) -> None:
    hurried.given("login")
    hurried.sim.close()

    ran = hurried.run(*BUY, "--yes", "--json")

    assert (ran.status, ran.document["kind"]) == (1, "not-sent")
