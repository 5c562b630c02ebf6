"""Every setting, read once from the environment or ``.env``: what is missing is named, no value is ever shown."""

import hashlib
import logging
import sys
from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from sqlalchemy import make_url

from jainam_prop.domain.orders.market_protection import MarketFallback, ProtectionRule
from jainam_prop.domain.orders.trading_state import TradingState
from jainam_prop.domain.positions.smart_order import FlatTargetPolicy
from jainam_prop.domain.sessions.session import AccountChoice, AccountKind, ApplicationKey, Credentials
from jainam_prop.domain.sessions.session_life import DAY_ENDS
from jainam_prop.entrypoints.settings_error import SettingsError
from jainam_prop.entrypoints.settings_source import filled, resolved, source_name, texts_at_hand
from jainam_prop.entrypoints.settings_text import Address, AnyCase, Count, DatabaseUrl, Delays, LowerCase, Percent

_LOG: Final = logging.getLogger(__name__)

SERVERS: Final = {
    "A": "https://smpa.jainam.in:6543",
    "B": "https://smpb.jainam.in:4143",
    "C": "https://smpc.jainam.in:14543",
}
"""Jainam's Symphony servers for dealers."""

APPLICATION: Final = "jainam-prop"
_FINGERPRINT_DIGITS: Final = 16


class Settings(BaseModel):
    """What a person can set; see ``.env.example`` for what each means."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    interactive_api_key: SecretStr = Field(alias="JAINAM_INTERACTIVE_API_KEY")
    interactive_api_secret: SecretStr = Field(alias="JAINAM_INTERACTIVE_API_SECRET")
    market_api_key: SecretStr = Field(alias="JAINAM_MARKET_API_KEY")
    market_api_secret: SecretStr = Field(alias="JAINAM_MARKET_API_SECRET")
    server: Annotated[Literal["A", "B", "C"], AnyCase] = Field("B", alias="JAINAM_ACTIVE_SYMPHONY_SERVER")
    account_type: Annotated[AccountKind, AnyCase] = Field(AccountKind.PRO, alias="JAINAM_ACTIVE_ACCOUNT_TYPE")
    client_id: str | None = Field(None, alias="JAINAM_CLIENT_ID", repr=False)
    base_url: Address | None = Field(None, alias="JAINAM_BASE_URL")
    market_data_root: Literal["auto", "apibinarymarketdata", "apimarketdata"] = Field(
        "auto", alias="JAINAM_MARKET_DATA_ROOT"
    )
    host_lookup_url: Address | None = Field(None, alias="JAINAM_HOST_LOOKUP_URL")
    host_lookup_password: SecretStr | None = Field(None, alias="JAINAM_HOST_LOOKUP_PASSWORD")
    own_database_url: DatabaseUrl | None = Field(None, alias="JAINAM_DATABASE_URL", repr=False)
    token_key: SecretStr | None = Field(None, alias="JAINAM_TOKEN_KEY")
    retry_delays: Delays = Field((1.0, 2.0, 4.0), alias="JAINAM_RETRY_DELAYS")
    request_timeout: Count = Field(10.0, alias="JAINAM_REQUEST_TIMEOUT")
    connect_timeout: Count = Field(5.0, alias="JAINAM_CONNECT_TIMEOUT")
    verify_ssl: bool = Field(default=True, alias="JAINAM_VERIFY_SSL")
    order_rate: Count = Field(10.0, alias="JAINAM_ORDER_RATE")
    flat_target_policy: FlatTargetPolicy = Field(FlatTargetPolicy.NOOP, alias="JAINAM_FLAT_TARGET_POLICY")
    dry_run: bool = Field(default=False, alias="JAINAM_DRY_RUN")
    trading_state: Annotated[TradingState, AnyCase] = Field(TradingState.ACTIVE, alias="JAINAM_TRADING_STATE")
    api_order_source: str = Field("", alias="JAINAM_API_ORDER_SOURCE", max_length=20, repr=False)
    market_fallback: Annotated[MarketFallback, LowerCase] = Field(MarketFallback.OFF, alias="JAINAM_MARKET_FALLBACK")
    market_protection_percent: Percent = Field(Decimal(1), alias="JAINAM_MARKET_PROTECTION_PERCENT")
    native_squareoff: bool = Field(default=False, alias="JAINAM_NATIVE_SQUAREOFF")
    xts_sdk_path: Path | None = Field(None, alias="JAINAM_XTS_SDK_PATH")

    # Not ours: what an OpenAlgo host or the system has set already.
    host_pepper: SecretStr | None = Field(None, alias="API_KEY_PEPPER")
    host_database_url: str | None = Field(None, alias="DATABASE_URL", repr=False)
    host_day_ends: time = Field(DAY_ENDS, alias="SESSION_EXPIRY_TIME")
    xdg_data_home: Path | None = Field(None, alias="XDG_DATA_HOME")
    local_app_data: Path | None = Field(None, alias="LOCALAPPDATA")

    @property
    def server_url(self) -> str:
        """The address of the active server, without a slash at its end."""
        return self.base_url or SERVERS[self.server]

    @property
    def credentials(self) -> Credentials:
        """The keys of both applications."""
        return Credentials(
            ApplicationKey(self.interactive_api_key.get_secret_value(), self.interactive_api_secret.get_secret_value()),
            ApplicationKey(self.market_api_key.get_secret_value(), self.market_api_secret.get_secret_value()),
        )

    @property
    def choice(self) -> AccountChoice:
        """Whom to act for."""
        return AccountChoice(self.account_type, self.client_id)

    @property
    def protection(self) -> ProtectionRule:
        """When MARKET orders get a limit, and which."""
        return ProtectionRule(self.market_fallback, self.market_protection_percent)

    @property
    def profile(self) -> str:
        """The server's letter and a fingerprint of address and keys: other keys never meet this login's session."""
        keys = self.credentials
        parts = (
            self.server_url,
            *(part for key in (keys.interactive, keys.market) for part in (key.app_key, key.secret_key)),
        )
        digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
        return f"{self.server}-{digest[:_FINGERPRINT_DIGITS]}"

    @property
    def inside_openalgo(self) -> bool:
        """Whether an OpenAlgo host has set this process up; its pepper is the sign, since it cannot start without."""
        return self.host_pepper is not None

    @property
    def data_folder(self) -> Path:
        """Where our own files go when nothing else is said."""
        if sys.platform == "win32":
            return (self.local_app_data or Path.home() / "AppData" / "Local") / APPLICATION
        if sys.platform == "darwin":
            return Path.home() / "Library" / "Application Support" / APPLICATION
        return (self.xdg_data_home or Path.home() / ".local" / "share") / APPLICATION

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the store that all processes share; it may hold a password."""
        host = self.host_database_url if self.inside_openalgo else None
        return self.own_database_url or host or f"sqlite:///{self.data_folder / 'jainam-prop.db'}"

    @property
    def lock_folder(self) -> Path:
        """Where lock files go: beside a SQLite store, so that who shares the store shares the locks."""
        url = make_url(self.database_url)
        in_file = url.get_backend_name() == "sqlite" and url.database and url.database != ":memory:"
        return Path(str(url.database)).parent if in_file else self.data_folder

    @property
    def sealing_secret(self) -> str | None:
        """What stored tokens are sealed with; None: a key file of our own, `key_file`."""
        secret = self.token_key or self.host_pepper
        return None if secret is None else secret.get_secret_value()

    @property
    def key_file(self) -> Path:
        """The key file, made on first use."""
        return self.data_folder / "token.key"


