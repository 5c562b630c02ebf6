"""Claims of a token: read whatever its form, believed as a hint."""

import base64
import json
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.sessions.session_life import TokenClaims, read_claims

KEY: Final = "0123456789abcdef012345"
ISSUED: Final = datetime(2026, 2, 4, 9, 31, 47, tzinfo=UTC)
EXPIRES: Final = datetime(2026, 2, 5, 9, 31, 47, tzinfo=UTC)
CLAIMS: Final = {"userID": f"DEALER01_{KEY.upper()}", "publicKey": KEY, "iat": 1770197507, "exp": 1770283907}
READ: Final = TokenClaims("DEALER01", ISSUED, EXPIRES)


def jwt(claims: object, *, padded: bool = False, standard: bool = False) -> str:
    encode = base64.b64encode if standard else base64.urlsafe_b64encode
    body = encode(json.dumps(claims, ensure_ascii=False).encode()).decode()
    return f"eyJhbGciOiJIUzI1NiJ9.{body if padded else body.rstrip('=')}.c2lnbmF0dXJl"


# Its base64 has both characters in which the two alphabets differ.
AWKWARD: Final = {**CLAIMS, "note": "ÿþ?>~~~ü?ÿ¿"}


@pytest.mark.parametrize("padded", [True, False], ids=["padded", "bare"])
@pytest.mark.parametrize("standard", [True, False], ids=["standard", "url-safe"])
@pytest.mark.parametrize("claims", [CLAIMS, AWKWARD, {**AWKWARD, "x": ""}, {**AWKWARD, "x": "1"}])
def test_every_form_of_base64_is_read(claims: dict[str, Any], *, padded: bool, standard: bool) -> None:
    assert read_claims(jwt(claims, padded=padded, standard=standard)) == READ


def test_the_awkward_claims_are_awkward() -> None:
    assert {"-", "_"} <= set(jwt(AWKWARD))


@pytest.mark.parametrize(
    ("claims", "user"),
    [
        pytest.param({"userID": f"DEALER01_{KEY.upper()}"}, "DEALER01", id="key-without-publicKey"),
        pytest.param({"userID": "DEALER01"}, "DEALER01", id="no-key"),
        pytest.param({"userID": "A_B_1"}, "A_B_1", id="underscores-of-its-own"),
        pytest.param({"userID": f"A_B_{KEY.upper()}", "publicKey": KEY}, "A_B", id="underscores-and-key"),
        pytest.param({"userID": "  "}, None, id="blank"),
        pytest.param({"userID": 7}, None, id="number"),
        pytest.param({}, None, id="absent"),
    ],
)
def test_the_user_is_the_login_without_the_key(claims: dict[str, Any], user: str | None) -> None:
    assert read_claims(jwt(claims)) == TokenClaims(user, None, None)


@pytest.mark.parametrize("moment", ["1770283907", True, None, [], -1, 0, 1e300, 1770283907000])
def test_a_time_that_is_none_is_none(moment: object) -> None:
    assert read_claims(jwt({"exp": moment})) == TokenClaims(None, None, None)


@pytest.mark.parametrize(
    "token",
    ["", ".", "..", "opaque", "a.b", "a.b.c.d", "a.b.c", "a.W10.c", "a.bnVsbA.c", "a.====.c", "a.e30\n.c", "a.ÿÿÿÿ.c"],
)
def test_what_is_no_token_has_no_claims(token: str) -> None:
    assert read_claims(token) is None


@given(st.text())
def test_nothing_breaks_the_reader(text: str) -> None:
    for token in (text, f"a.{text}.c"):
        claims = read_claims(token)
        assert claims is None or isinstance(claims, TokenClaims)


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists, max_leaves=3))
def test_no_claim_breaks_the_reader(value: object) -> None:
    assert read_claims(jwt({"userID": value, "publicKey": value, "iat": value, "exp": value})) is not None


def test_a_deeply_nested_token_has_no_claims() -> None:
    body = base64.urlsafe_b64encode(b"[" * 100_000).decode().rstrip("=")

    assert read_claims(f"a.{body}.c") is None


@pytest.mark.parametrize(
    ("claimed", "user", "contradicts"),
    [
        ("DEALER01", "DEALER01", False),
        ("DEALER01", "dealer01", False),
        ("DEALER01", "DEALER02", True),
        (None, "DEALER01", False),
        ("DEALER01", "", False),
    ],
)
def test_only_another_name_contradicts(claimed: str | None, user: str, *, contradicts: bool) -> None:
    assert TokenClaims(claimed, None, None).contradicts(user) is contradicts


def test_no_key_shows_in_the_claims() -> None:
    assert KEY not in repr(read_claims(jwt(CLAIMS))).casefold()
