"""Whom a login acts for: decided from the server's word and the settings, and never guessed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.sessions.session import (
    Account,
    AccountChoice,
    AccountKind,
    AccountRules,
    ApplicationKey,
    Credentials,
    Session,
    account_for,
    acting_for,
    is_of_another,
)

INVESTOR, NORMAL, PRO = AccountKind.INVESTOR, AccountKind.NORMAL, AccountKind.PRO
PRO_CLIENT_MARK = "*****"
RULES = AccountRules(frozenset(AccountKind), PRO_CLIENT_MARK, "JAINAM_CLIENT_ID")
UNNAMED = Account(NORMAL, None, "a NORMAL dealer must name its client: set JAINAM_CLIENT_ID")
NOON = datetime(2026, 3, 10, 6, 30, tzinfo=UTC)
SESSION = Session(
    user_id="DEALER01",
    account=Account(NORMAL, "CLIENT01"),
    interactive_token="pretend-interactive-token",
    market_token="pretend-market-token",
    expires_at=NOON,
    client_codes=("CLIENT01", "CLIENT02"),
)


@pytest.mark.parametrize(
    ("configured", "is_investor", "client_codes", "configured_client", "expected"),
    [
        pytest.param(INVESTOR, True, ("CLIENT01",), None, Account(INVESTOR), id="investor"),
        pytest.param(INVESTOR, True, (), "CLIENT01", Account(INVESTOR), id="investor-never-names-a-client"),
        pytest.param(
            NORMAL,
            True,
            ("CLIENT01",),
            None,
            Account(INVESTOR, None, "settings say NORMAL, the login is an investor"),
            id="investor-login-under-normal-settings",
        ),
        pytest.param(
            PRO,
            True,
            (),
            None,
            Account(INVESTOR, None, "settings say PRO, the login is an investor"),
            id="investor-login-under-pro-settings",
        ),
        pytest.param(
            INVESTOR,
            False,
            ("CLIENT01",),
            "CLIENT01",
            Account(NORMAL, None, "settings say INVESTOR, the login is a dealer"),
            id="dealer-login-under-investor-settings",
        ),
        pytest.param(PRO, False, (), None, Account(PRO, "*****"), id="pro-sends-five-asterisks"),
        pytest.param(PRO, False, ("CLIENT01",), "CLIENT01", Account(PRO, "*****"), id="pro-whatever-client-is-set"),
        pytest.param(NORMAL, False, ("CLIENT01",), None, Account(NORMAL, "CLIENT01"), id="normal-with-its-only-client"),
        pytest.param(
            NORMAL, False, ("CLIENT01", "CLIENT02"), "CLIENT02", Account(NORMAL, "CLIENT02"), id="normal-with-a-choice"
        ),
        pytest.param(NORMAL, False, (), "CLIENT01", Account(NORMAL, "CLIENT01"), id="normal-without-a-list-to-check"),
        pytest.param(
            NORMAL,
            False,
            ("CLIENT01",),
            "CLIENT09",
            Account(NORMAL, "CLIENT09", "the configured client is not mapped under this dealer"),
            id="normal-with-a-client-of-somebody-else",
        ),
        pytest.param(NORMAL, False, ("CLIENT01", "CLIENT02"), None, UNNAMED, id="normal-with-a-choice-not-made"),
        pytest.param(NORMAL, False, (), None, UNNAMED, id="normal-with-no-client-at-all"),
        pytest.param(NORMAL, False, (), "", UNNAMED, id="normal-with-a-blank-client"),
        pytest.param(
            NORMAL, False, ("CLIENT01",), "", Account(NORMAL, "CLIENT01"), id="normal-with-a-blank-and-an-only-client"
        ),
        pytest.param(
            NORMAL,
            False,
            (),
            "*****",
            Account(NORMAL, None, "***** is a PRO dealer: a NORMAL dealer names a client"),
            id="normal-with-the-mark-of-a-pro-desk",
        ),
    ],
)
def test_the_client_rule_of_each_account(
    configured: AccountKind,
    client_codes: tuple[str, ...],
    configured_client: str | None,
    expected: Account,
    *,
    is_investor: bool,
) -> None:
    choice = AccountChoice(configured, configured_client, RULES)

    account = account_for(choice, is_investor=is_investor, client_codes=client_codes)

    assert account == expected


CODES = st.sampled_from(["CLIENT01", "CLIENT02", "CLIENT03"])


@given(
    st.sampled_from(AccountKind),
    st.booleans(),
    st.lists(CODES, unique=True).map(tuple),
    st.one_of(st.none(), CODES, st.just("")),
)
def test_an_account_that_may_trade_is_what_the_settings_say_for_a_client_the_login_has(
    configured: AccountKind,
    is_investor: bool,  # noqa: FBT001 -- hypothesis hands its values over by position
    client_codes: tuple[str, ...],
    configured_client: str | None,
) -> None:
    choice = AccountChoice(configured, configured_client, RULES)

    account = account_for(choice, is_investor=is_investor, client_codes=client_codes)

    if account.trading_barrier:
        return
    assert account.kind is configured
    assert is_investor is (configured is INVESTOR)
    assert (account.client_id is None) is (configured is INVESTOR)
    assert configured is not PRO or account.client_id == PRO_CLIENT_MARK
    assert configured is not NORMAL or account.client_id in {*client_codes, configured_client}
    assert configured is not NORMAL or not client_codes or account.client_id in client_codes


@pytest.mark.parametrize(
    ("kind", "is_dealer"),
    [
        pytest.param(INVESTOR, False, id="investor"),
        pytest.param(NORMAL, True, id="normal"),
        pytest.param(PRO, True, id="pro"),
    ],
)
def test_dealers_read_the_dealer_books(kind: AccountKind, *, is_dealer: bool) -> None:
    assert kind.is_dealer is is_dealer


def test_a_kept_session_is_decided_again_for_another_client() -> None:
    acting = acting_for(SESSION, AccountChoice(NORMAL, "CLIENT02"))

    assert (acting.account, acting.interactive_token) == (Account(NORMAL, "CLIENT02"), "pretend-interactive-token")


def test_a_kept_session_must_not_trade_for_a_client_that_is_not_mapped() -> None:
    acting = acting_for(SESSION, AccountChoice(NORMAL, "CLIENT09"))

    assert acting.account == Account(NORMAL, "CLIENT09", "the configured client is not mapped under this dealer")


@pytest.mark.parametrize(
    ("kind", "client", "codes", "name", "is_another"),
    [
        pytest.param(NORMAL, "CLIENT01", ("CLIENT01", "CLIENT02"), " client01 ", False, id="our-client"),
        pytest.param(NORMAL, "CLIENT01", ("CLIENT01", "CLIENT02"), "client02", True, id="another-client"),
        pytest.param(NORMAL, "CLIENT01", (), "CLIENT02", True, id="a-client-that-the-login-does-not-list"),
        pytest.param(NORMAL, "CLIENT01", (), "Pro", True, id="the-desk-beside-a-client"),
        pytest.param(NORMAL, "CLIENT01", (), "alias", False, id="a-name-that-our-book-shows"),
        pytest.param(NORMAL, None, ("CLIENT02",), "CLIENT02", False, id="nobody-named"),
        pytest.param(PRO, "*****", ("CLIENT02",), "CLIENT02", True, id="a-client-of-the-desk"),
        pytest.param(PRO, "*****", ("CLIENT02",), "Pro", False, id="the-desk"),
        pytest.param(PRO, "*****", ("DEALER01",), "dealer01", False, id="the-login-itself"),
        pytest.param(PRO, "*****", ("ALIAS",), "Alias", False, id="a-code-that-our-book-shows"),
        pytest.param(INVESTOR, None, (), "CLIENT02", False, id="investor"),
        pytest.param(NORMAL, "CLIENT01", ("CLIENT02",), None, False, id="no-name"),
    ],
)
def test_an_event_of_another_account_is_known_by_its_client(
    kind: AccountKind, client: str | None, codes: tuple[str, ...], name: str | None, *, is_another: bool
) -> None:
    session = replace(SESSION, account=Account(kind, client), client_codes=codes)

    assert is_of_another(session, name, {"alias"}) is is_another


@pytest.mark.parametrize(
    ("now", "is_over"),
    [
        pytest.param(NOON - timedelta(seconds=1), False, id="a-second-before"),
        pytest.param(NOON, True, id="at-the-moment"),
        pytest.param(NOON + timedelta(days=1), True, id="a-day-after"),
    ],
)
def test_a_session_is_over_at_its_expiry(now: datetime, *, is_over: bool) -> None:
    assert SESSION.is_over(now) is is_over


def test_no_secret_shows_in_a_repr() -> None:
    key = ApplicationKey("pretend-app-key", "pretend-secret")

    shown = repr((SESSION, key, Credentials(key, key)))

    assert "pretend" not in shown
