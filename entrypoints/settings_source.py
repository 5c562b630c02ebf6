"""Where the text of a setting comes from: a ``.env`` file under the environment, and one of several names."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from jainam_prop.adapters.xts.profiles.profile import BrokerProfile

_PAIRS: Final = (("interactive_api_key", "interactive_api_secret"), ("market_api_key", "market_api_secret"))
_HOST_PAIRS: Final = (
    ("BROKER_API_KEY", "BROKER_API_SECRET"),
    ("BROKER_API_KEY_MARKET", "BROKER_API_SECRET_MARKET"),
)
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

    def __init__(self, missing: tuple[str, ...], wrong: Mapping[str, str]) -> None:
        self.names = (*missing, *wrong)
        parts = [f"Missing settings: {', '.join(missing)}"] if missing else []
        super().__init__("; ".join([*parts, *(f"{name}: {problem}" for name, problem in wrong.items())]))


def texts_at_hand(env_file: Path | None) -> dict[str, str]:
    """Return the environment laid over a ``.env`` file; a blank counts as absent.

    A ``$`` in the file is literal, since secrets contain it: ``${NAME}`` is not replaced.
    """
    from dotenv import dotenv_values  # noqa: PLC0415 (a host imports this module and may never read settings)

    in_file = dotenv_values(env_file, interpolate=False) if env_file is not None else {}
    environment = os.environ  # noqa: TID251 (this is the one place)
    return filled(in_file) | filled(environment)


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
