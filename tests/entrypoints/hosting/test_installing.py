"""An installation is whole or not there, and an uninstallation gives every byte back."""

import json
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from jainam_prop.entrypoints.finding import Verdict
from jainam_prop.entrypoints.hosting.checking import findings
from jainam_prop.entrypoints.hosting.edits import BUTTON, LOGIN, UPDATES, UnknownTextError
from jainam_prop.entrypoints.hosting.host import RECORD, NotAHostError, UnreadableRecordError, open_host, plugin_files
from jainam_prop.entrypoints.hosting.installing import (
    Plan,
    Removal,
    carry_out_install,
    carry_out_uninstall,
    plan_install,
    plan_uninstall,
)
from tests.children import start_child
from tests.entrypoints.hosting.trees import BUILT, ENV, make_host, snapshot


def install(folder: Path, *, patch: bool = True) -> Plan:
    host = open_host(folder)
    plan = plan_install(host, "1.0", patch=patch)
    carry_out_install(host, plan)
    return plan


def uninstall(folder: Path) -> Removal:
    host = open_host(folder)
    removal = plan_uninstall(host)
    assert removal is not None
    carry_out_uninstall(host, removal)
    return removal


@pytest.mark.parametrize("newline", ["\n", "\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("patch", [True, False], ids=["patched", "not patched"])
def test_what_was_installed_is_taken_out_byte_for_byte(tmp_path: Path, newline: str, patch: bool) -> None:  # noqa: FBT001
    folder = make_host(tmp_path / "open algo", newline=newline)
    before = snapshot(folder)

    install(folder, patch=patch)
    installed = snapshot(folder)
    uninstall(folder)

    assert snapshot(folder) == before
    changed = {name for name in before if installed.get(name) != before[name]}
    own = {LOGIN, UPDATES, BUTTON, BUILT, f"{BUILT}.gz", f"{BUILT}.br"}
    assert changed == {".env"} | (own if patch else set())
    ours = {f"broker/jainam_prop/{name}" for name in plugin_files()} | {f"broker/jainam_prop/{RECORD}"}
    assert ours <= installed.keys()


def test_the_settings_name_the_broker_and_keep_all_else(tmp_path: Path) -> None:
    folder = make_host(tmp_path)

    install(folder, patch=False)

    assert (folder / ".env").read_text() == ENV.replace("zerodha,dhan", "zerodha,dhan,jainam_prop").replace(
        "/zerodha/callback", "/jainam_prop/callback"
    )
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        pytest.param("VALID_BROKERS=zerodha\nREDIRECT_URL=http://h/zerodha/callback", "zerodha,jainam_prop", id="bare"),
        pytest.param(
            'VALID_BROKERS = ""\nREDIRECT_URL = "http://h/x/callback"', "jainam_prop", id="empty, no last newline"
        ),
        pytest.param("VALID_BROKERS='a, b'\r\nREDIRECT_URL='http://h/x/callback'\r\n", "a, b,jainam_prop", id="blanks"),
    ],
)
def test_settings_are_understood_as_people_write_them(tmp_path: Path, written: str, expected: str) -> None:
    folder = make_host(tmp_path)
    (folder / ".env").write_bytes(written.encode())

    install(folder)

    text = (folder / ".env").read_bytes().decode()
    assert expected in text
    assert "http://h/jainam_prop/callback" in text
    assert text.count("\r\n") == written.count("\r\n")
    uninstall(folder)
    assert (folder / ".env").read_bytes().decode() == written


def test_a_second_installation_changes_nothing(tmp_path: Path) -> None:
    folder = make_host(tmp_path)
    install(folder)
    first = snapshot(folder)

    plan = install(folder)

    assert plan.is_done
    assert snapshot(folder) == first


def test_the_patch_can_come_later_and_all_goes_at_once(tmp_path: Path) -> None:
    folder = make_host(tmp_path)
    before = snapshot(folder)
    install(folder, patch=False)
    install(folder)
    assert "jainam_prop" in (folder / LOGIN).read_text()

    uninstall(folder)

    assert snapshot(folder) == before


