"""Funds, and the test of a kept login, exactly as OpenAlgo's services call them."""

from returns.pipeline import is_successful

from jainam_prop.domain.money import rupees
from jainam_prop.entrypoints.openalgo.replies import BrokerUnavailableError, log_failure
from jainam_prop.entrypoints.openalgo.runtime import trading_app
from jainam_prop.entrypoints.settings_source import SettingsError


def get_margin_data(auth_token: str) -> dict[str, str]:
    """Return the account's limits in rupees, as text with two decimals.

    An account for which the broker keeps no balance shows zeros: the host takes an empty answer for a dead login.

    Raises:
        BrokerUnavailableError: they could not be read; the host takes whatever is returned for success.
        SettingsError: settings are missing or contradict each other.
    """
    app = trading_app()
    found = app.sessions.session_for(auth_token).bind(app.read_account.funds)
    if not is_successful(found):
        log_failure("get_margin_data", found.failure())
        raise BrokerUnavailableError(found.failure().message)
    funds = found.unwrap()
    return {
        "availablecash": rupees(funds.available_cash),
        "collateral": rupees(funds.collateral),
        "m2munrealized": rupees(funds.unrealised),
        "m2mrealized": rupees(funds.realised),
        "utiliseddebits": rupees(funds.utilised),
    }


def test_auth_token(auth_token: str) -> tuple[bool, str | None]:
    """Say whether a kept login still works, by asking the broker; never by logging in.

    Returns:
        ``(True, None)``, or False and the reason. A broker that cannot be reached counts as no: the host then offers
        a new login, which takes the kept one over if it turns out to live.
    """
    try:
        found = trading_app().sessions.check(auth_token)
    except SettingsError as error:
        return False, str(error)
    return (True, None) if is_successful(found) else (False, found.failure().message)


# Collected by pytest otherwise, wherever it is imported into a test.
test_auth_token.__test__ = False  # type: ignore[attr-defined]
