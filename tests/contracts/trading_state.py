"""What every shared trading state does."""

from abc import ABC, abstractmethod

from returns.result import Success

from jainam_prop.application.ports.runtime import SharedTradingState
from jainam_prop.domain.orders.trading_state import TradingState


class TradingStateContract(ABC):
    @abstractmethod
    def states(self) -> tuple[SharedTradingState, SharedTradingState]:
        """Return one that was never written, as two processes have it."""

    def test_it_is_active_before_it_is_written(self) -> None:
        one, other = self.states()

        assert (one.load(), other.load()) == (Success(TradingState.ACTIVE), Success(TradingState.ACTIVE))

    def test_what_one_process_saves_the_other_reads(self) -> None:
        one, other = self.states()
        seen = []
        for state in (TradingState.HALT, TradingState.REDUCE, TradingState.REDUCE, TradingState.ACTIVE):
            assert one.save(state) == Success(None)
            seen.append(other.load().unwrap())

        assert seen == [TradingState.HALT, TradingState.REDUCE, TradingState.REDUCE, TradingState.ACTIVE]
