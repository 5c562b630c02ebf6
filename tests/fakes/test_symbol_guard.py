"""The symbol guard for one process."""

from tests.contracts.symbol_guard import NIFTY, SymbolGuardContract
from tests.fakes.clock import FakeClock
from tests.fakes.symbol_guard import InMemoryGuard


class TestInMemoryGuard(SymbolGuardContract):
    def guards(self) -> tuple[InMemoryGuard, InMemoryGuard]:
        guard = InMemoryGuard()
        return guard, guard


def test_a_key_held_elsewhere_is_not_to_be_had_and_the_request_is_remembered() -> None:
    guard = InMemoryGuard(FakeClock())
    guard.held_elsewhere.add(NIFTY)

    with guard.hold(NIFTY, 10.0, reduces=True) as held:
        assert not held
    assert guard.asked == [(NIFTY, True)]
