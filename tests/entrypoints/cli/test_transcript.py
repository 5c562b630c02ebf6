"""``validate-live --transcript`` writes what went over the wire without anything private, and it can be replayed."""

import json
from pathlib import Path
from typing import Final

from jainam_prop.adapters.simulator.config import Credentials, LoginSpec, SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.server.replay import ReplayServer
from jainam_prop.adapters.simulator.server.server import XtsSimulator, replay_lines, settings_lines
from jainam_prop.domain.sessions.session import AccountKind
from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.settings import Settings, settings_from
from tests.entrypoints.cli.shell import Shell, run

RECORDED: Final = Path(__file__).parents[2] / "transcripts" / "simulated-day"
"""Written by ``validate-live NSE:SBIN --trial-order`` at a simulator."""

TRIED: Final = ("validate-live", "NSE:SBIN", "--trial-order", "--yes", "--seconds", "2", "--json")
CANARIES: Final = LoginSpec(
    "CANARYUSER1",
    AccountKind.NORMAL,
    ("CANARYCLIENT1", "CANARYCLIENT2"),
    Credentials("0123canaryinteractive", "CanarySecret@1"),
    Credentials("4567canarymarket", "CanarySecret@2"),
)


def everything_in(folder: Path) -> str:
    return "\n".join(f"{path.name}\n{path.read_text()}" for path in folder.rglob("*") if path.is_file())


def context_for(settings: Settings) -> CliContext:
    return CliContext(Terminal.of_process(), reader=lambda _: settings)


def replayed(folder: Path, store: Path, *words: str) -> dict[str, str]:
    """Replay a transcript to a new client, and return what that finds."""
    with ReplayServer(folder) as replay:
        lines = dict(line.split("=", 1) for line in replay_lines(replay, AccountKind.PRO))
        own = {"JAINAM_DATABASE_URL": f"sqlite:///{store}", "JAINAM_TOKEN_KEY": "a key for tests only"}
        context = context_for(settings_from(lines | own))
        assert run(context, "instruments", "sync").status == 0
        ran = run(context, *words)
    return {row["check"]: row["verdict"] for row in ran.data["findings"]}


def test_no_key_token_name_or_id_is_in_a_transcript(tmp_path: Path) -> None:
    config = SimulatorConfig(instruments=300, rate_limits=False, logins=(CANARIES,))
    folder = tmp_path / "first-day"
    with XtsSimulator(config) as sim:
        lines = dict(line.split("=", 1) for line in settings_lines(sim, AccountKind.NORMAL))
        own = {"JAINAM_DATABASE_URL": f"sqlite:///{tmp_path / 'store.db'}", "JAINAM_TOKEN_KEY": "CanaryTokenKey"}
        context = context_for(settings_from(lines | own))
        sim.faults.add(Fault(FaultKind.RMS_REJECT, on="place", text="RMS: CANARYCLIENT1, call 9876501234, c@canary.in"))
        assert run(context, "instruments", "sync").status == 0
        assert "CANARYCLIENT1" in run(context, "place", "NSE", "SBIN", "BUY", "1", "--yes").err

        ran = run(context, *TRIED, "--transcript", str(folder))

        orders = sim.exchange.all_orders()
        tokens = [live.token for live in sim.sessions.live()]
        identifiers = [order.intake.identifier for order in orders]
        ids = [str(order.order_id) for order in orders] + [order.exchange_id for order in orders]

    written = everything_in(folder).casefold()
    private = {*tokens, *identifiers, *ids, "127.0.0.1", "canary", "9876501234"} - {""}
    assert ran.status == 0, ran
    assert (len(tokens) >= 2, len(private) >= 8) == (True, True)
    assert [value for value in private if value.casefold() in written] == []


def test_a_transcript_replays_to_the_same_findings(shell: Shell, tmp_path: Path) -> None:
    shell.given("place NSE SBIN BUY 1 --yes")

    ran = shell.run(*TRIED, "--transcript", str(tmp_path / "day"))
    found = {row["check"]: row["verdict"] for row in ran.data["findings"]}

    assert ran.status == 0, ran
    assert found.pop("master") == "ok"  # the replay's is downloaded before
    own = {"identifiers": "caution"}  # its order of before is in another journal
    assert replayed(tmp_path / "day", tmp_path / "replay.db", *TRIED) == found | own


def test_a_recorded_day_still_reads_as_it_did(tmp_path: Path) -> None:
    found = replayed(RECORDED, tmp_path / "replay.db", *TRIED)

    found.pop("live prices", None)  # none are expected while the exchange is closed
    assert found == json.loads((RECORDED / "findings.json").read_text())


def test_a_day_that_fails_is_recorded_too(shell: Shell, tmp_path: Path) -> None:
    shell.fault(Fault(FaultKind.REFUSED, on="login", status=400, code="e-auth-0001", text="Bad key"))

    ran = shell.run(*TRIED, "--transcript", str(tmp_path / "day"))

    assert (ran.status, ran.document["transcript"]["requests"]) == (1, 1)
    assert "Bad key" in everything_in(tmp_path / "day")


def test_a_folder_with_something_in_it_is_left_alone(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text("mine")

    ran = shell.run(*TRIED, "--transcript", str(tmp_path))

    assert (ran.status, ran.document["kind"], shell.sent()) == (1, "folder-not-empty", 0)
