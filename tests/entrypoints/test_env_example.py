"""``.env.example`` describes every setting, is harmless as it stands, and can be filled in."""

import re
from typing import Final

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.entrypoints.settings import SETTINGS, settings_from
from jainam_prop.entrypoints.settings_source import variable
from tests.architecture.project import ROOT
from tests.entrypoints.cli.shell import run

TEXT: Final = (ROOT / ".env.example").read_text(encoding="utf-8")
ENTRIES: Final = dict(re.findall(r"^#?([A-Z][A-Z0-9_]+)=(.*)$", TEXT, re.MULTILINE))
OURS: Final = {name for field in SETTINGS if (name := variable(field, JAINAM)).startswith("JAINAM_")}


def test_it_names_every_setting_and_no_other() -> None:
    assert {name for name in ENTRIES if not name.startswith("JAINAM_SYMPHONY_")} == OURS


def test_its_defaults_are_the_real_ones() -> None:
    credentials = dict.fromkeys((name for name in OURS if re.fullmatch(r"JAINAM_\w+_API_(KEY|SECRET)", name)), "x")
    shown = {name: text for name, text in ENTRIES.items() if text}

    assert settings_from(credentials | shown) == settings_from(credentials)


def test_a_command_prints_it() -> None:
    ran = run(None, "config", "example")

    assert (ran.status, ran.out) == (0, TEXT)


def test_it_holds_no_credential() -> None:
    secret = re.compile(r"KEY|SECRET|PASSWORD|CLIENT_ID")

    assert {name: text for name, text in ENTRIES.items() if secret.search(name) and text} == {}
