"""Whether a new generation of instruments may take over."""

import pytest

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.generation import count_by_exchange, first_clashes, objections, venue
from tests.domain.samples import NIFTY_FUTURE, NIFTY_INDEX, SBIN

NSE, NFO, BSE, MCX = Exchange.NSE, Exchange.NFO, Exchange.BSE, Exchange.MCX


def test_instruments_are_counted_per_exchange() -> None:
    assert count_by_exchange([SBIN, NIFTY_FUTURE, SBIN]) == {NSE: 2, NFO: 1}


def test_numbers_and_symbols_may_repeat_across_exchanges() -> None:
    twin = SBIN._replace(exchange=BSE)

    assert first_clashes([SBIN, twin, NIFTY_FUTURE._replace(token=SBIN.token), NIFTY_INDEX]) == ()


def test_two_contracts_of_one_number_are_named() -> None:
    assert first_clashes([SBIN, SBIN._replace(symbol="OTHER")]) == ("NSE number 3045 stands for SBIN and OTHER",)


def test_two_contracts_of_one_symbol_are_named() -> None:
    assert first_clashes([SBIN, SBIN._replace(token=7)]) == ("NSE symbol SBIN stands for 3045 and 7",)


def test_of_many_clashes_the_first_few_are_named() -> None:
    crowd = [SBIN._replace(symbol=f"S{number}") for number in range(5)]
    pairs = [SBIN._replace(symbol=f"S{number}", token=100 + number % 2) for number in range(10, 20)]

    assert first_clashes([*crowd, *pairs, *(SBIN._replace(token=9 + number) for number in range(2))]) == (
        "NSE number 3045 stands for S0 and S1 and S2 and 2 more",
        "NSE number 100 stands for S10 and S12 and S14 and 2 more",
        "NSE number 101 stands for S11 and S13 and S15 and 2 more",
    )


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        pytest.param({}, {NSE: 1, NFO: 1}, [], id="the-first-generation"),
        pytest.param({}, {NSE: 1}, ["NFO lists no instruments"], id="a-required-exchange-is-missing"),
        pytest.param({}, {}, ["NSE lists no instruments", "NFO lists no instruments"], id="nothing-at-all"),
        pytest.param({NSE: 3, NFO: 3, MCX: 3}, {NSE: 2, NFO: 2, MCX: 2}, [], id="a-third-less-is-plausible"),
        pytest.param(
            {NSE: 300, NFO: 300},
            {NSE: 300, NFO: 199},
            ["NFO lists only 199 instruments where it listed 300; force it if that is right"],
            id="more-than-a-third-less",
        ),
        pytest.param(
            {NSE: 3, NFO: 3, MCX: 3},
            {NSE: 3, NFO: 3},
            ["MCX lists only 0 instruments where it listed 3; force it if that is right"],
            id="an-exchange-that-vanished",
        ),
        pytest.param({NSE: 3, NFO: 3}, {NSE: 3}, ["NFO lists no instruments"], id="said-once"),
        pytest.param({NSE: 3, NFO: 3}, {NSE: 9, NFO: 9, BSE: 9}, [], id="growth"),
    ],
)
def test_objections(before: dict[Exchange, int], after: dict[Exchange, int], expected: list[str]) -> None:
    assert list(objections(before, after)) == expected


def test_a_cash_market_brings_its_indices() -> None:
    assert venue(NSE) == (NSE, Exchange.NSE_INDEX)
    assert venue(BSE) == (BSE, Exchange.BSE_INDEX)
    assert venue(NFO) == (NFO,)
