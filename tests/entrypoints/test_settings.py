"""Settings: where each comes from, what is missing or wrong, and that no value is ever shown."""

import logging
import sys
import traceback
from collections.abc import Callable
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.adapters.xts.profiles.jainam import JAINAM
from jainam_prop.domain.orders.market_protection import MarketFallback, ProtectionRule
from jainam_prop.domain.orders.trading_state import TradingState
from jainam_prop.domain.positions.smart_order import FlatTargetPolicy
from jainam_prop.domain.sessions.session import (
    Account,
    AccountChoice,
    AccountKind,
    ApplicationKey,
    Credentials,
    Session,
)
from jainam_prop.entrypoints.container.stores import journal_owner
from jainam_prop.entrypoints.settings import SETTINGS, Settings, read_settings, settings_from
from jainam_prop.entrypoints.settings_source import SettingsError, SettingsPlaces, variable
from tests.fakes.clock import A_MORNING
from tests.fakes.token_store import InMemoryTokenStore

PLAIN: Final = {
    "JAINAM_INTERACTIVE_API_KEY": "plain-interactive-key",
    "JAINAM_INTERACTIVE_API_SECRET": "plain-interactive-secret",
    "JAINAM_MARKET_API_KEY": "plain-market-key",
    "JAINAM_MARKET_API_SECRET": "plain-market-secret",
}
VARIABLES: Final = tuple(variable(field, JAINAM) for field in SETTINGS)
OPENALGO: Final = {
    "BROKER_API_KEY": "openalgo-interactive-key",
    "BROKER_API_SECRET": "openalgo-interactive-secret",
    "BROKER_API_KEY_MARKET": "openalgo-market-key",
    "BROKER_API_SECRET_MARKET": "openalgo-market-secret",
}


def profile(server: str, account: str, word: str = "profile") -> dict[str, str]:
    return {
        f"JAINAM_SYMPHONY_{server}_{account}_{name.removeprefix('JAINAM_')}": text.replace("plain", word)
        for name, text in PLAIN.items()
    }


