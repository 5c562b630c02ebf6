"""``trading-state``: all processes of a store obey it."""

from tests.entrypoints.cli.shell import Shell


def test_it_is_shown_changed_and_obeyed(shell: Shell) -> None:
    shell.given("instruments sync", "login")
    before = shell.run("trading-state", "--json").data
    halted = shell.run("trading-state", "HALT", "--json").data
    refused = shell.run("place", "NSE:SBIN", "BUY", "10", "--yes")
    sent = shell.sent()
    shell.given("trading-state active", "place NSE:SBIN BUY 10 --yes")

    assert (before, halted, refused.status, sent) == ({"state": "ACTIVE"}, {"state": "HALT"}, 1, 0)
    assert "trading is halted" in refused.err + refused.out
    assert shell.net() == 10


def test_another_word_is_bad_usage(shell: Shell) -> None:
    assert shell.run("trading-state", "STOP").status == 2
