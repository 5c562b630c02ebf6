"""``doctor`` finds what stands in the way and names the next step; it changes nothing."""

import socket
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import make_url

from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.sql.database import journal_url
from jainam_prop.entrypoints.cli.health_checks import clock_finding, server_findings
from jainam_prop.entrypoints.finding import Finding, Verdict
from jainam_prop.entrypoints.settings import settings_from
from tests.adapters.xts.forward_proxy import ForwardProxy
from tests.adapters.xts.http.certificate import self_signed
from tests.adapters.xts.http.loopback import Connection, LoopbackServer
from tests.entrypoints.cli.shell import Ran, Shell, a_shell, run

NOON = datetime(2026, 8, 20, 12, 0, tzinfo=UTC)
KEYS: Final = ("INTERACTIVE_API_KEY", "INTERACTIVE_API_SECRET", "MARKET_API_KEY", "MARKET_API_SECRET")
UNKNOWN: Final = "the server does not say what time it has, so that this machine's may be wrong"


def verdicts(ran: Ran) -> dict[str, tuple[str, str]]:
    """What the doctor says of each check, with the next step."""
    return {row["check"]: (row["verdict"], row["next_step"]) for row in ran.data}


def test_a_desk_that_can_trade_is_ready(shell: Shell) -> None:
    shell.given("login")

    ran = shell.run("doctor", "--json")

    assert ran.status == 0
    checks = ("settings", "server", "clock", "database", "instruments", "session", "journal")
    assert verdicts(ran) == dict.fromkeys(checks, ("ok", ""))


def test_nothing_is_changed_and_nobody_is_logged_in(shell: Shell) -> None:
    ran = shell.run("doctor", "--json")

    assert verdicts(ran)["session"] == ("caution", "jainam-prop login")
    assert (ran.status, shell.sim.exchange.requests["login"]) == (0, 0)


def test_missing_instruments_stand_in_the_way(tmp_path: Path) -> None:
    with a_shell(tmp_path) as shell:
        ran = shell.run("doctor", "--json")

    assert (ran.status, verdicts(ran)["instruments"]) == (1, ("problem", "jainam-prop instruments sync"))


def test_instruments_of_another_day_deserve_attention(shell: Shell) -> None:
    tomorrow = replace(shell.context, now=lambda: datetime.now(UTC) + timedelta(days=1))  # noqa: TID251 (real store)

    ran = run(tomorrow, "doctor", "--json")

    assert verdicts(ran)["instruments"] == ("caution", "jainam-prop instruments sync")


def test_a_session_that_the_broker_does_not_know_is_found(shell: Shell) -> None:
    shell.given("login")
    shell.sim.sessions.kill("PRODESK01")

    ran = shell.run("doctor", "--json")

    assert (ran.status, verdicts(ran)["session"]) == (1, ("problem", "jainam-prop login"))


def test_orders_of_unknown_fate_stand_in_the_way(hurried: Shell) -> None:
    hurried.given("login")
    hurried.fault(Fault(FaultKind.REPLY_LOST, on="place"))
    hurried.fault(Fault(FaultKind.BOOK_DELAY, on="place", seconds=60))
    hurried.run("place", "NSE", "SBIN", "BUY", "100", "--yes")

    ran = hurried.run("doctor", "--json")

    assert (ran.status, verdicts(ran)["journal"]) == (1, ("problem", "jainam-prop journal --resolve"))


def test_a_server_that_does_not_answer_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        free = listener.getsockname()[1]
    with a_shell(tmp_path, JAINAM_BASE_URL=f"http://127.0.0.1:{free}") as shell:
        ran = shell.run("doctor", "--json")

    found = {row["check"]: row["found"] for row in ran.data}
    assert (ran.status, found["server"]) == (1, f"http://127.0.0.1:{free} does not answer (ConnectError)")


def test_the_server_is_asked_through_the_proxy_and_with_the_trust_of_every_other_call(tmp_path: Path) -> None:
    def answer(peer: Connection) -> None:
        if peer.read_request():
            peer.answer()

    with closing(ForwardProxy()) as proxy, LoopbackServer(answer, self_signed(tmp_path)) as server:
        keys = {f"JAINAM_{name}": "a" for name in KEYS}
        own = keys | {"JAINAM_BASE_URL": server.base_url, "JAINAM_PROXY_URL": proxy.url}
        trusting = own | {"JAINAM_CA_FILE": str(tmp_path / "server.pem")}
        found = [next(iter(server_findings(settings_from(env), NOON))).verdict for env in (own, trusting)]

        assert found == [Verdict.PROBLEM, Verdict.GOOD]
        assert proxy.tunnels == [f"CONNECT {server.base_url.removeprefix('https://')}"] * 2


