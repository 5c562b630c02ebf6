"""The host's logins, read past its cache."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from jainam_prop.adapters.openalgo_host.auth_db import HostLogins


class HostAuthDb(ModuleType):
    """What the bridge uses of the host's ``database.auth_db``: a stale cache, a table, and a session per thread."""

    def __init__(self) -> None:
        super().__init__("database.auth_db")
        self.cached = {"asha": "stale"}
        self.rows = {"asha": SimpleNamespace(auth="sealed auth", feed_token="sealed feed")}
        self.removed = 0
        self.db_session = SimpleNamespace(remove=self._remove)

    def get_auth_token(self, name: str, bypass_cache: bool = False) -> str | None:  # noqa: FBT001, FBT002 (the host's)
        if not bypass_cache:
            return self.cached.get(name)
        row = self.get_feed_token_dbquery(name)
        return None if row is None else self.decrypt_token(row.auth)

    def get_feed_token_dbquery(self, name: str) -> SimpleNamespace | None:
        return self.rows.get(name)

    def decrypt_token(self, sealed: str | None) -> str:
        return sealed.removeprefix("sealed ") if sealed else ""

    def _remove(self) -> None:
        self.removed += 1


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> HostAuthDb:
    module = HostAuthDb()
    monkeypatch.setitem(sys.modules, "database", ModuleType("database"))
    monkeypatch.setitem(sys.modules, "database.auth_db", module)
    return module


def test_the_table_is_read_and_not_the_cache(host: HostAuthDb) -> None:
    assert (HostLogins().auth_of("asha"), HostLogins().feed_token_of("asha")) == ("auth", "feed")
    assert host.cached == {"asha": "stale"}


def test_who_is_not_logged_in_has_nothing(host: HostAuthDb) -> None:
    host.rows = {}

    assert (HostLogins().auth_of("asha"), HostLogins().feed_token_of("asha")) == (None, None)


def test_a_login_without_a_feed_has_no_feed_token(host: HostAuthDb) -> None:
    host.rows["asha"].feed_token = None

    assert HostLogins().feed_token_of("asha") is None


def test_the_threads_database_session_is_given_back(host: HostAuthDb) -> None:
    HostLogins().auth_of("asha")
    HostLogins().feed_token_of("asha")

    assert host.removed == 2


def test_nothing_is_imported_from_the_host_before_it_is_asked() -> None:
    assert "database.auth_db" not in sys.modules
