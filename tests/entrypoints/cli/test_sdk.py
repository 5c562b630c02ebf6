"""``jainam-prop sdk check``."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from jainam_prop.entrypoints.cli.main import root

LOGINS = "def interactive_login(self): pass\n    def marketdata_login(self): pass"


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("JAINAM_XTS_SDK_PATH", raising=False)


def an_sdk(folder: Path, methods: str) -> Path:
    folder.mkdir()
    (folder / "Connect.py").write_text(f"class XTSConnect:\n    {methods}\n")
    return folder


def check(*words: str) -> Result:
    return CliRunner().invoke(root, ["sdk", "check", *words])


def test_an_sdk_with_both_logins_will_do(tmp_path: Path) -> None:
    result = check(str(an_sdk(tmp_path / "sdk", LOGINS)), "--json")
    methods = {row["method"]: row for row in json.loads(result.stdout)["data"]}

    assert result.exit_code == 0
    assert methods["interactive_login"] == {
        "method": "interactive_login",
        "called": True,
        "present": True,
        "lost": [],
        "new": [],
    }
    assert methods["place_order"]["present"] is False


def test_an_sdk_whose_login_changed_will_not(tmp_path: Path) -> None:
    result = check(
        str(an_sdk(tmp_path / "sdk", LOGINS.replace("interactive_login(self)", "interactive_login(self, otp)")))
    )

    assert result.exit_code == 1
    assert "new otp" in result.stdout
    assert "Log in without this version: interactive_login changed" in result.stderr


def test_a_folder_without_an_sdk_is_said_to_be_none(tmp_path: Path) -> None:
    result = check(str(tmp_path), "--json")

    assert (result.exit_code, json.loads(result.stdout)["kind"]) == (1, "sdk-unusable")


def test_the_folder_may_stand_in_the_settings(tmp_path: Path) -> None:
    folder = an_sdk(tmp_path / "sdk", LOGINS)
    nothing = check("--json")
    (tmp_path / ".env").write_text(f"JAINAM_XTS_SDK_PATH={folder}\n")

    assert (nothing.exit_code, json.loads(nothing.stdout)["kind"]) == (1, "not-configured")
    assert check().exit_code == 0