@pytest.mark.parametrize(
    ("setting", "check"),
    [
        ({"JAINAM_TRADING_STATE": "REDUCE"}, "trading state"),
        ({"JAINAM_DRY_RUN": "true"}, "dry run"),
        ({"JAINAM_VERIFY_SSL": "false"}, "encryption"),
    ],
    ids=["reduce", "dry run", "no certificates"],
)
def test_safeguards_that_were_moved_are_pointed_out(tmp_path: Path, setting: dict[str, Any], check: str) -> None:
    with a_shell(tmp_path, **setting) as shell:
        ran = shell.run("doctor", "--json")

    assert verdicts(ran)[check][0] == "caution"


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({}, "Ready to trade."),
        ({"JAINAM_TRADING_STATE": "REDUCE"}, "Not ready to trade: trading state is REDUCE: new risk is held back."),
        ({"JAINAM_DRY_RUN": "true"}, "Not ready to trade: dry run is on: no order leaves."),
    ],
    ids=["nothing", "reduce", "dry run"],
)
def test_ready_is_said_only_where_orders_leave(tmp_path: Path, setting: dict[str, Any], message: str) -> None:
    with a_shell(tmp_path, **setting) as shell:
        shell.given("instruments sync")
        shell.given("login")
        ran = shell.run("doctor")

    assert (ran.status, ran.err.strip()) == (0, message)


def test_a_journal_that_cannot_be_read_is_a_problem_with_its_place(tmp_path: Path) -> None:
    with a_shell(tmp_path) as shell:
        shell.given("instruments sync")
        shell.given("login")
        url = shell.context.settings().database_url
        Path(str(make_url(journal_url(url)).database)).write_text("this is no database " * 200, encoding="utf-8")
        ran = shell.run("doctor", "--json")

    found = {row["check"]: row for row in ran.data}["journal"]
    assert (ran.status, found["verdict"]) == (1, "problem")
    assert found["found"] == "cannot be read (file is not a database): entries are refused, exits go on"
    assert url in found["next_step"]


def test_what_is_not_in_order_has_a_next_step(tmp_path: Path) -> None:
    with a_shell(tmp_path, JAINAM_TRADING_STATE="HALT", JAINAM_DRY_RUN="true", JAINAM_VERIFY_SSL="false") as shell:
        ran = shell.run("doctor", "--json")

    assert [row["check"] for row in ran.data if row["verdict"] != "ok" and not row["next_step"]] == []


def test_a_database_that_cannot_be_used_is_named_without_its_password(tmp_path: Path) -> None:
    broken = f"sqlite:///{tmp_path / 'no' / 'such' / 'folder.db'}?password=hunter2hunter2"
    (tmp_path / "no").write_text("a file where a folder should be", encoding="utf-8")
    with a_shell(tmp_path, JAINAM_DATABASE_URL=broken) as shell:
        ran = shell.run("doctor", "--json")

    assert (ran.status, verdicts(ran)["database"]) == (1, ("problem", "Check JAINAM_DATABASE_URL."))


def test_missing_settings_are_named_together_and_nothing_else_is_tried(shell: Shell) -> None:
    ran = run(replace(shell.context, reader=lambda _: settings_from({})), "doctor", "--json")

    assert (ran.status, list(verdicts(ran))) == (1, ["settings"])
    assert "JAINAM_INTERACTIVE_API_KEY" in ran.data[0]["found"]
    assert "JAINAM_MARKET_API_SECRET" in ran.data[0]["found"]


@pytest.mark.parametrize(
    ("stamp", "verdict", "found"),
    [
        pytest.param("Thu, 20 Aug 2026 12:00:01 GMT", Verdict.GOOD, "agrees with the server's", id="agrees"),
        pytest.param("Thu, 20 Aug 2026 11:59:00 GMT", Verdict.CAUTION, "60 s ahead of the server's", id="ahead"),
        pytest.param("Thu, 20 Aug 2026 12:02:00 GMT", Verdict.CAUTION, "120 s behind the server's", id="behind"),
        pytest.param(None, Verdict.CAUTION, UNKNOWN, id="silent"),
        pytest.param("yesterday", Verdict.CAUTION, UNKNOWN, id="nonsense"),
    ],
)
def test_the_servers_clock_is_compared_with_ours(stamp: str | None, verdict: Verdict, found: str) -> None:
    finding = clock_finding(stamp, NOON)

    assert finding == Finding("clock", verdict, found, finding.next_step)


def test_a_store_that_takes_no_writes_is_a_problem_although_it_can_be_read(shell: Shell) -> None:
    shell.given("login")
    with closing(sqlite3.connect(make_url(shell.context.settings().database_url).database or "")) as sql, sql:
        sql.execute("CREATE TRIGGER full BEFORE INSERT ON jainam_sessions BEGIN SELECT RAISE(FAIL, 'disk full'); END")

    ran = shell.run("doctor", "--json")

    assert verdicts(ran)["database"] == ("problem", "Check the disk and its permissions.")
    assert "no order can be sent" in ran.out


@pytest.mark.parametrize("how", ["setting", "command"])
def test_under_halt_it_is_not_ready_to_trade(tmp_path: Path, how: str) -> None:
    with a_shell(tmp_path, **({"JAINAM_TRADING_STATE": "HALT"} if how == "setting" else {})) as shell:
        shell.given("instruments sync", "login", *(["trading-state halt"] if how == "command" else []))
        ran = shell.run("doctor", "--json")

    step = "Set JAINAM_TRADING_STATE=ACTIVE to trade." if how == "setting" else "jainam-prop trading-state ACTIVE"
    assert (ran.status, verdicts(ran)["trading state"]) == (1, ("problem", step))
    assert ran.document["message"] == "1 problem in the way of trading."
