"""A refused login is shown to the person at the browser; a program gets the host's own answer."""

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from jainam_prop.entrypoints.openalgo.auth_api import BROKER, authenticate_broker, show_refusal
from jainam_prop.entrypoints.openalgo.runtime import close_trading_app


class PretendResponse:
    """As much of a response of Flask as is changed."""

    def __init__(self, status: int, headers: dict[str, str], body: str = "") -> None:
        self.status_code, self.headers, self.body = status, headers, body
        self.content_type = ""

    def set_data(self, body: str) -> None:
        self.body = body


class PretendFlask(ModuleType):
    """A request that is being served, and what is to be called with its response."""

    def __init__(self, *, in_request: bool) -> None:
        super().__init__("flask")
        self._in_request = in_request
        self._after: list[Callable[[Any], Any]] = []

    def has_request_context(self) -> bool:
        return self._in_request

    def after_this_request(self, change: Callable[[Any], Any]) -> None:
        self._after.append(change)

    def answer(self, response: PretendResponse) -> PretendResponse:
        for change in self._after:
            response = change(response)
        return response


@pytest.fixture
def flask(monkeypatch: pytest.MonkeyPatch) -> PretendFlask:
    pretend = PretendFlask(in_request=True)
    monkeypatch.setitem(sys.modules, "flask", pretend)
    return pretend


def redirect() -> PretendResponse:
    return PretendResponse(302, {"Location": "/auth/broker"})


def test_the_redirect_becomes_a_page_with_the_brokers_words(flask: PretendFlask) -> None:
    show_refusal("Invalid appKey <or> secretKey")

    shown = flask.answer(redirect())

    assert (shown.status_code, shown.headers, shown.content_type) == (401, {}, "text/html; charset=utf-8")
    assert "Invalid appKey &lt;or&gt; secretKey" in shown.body
    assert 'href="/broker"' in shown.body


def test_an_answer_for_a_program_stays(flask: PretendFlask) -> None:
    show_refusal("Invalid appKey")

    json = PretendResponse(401, {}, '{"message": "Invalid appKey"}')

    assert vars(flask.answer(json)) == vars(PretendResponse(401, {}, '{"message": "Invalid appKey"}'))


def test_outside_a_request_and_without_flask_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    idle = PretendFlask(in_request=False)
    monkeypatch.setitem(sys.modules, "flask", idle)
    show_refusal("Invalid appKey")
    monkeypatch.setitem(sys.modules, "flask", None)
    show_refusal("Invalid appKey")

    assert idle.answer(redirect()).status_code == 302


@pytest.mark.parametrize("branch", [BROKER, None])
def test_a_login_that_is_not_there_is_shown(
    flask: PretendFlask, branch: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    for name in ("KEY", "SECRET", "KEY_MARKET", "SECRET_MARKET"):
        monkeypatch.delenv(f"BROKER_API_{name}", raising=False)
    close_trading_app()

    *_, message = authenticate_broker(branch)

    assert "Missing settings" in str(message)
    assert "Missing settings" in flask.answer(redirect()).body
