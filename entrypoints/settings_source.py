"""Where the text of a setting comes from: a ``.env`` file under the environment, and one of several names."""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple

from jainam_prop.adapters.xts.profiles.profile import BrokerProfile

_PAIRS: Final = (("interactive_api_key", "interactive_api_secret"), ("market_api_key", "market_api_secret"))
_HOST_PAIRS: Final = (("BROKER_API_KEY", "BROKER_API_SECRET"), ("BROKER_API_KEY_MARKET", "BROKER_API_SECRET_MARKET"))
"""OpenAlgo's names for the same credentials, used when no name of ours is set."""

_SET_BY_OTHERS: Final = {
    "host_pepper": "API_KEY_PEPPER",
    "host_database_url": "DATABASE_URL",
    "host_day_ends": "SESSION_EXPIRY_TIME",
    "xdg_data_home": "XDG_DATA_HOME",
    "local_app_data": "LOCALAPPDATA",
}
"""Variables that an OpenAlgo host or the operating system has set already."""

_OWN_NAMES: Final = {"account_type": "ACTIVE_ACCOUNT_TYPE", "own_database_url": "DATABASE_URL"}
"""Names that are not their field's in upper case."""


class SettingsError(ValueError):
    """Settings are missing or cannot be read.

    Attributes:
        names: variables of all of them; neither they nor the message hold a value.
    """

    def __init__(self, missing: tuple[str, ...], wrong: Mapping[str, str], looked_in: Sequence[str] = ()) -> None:
        self.missing, self.wrong = missing, wrong
        self.names = (*missing, *wrong)
        where = f" (looked in {', '.join(looked_in)})" if looked_in else ""
        parts = [f"Missing settings: {', '.join(missing)}{where}"] if missing else []
        super().__init__("; ".join([*parts, *(f"{name}: {problem}" for name, problem in wrong.items())]))


class SettingsSource(NamedTuple):
    """One place that settings are read from.

    Attributes:
        name: for people: ``the environment``, or a path.
        texts: its variables that are not blank.
        exists: whether there is such a file.
    """

    name: str
    texts: Mapping[str, str]
    exists: bool = True


class SettingsPlaces(NamedTuple):
    """Where to look for settings.

    Attributes:
        env_file: a file for this call, instead of ``.env`` and the file of the user.
        given: variables from the command line, which win over all others.
    """

    env_file: Path | None = None
    given: Mapping[str, str] = MappingProxyType({})


ANYWHERE: Final = SettingsPlaces()
LOCAL_FILE: Final = Path(".env")


def user_file(application: str, environment: Mapping[str, str] | None = None) -> Path:
    """Return the path of a user's own settings file, whether it exists or not."""
    known = os.environ if environment is None else environment  # noqa: TID251
    if sys.platform == "win32":
        folder = Path(known.get("APPDATA") or Path.home() / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        folder = Path.home() / "Library" / "Application Support"
    else:
        folder = Path(known.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return folder / application / "settings.env"


def settings_sources(places: SettingsPlaces, application: str) -> tuple[SettingsSource, ...]:
    """Read all sources; a later one wins.

    They are the user's settings file, ``.env`` in the working folder, the environment and the command line. An OpenAlgo
    host has one ``.env`` and no user, so the user's file is left out there.
    """
    environment = filled(os.environ)  # noqa: TID251 (this is the one place)
    if places.env_file is not None:
        files = [places.env_file]
    elif _SET_BY_OTHERS["host_pepper"] in environment:
        files = [LOCAL_FILE]
    else:
        files = [user_file(application, environment), LOCAL_FILE]
    found = [SettingsSource(str(file.absolute()), _file_texts(file), file.is_file()) for file in files]
    given = [SettingsSource("the command line", places.given)] if places.given else []
    return (*found, SettingsSource("the environment", environment), *given)


def merged(sources: Iterable[SettingsSource]) -> dict[str, str]:
    """Return the texts of all sources; a later source wins."""
    return {name: text for source in sources for name, text in source.texts.items()}


def _file_texts(file: Path) -> dict[str, str]:
    """Read a ``.env`` file. A ``$`` is literal, since secrets contain it: ``${NAME}`` is not replaced."""
    from dotenv import dotenv_values  # noqa: PLC0415 (a host imports this module and may never read settings)

    return filled(dotenv_values(file, interpolate=False))


def filled(texts: Mapping[str, str | None]) -> dict[str, str]:
    """Return the texts that are not blank, without blanks around them."""
    return {name: text.strip() for name, text in texts.items() if text is not None and text.strip()}


def variable(field: str, broker: BrokerProfile) -> str:
    """Return the environment variable of a field of the settings."""
    if field in _SET_BY_OTHERS:
        return _SET_BY_OTHERS[field]
    own = broker.settings.server if field == "server" else _OWN_NAMES.get(field, field.upper())
    return broker.settings.full(own)


def resolved(texts: Mapping[str, str], fields: Iterable[str], broker: BrokerProfile) -> dict[str, str]:
    """Return the text of each field that is set."""
    names = {field: source_name(texts, field, broker) for field in fields}
    return {field: texts[name] for field, name in names.items() if name in texts}


def source_name(texts: Mapping[str, str], field: str, broker: BrokerProfile) -> str:
    """Return the variable that a field is read from, and under which it should be set when it is missing.

    A credential is read from the names of its server and account type, then from the plain ones, then from OpenAlgo's.
    A key and its secret come from one of them: half a pair is reported, never completed with another login's secret.
    """
    server = texts.get(variable("server", broker), broker.default_server).upper()
    account = texts.get(variable("account_type", broker), broker.default_account).upper()
    if field == "client_id":
        of_login = broker.settings.of_login("CLIENT_ID", server, account)
        return of_login if of_login in texts else variable(field, broker)
    for pair, host_pair in zip(_PAIRS, _HOST_PAIRS, strict=True):
        if field in pair:
            plain = tuple(variable(name, broker) for name in pair)
            places = (tuple(broker.settings.of_login(name.upper(), server, account) for name in pair), plain, host_pair)
            place = next((names for names in places if any(name in texts for name in names)), plain)
            return place[pair.index(field)]
    return variable(field, broker)
