"""Funds, and the test of a kept login."""

from jainam_prop.entrypoints.openalgo import funds


def get_margin_data(auth_token: str) -> dict[str, str]:
    """Return the account's limits in rupees, as text with two decimals."""
    return funds.get_margin_data(auth_token)


def test_auth_token(auth_token: str) -> tuple[bool, str | None]:
    """Say whether a kept login still works."""
    return funds.test_auth_token(auth_token)


test_auth_token.__test__ = False  # type: ignore[attr-defined]
