"""Where a setting's text comes from: the environment, then `.env`; a profile, then plain names, then OpenAlgo's."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from dotenv import dotenv_values

PLAIN: Final = "JAINAM_"
SERVER: Final = "JAINAM_ACTIVE_SYMPHONY_SERVER"
ACCOUNT_TYPE: Final = "JAINAM_ACTIVE_ACCOUNT_TYPE"
CLIENT_ID: Final = "JAINAM_CLIENT_ID"

_PAIRS: Final = (("INTERACTIVE_API_KEY", "INTERACTIVE_API_SECRET"), ("MARKET_API_KEY", "MARKET_API_SECRET"))
_OPENALGO_PAIRS: Final = (
    ("BROKER_API_KEY", "BROKER_API_SECRET"),
    ("BROKER_API_KEY_MARKET", "BROKER_API_SECRET_MARKET"),
)
_DEFAULT_PROFILE: Final = {SERVER: "B", ACCOUNT_TYPE: "PRO"}


def texts_at_hand(env_file: Path | None) -> dict[str, str]:
    """Lay the environment over a ``.env`` file; a blank counts as absent.

    A ``$`` in the file stands for itself, since secrets contain it: ``${NAME}`` is not replaced.
    """
    in_file = dotenv_values(env_file, interpolate=False) if env_file is not None else {}
    environment = os.environ  # noqa: TID251 (this is the one place)
    return filled(in_file) | filled(environment)


def filled(texts: Mapping[str, str | None]) -> dict[str, str]:
    """Return the texts that are not blank, without blanks around them."""
    return {name: text.strip() for name, text in texts.items() if text is not None and text.strip()}


def resolved(texts: Mapping[str, str], aliases: Iterable[str]) -> dict[str, str]:
    """Return the text of each setting that is there, by its alias."""
    names = {alias: source_name(texts, alias) for alias in aliases}
    return {alias: texts[name] for alias, name in names.items() if name in texts}


def source_name(texts: Mapping[str, str], alias: str) -> str:
    """Return the name that a setting is read from, and under which it should be set when it is missing.

    A key and its secret come from one place: half a profile is reported, never filled up with another login's secret.
    """
    plain = alias.removeprefix(PLAIN)
    server, account = (texts.get(name, default).upper() for name, default in _DEFAULT_PROFILE.items())
    profile = f"JAINAM_SYMPHONY_{server}_{account}_"
    if alias == CLIENT_ID:
        return profile + plain if profile + plain in texts else alias
    for pair, openalgo_pair in zip(_PAIRS, _OPENALGO_PAIRS, strict=True):
        if plain in pair:
            places = (tuple(profile + name for name in pair), tuple(PLAIN + name for name in pair), openalgo_pair)
            place = next((names for names in places if any(name in texts for name in names)), places[1])
            return place[pair.index(plain)]
    return alias