def test_an_older_version_is_replaced_and_what_was_changed_by_hand_is_named(tmp_path: Path) -> None:
    folder = make_host(tmp_path)
    install(folder)
    ours = folder / "broker" / "jainam_prop" / "api" / "order_api.py"
    whole = ours.read_bytes()
    ours.write_bytes(whole + b"# mine\n")

    plan = install(folder)

    assert (plan.changed_by_hand, ours.read_bytes()) == (("api/order_api.py",), whole)


def test_files_of_somebody_else_stay_and_are_named(tmp_path: Path) -> None:
    folder = make_host(tmp_path)
    install(folder)
    (folder / "broker" / "jainam_prop" / "notes.txt").write_text("mine")
    compiled = folder / "broker" / "jainam_prop" / "api" / "__pycache__"
    compiled.mkdir()
    (compiled / "order_api.cpython-312.pyc").write_bytes(b"")

    removal = uninstall(folder)

    left = [path.name for path in (folder / "broker" / "jainam_prop").rglob("*")]
    assert (removal.foreign, left) == (("notes.txt",), ["notes.txt"])


def test_what_was_changed_since_is_left_alone_and_told(tmp_path: Path) -> None:
    path, folder = UPDATES, make_host(tmp_path)
    before = snapshot(folder)
    install(folder)
    changed = folder / path
    mine = changed.read_text().replace("create_", "another_")
    changed.write_text(mine)

    removal = uninstall(folder)

    assert removal.stuck
    assert all(text.startswith(f"{path} was changed since") for text in removal.stuck)
    assert changed.read_text() == mine
    kept = snapshot(folder)
    assert {name for name in before if kept.get(name) != before[name]} == {path}
    assert open_host(folder).record() is not None  # the record stays for the next attempt


@pytest.mark.parametrize(
    "without",
    [
        pytest.param({"env": None}, id="no settings"),
        pytest.param({"env": "VALID_BROKERS = 'a'\n"}, id="no redirect"),
        pytest.param({"env": ENV.replace("/zerodha/callback", "/elsewhere")}, id="another redirect"),
        pytest.param({"blueprints_brlogin_py": "def login(): ...\n"}, id="another login"),
        pytest.param({"services_order_update_service_py": None}, id="no order updates"),
        pytest.param({"frontend_src_pages_BrokerSelect_tsx": "nothing\n"}, id="another page"),
    ],
)
def test_a_host_that_is_not_as_expected_is_not_touched(tmp_path: Path, without: dict[str, str | None]) -> None:
    folder = make_host(tmp_path, **without)  # type: ignore[arg-type]
    before = snapshot(folder)

    with pytest.raises((NotAHostError, UnknownTextError)):
        install(folder)

    assert snapshot(folder) == before


def test_settings_in_another_encoding_are_left_alone(tmp_path: Path) -> None:
    folder = make_host(tmp_path)
    (folder / ".env").write_bytes(ENV.encode() + "# für mich\n".encode("latin-1"))
    before = snapshot(folder)

    with pytest.raises(NotAHostError, match="UTF-8"):
        install(folder)

    assert snapshot(folder) == before


@pytest.mark.parametrize("is_folder", [True, False])
def test_a_plug_in_that_is_not_ours_is_refused(tmp_path: Path, is_folder: bool) -> None:  # noqa: FBT001
    folder = make_host(tmp_path)
    plugin = folder / "broker" / "jainam_prop"
    if is_folder:
        plugin.mkdir()
        (plugin / "plugin.json").write_text("{}")
    else:
        plugin.write_text("")
    before = snapshot(folder)

    for attempt in (install, uninstall):
        with pytest.raises(NotAHostError, match="Move it away"):
            attempt(folder)

    assert snapshot(folder) == before


def test_a_record_that_is_not_understood_stops_both(tmp_path: Path) -> None:
    folder = make_host(tmp_path)
    install(folder)
    (folder / "broker" / "jainam_prop" / RECORD).write_text('{"form": 7}')
    before = snapshot(folder)

    for attempt in (install, uninstall):
        with pytest.raises(UnreadableRecordError):
            attempt(folder)

    assert snapshot(folder) == before


def test_a_folder_that_is_no_host_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    with pytest.raises(NotAHostError, match=r"app\.py, broker/__init__\.py"):
        open_host(tmp_path)


