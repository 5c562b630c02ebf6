"""Which listing of a share bears the bare name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import Instrument
from jainam_prop.domain.instruments.symbol import with_equity_symbols
from tests.domain.samples import SBIN


def listings(exchange: Exchange, *names_and_series: str) -> list[Instrument]:
    """Return listings given as ``NAME/SERIES``, numbered from 1."""
    return [
        SBIN._replace(exchange=exchange, token=token, symbol=name, name=name, series=series)
        for token, each in enumerate(names_and_series, 1)
        for name, _, series in (each.partition("/"),)
    ]


@pytest.mark.parametrize(
    ("exchange", "given_listings", "symbols"),
    [
        pytest.param("NSE", ["SBIN/EQ"], ["SBIN"], id="a-share"),
        pytest.param("NSE", ["ABC/BE", "DEF/SM", "GHI/BZ"], ["ABC", "DEF", "GHI"], id="a-share-in-another-series"),
        pytest.param("NSE", ["ABC/BE", "ABC/EQ"], ["ABC-BE", "ABC"], id="the-main-series-first"),
        pytest.param("NSE", ["SBIN/EQ", "SBIN/N5", "SBIN/BL"], ["SBIN", "SBIN-N5", "SBIN-BL"], id="bond-and-block"),
        pytest.param("NSE", ["GONE/N1"], ["GONE-N1"], id="a-bond-never-stands-for-a-share"),
        pytest.param("NSE", ["GONE/N1", "GONE/N2"], ["GONE-N1", "GONE-N2"], id="bonds-alone"),
        pytest.param("NSE", ["719GS2060/GS", "ABCFUND/MF"], ["719GS2060", "ABCFUND"], id="names-of-one-security"),
        pytest.param("NSE", ["ABC/BE", "ABC/BE"], ["ABC-BE-1", "ABC-BE-2"], id="nothing-tells-them-apart"),
        pytest.param("NSE", ["ABC/EQ", "ABC/BE", "ABC/BE"], ["ABC", "ABC-BE-2", "ABC-BE-3"], id="twins-beside-it"),
        pytest.param("BSE", ["RELIANCE/A", "RELIANCE/F"], ["RELIANCE", "RELIANCE-F"], id="share-and-debt-at-bse"),
        pytest.param("BSE", ["857HUDCO28/F", "ODD/QQ"], ["857HUDCO28", "ODD"], id="a-scrip-id-is-one-security-at-bse"),
        pytest.param("BSE", ["ODD/QQ", "ODD/F"], ["ODD-QQ", "ODD-F"], id="no-share-among-them-at-bse"),
    ],
)
def test_symbols_of_listings(exchange: str, given_listings: list[str], symbols: list[str]) -> None:
    named = with_equity_symbols(Exchange(exchange), listings(Exchange(exchange), *given_listings))

    assert [each.symbol for each in named] == symbols


@given(
    st.sampled_from([Exchange.NSE, Exchange.BSE]),
    st.lists(st.tuples(st.sampled_from("ABC"), st.sampled_from(["EQ", "BE", "N1", "A", "F"])), max_size=12),
)
def test_no_two_listings_get_the_same_symbol(exchange: Exchange, pairs: list[tuple[str, str]]) -> None:
    named = with_equity_symbols(exchange, listings(exchange, *(f"{name}/{series}" for name, series in pairs)))

    assert len({each.symbol for each in named}) == len(pairs)


def test_only_the_symbol_changes() -> None:
    share, bond = listings(Exchange.NSE, "SBIN/EQ", "SBIN/N5")

    assert with_equity_symbols(Exchange.NSE, [share, bond]) == [share, bond._replace(symbol="SBIN-N5")]