_ALIASES: Final = tuple(str(field.alias) for field in Settings.model_fields.values())


def read_settings(env_file: Path | None = Path(".env")) -> Settings:
    """Read the environment and a ``.env`` file.

    Raises:
        SettingsError: names everything that is missing or wrong at once.
    """
    return settings_from(texts_at_hand(env_file))


def settings_from(texts: Mapping[str, str]) -> Settings:
    """Read settings from these texts alone.

    Raises:
        SettingsError: names everything that is missing or wrong at once.
    """
    known = filled(texts)
    try:
        settings = Settings.model_validate(resolved(known, _ALIASES))
    except ValidationError as error:
        raise _explained(error, known) from None
    if not settings.verify_ssl:
        _LOG.warning("JAINAM_VERIFY_SSL is off: anybody on the way can read the keys and change the orders")
    return settings


def _explained(error: ValidationError, texts: Mapping[str, str]) -> SettingsError:
    missing: list[str] = []
    wrong: dict[str, str] = {}
    for problem in error.errors(include_input=False, include_context=False, include_url=False):
        name = source_name(texts, str(problem["loc"][0]))
        if problem["type"] == "missing":
            missing.append(name)
        else:
            wrong[name] = problem["msg"].removeprefix("Value error, ")
    return SettingsError(tuple(missing), wrong)
