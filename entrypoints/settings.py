"""Settings, read once from the environment or ``.env``; an error names what is missing and shows no value.

A field is read from the variable with the broker's prefix and its name in upper case (``JAINAM_ORDER_RATE``), save for
those in `settings_source`.
"""

import hashlib
import logging
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Final

from sqlalchemy import make_url

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.adapters.xts.profiles.profile import BrokerProfile
from jainam_prop.domain.orders.market_protection import MarketFallback, ProtectionRule
from jainam_prop.domain.orders.trading_state import TradingState
from jainam_prop.domain.positions.smart_order import FlatTargetPolicy
from jainam_prop.domain.sessions.session import AccountChoice, AccountKind, ApplicationKey, Credentials
from jainam_prop.domain.sessions.session_life import DAY_ENDS
from jainam_prop.entrypoints import settings_source
from jainam_prop.entrypoints.settings_text import (
    address,
    canonical_address,
    checked,
    database_url,
    delays,
    flat_target,
    number,
    one_of,
    order_source,
    percent,
    proxy,
    secret,
    time_of_day,
    yes_or_no,
)

_LOG: Final = logging.getLogger(__name__)

_FINGERPRINT_DIGITS: Final = 16


@dataclass(frozen=True, kw_only=True, repr=False)
class Settings:
    """Values of all settings, and the profile of the broker they are for; ``.env.example`` describes each.

    A field's annotation says how its text is read.
    """

    broker: BrokerProfile = JAINAM

    interactive_api_key: Annotated[str, secret]
    interactive_api_secret: Annotated[str, secret]
    market_api_key: Annotated[str, secret]
    market_api_secret: Annotated[str, secret]
    server: Annotated[str, str.upper]
    account_type: Annotated[AccountKind, one_of(AccountKind.__members__)]
    client_id: Annotated[str | None, str] = None
    base_url: Annotated[str | None, address] = None
    market_data_root: Annotated[str, str] = "auto"
    host_lookup_url: Annotated[str | None, address] = None
    host_lookup_password: Annotated[str | None, secret] = None
    own_database_url: Annotated[str | None, database_url] = None
    token_key: Annotated[str | None, secret] = None
    auth_token: Annotated[str | None, secret] = None
    retry_delays: Annotated[tuple[float, ...], delays] = (1.0, 2.0, 4.0)
    request_timeout: Annotated[float, number()] = 10.0
    connect_timeout: Annotated[float, number()] = 5.0
    verify_ssl: Annotated[bool, yes_or_no] = True
    proxy_url: Annotated[str, proxy] = ""
    ca_file: Annotated[Path | None, Path] = None
    trading_calendar: Annotated[Path | None, Path] = None
    settle_seconds: Annotated[float, number()] = 15.0
    order_rate: Annotated[float, number(least=1.0)] = 10.0
    flat_target_policy: Annotated[FlatTargetPolicy, flat_target] = FlatTargetPolicy.NOOP
    dry_run: Annotated[bool, yes_or_no] = False
    trading_state: Annotated[TradingState, one_of(TradingState.__members__)] = TradingState.ACTIVE
    api_order_source: Annotated[str, order_source]
    market_fallback: Annotated[MarketFallback, one_of({each.value: each for each in MarketFallback}, str.lower)] = (
        MarketFallback.OFF
    )
    market_protection_percent: Annotated[Decimal, percent] = Decimal(1)
    native_squareoff: Annotated[bool, yes_or_no] = False
    xts_sdk_path: Annotated[Path | None, Path] = None
    metrics: Annotated[str, str] = ""

    # Set by an OpenAlgo host or the operating system.
    host_pepper: Annotated[str | None, secret] = None
    host_database_url: Annotated[str | None, str] = None
    host_day_ends: Annotated[time, time_of_day] = DAY_ENDS
    xdg_data_home: Annotated[Path | None, Path] = None
    local_app_data: Annotated[Path | None, Path] = None

    locks_in: Annotated[Path | None, Path] = None
    """For a process that works beside the store: where the others lock."""

    def __repr__(self) -> str:
        """Show which account it is and no value that could be a secret."""
        return f"Settings(server={self.server}, account_type={self.account_type})"

    @property
    def server_url(self) -> str:
        """Address of the active server, without a slash at its end."""
        return self.base_url or self.broker.servers[self.server]

    @property
    def market_roots(self) -> tuple[str, ...]:
        """Roots at which the market-data application may be, in the order to try them."""
        return self.broker.layout.market_roots if self.market_data_root == "auto" else (self.market_data_root,)

    @property
    def credentials(self) -> Credentials:
        """Keys of both applications."""
        return Credentials(
            ApplicationKey(self.interactive_api_key, self.interactive_api_secret),
            ApplicationKey(self.market_api_key, self.market_api_secret),
        )

    @property
    def choice(self) -> AccountChoice:
        """Account to trade for."""
        return AccountChoice(self.account_type, self.client_id, self.broker.accounts)

    @property
    def protection(self) -> ProtectionRule:
        """When MARKET orders get a limit, and which."""
        return ProtectionRule(self.market_fallback, self.market_protection_percent, self.broker.market_refusal)

    @property
    def login_key(self) -> str:
        """Key of the stored session: the server's name, and a fingerprint of address and keys.

        An address that is set is named like the server that has it, however that one is chosen or written.
        """
        keys, address = self.credentials, canonical_address(self.server_url)
        parts = (address, *(part for key in (keys.interactive, keys.market) for part in (key.app_key, key.secret_key)))
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        servers = self.broker.servers
        named = next((name for name, url in servers.items() if canonical_address(url) == address), None)
        return f"{named or self.broker.default_server}-{digest[:_FINGERPRINT_DIGITS]}"

    @property
    def inside_openalgo(self) -> bool:
        """Whether this process runs in an OpenAlgo host, which cannot start without its pepper."""
        return self.host_pepper is not None

    @property
    def data_folder(self) -> Path:
        """Folder of our own files unless a setting names another place."""
        if sys.platform == "win32":
            return (self.local_app_data or Path.home() / "AppData" / "Local") / self.broker.application
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Application Support" / self.broker.application
        return (self.xdg_data_home or Path.home() / ".local" / "share") / self.broker.application

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the store that all processes share; it may hold a password."""
        host = self.host_database_url if self.inside_openalgo else None
        return self.own_database_url or host or f"sqlite:///{self.data_folder / self.broker.application}.db"

    @property
    def lock_folder(self) -> Path:
        """Folder of the lock files: that of a SQLite store, so that processes with one store share the locks."""
        if self.locks_in is not None:
            return self.locks_in
        url = make_url(self.database_url)
        in_file = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
        return Path(str(url.database)).parent if in_file else self.data_folder

    @property
    def sealing_secret(self) -> str | None:
        """Secret that stored tokens are encrypted with; None for `key_file`."""
        return self.token_key or self.host_pepper

    @property
    def key_file(self) -> Path:
        """File of the encryption key, made on first use."""
        return self.data_folder / "token.key"


SETTINGS: Final[Mapping[str, Callable[[str], object]]] = {
    name: how.__metadata__[0] for name, how in Settings.__annotations__.items() if name not in {"broker", "locks_in"}
}
"""The reader of every field that is read from a variable."""

DEFAULTS: Final[Mapping[str, object]] = {name: vars(Settings)[name] for name in SETTINGS if name in vars(Settings)}


def read_settings(
    places: settings_source.SettingsPlaces = settings_source.ANYWHERE, broker: BrokerProfile = JAINAM
) -> Settings:
    """Read the settings from the files, the environment and what the command line gives.

    Raises:
        SettingsError: names everything that is missing or wrong at once, and where it was looked for.
    """
    sources = settings_source.settings_sources(places, broker.application)
    try:
        return settings_from(settings_source.merged(sources), broker)
    except settings_source.SettingsError as error:
        looked_in = [each.name if each.exists else f"{each.name} (no such file)" for each in reversed(sources)]
        raise settings_source.SettingsError(error.missing, error.wrong, looked_in) from None


def settings_from(texts: Mapping[str, str], broker: BrokerProfile = JAINAM) -> Settings:
    """Read the settings for a broker from these texts alone.

    Raises:
        SettingsError: names everything that is missing or wrong at once.
    """
    known = settings_source.filled(texts)
    given = defaults(broker, known) | settings_source.resolved(known, SETTINGS, broker)
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, text in given.items():
        try:
            values[name] = _offered(name, SETTINGS[name](text), broker)
        except ValueError as error:
            wrong[settings_source.source_name(known, name, broker)] = str(error)
    missing = [
        settings_source.source_name(known, name, broker)
        for name in SETTINGS
        if name not in given and name not in DEFAULTS
    ]
    if missing or wrong:
        raise settings_source.SettingsError(tuple(missing), wrong)
    settings = Settings(broker=broker, **values)
    try:
        database_url(settings.database_url)  # a host's own counts only here, where it is used
    except ValueError as error:
        raise settings_source.SettingsError(
            (), {settings_source.source_name(known, "host_database_url", broker): str(error)}
        ) from None
    if not settings.verify_ssl:
        name = settings_source.variable("verify_ssl", broker)
        _LOG.warning("%s is off: the keys can be read and the orders changed in transit", name)
    return settings


def defaults(broker: BrokerProfile, texts: Mapping[str, str]) -> dict[str, str]:
    """Return the values that the broker, or an OpenAlgo host, gives where nothing is set."""
    inside_host = settings_source.variable("host_pepper", broker) in texts
    return {
        "server": broker.default_server,
        "account_type": broker.default_account,
        "api_order_source": broker.order_source,
        "flat_target_policy": "openalgo" if inside_host else "noop",
    }


def _offered(name: str, value: object, broker: BrokerProfile) -> object:
    """Hold a word against what the broker offers."""
    offered = {
        "server": broker.servers,
        "account_type": broker.accounts.kinds,
        "market_data_root": ("auto", *broker.layout.market_roots),
    }
    return checked(value, offered[name]) if isinstance(value, str) and name in offered else value
