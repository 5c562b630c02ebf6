"""``journal``: what became of every order, and of those of which nobody knows."""

from dataclasses import replace
from datetime import timedelta

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from tests.entrypoints.cli.shell import Shell


def lose_an_order(shell: Shell) -> None:
    """Leave one order behind of which nobody knows whether it is live."""
    shell.given("login")
    shell.fault(Fault(FaultKind.REPLY_LOST, on="place"))
    shell.fault(Fault(FaultKind.BOOK_DELAY, on="place", seconds=60))
    assert shell.run("place", "NSE", "SBIN", "BUY", "100", "--yes").status == 3


def days_later(shell: Shell, days: int) -> Shell:
    then = shell.context.now() + timedelta(days=days)
    return replace(shell, context=replace(shell.context, now=lambda: then))


def test_the_latest_intents_come_first(shell: Shell) -> None:
    shell.given("place NSE SBIN BUY 1 --yes", "place NSE SBIN SELL 2 --yes")

    ran = shell.run("journal", "--json")

    assert [(row["action"], row["quantity"], row["state"]) for row in ran.data] == [
        ("SELL", 2, "accepted"),
        ("BUY", 1, "accepted"),
    ]


def test_an_order_of_unknown_fate_is_pointed_out(hurried: Shell) -> None:
    lose_an_order(hurried)

    ran = hurried.run("journal", "--open")

    assert (ran.status, "unknown" in ran.out) == (0, True)
    assert "1 order of unknown fate. Next: jainam-prop journal --resolve" in ran.err


def test_resolving_ends_with_unknown_while_the_book_does_not_show_it(hurried: Shell) -> None:
    lose_an_order(hurried)

    ran = hurried.run("journal", "--resolve", "--json")

    assert (ran.status, ran.document["status"], ran.data["resolved"], len(ran.data["unknown"])) == (3, "unknown", 0, 1)


def test_resolving_finds_the_order_once_the_book_shows_it(hurried: Shell) -> None:
    hurried.given("login")
    hurried.fault(Fault(FaultKind.REPLY_LOST, on="place"))
    hurried.fault(Fault(FaultKind.SERVER_ERROR, on="dealer_order_book", times=None))
    assert hurried.run("place", "NSE", "SBIN", "BUY", "100", "--yes").status == 3
    hurried.sim.faults.clear()

    ran = hurried.run("journal", "--resolve")

    order_id = hurried.sim.exchange.all_orders()[0].order_id
    assert (ran.status, ran.err) == (0, "1 resolved, 0 still unknown.\n")
    assert [row["note"] for row in hurried.run("journal", "--open", "--json").data] == ["Filled"]
    assert [(row["state"], row["orderid"]) for row in hurried.run("journal", "--json").data] == [
        ("resolved", str(order_id))
    ]


def test_open_shows_by_which_reads_an_order_that_never_arrived_was_settled(hurried: Shell) -> None:
    hurried.given("login")
    hurried.fault(Fault(FaultKind.RESET, on="place"))
    at_once = replace(hurried.context.settings(), settle_seconds=0.01)
    quick = replace(hurried, context=replace(hurried.context, reader=lambda _: at_once))
    assert quick.run("place", "NSE", "SBIN", "BUY", "100", "--yes").status == 3
    assert quick.run("journal", "--resolve").status == 0

    ran = hurried.run("journal", "--open")
    (row,) = hurried.run("journal", "--open", "--json").data

    assert "never arrived" in ran.out
    assert (row["state"], row["is_open"], row["note"].startswith("the order book read at")) == (
        "never arrived",
        False,
        True,
    )


def test_an_empty_journal_says_so(shell: Shell) -> None:
    assert shell.run("journal").err == "Nothing in the journal.\n"
    assert shell.run("journal", "--open").err == "No order is of unknown fate.\n"


def test_settled_orders_are_forgotten_after_some_days_and_unknown_ones_never(hurried: Shell) -> None:
    hurried.given("place NSE SBIN BUY 1 --yes")
    lose_an_order(hurried)
    soon, later = days_later(hurried, 6), days_later(hurried, 8)

    before, after = soon.run("journal", "--prune", "7", "--json"), later.run("journal", "--prune", "7", "--json")

    assert (before.data, after.data) == ({"forgotten": 0}, {"forgotten": 1})
    assert [row["state"] for row in hurried.run("journal", "--json").data] == ["unknown"]


def test_what_today_s_decisions_rest_on_cannot_be_forgotten(shell: Shell) -> None:
    assert shell.run("journal", "--prune", "0").status == 2
