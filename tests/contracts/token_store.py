"""What every token store does."""

from abc import ABC, abstractmethod
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from returns.result import Result, Success

from jainam_prop.application.ports.sessions import TokenStore
from jainam_prop.domain.errors import BrokerError
from jainam_prop.domain.sessions.session import Account, AccountKind, Session
from jainam_prop.domain.sessions.session_life import Refusal

MOMENT: Final = datetime(2026, 8, 20, 3, 59, 59, 123457, tzinfo=UTC)
FULL: Final = Session(
    user_id="DEALER01",
    account=Account(AccountKind.NORMAL, "CLIENT01", "a reason with 'quotes' and ₹"),
    interactive_token="pretend.interactive.token",
    market_token="pretend.market.token",
    expires_at=MOMENT,
    market_user_id="DEALER01M",
    market_problem="",
    client_codes=("CLIENT01", "CLIENT02"),
    interactive_base="https://node.example:4202",
    market_root="apibinarymarketdata",
)
BARE: Final = replace(
    FULL,
    account=Account(AccountKind.INVESTOR),
    market_token=None,
    market_problem="refused",
    client_codes=(),
    interactive_base="",
    market_root="",
)
NOTHING: Final[Result[Any, BrokerError]] = Success(None)
REFUSAL: Final = Refusal("Invalid appKey (e-user-0001)", MOMENT, MOMENT + timedelta(minutes=5))


class TokenStoreContract(ABC):
    @abstractmethod
    def store(self) -> TokenStore:
        """Return an empty store, another one at every call."""

    def test_an_empty_store_holds_nothing(self) -> None:
        store = self.store()

        assert (store.load("B-1"), store.refusal("B-1")) == (NOTHING, NOTHING)

    def test_a_session_comes_back_equal_in_every_field(self) -> None:
        store = self.store()
        store.save("B-1", FULL)
        store.save("B-2", BARE)

        assert (store.load("B-1"), store.load("B-2")) == (Success(FULL), Success(BARE))

    def test_a_second_save_replaces_the_first(self) -> None:
        store = self.store()
        store.save("B-1", FULL)
        store.save("B-1", BARE)

        assert store.load("B-1") == Success(BARE)

    def test_profiles_do_not_see_each_other(self) -> None:
        store = self.store()
        store.save("B-1", FULL)
        store.refuse("B-1", REFUSAL)

        assert (store.load("A-1"), store.refusal("A-1")) == (NOTHING, NOTHING)

    def test_a_refusal_stands_beside_the_session(self) -> None:
        store = self.store()
        store.save("B-1", FULL)
        store.refuse("B-1", REFUSAL)

        assert (store.load("B-1"), store.refusal("B-1")) == (Success(FULL), Success(REFUSAL))

    def test_a_refusal_needs_no_session(self) -> None:
        store = self.store()
        store.refuse("B-1", replace(REFUSAL, reason="first"))
        store.refuse("B-1", REFUSAL)

        assert (store.load("B-1"), store.refusal("B-1")) == (NOTHING, Success(REFUSAL))

    def test_saving_a_session_ends_the_refusal(self) -> None:
        store = self.store()
        store.refuse("B-1", REFUSAL)
        store.save("B-1", FULL)

        assert store.refusal("B-1") == NOTHING

    def test_forgetting_drops_both_and_nothing_else(self) -> None:
        store = self.store()
        store.save("B-1", FULL)
        store.refuse("B-1", REFUSAL)
        store.save("B-2", BARE)
        store.forget("B-1")
        store.forget("B-1")

        assert (store.load("B-1"), store.refusal("B-1"), store.load("B-2")) == (NOTHING, NOTHING, Success(BARE))

    def test_a_write_test_changes_nothing(self) -> None:
        store = self.store()
        store.save("B-1", FULL)

        assert store.try_write() == Success(None)
        assert (store.load("B-1"), store.refusal("B-1")) == (Success(FULL), NOTHING)
