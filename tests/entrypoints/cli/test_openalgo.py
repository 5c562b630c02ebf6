"""``jainam-prop openalgo``: what a person sees, agrees to, and is told."""

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from jainam_prop.entrypoints.cli.context import CliContext
from jainam_prop.entrypoints.cli.terminal import Terminal
from jainam_prop.entrypoints.hosting.edits import LOGIN
from tests.entrypoints.cli.shell import Ran, run
from tests.entrypoints.hosting.trees import ENV, make_host, snapshot


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return make_host(tmp_path / "open algo")


def openalgo(command: str, folder: Path, *options: str, typed: str | None = None) -> Ran:
    return run(CliContext(Terminal.of_process()), "openalgo", command, str(folder), *options, typed=typed)


def test_a_dry_run_shows_every_change_and_makes_none(folder: Path) -> None:
    before = snapshot(folder)

    ran = openalgo("install", folder, "--patch-host", "--dry-run")

    assert (ran.status, snapshot(folder)) == (0, before)
    assert "zerodha,dhan,jainam_prop" in ran.out
    assert "Dry run: nothing was changed." in ran.out + ran.err
    removal = openalgo("uninstall", folder, "--dry-run")
    assert (removal.status, snapshot(folder)) == (0, before)


def test_a_person_sees_the_change_and_may_decline(folder: Path) -> None:
    before = snapshot(folder)

    ran = openalgo("install", folder, typed="n\n")

    assert (ran.status, snapshot(folder)) == (1, before)
    assert "VALID_BROKERS" in ran.out + ran.err
    assert "you did not agree" in ran.out + ran.err


def test_where_nobody_can_be_asked_nothing_is_changed(folder: Path) -> None:
    before = snapshot(folder)

    ran = openalgo("install", folder, "--json")

    assert (ran.status, ran.document["kind"], snapshot(folder)) == (1, "not-confirmed", before)
    assert "--yes" in ran.document["message"]


def test_installed_twice_checked_and_uninstalled(folder: Path) -> None:
    before = snapshot(folder)

    first = openalgo("install", folder, "--yes", "--patch-host", "--json")
    second = openalgo("install", folder, "--yes", "--patch-host")
    gone = openalgo("uninstall", folder, "--yes", "--json")
    again = openalgo("uninstall", folder, "--yes")

    assert [ran.status for ran in (first, second, gone, again)] == [0, 0, 0, 0]
    assert {edit["path"] for edit in first.data["edits"]} >= {".env", "blueprints/brlogin.py"}
    assert "nothing to do" in second.out + second.err
    assert gone.data["stuck"] == []
    assert "Not installed" in again.out + again.err
    assert snapshot(folder) == before


def test_what_cannot_be_taken_back_is_named_and_the_exit_says_so(folder: Path) -> None:
    openalgo("install", folder, "--yes", "--patch-host")
    login = folder / LOGIN
    login.write_text(login.read_text().replace("code = request", "another"))

    ran = openalgo("uninstall", folder, "--yes", "--json")

    assert (ran.status, ran.document["kind"]) == (1, "partly-uninstalled")
    assert f"{LOGIN} was changed since" in ran.document["message"]


def test_a_folder_that_is_no_host_and_a_file_in_the_way_are_sentences(tmp_path: Path, folder: Path) -> None:
    (folder / "broker" / "jainam_prop").write_text("")
    answers = [openalgo(command, tmp_path, "--json") for command in ("install", "check", "uninstall")]
    answers.append(openalgo("install", folder, "--json"))

    assert {answer.status for answer in answers} == {1}
    messages = [answer.document["message"] for answer in answers]
    assert all("is no OpenAlgo" in message for message in messages[:3])
    assert messages[3].endswith("is a file. Move it away, then install again.")


def test_a_disk_that_takes_nothing_is_a_sentence_and_the_command_can_be_given_again(folder: Path) -> None:
    (folder / "broker" / "jainam_prop").mkdir()
    (folder / "broker" / "jainam_prop" / ".jainam-.installed.json").mkdir()  # where the first file would be written

    ran = openalgo("install", folder, "--yes", "--json")

    assert ran.status == 1
    assert "Traceback" not in ran.out + ran.err
    (folder / "broker" / "jainam_prop" / ".jainam-.installed.json").rmdir()
    assert openalgo("install", folder, "--yes").status == 0


def findings(folder: Path) -> dict[str, tuple[str, str]]:
    ran = openalgo("check", folder, "--json")
    rows = ran.document["data"]
    return {row["check"]: (row["verdict"], row["found"]) for row in rows}


def test_a_check_finds_what_stands_in_the_way(folder: Path) -> None:
    found = findings(folder)
    assert found["plug-in"] == ("problem", "not installed")
    assert found["settings"][0] == "problem"

    openalgo("install", folder, "--yes")
    found = findings(folder)
    assert found["plug-in"][0] == "ok"
    assert found["settings"] == ("ok", "the host logs in to this broker")
    assert found["database"] == ("caution", "not made yet")
    assert "returns" in found["packages"][1]  # the made-up host pins a version that is not installed here
    assert {found[name][0] for name in ("api.order_api", "api.data", "mapping.order_data", "api.auth_api")} == {"ok"}

    (folder / "db").mkdir()
    with closing(sqlite3.connect(folder / "db" / "openalgo.db")) as database:
        database.execute("CREATE TABLE symtoken (id INTEGER)")
        database.execute("CREATE TABLE auth (id INTEGER)")
    (folder / "broker" / "jainam_prop" / "api" / "order_api.py").write_text("def place_order_api(data): ...\n")
    found = findings(folder)
    assert found["database"] == ("ok", "there, with its tables")
    assert found["plug-in"] == ("problem", "missing or changed: api/order_api.py")
    assert found["api.order_api"][0] == "problem"
    assert "place_order_api takes (data), not (data, auth)" in found["api.order_api"][1]
    assert "cancel_order is missing" in found["api.order_api"][1]


def test_a_check_names_keys_that_are_not_filled_in(tmp_path: Path) -> None:
    folder = make_host(tmp_path, env=ENV.replace("made-up", "YOUR_BROKER_API_KEY"))
    openalgo("install", folder, "--yes")

    verdict, said = findings(folder)["keys"]

    assert verdict == "problem"
    assert "BROKER_API_KEY, BROKER_API_SECRET, BROKER_API_KEY_MARKET, BROKER_API_SECRET_MARKET" in said


def test_a_host_that_wants_another_python_is_told(folder: Path) -> None:
    verdict, said = findings(folder)["Python"]

    assert verdict == ("ok" if sys.version_info[:2] >= (3, 12) else "problem")
    assert said.startswith(".".join(map(str, sys.version_info[:3])))
