"""Logging in as OpenAlgo's two branches do, funds, and the test of a kept login."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from dependency_injector import providers
from returns.result import Result, Success

from jainam_prop.adapters.simulator.config import SimulatorConfig
from jainam_prop.adapters.simulator.faults import Fault, FaultKind
from jainam_prop.adapters.simulator.http.sessions import INTERACTIVE
from jainam_prop.adapters.simulator.server.server import XtsSimulator
from jainam_prop.adapters.system.clock import SystemClock
from jainam_prop.adapters.xts.sdk.login import SdkLogin
from jainam_prop.application.sessions.auth_string import read_auth_string
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.sessions.session import AccountKind, Session
from jainam_prop.entrypoints.container import Container, open_container
from jainam_prop.entrypoints.openalgo.auth_api import BROKER, authenticate_broker, get_feed_token
from jainam_prop.entrypoints.openalgo.funds import get_margin_data, test_auth_token
from jainam_prop.entrypoints.openalgo.order_api import get_order_book, place_order_api
from jainam_prop.entrypoints.openalgo.replies import BrokerUnavailableError
from jainam_prop.entrypoints.openalgo.runtime import close_trading_app, using_container
from jainam_prop.entrypoints.settings import settings_from
from jainam_prop.entrypoints.settings_source import SettingsError
from tests.adapters.xts.sdk.conftest import SOURCES
from tests.e2e.world import World, a_world, order, settings_text
from tests.fakes.login import FakeLogin


@contextmanager
def a_desk(
    folder: Path, account: AccountKind = AccountKind.PRO, **settings: str
) -> Iterator[tuple[XtsSimulator, Container]]:
    """Open a broker and a desk at it, without logging in."""
    with XtsSimulator(SimulatorConfig(instruments=100, rate_limits=False)) as sim:
        container = open_container(settings_from(settings_text(sim, folder, account, **settings)))
        with using_container(container):
            yield sim, container
        container.shutdown_resources()


def test_a_server_that_moves_is_looked_up_before_the_login(tmp_path: Path) -> None:
    config = SimulatorConfig(instruments=100, rate_limits=False, host_lookup_password="Invented@1")
    with XtsSimulator(config) as sim:
        lookup = {
            "JAINAM_HOST_LOOKUP_URL": f"{sim.base_url}/hostlookup", "JAINAM_HOST_LOOKUP_PASSWORD": "Invented@1",
        }  # fmt: skip
        container = open_container(settings_from(settings_text(sim, tmp_path, AccountKind.PRO, **lookup)))
        with using_container(container):
            auth, _ = logged_in()
            orders = get_order_book(auth)
        container.shutdown_resources()

    assert orders == []


def logged_in_with_feed() -> tuple[str, str | None, str | None, str | None]:
    """Log in as the branch that passes the broker's name."""
    answer = authenticate_broker(BROKER)
    assert len(answer) == 4
    auth, feed_token, user_id, error = answer
    assert auth is not None
    return auth, feed_token, user_id, error


def logged_in(request_token: str | None = None) -> tuple[str, str | None]:
    """Log in as every other branch."""
    answer = authenticate_broker(request_token)
    assert len(answer) == 2
    auth, error = answer
    assert auth is not None
    return auth, error


@pytest.mark.parametrize(
    ("account", "user"),
    [(AccountKind.INVESTOR, "INVEST01"), (AccountKind.NORMAL, "DEALER01"), (AccountKind.PRO, "PRODESK01")],
)
def test_the_branch_that_names_the_broker_gets_four_values(tmp_path: Path, account: AccountKind, user: str) -> None:
    with a_desk(tmp_path, account):
        auth, feed_token, user_id, error = logged_in_with_feed()

    assert (user_id, error) == (user, None)
    assert feed_token is not None
    stored = read_auth_string(auth)
    assert stored is not None
    assert (stored.session.market_token, stored.session.account.kind) == (feed_token, account)
    assert stored.session.interactive_token not in feed_token


@pytest.mark.parametrize("request_token", [None, "a-code", ""])
def test_any_other_branch_gets_two(tmp_path: Path, request_token: str | None) -> None:
    with a_desk(tmp_path):
        auth, error = logged_in(request_token)

        assert (auth.startswith("jp1."), error) == (True, None)
        assert get_order_book(auth) == []


def test_logging_in_again_changes_nothing_that_the_host_would_notice(world: World) -> None:
    auth, _feed_token, _user_id, _error = logged_in_with_feed()

    assert auth == world.auth
    assert world.sim.exchange.requests["login"] == 1


def test_a_login_that_died_is_replaced_when_a_person_logs_in(world: World) -> None:
    world.sim.sessions.kill("PRODESK01", INTERACTIVE)
    auth, error = logged_in()

    assert (auth != world.auth, error) == (True, None)
    assert test_auth_token(auth) == (True, None)
    assert world.sim.exchange.requests["market_login"] == 1


def test_refused_credentials_are_an_error_text(tmp_path: Path) -> None:
    with a_desk(tmp_path, JAINAM_INTERACTIVE_API_SECRET="wrong"):
        four, two = authenticate_broker(BROKER), authenticate_broker(None)

    message = "Invalid appKey or secretKey (e-user-0001)"
    assert (four, two) == ((None, None, None, message), (None, message))


def test_a_failed_market_login_leaves_trading_alive_and_says_so(tmp_path: Path) -> None:
    with a_desk(tmp_path, JAINAM_MARKET_API_SECRET="wrong"):
        auth, feed_token, user_id, error = logged_in_with_feed()
        assert get_order_book(auth) == []

    assert (feed_token, user_id) == (None, "PRODESK01")
    assert error == "market data is off: Invalid Credentials (e-response-0011)"