LISTED: Final = "zerodha,dhan,jainam_prop"
CHANGES: Final = (
    ("another port", "127.0.0.1:5000", "127.0.0.1:8080", "127.0.0.1:8080"),
    ("a domain", "http://127.0.0.1:5000", "https://trade.example.com", "https://trade.example.com"),
    ("another order", f"'{LISTED}'", "'jainam_prop, dhan ,zerodha,upstox'", "'dhan ,zerodha,upstox'"),
    ("other quotes", f"'{LISTED}'", f'"{LISTED}"', '"zerodha,dhan"'),
    ("no quotes", f"'{LISTED}'", LISTED, "zerodha,dhan"),
    ("another comment", "# those that may log in", "# mine", "# mine"),
    ("no comment", "  # those that may log in", "", ""),
    ("more lines", "VALID_BROKERS", "EXTRA = 'x'\nVALID_BROKERS", "EXTRA = 'x'\nVALID_BROKERS"),
    (
        "a setting twice",
        "DATABASE_URL",
        f"VALID_BROKERS={LISTED}\nDATABASE_URL",
        "VALID_BROKERS=zerodha,dhan\nDATABASE_URL",
    ),
)
"""What people change in an ``.env`` after an installation, and what is there after it was taken out."""


@pytest.mark.parametrize(("old", "new", "left"), [row[1:] for row in CHANGES], ids=[row[0] for row in CHANGES])
def test_settings_that_people_change_afterwards_are_understood(tmp_path: Path, old: str, new: str, left: str) -> None:
    folder = make_host(tmp_path)
    install(folder)
    text = (folder / ".env").read_text()
    assert old in text
    (folder / ".env").write_text(text.replace(old, new))

    verdicts = {
        one.check: one.verdict for one in findings(open_host(folder)) if one.check in {"settings", "host files"}
    }
    again = install(folder)
    removal = uninstall(folder)

    assert verdicts == {"settings": Verdict.GOOD, "host files": Verdict.GOOD}
    assert (again.is_done, removal.stuck) == (True, ())
    assert not (folder / "broker" / "jainam_prop").exists()
    restored = text.replace(old, left).replace("/jainam_prop/", "/zerodha/")
    if f"'{LISTED}'" in restored and old != "DATABASE_URL":  # dotenv reads the last of two
        restored = restored.replace(LISTED, "zerodha,dhan")
    assert (folder / ".env").read_text() == restored


def test_a_broker_that_was_chosen_by_hand_stays(tmp_path: Path) -> None:
    folder = make_host(tmp_path)
    (folder / ".env").write_text(ENV.replace("dhan'", "dhan,jainam_prop'").replace("/zerodha/", "/jainam_prop/"))
    before = snapshot(folder)

    install(folder)
    uninstall(folder)

    assert snapshot(folder) == before


def test_another_broker_that_was_chosen_afterwards_stays(tmp_path: Path) -> None:
    folder = make_host(tmp_path)
    install(folder)
    text = (folder / ".env").read_text().replace("/jainam_prop/callback", "/dhan/callback")
    (folder / ".env").write_text(text)

    uninstall(folder)

    assert (folder / ".env").read_text() == text.replace(",jainam_prop", "")


@pytest.mark.parametrize("missing", ["VALID_BROKERS", "REDIRECT_URL"])
def test_a_setting_that_every_host_has_is_asked_for(tmp_path: Path, missing: str) -> None:
    folder = make_host(tmp_path)
    (folder / ".env").write_text("".join(line for line in ENV.splitlines(keepends=True) if missing not in line))

    with pytest.raises(UnknownTextError, match=missing):
        install(folder)


def test_an_image_whose_settings_are_mounted_later_gets_the_rest(tmp_path: Path) -> None:
    folder = make_host(tmp_path)
    (folder / ".env").write_text("")

    assert install(folder).env is None

    assert (folder / "broker" / "jainam_prop" / "api" / "order_api.py").is_file()
    (folder / ".env").write_text(ENV)
    assert install(folder).env is not None
    assert "zerodha,dhan,jainam_prop" in (folder / ".env").read_text()


