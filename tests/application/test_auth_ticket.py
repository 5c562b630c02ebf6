"""A session as one string, and back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.application.sessions.auth_ticket import AuthTicket, is_ticket, read_ticket, write_ticket
from tests.contracts.token_store import BARE, FULL


@pytest.mark.parametrize("session", [FULL, BARE], ids=["full", "bare"])
def test_a_session_survives_the_round_trip(session: type(FULL)) -> None:  # type: ignore[valid-type]
    assert read_ticket(write_ticket("B-1", session)) == AuthTicket("B-1", session)


def test_the_same_session_gives_the_same_string() -> None:
    assert write_ticket("B-1", FULL) == write_ticket("B-1", replace(FULL))


def test_the_string_is_safe_in_a_header_and_a_database() -> None:
    ticket = write_ticket("B-1", FULL)

    assert is_ticket(ticket)
    assert set(ticket.removeprefix("jp1.")) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_no_token_shows_in_the_repr_of_a_ticket() -> None:
    ticket = read_ticket(write_ticket("B-1", FULL))

    assert "pretend" not in repr(ticket)


@given(st.text())
def test_nothing_else_is_a_ticket_and_nothing_else_breaks_the_reader(text: str) -> None:
    assert read_ticket(f"jp1.{text}") is None


@given(st.integers(min_value=0, max_value=600))
def test_a_cut_ticket_is_none(length: int) -> None:
    ticket = write_ticket("B-1", FULL)
    cut = ticket[: min(length, len(ticket) - 2)]

    assert read_ticket(cut) is None