def test_a_contradiction_may_read_and_not_trade(tmp_path: Path) -> None:
    with a_desk(tmp_path, AccountKind.INVESTOR, JAINAM_ACTIVE_ACCOUNT_TYPE="PRO") as (sim, _):
        auth, error = logged_in()
        book = get_order_book(auth)
        reply, _body, order_id = place_order_api(order(), auth)
        sent = sim.exchange.requests["place"]

    assert error == "trading is off: settings say PRO, the login is an investor"
    assert (book, sent, order_id) == ([], 0, None)
    assert reply is not None
    assert reply.status == 400


def test_missing_settings_are_an_error_text(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JAINAM_INTERACTIVE_API_KEY", "pretend")
    for name in ("JAINAM_INTERACTIVE_API_SECRET", "JAINAM_MARKET_API_KEY", "JAINAM_MARKET_API_SECRET"):
        monkeypatch.delenv(name, raising=False)
    for name in ("BROKER_API_KEY", "BROKER_API_SECRET", "BROKER_API_KEY_MARKET", "BROKER_API_SECRET_MARKET"):
        monkeypatch.delenv(name, raising=False)
    close_trading_app()
    message = "Missing settings: JAINAM_INTERACTIVE_API_SECRET, JAINAM_MARKET_API_KEY, JAINAM_MARKET_API_SECRET"

    auth, *_, told = authenticate_broker(None)

    assert (auth, str(told).partition(" (looked in ")[0]) == (None, message)
    assert test_auth_token("jp1.x") == (False, told)
    with pytest.raises(SettingsError, match="Missing settings"):
        get_margin_data("jp1.x")


class BrokenLogin(FakeLogin):
    """A login with a bug, whose text could hold anything."""

    def log_in(self) -> Result[Session, BrokerError]:
        message = "canary"
        raise LookupError(message)


def test_nothing_is_raised_whatever_breaks(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with a_desk(tmp_path) as (_, container):
        container.broker.login.override(providers.Object(BrokenLogin(SystemClock())))
        container.reset_singletons()
        with using_container(container):
            four, two = authenticate_broker(BROKER), authenticate_broker(None)

    message = "Could not be read: the login broke off (LookupError)"
    assert (four, two) == ((None, None, None, message), (None, message))
    assert "canary" not in caplog.text


@pytest.mark.parametrize("sdk", ["stand-in", "symphonys"])
def test_a_login_through_the_sdk_trades_like_any_other(tmp_path: Path, sdk: str) -> None:
    with a_world(tmp_path, JAINAM_XTS_SDK_PATH=str(sdk_folder(sdk, tmp_path))) as world:
        session = world.desk.sessions.session_for(world.auth).unwrap()
        world.sim.sessions.kill("PRODESK01")
        reply, _body, order_id = place_order_api(order(), world.auth)

        assert isinstance(world.container.broker.login(), SdkLogin)
        assert (session.user_id, session.account.client_id) == ("PRODESK01", "*****")
        assert (reply.status, world.net(), order_id is not None) == (200, 10, True)
        assert world.desk.sessions.log_out() == Success(None)
        assert world.sim.sessions.live() == ()


def sdk_folder(sdk: str, tmp_path: Path) -> Path:
    """Return the folder of Symphony's own SDK, where this machine has it, or of our small one with its habits."""
    if sdk == "symphonys":
        folder = os.environ.get("JAINAM_XTS_SDK_PATH")  # noqa: TID251 (not a setting here, but what the machine has)
        return Path(folder) if folder else pytest.skip("JAINAM_XTS_SDK_PATH does not say where Symphony's SDK is")
    for source in SOURCES.glob("*.py.txt"):
        (tmp_path / source.stem).write_bytes(source.read_bytes())
    return tmp_path


def test_the_feed_token_is_the_market_token_of_the_day(world: World) -> None:
    session = world.desk.sessions.session_for(world.auth).unwrap()

    assert get_feed_token() == (session.market_token, "PRODESK01", None)
    assert world.sim.exchange.requests["market_login"] == 1


def test_without_market_data_there_is_no_feed_token(tmp_path: Path) -> None:
    with a_desk(tmp_path, JAINAM_MARKET_API_SECRET="wrong"):
        assert get_feed_token() == (None, None, "Invalid Credentials (e-response-0011)")


def test_funds_are_texts_with_two_decimals(world: World) -> None:
    assert get_margin_data(world.auth) == {
        "availablecash": "100000000.00",
        "collateral": "0.00",
        "m2munrealized": "0.00",
        "m2mrealized": "0.00",
        "utiliseddebits": "0.00",
    }


def test_funds_that_cannot_be_read_are_raised(world: World) -> None:
    world.sim.faults.add(Fault(FaultKind.SERVER_ERROR, on="balance", times=None))

    with pytest.raises(BrokerUnavailableError, match="Could not be read: HTTP 500"):
        get_margin_data(world.auth)


def test_a_kept_login_is_tested_without_logging_in(world: World) -> None:
    alive = test_auth_token(world.auth)
    world.sim.sessions.kill("PRODESK01", INTERACTIVE)
    dead = test_auth_token(world.auth)

    assert (alive, dead) == (
        (True, None),
        (False, "Session expired, log in again: the broker does not know it any more"),
    )
    assert world.sim.exchange.requests["login"] == 1


@pytest.mark.parametrize("auth", ["", "jp1.broken"])
def test_what_is_no_login_does_not_pass_the_test(world: World, auth: str) -> None:
    good, reason = test_auth_token(auth)

    assert world.account is AccountKind.PRO
    assert (good, reason is not None and reason.startswith("Session expired")) == (False, True)
