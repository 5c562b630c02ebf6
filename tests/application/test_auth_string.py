"""A session as one string, and back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.application.sessions.auth_string import StoredSession, read_auth_string, write_auth_string
from tests.contracts.token_store import BARE, FULL


@pytest.mark.parametrize("session", [FULL, BARE], ids=["full", "bare"])
def test_a_session_survives_the_round_trip(session: type(FULL)) -> None:  # type: ignore[valid-type]
    assert read_auth_string(write_auth_string("B-1", session)) == StoredSession("B-1", session)


def test_the_same_session_gives_the_same_string() -> None:
    assert write_auth_string("B-1", FULL) == write_auth_string("B-1", replace(FULL))


def test_the_string_is_safe_in_a_header_and_a_database() -> None:
    auth = write_auth_string("B-1", FULL)

    assert auth.startswith("jp1.")
    assert set(auth.removeprefix("jp1.")) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_no_token_shows_in_the_repr_of_what_was_read() -> None:
    auth = read_auth_string(write_auth_string("B-1", FULL))

    assert "pretend" not in repr(auth)


@given(st.text())
def test_nothing_else_is_an_auth_string_and_nothing_else_breaks_the_reader(text: str) -> None:
    assert read_auth_string(f"jp1.{text}") is None


@given(st.integers(min_value=0, max_value=600))
def test_a_cut_string_is_none(length: int) -> None:
    auth = write_auth_string("B-1", FULL)
    cut = auth[: min(length, len(auth) - 2)]

    assert read_auth_string(cut) is None
