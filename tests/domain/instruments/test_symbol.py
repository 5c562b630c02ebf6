"""OpenAlgo's symbol grammar: contracts are spelled and read back without loss."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from jainam_prop.domain.instruments.symbol import (
    FutureSymbol,
    OptionSymbol,
    ParsedSymbol,
    PlainSymbol,
    expiry_code,
    expiry_column,
    index_symbol,
    parse_expiry_column,
    parse_symbol,
    strike_text,
)
from tests.domain.instruments.spelling import spell

ROOTS = st.one_of(
    st.sampled_from(
        ["NIFTY", "NIFTYNXT50", "SENSEX50", "M&M", "BAJAJ-AUTO", "NAM-INDIA", "726GS2033", "360ONE", "3MINDIA"],
    ),
    st.from_regex(r"[A-Z0-9][A-Z0-9&-]{0,14}", fullmatch=True),
)
EXPIRIES = st.dates(date(2000, 1, 1), date(2099, 12, 31))
STRIKES = st.decimals("0", "999999", places=4)
FUTURES = st.builds(FutureSymbol, ROOTS, EXPIRIES)
OPTIONS = st.builds(OptionSymbol, ROOTS, EXPIRIES, STRIKES, st.sampled_from(["CE", "PE"]))

CASES = [
    pytest.param("SBIN", PlainSymbol("SBIN"), id="equity"),
    pytest.param("BAJAJ-AUTO", PlainSymbol("BAJAJ-AUTO"), id="equity-with-hyphen"),
    pytest.param("M&M", PlainSymbol("M&M"), id="equity-with-ampersand"),
    pytest.param("20MICRONS", PlainSymbol("20MICRONS"), id="equity-with-digits-first"),
    pytest.param("NIFTYNXT50", PlainSymbol("NIFTYNXT50"), id="index-with-digits-last"),
    pytest.param("BANKNIFTY24APR24FUT", FutureSymbol("BANKNIFTY", date(2024, 4, 24)), id="index-future"),
    pytest.param("SENSEX24APR24FUT", FutureSymbol("SENSEX", date(2024, 4, 24)), id="bse-future"),
    pytest.param("USDINR10MAY24FUT", FutureSymbol("USDINR", date(2024, 5, 10)), id="currency-future"),
    pytest.param("CRUDEOILM20MAY24FUT", FutureSymbol("CRUDEOILM", date(2024, 5, 20)), id="commodity-future"),
    pytest.param("726GS203325APR24FUT", FutureSymbol("726GS2033", date(2024, 4, 25)), id="root-ends-in-a-year"),
    pytest.param(
        "NIFTYNXT5028MAR24FUT",
        FutureSymbol("NIFTYNXT50", date(2024, 3, 28)),
        id="root-digits-touch-the-day",
    ),
    pytest.param("M&M27JUN24FUT", FutureSymbol("M&M", date(2024, 6, 27)), id="ampersand-future"),
    pytest.param("NIFTY29FEB24FUT", FutureSymbol("NIFTY", date(2024, 2, 29)), id="leap-day"),
    pytest.param("NIFTY31DEC99FUT", FutureSymbol("NIFTY", date(2099, 12, 31)), id="last-day-of-the-grammar"),
    pytest.param(
        "NIFTY28MAR2420800CE",
        OptionSymbol("NIFTY", date(2024, 3, 28), Decimal(20800), "CE"),
        id="index-option",
    ),
    pytest.param(
        "VEDL25APR24292.5CE",
        OptionSymbol("VEDL", date(2024, 4, 25), Decimal("292.5"), "CE"),
        id="decimal-strike",
    ),
    pytest.param(
        "USDINR19APR2482CE",
        OptionSymbol("USDINR", date(2024, 4, 19), Decimal(82), "CE"),
        id="currency-option",
    ),
    pytest.param(
        "CRUDEOIL17APR246750CE",
        OptionSymbol("CRUDEOIL", date(2024, 4, 17), Decimal(6750), "CE"),
        id="commodity-option",
    ),
    pytest.param(
        "726GS203225APR2497PE",
        OptionSymbol("726GS2032", date(2024, 4, 25), Decimal(97), "PE"),
        id="bond-option",
    ),
    pytest.param(
        "BAJAJ-AUTO26MAR269000PE",
        OptionSymbol("BAJAJ-AUTO", date(2026, 3, 26), Decimal(9000), "PE"),
        id="hyphen-option",
    ),
]


@pytest.mark.parametrize(("symbol", "parsed"), CASES)
def test_the_examples_of_openalgo_are_read(symbol: str, parsed: ParsedSymbol) -> None:
    assert parse_symbol(symbol) == parsed


@pytest.mark.parametrize(("symbol", "parsed"), CASES)
def test_the_examples_of_openalgo_are_spelled(symbol: str, parsed: ParsedSymbol) -> None:
    assert spell(parsed) == symbol


@given(FUTURES)
@example(FutureSymbol("A01JAN25", date(2026, 3, 26)))
@example(FutureSymbol("FUT26MAR26FUT", date(2026, 3, 26)))
@example(FutureSymbol("X", date(2028, 2, 29)))
def test_a_spelled_future_is_read_back(future: FutureSymbol) -> None:
    assert parse_symbol(spell(future)) == future


@given(OPTIONS)
@example(OptionSymbol("NIFTY26MAR2625000CE", date(2026, 3, 26), Decimal(1), "PE"))
@example(OptionSymbol("9", date(2026, 12, 31), Decimal("0.0001"), "PE"))
def test_a_spelled_option_is_read_back(option: OptionSymbol) -> None:
    assert parse_symbol(spell(option)) == option


@pytest.mark.parametrize(
    "symbol",
    [
        pytest.param("NIFTY31FEB26FUT", id="a-day-that-month-never-has"),
        pytest.param("NIFTY29FEB26FUT", id="leap-day-of-a-common-year"),
        pytest.param("NIFTY00MAR26FUT", id="day-zero"),
        pytest.param("NIFTY26MRZ26FUT", id="foreign-month"),
        pytest.param("26MAR26FUT", id="no-root"),
        pytest.param("NIFTY26MAR26CE", id="option-without-strike"),
        pytest.param("NIFTY26MAR26", id="neither-future-nor-option"),
        pytest.param("NIFTY26MAR2625000.CE", id="point-without-decimals"),
        pytest.param("NIFTY26MAR26-25000CE", id="negative-strike"),
        pytest.param("NIFTY26MAR2625000XX", id="unknown-right"),
        pytest.param("NIFTY26MAR26FUT ", id="trailing-blank"),
        pytest.param("NIFTY26MAR26FUT\n", id="trailing-newline"),
        pytest.param("nifty26mar26fut", id="lower-case"),
        pytest.param("NIFTY२६MAR26FUT", id="digits-of-another-script"),
        pytest.param("NIFTY26MARFUT", id="the-broker's-own-spelling"),
        pytest.param("", id="empty"),
    ],
)
def test_what_is_not_spelled_like_a_derivative_of_a_real_day_is_a_plain_name(symbol: str) -> None:
    assert parse_symbol(symbol) == PlainSymbol(symbol)


@given(st.text())
def test_every_text_is_read_without_failing(symbol: str) -> None:
    parsed = parse_symbol(symbol)

    assert not isinstance(parsed, PlainSymbol) or spell(parsed) == symbol


@pytest.mark.parametrize(
    ("strike", "expected"),
    [
        pytest.param("25000", "25000", id="whole"),
        pytest.param("25000.0", "25000", id="zero-decimal"),
        pytest.param("25000.50", "25000.5", id="trailing-zero"),
        pytest.param("292.5", "292.5", id="decimal"),
        pytest.param("100", "100", id="zeros-before-the-point-stay"),
        pytest.param("87.2525", "87.2525", id="currency"),
        pytest.param("2.5E+4", "25000", id="exponent"),
        pytest.param("0.0025", "0.0025", id="below-one"),
    ],
)
def test_a_strike_is_written_without_exponent_and_trailing_zeros(strike: str, expected: str) -> None:
    assert strike_text(Decimal(strike)) == expected


@pytest.mark.parametrize(
    ("expiry", "code", "column"),
    [
        pytest.param(date(2026, 3, 5), "05MAR26", "05-MAR-26", id="one-digit-day"),
        pytest.param(date(2024, 2, 29), "29FEB24", "29-FEB-24", id="leap-day"),
        pytest.param(date(2026, 12, 31), "31DEC26", "31-DEC-26", id="end-of-month"),
        pytest.param(date(2005, 1, 1), "01JAN05", "01-JAN-05", id="one-digit-year"),
    ],
)
def test_an_expiry_is_written_for_the_symbol_and_for_the_host_table(expiry: date, code: str, column: str) -> None:
    assert (expiry_code(expiry), expiry_column(expiry)) == (code, column)


@pytest.mark.parametrize(
    ("exchange_name", "expected"),
    [
        pytest.param("NIFTY 50", "NIFTY", id="nifty"),
        pytest.param("Nifty 50", "NIFTY", id="nifty-as-the-master-writes-it"),
        pytest.param("Nifty Bank", "BANKNIFTY", id="banknifty"),
        pytest.param("NIFTY FIN SERVICE", "FINNIFTY", id="finnifty"),
        pytest.param("Nifty Financial Services", "FINNIFTY", id="finnifty-in-full"),
        pytest.param("NIFTY MID SELECT", "MIDCPNIFTY", id="midcpnifty"),
        pytest.param("Nifty Midcap Select", "MIDCPNIFTY", id="midcpnifty-in-full"),
        pytest.param("NIFTY NEXT 50", "NIFTYNXT50", id="niftynxt50"),
        pytest.param("INDIA VIX", "INDIAVIX", id="vix"),
        pytest.param("NIFTY IT", "NIFTYIT", id="loses-blanks"),
        pytest.param("HANGSENG BEES-NAV", "HANGSENGBEESNAV", id="loses-hyphens"),
        pytest.param("Nifty50 PR 1x Inv", "NIFTY50PR1XINV", id="mixed-case"),
        pytest.param("NIFTY GS 4 8YR", "NIFTYGS48YR", id="digits-touch"),
        pytest.param("  NIFTY   100 ", "NIFTY100", id="stray-blanks"),
        pytest.param("SENSEX", "SENSEX", id="sensex"),
        pytest.param("BSE SENSEX", "SENSEX", id="sensex-with-exchange"),
        pytest.param("S&P BSE SENSEX", "SENSEX", id="sensex-with-sponsor"),
        pytest.param("S&P BSE Sensex 50", "SENSEX50", id="sensex50-with-sponsor"),
        pytest.param("SNSX50", "SENSEX50", id="sensex50-short"),
        pytest.param("S&P BSE BANKEX", "BANKEX", id="bankex-with-sponsor"),
        pytest.param("BSE OIL & GAS", "BSEOIL&GAS", id="keeps-the-ampersand"),
        pytest.param("S&P BSE Oil & Gas", "BSEOIL&GAS", id="loses-the-sponsor"),
        pytest.param("AUTO", "BSEAUTO", id="short-code-of-bse"),
        pytest.param("BSE CG", "BSECAPITALGOODS", id="short-code-of-two-words"),
        pytest.param("OILGAS", "BSEOIL&GAS", id="short-code-without-its-ampersand"),
        pytest.param("BSE SENSEX NEXT 50", "BSESENSEXNEXT50", id="next-50-is-not-the-sensex"),
    ],
)
def test_an_index_gets_the_name_that_openalgo_lists(exchange_name: str, expected: str) -> None:
    assert index_symbol(exchange_name) == expected


@given(EXPIRIES)
def test_an_expiry_column_is_read_back(expiry: date) -> None:
    assert parse_expiry_column(expiry_column(expiry)) == expiry


@pytest.mark.parametrize("text", ["", "26MAR26", "26-Mar-26", "26-MAR-2026", "30-FEB-26", "2x-MAR-26", "26/MAR/26"])
def test_what_is_no_expiry_column_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_expiry_column(text)
