"""What every login lock does."""

import threading
from abc import ABC, abstractmethod

import pytest

from jainam_prop.application.ports.runtime import LockState
from jainam_prop.application.ports.sessions import LoginLock


class LoginLockContract(ABC):
    @abstractmethod
    def locks(self) -> tuple[LoginLock, LoginLock]:
        """Return two locks on the same thing, as two processes would have them."""

    def test_one_holder_at_a_time(self) -> None:
        one, other = self.locks()

        with one.hold("B-1", 1.0) as first, other.hold("B-1", 0.0) as second:
            assert (first, second) == (LockState.HELD, LockState.BUSY)

    def test_who_did_not_get_it_does_not_take_it_away(self) -> None:
        one, other = self.locks()

        with one.hold("B-1", 1.0):
            with other.hold("B-1", 0.0):
                pass
            with other.hold("B-1", 0.0) as held:
                assert not held

    def test_it_is_free_again_after_the_block(self) -> None:
        one, other = self.locks()
        with one.hold("B-1", 1.0):
            pass

        with other.hold("B-1", 0.0) as held:
            assert held

    def test_it_is_free_again_after_an_exception(self) -> None:
        one, other = self.locks()
        with pytest.raises(ZeroDivisionError), one.hold("B-1", 1.0):
            _ = 1 / 0

        with other.hold("B-1", 0.0) as held:
            assert held

    def test_names_do_not_wait_for_each_other(self) -> None:
        one, other = self.locks()

        with one.hold("B-1", 1.0) as first, one.hold("B-2", 0.0) as second, other.hold("B-3", 0.0) as third:
            assert (first, second, third) == (LockState.HELD,) * 3

    def test_threads_take_turns(self) -> None:
        one, other = self.locks()
        inside: list[int] = []
        most: list[int] = []
        starting = threading.Barrier(8)

        def work(lock: LoginLock) -> None:
            starting.wait(10)
            with lock.hold("B-1", 30.0) as held:
                assert held
                inside.append(1)
                most.append(len(inside))
                inside.pop()

        threads = [threading.Thread(target=work, args=(lock,)) for lock in (one, other) * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

        assert most == [1] * 8
