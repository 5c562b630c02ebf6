"""Where the broker's server is, for a host that wants to keep its connections warm."""

from jainam_prop.entrypoints.settings_source import SettingsError


def server_url() -> str | None:
    """Return the root of the server that the settings name; None while they are missing: a host starts without."""
    from jainam_prop.entrypoints.settings import read_settings  # noqa: PLC0415 (the host imports, and may never ask)

    try:
        return read_settings().server_url
    except SettingsError:
        return None
