"""``login``, ``logout`` and ``status`` share one session with every process, and never show a key to it."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from tests.entrypoints.cli.shell import Shell


def test_a_login_shows_whose_session_it_is(shell: Shell) -> None:
    ran = shell.run("login", "--json")

    shown = {name: ran.data[name] for name in ("live", "account_type", "user_id", "market_data", "trading_barrier")}
    assert ran.status == 0
    assert shown == {
        "live": True,
        "account_type": "PRO",
        "user_id": "PRODESK01",
        "market_data": True,
        "trading_barrier": "",
    }
    assert 0 < ran.data["seconds_left"] <= 86_400


def test_a_second_login_takes_the_first_one_over(shell: Shell) -> None:
    shell.given("login")

    ran = shell.run("login")

    assert (ran.status, shell.sim.exchange.requests["login"]) == (0, 1)
    assert "Taken over" in ran.err


def test_a_forced_login_opens_new_sessions(shell: Shell) -> None:
    shell.given("login", "login --force")

    assert shell.sim.exchange.requests["login"] == 2


def test_wrong_keys_are_told_in_the_brokers_words(shell: Shell) -> None:
    shell.fault(Fault(FaultKind.REFUSED, on="login", code="e-user-0001", text="Invalid appKey or secretKey"))

    ran = shell.run("login", "--json")

    assert (ran.status, ran.document["kind"]) == (1, "rejected")
    assert ran.document["message"] == "Invalid appKey or secretKey (e-user-0001)"


def test_status_asks_nobody_and_says_when_there_is_no_session(shell: Shell) -> None:
    ran = shell.run("status")

    assert (ran.status, ran.out, ran.err) == (1, "", "No session. Next: jainam-prop login\n")
    assert sum(shell.sim.exchange.requests.values()) == 0


def test_status_can_ask_the_broker_whether_the_session_still_works(shell: Shell) -> None:
    shell.given("login", "status --check")
    shell.sim.sessions.kill("PRODESK01")

    ran = shell.run("status", "--check")

    assert (ran.status, shell.sim.exchange.requests["login"]) == (1, 1)
    assert "Next: jainam-prop login" in ran.err


def test_logout_closes_both_sessions_and_twice_is_fine(shell: Shell) -> None:
    shell.given("login", "logout", "logout")

    assert shell.sim.sessions.live() == ()
    assert shell.run("status").status == 1


@pytest.mark.parametrize("words", [("login",), ("status",), ("login", "--json"), ("status", "--json"), ("doctor",)])
def test_no_key_and_no_token_is_ever_shown(shell: Shell, words: tuple[str, ...]) -> None:
    shell.given("login")

    ran = shell.run(*words)

    login = next(login for login in shell.sim.config.logins if login.user_id == "PRODESK01")
    secrets = [part for pair in (login.interactive, login.market) for part in (pair.key, pair.secret)]
    secrets += [session.token for session in shell.sim.sessions.live()]
    assert [secret for secret in secrets if secret in ran.out + ran.err] == []


def test_after_a_logout_no_command_logs_in_by_itself(shell: Shell) -> None:
    shell.given("login", "logout")

    ran = shell.run("orders", "--json")

    assert (ran.status, ran.document["message"]) == (1, "Session expired, log in again: logged out on request")
    assert shell.sim.exchange.requests["login"] == 1
    shell.given("login", "orders")


def test_a_read_command_leaves_the_running_session_alone_when_the_store_is_damaged(shell: Shell) -> None:
    shell.given("login")
    running = shell.sim.sessions.live()
    damage(shell)

    for words in ("orders", "positions", "funds"):
        ran = shell.run(words, "--json")
        assert (ran.status, ran.document["kind"]) == (1, "blocked")
        assert "the session store cannot be read" in ran.document["message"]
    assert shell.sim.sessions.live() == running


def test_a_login_that_could_not_be_saved_says_exactly_that(shell: Shell) -> None:
    shell.given("login")
    running = shell.sim.sessions.live()
    damage(shell)

    ran = shell.run("login", "--force", "--json")

    assert ran.status == 1
    assert "not logged in, because the session could not be saved" in ran.document["message"]
    assert shell.sim.sessions.live() == running


def damage(shell: Shell) -> None:
    """Overwrite the store, as a disk that fails does."""
    path = Path(make_url(shell.context.settings().database_url).database or "")
    for file in path.parent.glob(f"{path.name}*"):
        file.unlink()
    path.write_bytes(b"this is no database" * 1000)
