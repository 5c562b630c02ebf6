"""What every symbol guard does."""

import threading
from abc import ABC, abstractmethod

import pytest

from jainam_prop.application.ports.runtime import SymbolGuard
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.positions.position import PositionKey

NIFTY = PositionKey(InstrumentKey(Exchange.NFO, 35001), "NRML")
NIFTY_MIS = PositionKey(InstrumentKey(Exchange.NFO, 35001), "MIS")
SENSEX = PositionKey(InstrumentKey(Exchange.BFO, 35001), "NRML")


class SymbolGuardContract(ABC):
    @abstractmethod
    def guards(self) -> tuple[SymbolGuard, SymbolGuard]:
        """Return two guards of one account, as two processes have them; or the same twice, if it is for one."""

    def test_one_holder_at_a_time(self) -> None:
        one, other = self.guards()

        with one.hold(NIFTY, 30.0) as first, other.hold(NIFTY, 0.0) as second:
            assert (bool(first), bool(second)) == (True, False)

    def test_who_did_not_get_it_does_not_take_it_away(self) -> None:
        one, other = self.guards()

        with one.hold(NIFTY, 30.0):
            with other.hold(NIFTY, 0.0):
                pass
            with other.hold(NIFTY, 0.0, reduces=True) as held:
                assert not held

    def test_it_is_free_again_after_the_block(self) -> None:
        one, other = self.guards()
        with one.hold(NIFTY, 30.0):
            pass

        with other.hold(NIFTY, 30.0) as held:
            assert held

    def test_it_is_free_again_after_an_exception(self) -> None:
        one, other = self.guards()
        with pytest.raises(ZeroDivisionError), one.hold(NIFTY, 30.0):
            _ = 1 / 0

        with other.hold(NIFTY, 30.0) as held:
            assert held

    def test_other_products_and_exchanges_are_other_positions(self) -> None:
        one, other = self.guards()

        with one.hold(NIFTY, 30.0) as first, other.hold(NIFTY_MIS, 30.0) as second, other.hold(SENSEX, 30.0) as third:
            assert (bool(first), bool(second), bool(third)) == (True, True, True)

    def test_who_waits_has_it_when_it_is_let_go(self) -> None:
        one, other = self.guards()
        got: list[bool] = []

        def wait() -> None:
            with other.hold(NIFTY, 30.0) as held:
                got.append(bool(held))

        with one.hold(NIFTY, 30.0):
            thread = threading.Thread(target=wait)
            thread.start()
        thread.join(30)

        assert got == [True]

    def test_threads_take_turns(self) -> None:
        guards = self.guards()
        inside: list[int] = []
        most: list[int] = []
        starting = threading.Barrier(8)

        def work(guard: SymbolGuard, *, reduces: bool) -> None:
            starting.wait(10)
            with guard.hold(NIFTY, 30.0, reduces=reduces) as held:
                assert held
                inside.append(1)
                most.append(len(inside))
                inside.pop()

        threads = [
            threading.Thread(target=work, args=(guards[number % 2],), kwargs={"reduces": number % 3 == 0})
            for number in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert most == [1] * 8
