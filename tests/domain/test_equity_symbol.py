"""Which listing of a security bears its bare name, so that an order for a share never buys its bond."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jainam_prop.domain.equity_symbol import with_equity_symbols
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instrument import Instrument
from tests.domain.samples import SBIN

NSE, BSE = Exchange.NSE, Exchange.BSE


def _listings(*rows: tuple[str, str]) -> list[Instrument]:
    return [
        SBIN._replace(name=name, series=series, token=token, symbol="") for token, (name, series) in enumerate(rows, 1)
    ]


def _symbols(exchange: Exchange, *rows: tuple[str, str]) -> list[str]:
    return [each.symbol for each in with_equity_symbols(exchange, _listings(*rows))]


@pytest.mark.parametrize(
    ("exchange", "rows", "expected"),
    [
        pytest.param(NSE, [("SBIN", "EQ")], ["SBIN"], id="share"),
        pytest.param(NSE, [("SBIN", "BE")], ["SBIN"], id="share-moved-to-trade-to-trade-keeps-its-symbol"),
        pytest.param(NSE, [("TINYCO", "SM")], ["TINYCO"], id="small-company"),
        pytest.param(
            NSE, [("SBIN", "N5"), ("SBIN", "EQ"), ("SBIN", "BL")], ["SBIN-N5", "SBIN", "SBIN-BL"], id="share-goes-first"
        ),
        pytest.param(NSE, [("SBIN", "BE"), ("SBIN", "EQ")], ["SBIN-BE", "SBIN"], id="best-series-wins"),
        pytest.param(NSE, [("GONE", "N1")], ["GONE-N1"], id="bond-of-a-delisted-share-is-never-bare"),
        pytest.param(NSE, [("GONE", "N1"), ("GONE", "N2")], ["GONE-N1", "GONE-N2"], id="only-bonds-are-left"),
        pytest.param(NSE, [("TWIN", "EQ"), ("TWIN", "EQ")], ["TWIN-EQ-1", "TWIN-EQ-2"], id="twins-are-both-marked"),
        pytest.param(
            NSE,
            [("TWIN", "EQ"), ("TWIN", "EQ"), ("TWIN", "BE")],
            ["TWIN-EQ-1", "TWIN-EQ-2", "TWIN-BE"],
            id="behind-twins-nobody-is-bare",
        ),
        pytest.param(BSE, [("SBIN", "A")], ["SBIN"], id="bse-share"),
        pytest.param(BSE, [("ODDBOND", "F")], ["ODDBOND"], id="bse-only-listing-is-bare-whatever-its-group"),
        pytest.param(BSE, [("SBIN", "F"), ("SBIN", "A")], ["SBIN-F", "SBIN"], id="bse-share-before-bond"),
        pytest.param(NSE, [], [], id="nothing-listed"),
    ],
)
def test_the_bare_name_goes_to_the_best_listing(
    exchange: Exchange, rows: list[tuple[str, str]], expected: list[str]
) -> None:
    assert _symbols(exchange, *rows) == expected


ROWS = st.lists(
    st.tuples(st.sampled_from(["SBIN", "TCS"]), st.sampled_from(["EQ", "BE", "BL", "N1", "A", "B", "F"])), max_size=12
)


@given(st.sampled_from([NSE, BSE]), ROWS)
def test_no_two_listings_share_a_symbol(exchange: Exchange, rows: list[tuple[str, str]]) -> None:
    symbols = _symbols(exchange, *rows)

    assert len(set(symbols)) == len(rows)


@given(st.sampled_from([NSE, BSE]), ROWS)
def test_nothing_but_the_symbol_is_changed(exchange: Exchange, rows: list[tuple[str, str]]) -> None:
    listings = _listings(*rows)

    named = with_equity_symbols(exchange, listings)

    assert [each._replace(symbol="") for each in named] == listings
