"""Whatever breaks off while the broker is at work is told as unknown, never as refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from jainam_prop.entrypoints.cli.answer import Answer, ExitStatus, success
from jainam_prop.entrypoints.cli.command import acting
from tests.entrypoints.cli.shell import Shell, run, settings_for


def interrupted() -> Answer:
    """Act until a person presses Ctrl-C."""
    raise KeyboardInterrupt


def broken() -> Answer:
    """Act until a bug ends it."""
    raise LookupError


@pytest.mark.parametrize(
    ("act", "kind"), [(interrupted, "interrupted"), (broken, "broken-off")], ids=["interrupted", "broken off"]
)
def test_what_breaks_off_may_be_live(act: object, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    assert callable(act)

    answer = acting(act)

    assert (answer.status, answer.document["status"], answer.document["kind"]) == (ExitStatus.UNKNOWN, "unknown", kind)
    assert "orders may be live, do not send them again" in answer.message
    assert [record.exc_info is not None for record in caplog.records] == ([True] if act is broken else [])


def test_what_ends_well_is_told_as_it_is() -> None:
    done = success("done")

    assert acting(lambda: done) is done


@pytest.mark.parametrize("words", [("orders",), ("journal",), ("place", "NSE", "SBIN", "BUY", "1", "--yes")])
def test_a_store_that_cannot_be_used_is_told_in_a_sentence(
    shell: Shell, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "file").write_text("a file where a folder should be", encoding="utf-8")
    settings = settings_for(shell.sim, tmp_path / "file" / "folder")

    ran = run(replace(shell.context, reader=lambda _: settings), *words, "--json")

    assert (ran.status, ran.document["kind"], shell.sent()) == (1, "store-unusable", 0)
    assert ran.document["message"].endswith("Next: jainam-prop doctor")
