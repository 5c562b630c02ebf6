"""Settings for people: where they are read from, and what of them may be shown."""

from pathlib import Path
from typing import NamedTuple

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.adapters.xts.profiles.profile import BrokerProfile
from jainam_prop.entrypoints import settings_source
from jainam_prop.entrypoints.settings import DEFAULTS, SETTINGS, defaults
from jainam_prop.entrypoints.settings_text import secret


def sources_at(
    places: settings_source.SettingsPlaces, broker: BrokerProfile = JAINAM
) -> tuple[settings_source.SettingsSource, ...]:
    """Read all sources of settings; a later one wins."""
    return settings_source.settings_sources(places, broker.application)


def places_for(
    env_file: Path | None, profile: str | None, broker: BrokerProfile = JAINAM
) -> settings_source.SettingsPlaces:
    """Return where to look for settings.

    Args:
        env_file: a file instead of ``.env`` and the user's file.
        profile: server and account type, such as ``B-PRO``.
        broker: names the variables.

    Raises:
        ValueError: the profile is not written like that.
    """
    server, dash, account = (profile or "").partition("-")
    if profile and not (server and account):
        message = f"{profile!r} is no profile: write server and account type, such as B-PRO"
        raise ValueError(message)
    given = (
        {settings_source.variable("server", broker): server, settings_source.variable("account_type", broker): account}
        if dash
        else {}
    )
    return settings_source.SettingsPlaces(env_file, given)


def user_settings_file(broker: BrokerProfile = JAINAM) -> Path:
    """Return the path of the user's own settings file, whether it exists or not."""
    return settings_source.user_file(broker.application)


def variables(broker: BrokerProfile = JAINAM) -> dict[str, str]:
    """Return the variable of each setting, by the name of its field."""
    return {field: settings_source.variable(field, broker) for field in SETTINGS}


class ShownSetting(NamedTuple):
    """A setting as it may be shown.

    Attributes:
        name: the variable that it is read from.
        value: its text; for secrets only whether there is one.
        origin: the name of the source, or ``default``.
    """

    name: str
    value: str
    origin: str


def shown_settings(places: settings_source.SettingsPlaces, broker: BrokerProfile = JAINAM) -> tuple[ShownSetting, ...]:
    """List every setting with its value and where that comes from, whether the settings can be used or not."""
    sources = sources_at(places, broker)
    texts = settings_source.merged(sources)
    of_broker = defaults(broker, texts)
    shown: list[ShownSetting] = []
    for field in SETTINGS:
        name = settings_source.source_name(texts, field, broker)
        origin = next((source.name for source in reversed(sources) if name in source.texts), "default")
        value = texts.get(name, of_broker.get(field, DEFAULTS.get(field)))
        shown.append(ShownSetting(name, _shown(field, value), origin))
    return tuple(shown)


def _shown(field: str, value: object) -> str:
    is_set = value is not None
    if SETTINGS[field] is secret:
        return "set" if is_set else "unset"
    if not is_set:
        return ""
    if field in {"own_database_url", "host_database_url"}:
        return _without_password(str(value))
    return ",".join(f"{part:g}" for part in value) if isinstance(value, tuple) else str(value)


def _without_password(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "set, and no SQLAlchemy URL"
