"""Finding one instrument, or saying what may have been meant."""

import pytest
from returns.result import Failure, Success

from jainam_prop.application.instruments.find import FindInstrument
from jainam_prop.domain.errors import Invalid
from jainam_prop.domain.instruments.instrument import Instrument
from tests.contracts.instrument_store import ALL, FUTURE, MARCH, NIFTY, PUT, SBIN
from tests.fakes.clock import FakeClock
from tests.fakes.instrument_store import InMemoryInstrumentStore


@pytest.fixture
def find() -> FindInstrument:
    return FindInstrument(InMemoryInstrumentStore(*ALL, clock=FakeClock(MARCH)))


@pytest.mark.parametrize(
    ("symbol", "exchange", "instrument"),
    [
        pytest.param("SBIN", "NSE", SBIN, id="a-share"),
        pytest.param("M&M31MAR26FUT", "NFO", FUTURE, id="a-future"),
        pytest.param("SBIN31MAR26782.5PE", "NFO", PUT, id="an-option-with-a-decimal-strike"),
        pytest.param("NIFTY", "NSE_INDEX", NIFTY, id="an-index"),
        pytest.param(" sbin ", "nse", SBIN, id="small-letters-and-blanks"),
    ],
)
def test_a_listed_symbol_is_found(find: FindInstrument, symbol: str, exchange: str, instrument: Instrument) -> None:
    assert find(symbol, exchange) == Success(instrument)
    assert find.token(symbol, exchange) == instrument.token
    assert type(find.token(symbol, exchange)) is int


@pytest.mark.parametrize(
    ("symbol", "exchange", "said"),
    [
        pytest.param("SBNI", "NSE", "symbol 'SBNI' is not listed on NSE: did you mean SBIN?", id="misspelt"),
        pytest.param(
            "SBIN31MAR26785PE",
            "NFO",
            "symbol 'SBIN31MAR26785PE' is not listed on NFO: did you mean SBIN31MAR26782.5PE?",
            id="no-such-strike",
        ),
        pytest.param("NIFTY", "NSE", "symbol 'NIFTY' is not listed on NSE, but on NSE_INDEX", id="another-exchange"),
        pytest.param("ZZZ", "CDS", "symbol 'ZZZ' is not listed on CDS", id="nothing-near"),
        pytest.param(
            "SBIN",
            "NYSE",
            "exchange 'NYSE' is unknown: use one of NSE, BSE, NFO, BFO, CDS, BCD, MCX, NSE_INDEX, BSE_INDEX",
            id="unknown-exchange",
        ),
        pytest.param("", "NSE", "symbol '' is not listed on NSE", id="nothing-asked"),
    ],
)
def test_what_is_not_listed_is_explained(find: FindInstrument, symbol: str, exchange: str, said: str) -> None:
    assert find(symbol, exchange) == Failure(Invalid((said,)))
    with pytest.raises(ValueError, match="^" + said.replace("?", r"\?") + "$"):
        find.token(symbol, exchange)


def test_an_empty_store_says_what_to_do() -> None:
    with pytest.raises(ValueError, match="no instruments have been downloaded yet"):
        FindInstrument(InMemoryInstrumentStore(clock=FakeClock(MARCH))).token("SBIN", "NSE")