IN_CONTAINER: Final = """
mount --bind "$1" "$2/.env" && "$3" -c 'if True:
    import sys
    from pathlib import Path
    from tests.entrypoints.hosting.test_installing import install
    install(Path(sys.argv[1]))
' "$2"
"""
UNSHARE: Final = ("unshare", "--map-root-user", "--mount")


@pytest.mark.skipif(
    not shutil.which("unshare") or subprocess.run([*UNSHARE, "true"], check=False, capture_output=True).returncode != 0,
    reason="this system makes no mount namespaces",
)
def test_settings_that_are_mounted_into_a_container_are_written_over(tmp_path: Path) -> None:
    folder, mounted = make_host(tmp_path / "app"), tmp_path / "mounted.env"
    mounted.write_text(ENV)

    done = subprocess.run(
        [*UNSHARE, "sh", "-c", IN_CONTAINER, "-", str(mounted), str(folder), sys.executable],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "zerodha,dhan,jainam_prop" in mounted.read_text()
    assert (folder / ".env").read_text() == ENV
    assert not list(folder.glob(".jainam-*"))


FIRST_FORM: Final[dict[str, Any]] = {
    "form": 1,
    "version": "0.1.0",
    "files": {"__init__.py": "f"},
    "edits": [
        [
            ".env",
            "VALID_BROKERS = 'zerodha,dhan'  # those that may log in",
            "VALID_BROKERS = 'zerodha,dhan,jainam_prop'  # those that may log in",
            "why",
        ],
        [
            ".env",
            "REDIRECT_URL = 'http://127.0.0.1:5000/zerodha/callback'",
            "REDIRECT_URL = 'http://127.0.0.1:5000/jainam_prop/callback'",
            "why",
        ],
    ],
    "removed": {},
}
"""A record as the versions before wrote it, with whole lines of the settings."""


def test_an_installation_of_an_older_version_is_upgraded_and_taken_out(tmp_path: Path) -> None:
    folder = make_host(tmp_path)
    before = snapshot(folder)
    plugin = folder / "broker" / "jainam_prop"
    plugin.mkdir()
    (plugin / "__init__.py").write_text("# older\n")
    (plugin / RECORD).write_text(json.dumps(FIRST_FORM))
    for _, old, new, _ in FIRST_FORM["edits"]:
        (folder / ".env").write_text((folder / ".env").read_text().replace(old, new))

    plan = install(folder, patch=False)
    current = {name: (plugin / name).read_bytes() for name in plugin_files()}
    uninstall(folder)

    assert (current, plan.env) == (plugin_files(), None)
    assert snapshot(folder) == before


STEPS: Final = 20
"""Changes of files that either command makes at least."""

DOOMED: Final = """
import os, signal, sys
from pathlib import Path

left = int(sys.argv[2])

def deadly(real):
    def act(self, *words, **named):
        global left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(self, *words, **named)
    return act

Path.replace, Path.unlink = deadly(Path.replace), deadly(Path.unlink)
from tests.entrypoints.hosting.test_installing import install, uninstall
(install if sys.argv[3] == "install" else uninstall)(Path(sys.argv[1]))
"""


def killed(folder: Path, command: str, step: int) -> bool:
    """Let a process die at its n-th change of a file; return whether it lived that long."""
    with start_child(DOOMED, str(folder), str(step), command) as process:
        status = process.wait(60)
        assert status in {0, -signal.SIGKILL}, process.stderr.read()
    return status != 0


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL on Windows")
@pytest.mark.parametrize("then", [install, uninstall])
@pytest.mark.parametrize("command", ["install", "uninstall"])
def test_killed_at_any_step_either_command_puts_it_right(
    tmp_path: Path, command: str, then: Callable[[Path], object]
) -> None:
    whole = make_host(tmp_path / "whole")
    untouched = snapshot(whole)
    install(whole)
    wanted = snapshot(whole) if then is install else untouched
    deaths = 0
    for step in range(0, 70, 7):
        folder = make_host(tmp_path / str(step))
        if command == "uninstall":
            install(folder)
        if killed(folder, command, step):
            deaths += 1
            if then is install or plan_uninstall(open_host(folder)) is not None:
                then(folder)
            assert snapshot(folder) == wanted, step

    assert deaths >= STEPS // 7
