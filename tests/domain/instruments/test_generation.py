"""Whether a new generation of instruments may take over."""

from decimal import Decimal

import pytest

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.generation import count_by_exchange, objections, renamed, resolve_clashes, venue
from jainam_prop.domain.instruments.instrument import InstrumentKind
from tests.domain.samples import NIFTY_FUTURE, NIFTY_INDEX, SBIN

NSE, NFO, BSE, MCX = Exchange.NSE, Exchange.NFO, Exchange.BSE, Exchange.MCX


def test_instruments_are_counted_per_exchange() -> None:
    assert count_by_exchange([SBIN, NIFTY_FUTURE, SBIN]) == {NSE: 2, NFO: 1}


def test_numbers_and_symbols_may_repeat_across_exchanges() -> None:
    listed = [SBIN, SBIN._replace(exchange=BSE), NIFTY_FUTURE._replace(token=SBIN.token), NIFTY_INDEX]

    assert resolve_clashes(listed) == (listed, {})


def test_contracts_with_one_symbol_keep_their_number_behind_it_and_the_rest_stays() -> None:
    """As two options of one strike after a corporate action; the ambiguous name belongs to neither."""
    option = NIFTY_FUTURE._replace(symbol="VEDL31MAR26441.5CE", token=45001, kind=InstrumentKind.CALL)
    listed = [SBIN, option, NIFTY_FUTURE, option._replace(token=45002, lot_size=1150)]

    resolved, clashes = resolve_clashes(listed)

    assert [each.symbol for each in resolved] == [
        "SBIN",
        "VEDL31MAR26441.5CE-45001",
        NIFTY_FUTURE.symbol,
        "VEDL31MAR26441.5CE-45002",
    ]
    assert [each.is_ambiguous for each in resolved] == [False, True, False, True]
    assert clashes == {NFO: ("symbol VEDL31MAR26441.5CE stands for 45001 and 45002",)}


def test_of_contracts_with_one_number_none_is_kept() -> None:
    resolved, clashes = resolve_clashes([SBIN, NIFTY_FUTURE, SBIN._replace(symbol="OTHER")])

    assert (resolved, clashes) == ([NIFTY_FUTURE], {NSE: ("number 3045 stands for SBIN and OTHER",)})


def test_a_contract_listed_twice_with_the_same_terms_is_kept_without_bands() -> None:
    resolved, clashes = resolve_clashes([SBIN._replace(lower_band=Decimal(700)), SBIN])

    assert (resolved, clashes) == ([SBIN._replace(lower_band=None, upper_band=None)], {})


def test_a_share_under_a_new_symbol_is_known_by_its_isin() -> None:
    share = SBIN._replace(isin="INE062A01020")
    before = [(NSE, "OLDNAME", share.isin), (NSE, "GONE", "INE000A01011"), (BSE, "OLDNAME", share.isin)]

    assert renamed(before, [share, NIFTY_FUTURE]) == {(NSE, "OLDNAME"): share.isin}


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
