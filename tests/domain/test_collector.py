"""The garbage collector steps aside, and comes back as it was."""

import gc

import pytest

from jainam_prop.domain.memo import collector_resting


def test_it_rests_within_the_block_only() -> None:
    with collector_resting():
        within = gc.isenabled()

    assert (within, gc.isenabled()) == (False, True)


def fail() -> None:
    message = "broke"
    raise RuntimeError(message)


def test_it_comes_back_after_an_exception() -> None:
    with pytest.raises(RuntimeError, match="broke"), collector_resting():
        fail()

    assert gc.isenabled()


def test_where_it_was_off_before_it_stays_off() -> None:
    gc.disable()
    try:
        with collector_resting():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
