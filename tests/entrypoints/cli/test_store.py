"""``store`` and ``trading-state``: what a desk keeps, and what all of its processes may send."""

from dataclasses import replace
from pathlib import Path

from tests.entrypoints.cli.shell import Shell, run


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


def test_it_is_checked_backed_up_and_moved(shell: Shell, tmp_path: Path) -> None:
    shell.given("instruments sync", "login", "place NSE:SBIN BUY 10 --yes")
    moved = f"sqlite:///{tmp_path / 'moved' / 'desk.db'}"

    checked = shell.run("store", "check", "--json")
    backed_up = shell.run("store", "backup", str(tmp_path / "backup.db"), "--json")
    again = shell.run("store", "backup", str(tmp_path / "backup.db"))
    shell.given(f"store move {moved}", "store migrate", "store prune --days 30")
    there = replace(shell.context.settings(), own_database_url=moved)
    ran = run(replace(shell.context, reader=lambda _: there), "journal", "--json")

    assert [one["integrity"] for one in checked.data] == ["ok", "ok"]
    assert (backed_up.status, backed_up.data["jainam_order_intents"], again.status) == (0, 1, 1)
    assert [row["symbol"] for row in ran.data] == ["SBIN"]


def test_a_store_is_moved_to_no_other_kind_of_database(shell: Shell) -> None:
    refused = [shell.run("store", "move", url) for url in ("nonsense://x", "mysql://desk@db/jainam", "desk.db")]

    assert [each.status for each in refused] == [2, 2, 2]
    assert all("must be a URL of SQLite or PostgreSQL" in each.err for each in refused)
