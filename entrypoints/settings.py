"""Settings, read once from the environment or ``.env``; an error names what is missing and shows no value.

A field is read from the variable with the broker's prefix and its name in upper case (``JAINAM_ORDER_RATE``), save for
those in `settings_source`.
"""

import hashlib
import logging
import sys
from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    InstanceOf,
    SecretStr,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from sqlalchemy import make_url

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.adapters.xts.profiles.profile import BrokerProfile
from jainam_prop.domain.orders.market_protection import MarketFallback, ProtectionRule
from jainam_prop.domain.orders.trading_state import TradingState
from jainam_prop.domain.positions.smart_order import FlatTargetPolicy
from jainam_prop.domain.sessions.session import AccountChoice, AccountKind, ApplicationKey, Credentials
from jainam_prop.domain.sessions.session_life import DAY_ENDS
from jainam_prop.entrypoints.settings_source import (
    ANYWHERE,
    SettingsError,
    SettingsPlaces,
    filled,
    merged,
    resolved,
    settings_sources,
    source_name,
    variable,
)
from jainam_prop.entrypoints.settings_text import (
    Address,
    AnyCase,
    Count,
    DatabaseUrl,
    Delays,
    FlatTarget,
    LowerCase,
    Percent,
    ProxyUrl,
    canonical_address,
)

_LOG: Final = logging.getLogger(__name__)

_FINGERPRINT_DIGITS: Final = 16


class Settings(BaseModel):
    """Values of all settings, and the profile of the broker they are for; ``.env.example`` describes each."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    broker: InstanceOf[BrokerProfile] = Field(JAINAM, repr=False, exclude=True)

    interactive_api_key: SecretStr
    interactive_api_secret: SecretStr
    market_api_key: SecretStr
    market_api_secret: SecretStr
    server: Annotated[str, AnyCase]
    account_type: Annotated[AccountKind, AnyCase]
    client_id: str | None = Field(None, repr=False)
    base_url: Address | None = None
    market_data_root: str = "auto"
    host_lookup_url: Address | None = None
    host_lookup_password: SecretStr | None = None
    own_database_url: DatabaseUrl | None = Field(None, repr=False)
    token_key: SecretStr | None = None
    retry_delays: Delays = (1.0, 2.0, 4.0)
    request_timeout: Count = 10.0
    connect_timeout: Count = 5.0
    verify_ssl: bool = True
    proxy_url: ProxyUrl = Field("", repr=False)
    ca_file: Path | None = Field(None, repr=False)
    trading_calendar: Path | None = Field(None, repr=False)
    order_rate: Annotated[Count, Field(ge=1)] = 10.0
    flat_target_policy: FlatTarget = FlatTargetPolicy.NOOP
    dry_run: bool = False
    trading_state: Annotated[TradingState, AnyCase] = TradingState.ACTIVE
    api_order_source: str = Field(max_length=20, repr=False)
    market_fallback: Annotated[MarketFallback, LowerCase] = MarketFallback.OFF
    market_protection_percent: Percent = Decimal(1)
    native_squareoff: bool = False
    xts_sdk_path: Path | None = None

    # Set by an OpenAlgo host or the operating system.
    host_pepper: SecretStr | None = None
    host_database_url: str | None = Field(None, repr=False)
    host_day_ends: time = DAY_ENDS
    xdg_data_home: Path | None = None
    local_app_data: Path | None = None

    @field_validator("server")
    @classmethod
    def _is_server(cls, server: str, info: ValidationInfo) -> str:
        return _one_of(server, *info.data["broker"].servers)

    @field_validator("account_type")
    @classmethod
    def _is_offered(cls, kind: AccountKind, info: ValidationInfo) -> AccountKind:
        return AccountKind(_one_of(kind, *info.data["broker"].accounts.kinds))

    @field_validator("market_data_root")
    @classmethod
    def _is_root(cls, root: str, info: ValidationInfo) -> str:
        return _one_of(root, "auto", *info.data["broker"].layout.market_roots)

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
            ApplicationKey(self.interactive_api_key.get_secret_value(), self.interactive_api_secret.get_secret_value()),
            ApplicationKey(self.market_api_key.get_secret_value(), self.market_api_secret.get_secret_value()),
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
        parts = (
            address,
            *(part for key in (keys.interactive, keys.market) for part in (key.app_key, key.secret_key)),
        )
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
        url = make_url(self.database_url)
        in_file = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
        return Path(str(url.database)).parent if in_file else self.data_folder

    @property
    def sealing_secret(self) -> str | None:
        """Secret that stored tokens are encrypted with; None for `key_file`."""
        secret = self.token_key or self.host_pepper
        return None if secret is None else secret.get_secret_value()

    @property
    def key_file(self) -> Path:
        """File of the encryption key, made on first use."""
        return self.data_folder / "token.key"


SETTINGS: Final = tuple(name for name in Settings.model_fields if name != "broker")
"""Every field that is read from a variable."""


def read_settings(places: SettingsPlaces = ANYWHERE, broker: BrokerProfile = JAINAM) -> Settings:
    """Read the settings from the files, the environment and what the command line gives.

    Raises:
        SettingsError: names everything that is missing or wrong at once, and where it was looked for.
    """
    sources = settings_sources(places, broker.application)
    try:
        return settings_from(merged(sources), broker)
    except SettingsError as error:
        looked_in = [each.name if each.exists else f"{each.name} (no such file)" for each in reversed(sources)]
        raise SettingsError(error.missing, error.wrong, looked_in) from None


def settings_from(texts: Mapping[str, str], broker: BrokerProfile = JAINAM) -> Settings:
    """Read the settings for a broker from these texts alone.

    Raises:
        SettingsError: names everything that is missing or wrong at once.
    """
    known = filled(texts)
    try:
        settings = Settings.model_validate(defaults(broker, known) | resolved(known, SETTINGS, broker))
    except ValidationError as error:
        raise _explained(error, known, broker) from None
    if not settings.verify_ssl:
        name = variable("verify_ssl", broker)
        _LOG.warning("%s is off: the keys can be read and the orders changed in transit", name)
    return settings


def defaults(broker: BrokerProfile, texts: Mapping[str, str]) -> dict[str, object]:
    """Return the values that the broker, or an OpenAlgo host, gives where nothing is set."""
    inside_host = variable("host_pepper", broker) in texts
    return {
        "broker": broker,
        "server": broker.default_server,
        "account_type": broker.default_account,
        "api_order_source": broker.order_source,
        "flat_target_policy": "openalgo" if inside_host else "noop",
    }


def _one_of(value: str, *allowed: str) -> str:
    if value in allowed:
        return value
    message = f"must be one of {', '.join(sorted(allowed))}"
    raise ValueError(message)


def _explained(error: ValidationError, texts: Mapping[str, str], broker: BrokerProfile) -> SettingsError:
    missing: list[str] = []
    wrong: dict[str, str] = {}
    for problem in error.errors(include_input=False, include_context=False, include_url=False):
        name = source_name(texts, str(problem["loc"][0]), broker)
        if problem["type"] == "missing":
            missing.append(name)
        else:
            wrong[name] = problem["msg"].removeprefix("Value error, ")
    return SettingsError(tuple(missing), wrong)
