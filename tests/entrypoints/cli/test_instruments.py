"""``instruments``: sync, search and look-up."""

from pathlib import Path

import pytest

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from tests.entrypoints.cli.shell import Shell, a_shell


def test_a_sync_tells_what_came_in_and_what_was_left_out(shell: Shell) -> None:
    ran = shell.run("instruments", "sync", "--json")

    assert ran.status == 0
    assert ran.data["total"] == sum(ran.data["counts"].values())
    assert ran.data["dropped"]["NSE"]["test instrument"] == 6


def test_a_failed_sync_keeps_the_old_instruments(hurried: Shell) -> None:
    hurried.fault(Fault(FaultKind.SERVER_ERROR, on="master", times=None))

    ran = hurried.run("instruments", "sync")

    assert ran.status == 1
    assert hurried.run("instruments", "lookup", "NSE", "SBIN").status == 0


def test_a_contract_is_found_by_symbol_and_by_number(shell: Shell) -> None:
    by_symbol = shell.run("instruments", "lookup", "nse", "SBIN", "--json")
    by_number = shell.run("instruments", "lookup", "NSE", "3045", "--json")

    assert (by_symbol.data["token"], by_symbol.data) == (3045, by_number.data)


def test_an_unlisted_symbol_names_its_neighbours(shell: Shell) -> None:
    ran = shell.run("instruments", "lookup", "NSE", "SBI")

    assert (ran.status, ran.err) == (1, "SBI is not listed on NSE: did you mean SBIN?\n")


def test_a_search_narrows_by_text_type_and_strike(shell: Shell) -> None:
    ran = shell.run(
        "instruments", "search", "nifty", "-e", "NFO", "-k", "CE", "--from", "25000", "--to", "25050", "--json"
    )

    assert ran.data
    assert {(row["name"], row["instrumenttype"]) for row in ran.data} == {("NIFTY", "CE")}
    assert {row["strike"] for row in ran.data} <= {25000.0, 25050.0}


def test_a_long_answer_says_that_it_was_cut_short(shell: Shell) -> None:
    ran = shell.run("instruments", "search", "nifty", "--limit", "3")

    assert ran.err.startswith("Only the first 3 are shown")


@pytest.mark.parametrize("words", [("search", "sbin"), ("lookup", "NSE", "SBIN")], ids=["search", "lookup"])
def test_without_instruments_the_next_step_is_a_sync(tmp_path: Path, words: tuple[str, ...]) -> None:
    with a_shell(tmp_path) as shell:
        ran = shell.run("instruments", *words)

    assert (ran.status, ran.err) == (1, "No instruments yet. Next: jainam-prop instruments sync\n")


def test_bad_amounts_and_days_are_bad_usage(shell: Shell) -> None:
    assert shell.run("instruments", "search", "--from", "many").status == 2
    assert shell.run("instruments", "search", "--expiry", "someday").status == 2