def keys(word: str, market_word: str | None = None) -> Credentials:
    market = market_word or word
    return Credentials(
        ApplicationKey(f"{word}-interactive-key", f"{word}-interactive-secret"),
        ApplicationKey(f"{market}-market-key", f"{market}-market-secret"),
    )


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Take every setting of the person who runs the tests away."""
    for name in (*VARIABLES, *OPENALGO):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


class TestWhereCredentialsComeFrom:
    @pytest.mark.parametrize(
        ("texts", "expected"),
        [
            pytest.param(PLAIN, keys("plain"), id="plain"),
            pytest.param(OPENALGO, keys("openalgo"), id="openalgo"),
            pytest.param(PLAIN | OPENALGO, keys("plain"), id="plain-before-openalgo"),
            pytest.param(PLAIN | profile("B", "PRO"), keys("profile"), id="profile-before-plain"),
            pytest.param(PLAIN | profile("A", "PRO"), keys("plain"), id="profile-of-another-server"),
            pytest.param(PLAIN | profile("B", "NORMAL"), keys("plain"), id="profile-of-another-account"),
            pytest.param(
                PLAIN
                | profile("A", "NORMAL")
                | {"JAINAM_ACTIVE_SYMPHONY_SERVER": "a", "JAINAM_ACTIVE_ACCOUNT_TYPE": "normal"},
                keys("profile"),
                id="profile-named-in-lower-case",
            ),
            pytest.param(
                {name: text for name, text in PLAIN.items() if "INTERACTIVE" in name} | OPENALGO,
                keys("plain", "openalgo"),
                id="one-application-from-each",
            ),
            pytest.param(dict.fromkeys(PLAIN, " ") | OPENALGO, keys("openalgo"), id="blank-is-absent"),
        ],
    )
    def test_the_nearest_name_wins(self, texts: dict[str, str], expected: Credentials) -> None:
        assert settings_from(texts).credentials == expected

    @pytest.mark.parametrize(
        ("texts", "missing"),
        [
            pytest.param({}, tuple(PLAIN), id="everything"),
            pytest.param({"JAINAM_ACTIVE_ACCOUNT_TYPE": "INVESTOR"}, tuple(PLAIN), id="investor"),
            *(pytest.param({name: PLAIN[name] for name in PLAIN if name != gone}, (gone,), id=gone) for gone in PLAIN),
            *(
                pytest.param({name: OPENALGO[name] for name in OPENALGO if name != gone}, (gone,), id=gone)
                for gone in OPENALGO
            ),
            pytest.param(
                PLAIN | {"JAINAM_SYMPHONY_B_PRO_INTERACTIVE_API_KEY": "profile-key"},
                ("JAINAM_SYMPHONY_B_PRO_INTERACTIVE_API_SECRET",),
                id="half-a-profile-is-not-filled-up",
            ),
        ],
    )
    def test_all_missing_names_stand_in_one_error(self, texts: dict[str, str], missing: tuple[str, ...]) -> None:
        with pytest.raises(ValueError, match="Missing settings: ") as caught:
            settings_from(texts)

        assert str(caught.value) == f"Missing settings: {', '.join(missing)}"
        assert isinstance(caught.value, SettingsError)
        assert caught.value.names == missing

    def test_the_client_is_optional_and_may_be_a_profiles(self) -> None:
        assert settings_from(PLAIN).choice == AccountChoice(AccountKind.PRO, None, JAINAM.accounts)
        assert settings_from(PLAIN | {"JAINAM_CLIENT_ID": "CLIENT01"}).choice.client_id == "CLIENT01"
        of_profile = PLAIN | {"JAINAM_CLIENT_ID": "CLIENT01", "JAINAM_SYMPHONY_B_PRO_CLIENT_ID": "CLIENT02"}
        assert settings_from(of_profile).choice.client_id == "CLIENT02"


class TestTheEnvFile:
    @pytest.mark.parametrize(
        ("written", "read"),
        [
            ("ab$cd", "ab$cd"),
            ("ab${HOME}cd", "ab${HOME}cd"),
            ("$HOME", "$HOME"),
            ("ab#cd", "ab#cd"),
            ("#abc", "#abc"),
            ("'ab$cd #e'", "ab$cd #e"),
            ('"ab$cd #e"', "ab$cd #e"),
            ("a=b==", "a=b=="),
            ("ab cd", "ab cd"),
            ("ab   # a remark", "ab"),
        ],
    )
    def test_a_secret_survives(self, written: str, read: str, tmp_path: Path) -> None:
        lines = [f"{name}={text}" for name, text in (PLAIN | {"JAINAM_MARKET_API_SECRET": written}).items()]
        path = tmp_path / "settings.env"
        path.write_text("\n".join(lines))

        assert read_settings(SettingsPlaces(path)).credentials.market.secret_key == read

    def test_it_is_looked_for_in_the_working_directory(self, tmp_path: Path) -> None:
        (tmp_path / ".env").write_text("".join(f"{name}={text}\n" for name, text in PLAIN.items()))

        assert read_settings().credentials == keys("plain")

    def test_the_environment_wins(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (tmp_path / ".env").write_text("".join(f"{name}={text}\n" for name, text in PLAIN.items()))
        monkeypatch.setenv("JAINAM_MARKET_API_KEY", "from-the-environment")

        assert read_settings().credentials.market.app_key == "from-the-environment"

    def test_settings_are_read_at_every_call(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, text in PLAIN.items():
            monkeypatch.setenv(name, text)
        first = read_settings().order_rate
        monkeypatch.setenv("JAINAM_ORDER_RATE", "3")

        assert (first, read_settings().order_rate) == (10.0, 3.0)


class TestEverySetting:
    def test_defaults(self) -> None:
        settings = settings_from(PLAIN)

        assert {name: getattr(settings, name) for name in SETTINGS if name not in CREDENTIAL_FIELDS} == {
            "server": "B",
            "account_type": AccountKind.PRO,
            "client_id": None,
            "base_url": None,
            "market_data_root": "auto",
            "host_lookup_url": None,
            "host_lookup_password": None,
            "own_database_url": None,
            "token_key": None,
            "auth_token": None,
            "retry_delays": (1.0, 2.0, 4.0),
            "request_timeout": 10.0,
            "connect_timeout": 5.0,
            "verify_ssl": True,
            "settle_seconds": 15.0,
            "order_rate": 10.0,
            "flat_target_policy": FlatTargetPolicy.NOOP,
            "dry_run": False,
            "trading_state": TradingState.ACTIVE,
            "api_order_source": "",
            "market_fallback": MarketFallback.OFF,
            "market_protection_percent": Decimal(1),
            "native_squareoff": False,
            "xts_sdk_path": None,
            "metrics": "",
            "proxy_url": "",
            "ca_file": None,
            "trading_calendar": None,
            "host_pepper": None,
            "host_database_url": None,
            "host_day_ends": time(3),
            "xdg_data_home": None,
            "local_app_data": None,
        }

    @pytest.mark.parametrize(
        ("name", "text", "read", "value"),
        [
            ("JAINAM_ACTIVE_ACCOUNT_TYPE", "investor", lambda s: s.account_type, AccountKind.INVESTOR),
            ("JAINAM_MARKET_DATA_ROOT", "apimarketdata", lambda s: s.market_data_root, "apimarketdata"),
            ("JAINAM_RETRY_DELAYS", "0.5, 1 ,2", lambda s: s.retry_delays, (0.5, 1.0, 2.0)),
            ("JAINAM_REQUEST_TIMEOUT", "7.5", lambda s: s.request_timeout, 7.5),
            ("JAINAM_CONNECT_TIMEOUT", "2", lambda s: s.connect_timeout, 2.0),
            ("JAINAM_VERIFY_SSL", "true", lambda s: s.verify_ssl, True),
            ("JAINAM_PROXY_URL", "http://u:p@proxy:3128", lambda s: s.proxy_url, "http://u:p@proxy:3128"),
            ("JAINAM_CA_FILE", "/ca.pem", lambda s: s.ca_file, Path("/ca.pem")),
            ("JAINAM_FLAT_TARGET_POLICY", "openalgo", lambda s: s.flat_target_policy, FlatTargetPolicy.PLAIN_ORDER),
            ("JAINAM_DRY_RUN", "1", lambda s: s.dry_run, True),
            ("JAINAM_TRADING_STATE", "halt", lambda s: s.trading_state, TradingState.HALT),
            ("JAINAM_API_ORDER_SOURCE", "desk7", lambda s: s.api_order_source, "desk7"),
            (
                "JAINAM_MARKET_FALLBACK",
                "Protected-Limit",
                lambda s: s.protection,
                ProtectionRule(MarketFallback.PROTECTED_LIMIT, Decimal(1), JAINAM.market_refusal),
            ),
            (
                "JAINAM_MARKET_PROTECTION_PERCENT",
                "0.75",
                lambda s: s.protection,
                ProtectionRule(MarketFallback.OFF, Decimal("0.75"), JAINAM.market_refusal),
            ),
            ("JAINAM_NATIVE_SQUAREOFF", "true", lambda s: s.native_squareoff, True),
            ("JAINAM_XTS_SDK_PATH", "vendor/sdk", lambda s: s.xts_sdk_path, Path("vendor/sdk")),
            ("SESSION_EXPIRY_TIME", "04:30", lambda s: s.host_day_ends, time(4, 30)),
        ],
    )
    def test_is_read(self, name: str, text: str, read: Callable[[Settings], object], value: object) -> None:
        assert read(settings_from(PLAIN | {name: text})) == value

    @pytest.mark.parametrize(
        ("name", "text"),
        [
            ("JAINAM_ACTIVE_SYMPHONY_SERVER", "canary-D"),
            ("JAINAM_ACTIVE_ACCOUNT_TYPE", "canary-dealer"),
            ("JAINAM_BASE_URL", "http://canary.example.com"),
            ("JAINAM_BASE_URL", "https://canary:secret@example.com"),
            ("JAINAM_BASE_URL", "ftp://canary.example.com"),
            ("JAINAM_BASE_URL", "https://canary.example.com:port"),
            ("JAINAM_BASE_URL", "https://[canary"),
            ("JAINAM_BASE_URL", "canary"),
            ("JAINAM_HOST_LOOKUP_URL", "http://canary.example.com/hostlookup"),
            ("JAINAM_MARKET_DATA_ROOT", "canary"),
            ("JAINAM_DATABASE_URL", "canary"),
            ("JAINAM_RETRY_DELAYS", "1,canary"),
            ("JAINAM_RETRY_DELAYS", "-1"),
            ("JAINAM_REQUEST_TIMEOUT", "0"),
            ("JAINAM_REQUEST_TIMEOUT", "inf"),
            ("JAINAM_VERIFY_SSL", "canary"),
            ("JAINAM_PROXY_URL", "canary:3128"),
            ("JAINAM_PROXY_URL", "https://canary:3128"),
            ("JAINAM_ORDER_RATE", "nan"),
            ("JAINAM_ORDER_RATE", "0.5"),
            ("JAINAM_FLAT_TARGET_POLICY", "canary"),
            ("JAINAM_TRADING_STATE", "canary"),
            ("JAINAM_API_ORDER_SOURCE", "canary" * 4),
            ("JAINAM_MARKET_FALLBACK", "canary"),
            ("JAINAM_MARKET_PROTECTION_PERCENT", "canary"),
            ("JAINAM_MARKET_PROTECTION_PERCENT", "0"),
            ("JAINAM_MARKET_PROTECTION_PERCENT", "100"),
            ("JAINAM_MARKET_PROTECTION_PERCENT", "nan"),
            ("JAINAM_NATIVE_SQUAREOFF", "canary"),
            ("SESSION_EXPIRY_TIME", "canary"),
        ],
    )
    def test_that_cannot_be_understood_is_named_and_not_shown(self, name: str, text: str) -> None:
        with pytest.raises(SettingsError) as caught:
            settings_from(PLAIN | {name: text})

        assert caught.value.names == (name,)
        assert str(caught.value).startswith(f"{name}: ")
        assert "canary" not in "".join(traceback.format_exception(caught.value))

    def test_missing_and_wrong_ones_stand_together(self) -> None:
        with pytest.raises(SettingsError) as caught:
            settings_from({"JAINAM_VERIFY_SSL": "perhaps", "JAINAM_REQUEST_TIMEOUT": "soon"})

        assert caught.value.names == (*PLAIN, "JAINAM_REQUEST_TIMEOUT", "JAINAM_VERIFY_SSL")

    @given(st.text(min_size=6), st.sampled_from(VARIABLES))
    def test_no_value_is_ever_shown(self, text: str, name: str) -> None:
        shown = outcome_text(PLAIN | {name: f"canary{text}"})
        open_to_view = {"JAINAM_XTS_SDK_PATH", "XDG_DATA_HOME", "LOCALAPPDATA"}

        assert "canary" not in shown or name in open_to_view


def outcome_text(texts: dict[str, str]) -> str:
    """Return whatever can be seen of settings, or of the error that says why there are none."""
    try:
        settings = settings_from(texts)
    except SettingsError as error:
        return str(error) + repr(error)
    return str(settings) + repr(settings)


class TestTheServer:
    @pytest.mark.parametrize("letter", ["A", "B", "C", "a"])
    def test_is_one_of_three(self, letter: str) -> None:
        settings = settings_from(PLAIN | {"JAINAM_ACTIVE_SYMPHONY_SERVER": letter})

        assert settings.server_url == JAINAM.servers[letter.upper()]

    @pytest.mark.parametrize(
        "url",
        [
            "http://127.0.0.1:8080",
            "http://localhost:8080/",
            "http://[::1]:8080",
            "https://broker.example.com",
            "HTTPS://broker.example.com",
        ],
    )
    def test_may_be_another_with_tls_or_on_this_machine(self, url: str) -> None:
        assert settings_from(PLAIN | {"JAINAM_BASE_URL": url}).server_url == url.lower().rstrip("/")

    def test_unchecked_certificates_are_warned_about(self, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.WARNING)
        settings = settings_from(PLAIN | {"JAINAM_VERIFY_SSL": "false"})

        assert (settings.verify_ssl, len(caplog.records)) == (False, 1)


class TestTheProfile:
    def test_names_the_server_and_shows_no_key(self) -> None:
        name = settings_from(PLAIN).login_key

        assert name == settings_from(dict(PLAIN)).login_key
        assert name.startswith("B-")
        assert len(name) == 18

    @pytest.mark.parametrize(
        "change",
        [
            *({name: "another"} for name in PLAIN),
            {"JAINAM_BASE_URL": "http://127.0.0.1:1"},
            {"JAINAM_ACTIVE_SYMPHONY_SERVER": "C"},
        ],
        ids=str,
    )
    def test_changes_with_whatever_opens_another_session(self, change: dict[str, str]) -> None:
        assert settings_from(PLAIN | change).login_key != settings_from(PLAIN).login_key

    @pytest.mark.parametrize(
        "spelling",
        [
            {"JAINAM_BASE_URL": "https://smpb.jainam.in:4143"},
            {"JAINAM_BASE_URL": "HTTPS://SMPB.Jainam.in.:4143//", "JAINAM_ACTIVE_SYMPHONY_SERVER": "a"},
            {"JAINAM_INTERACTIVE_API_KEY": f" {PLAIN['JAINAM_INTERACTIVE_API_KEY']}\t"},
        ],
        ids=["address", "address in capitals", "key with blanks"],
    )
    def test_is_the_same_however_server_and_keys_are_written(self, spelling: dict[str, str]) -> None:
        assert settings_from(PLAIN | spelling).login_key == settings_from(PLAIN).login_key

    def test_a_default_port_is_no_other_server(self) -> None:
        plain, explicit = (
            settings_from(PLAIN | {"JAINAM_BASE_URL": url})
            for url in ("https://broker.example.com", "https://broker.example.com:443/")
        )

        assert explicit.login_key == plain.login_key

    @pytest.mark.parametrize(("kind", "journals"), [("PRO", 1), ("INVESTOR", 1), ("NORMAL", 2)])
    def test_only_a_normal_dealers_clients_have_journals_of_their_own(self, kind: str, journals: int) -> None:
        account = PLAIN | {"JAINAM_ACTIVE_ACCOUNT_TYPE": kind}
        clients: tuple[dict[str, str], ...] = ({}, {"JAINAM_CLIENT_ID": "C7"})
        owners = {journal_owner(settings_from(account | client), InMemoryTokenStore) for client in clients}

        assert len(owners) == journals

    @pytest.mark.parametrize(("mapped", "journals"), [(("C7",), 1), (("C7", "C8"), 2), ((), 2)])
    def test_a_normal_dealer_who_names_no_client_shares_the_journal_of_the_one_that_the_login_names(
        self, mapped: tuple[str, ...], journals: int
    ) -> None:
        account, tokens = PLAIN | {"JAINAM_ACTIVE_ACCOUNT_TYPE": "NORMAL"}, InMemoryTokenStore()
        login = Session("D1", Account(AccountKind.NORMAL), "token", None, A_MORNING, client_codes=mapped)
        tokens.save(settings_from(account).login_key, login)
        clients: tuple[dict[str, str], ...] = ({}, {"JAINAM_CLIENT_ID": "C7"})
        owners = {journal_owner(settings_from(account | client), lambda: tokens) for client in clients}

        assert len(owners) == journals

    def test_is_shared_by_those_who_share_the_keys(self) -> None:
        other_client = {"JAINAM_ACTIVE_ACCOUNT_TYPE": "NORMAL", "JAINAM_CLIENT_ID": "CLIENT02"}

        assert settings_from(PLAIN | other_client).login_key == settings_from(PLAIN).login_key


HOST: Final = {"API_KEY_PEPPER": "p" * 64, "DATABASE_URL": "sqlite:///db/openalgo.db"}


class TestWhereThingsAreKept:
    @pytest.mark.skipif(not Path("/proc").exists(), reason="XDG_DATA_HOME is a Linux habit")
    def test_in_the_users_data_folder(self, tmp_path: Path) -> None:
        settings = settings_from(PLAIN | {"XDG_DATA_HOME": str(tmp_path)})
        folder = tmp_path / "jainam-prop"

        assert settings.database_url == f"sqlite:///{folder / 'jainam-prop.db'}"
        assert (settings.lock_folder, settings.key_file) == (folder, folder / "token.key")

    def test_inside_openalgo_in_its_database_under_its_pepper(self) -> None:
        settings = settings_from(PLAIN | HOST)

        assert (settings.database_url, settings.sealing_secret) == ("sqlite:///db/openalgo.db", "p" * 64)
        assert settings.lock_folder == Path("db")

    def test_a_database_of_another_program_is_left_alone(self) -> None:
        texts: dict[str, Any] = PLAIN | {"DATABASE_URL": "postgresql://elsewhere/other"}

        assert settings_from(texts).database_url.startswith("sqlite:///")
        assert settings_from(texts).sealing_secret is None

    def test_where_the_settings_say(self) -> None:
        own = {"JAINAM_DATABASE_URL": "sqlite:////somewhere/own.db", "JAINAM_TOKEN_KEY": "own key"}
        settings = settings_from(PLAIN | HOST | own)

        assert (settings.database_url, settings.sealing_secret) == ("sqlite:////somewhere/own.db", "own key")
        assert settings.lock_folder == Path("/somewhere")

    @pytest.mark.parametrize("url", ["postgresql+psycopg://user:canary@db.example.com/desk", "sqlite://"])
    def test_a_store_without_a_file_leaves_the_locks_in_the_data_folder(self, url: str) -> None:
        settings = settings_from(PLAIN | {"JAINAM_DATABASE_URL": url})

        assert settings.lock_folder == settings.data_folder
        assert "canary" not in repr(settings)


CREDENTIAL_FIELDS: Final = {
    "interactive_api_key",
    "interactive_api_secret",
    "market_api_key",
    "market_api_secret",
}


@pytest.mark.parametrize(
    ("texts", "policy"),
    [
        ({}, FlatTargetPolicy.NOOP),
        ({"API_KEY_PEPPER": "pepper"}, FlatTargetPolicy.PLAIN_ORDER),
        ({"API_KEY_PEPPER": "pepper", "JAINAM_FLAT_TARGET_POLICY": "noop"}, FlatTargetPolicy.NOOP),
    ],
)
def test_inside_openalgo_its_rule_for_a_flat_target_is_the_default(
    texts: dict[str, str], policy: FlatTargetPolicy
) -> None:
    assert settings_from(PLAIN | texts).flat_target_policy is policy


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg2"])
@pytest.mark.parametrize("name", ["JAINAM_DATABASE_URL", "DATABASE_URL"])
def test_postgresql_without_its_driver_names_the_extra(name: str, scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    texts = PLAIN | {name: f"{scheme}://desk:hunter2hunter2@db/jainam"} | {"API_KEY_PEPPER": "p" * 64}

    with pytest.raises(SettingsError) as told:
        settings_from(texts)

    assert told.value.wrong == {name: "needs the driver psycopg: pip install 'jainam-prop[postgres]'"}


def test_a_driver_that_cannot_be_loaded_is_one_that_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As psycopg is without libpq."""
    (tmp_path / "psycopg.py").write_text("raise ImportError('no libpq')", encoding="utf-8")
    for name in [name for name in sys.modules if name.partition(".")[0] == "psycopg"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(SettingsError) as told:
        settings_from(PLAIN | {"JAINAM_DATABASE_URL": "postgresql://desk@db/jainam"})

    assert "pip install 'jainam-prop[postgres]'" in told.value.wrong["JAINAM_DATABASE_URL"]
