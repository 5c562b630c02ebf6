"""``smart`` takes a position to its target, and asks with the position in view."""

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from tests.entrypoints.cli.shell import Shell


def test_the_difference_to_what_is_held_is_traded(shell: Shell) -> None:
    shell.given("place NSE SBIN BUY 100 --yes")

    ran = shell.run("smart", "NSE", "SBIN", "--target", "-50", "--yes", "--json")

    assert (ran.status, ran.data["quantity"], shell.net()) == (0, 150, -50)


def test_a_person_sees_what_is_held_before_agreeing(shell: Shell) -> None:
    shell.given("place NSE SBIN BUY 100 --yes")

    ran = shell.run("smart", "NSE", "SBIN", "--target", "40", typed="y\n")

    assert (ran.status, shell.net()) == (0, 40)
    assert [line.split() for line in ran.out.splitlines() if line.startswith(("Held now", "Target"))] == [
        ["Held", "now", "+100"],
        ["Target", "+40"],
    ]


def test_a_person_who_closes_sees_flat_as_the_target(shell: Shell) -> None:
    ran = shell.run("smart", "NSE", "SBIN", "--target", "0", typed="n\n")

    assert [line.split() for line in ran.out.splitlines() if line.startswith(("Held now", "Target"))] == [
        ["Held", "now", "flat"],
        ["Target", "flat"],
    ]


def test_a_target_that_is_held_is_a_success_that_says_so(shell: Shell) -> None:
    shell.given("place NSE SBIN BUY 100 --yes")

    ran = shell.run("smart", "NSE", "SBIN", "--target", "100", "--yes", "--json")

    assert (ran.status, ran.data, shell.sent()) == (0, {"orderids": [], "quantity": 0}, 1)
    assert ran.document["message"] == "Position already 100. No action needed."


def test_a_dry_run_says_which_order_it_would_take(shell: Shell) -> None:
    shell.given("place NSE SBIN BUY 100 --yes")

    ran = shell.run("smart", "NSE", "SBIN", "--target", "0", "--dry-run", "--json")

    assert [(row["action"], row["quantity"]) for row in ran.data["orders"]] == [("SELL", 100)]
    assert (ran.status, shell.net()) == (0, 100)


def test_a_target_that_is_no_number_is_refused_before_the_network(shell: Shell) -> None:
    ran = shell.run("smart", "NSE", "SBIN", "--target", "many", "--yes", "--json")

    assert (ran.status, ran.document["problems"]) == (2, ["position_size 'many' is not a whole number of units"])
    assert shell.sim.exchange.requests["login"] == 0


def test_an_unreadable_position_is_not_flat(hurried: Shell) -> None:
    hurried.given("place NSE SBIN BUY 100 --product NRML --yes")
    hurried.fault(Fault(FaultKind.SERVER_ERROR, on="dealer_positions", times=None))

    ran = hurried.run("smart", "NSE", "SBIN", "--product", "NRML", "--target", "100", "--yes", "--json")

    assert (ran.status, ran.document["kind"], hurried.sent()) == (1, "unreadable", 1)
