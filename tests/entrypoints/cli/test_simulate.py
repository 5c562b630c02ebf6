"""``simulate`` tells how to reach it, serves on loopback, and ends when asked to."""

import json
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.entrypoints.settings import SETTINGS
from jainam_prop.entrypoints.settings_source import variable
from tests.architecture.project import ROOT
from tests.children import COMMAND, Child, start_child
from tests.entrypoints.cli.shell import run
from tests.terminal import typed


@contextmanager
def serving(*words: str, folder: Path = ROOT) -> Iterator[Child]:
    """Serve in a process of its own, and end it as Ctrl-C would."""
    with start_child(COMMAND, "simulate", "--instruments", "100", *words, folder=folder) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0


def test_the_settings_it_prints_lead_to_it() -> None:
    with serving("--print-env", "--account", "normal") as process:
        lines = [process.stdout.readline().rstrip("\n") for _ in range(11)]
        found = dict(line.split("=", 1) for line in lines)

        assert httpx.get(f"{found['JAINAM_BASE_URL']}/interactive/user/balance").json()["code"] == "e-token-0002"

    assert found["JAINAM_ACTIVE_ACCOUNT_TYPE"] == "NORMAL"
    assert found["JAINAM_CLIENT_ID"]


def test_every_setting_that_it_writes_is_one_that_is_read(tmp_path: Path) -> None:
    with serving(folder=tmp_path) as process:
        process.stdout.readline()
        lines = (tmp_path / "simulator.env").read_text(encoding="utf-8").splitlines()

    written = dict(line.split("=", 1) for line in lines)
    read = {variable(field, JAINAM) for field in SETTINGS}
    assert {name for name in written if name.startswith("JAINAM_")} - read == set()
    assert written["JAINAM_TOKEN_KEY"] == "of-a-simulator"  # so that no key file of the trader's is made or used


def test_what_it_says_can_be_typed_in_another_terminal(tmp_path: Path) -> None:
    with serving(folder=tmp_path) as process:
        said = [process.stdout.readline() for _ in range(5)]
        commands = [line.strip() for line in said if line.startswith("  jainam-prop ")]
        ran = [typed(command, folder=tmp_path, answers={"[y/N]": "y"}) for command in commands]
        left_while_it_runs = sorted(path.name for path in tmp_path.iterdir())

    assert [each.status for each in ran] == [0, 0, 0], ran
    assert "SBIN" in ran[2].shown
    assert max(map(len, said)) <= 80
    assert (left_while_it_runs, list(tmp_path.iterdir())) == (["simulator.env"], [])


def test_a_folder_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    ran = run(None, "simulate", "--instruments", "100", "--save", str(tmp_path / "nowhere" / "simulator.env"))

    assert ran.status == 1
    assert "--print-env for no file" in ran.err


def test_a_file_with_the_traders_own_settings_is_neither_overwritten_nor_taken_away(tmp_path: Path) -> None:
    own = tmp_path / ".env"
    own.write_text("JAINAM_INTERACTIVE_API_KEY=mine\n", encoding="utf-8")

    ran = run(None, "simulate", "--instruments", "100", "--save", str(own))

    assert (ran.status, "holds other settings" in " ".join(ran.err.split())) == (2, True)
    assert own.read_text(encoding="utf-8") == "JAINAM_INTERACTIVE_API_KEY=mine\n"


def test_a_machine_gets_address_and_settings_as_one_document() -> None:
    with serving("--json") as process:
        text = ""
        for line in process.stdout:
            text += line
            if line == "}\n":
                break

    data = json.loads(text)["data"]
    assert data["address"] == data["env"]["JAINAM_BASE_URL"]


def test_a_port_that_is_taken_is_told_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ran = run(None, "simulate", "--instruments", "100", "--port", str(taken.getsockname()[1]))

    assert ran.status == 1
    assert "--port 0 for a free one" in ran.err


@pytest.mark.parametrize("words", [("--port", "70000"), ("--account", "king")])
def test_impossible_wishes_are_bad_usage(words: tuple[str, ...]) -> None:
    assert run(None, "simulate", *words).status == 2


def yesterday_of(seed: int) -> str:
    """Return the last daily bars of SBIN on a simulator of its own."""
    with serving("--print-env", "--seed", str(seed)) as process:
        found = dict(process.stdout.readline().rstrip("\n").split("=", 1) for _ in range(10))
        keys = {"appKey": found["JAINAM_MARKET_API_KEY"], "secretKey": found["JAINAM_MARKET_API_SECRET"]}
        with httpx.Client(base_url=f"{found['JAINAM_BASE_URL']}/apimarketdata", timeout=20) as http:
            token = http.post("/auth/login", json=keys).json()["result"]["token"]
            asked = {
                "exchangeSegment": "NSECM", "exchangeInstrumentID": "3045", "compressionValue": "D",
                "startTime": "Mar 02 2026 000000", "endTime": "Mar 10 2026 000000",
            }  # fmt: skip
            reply = http.get("/instruments/ohlc", params=asked, headers={"Authorization": token})
    return str(reply.json()["result"]["dataReponse"])


def test_the_same_seed_gives_the_same_past_and_another_seed_another() -> None:
    first, again, other = (yesterday_of(seed) for seed in (5, 5, 6))

    assert first == again
    assert first != other
