"""Finding instruments by what is remembered of them."""

from datetime import date
from decimal import Decimal
from typing import Final

import pytest

from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKind
from jainam_prop.domain.instruments.search import InstrumentQuery
from tests.domain.samples import NIFTY_FUTURE, NIFTY_INDEX, SBIN, a_future

CALL: Final = a_future(
    token=45001,
    symbol="NIFTY31MAR2625000CE",
    broker_symbol="NIFTY26MAR25000CE",
    kind=InstrumentKind.CALL,
    strike=Decimal(25000),
)
PUT: Final = CALL._replace(
    token=45002, symbol="NIFTY31MAR2625050PE", broker_symbol="X", kind=InstrumentKind.PUT, strike=Decimal(25050)
)
APRIL: Final = a_future(token=35002, symbol="NIFTY28APR26FUT", expiry=date(2026, 4, 28))
ALL: Final = (APRIL, PUT, SBIN, NIFTY_INDEX, CALL, NIFTY_FUTURE)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param(InstrumentQuery("nifty"), (NIFTY_INDEX, NIFTY_FUTURE, CALL, PUT, APRIL), id="text-in-any-case"),
        pytest.param(InstrumentQuery("bank state"), (SBIN,), id="every-word-somewhere"),
        pytest.param(InstrumentQuery("bank nifty"), (), id="one-word-nowhere"),
        pytest.param(InstrumentQuery("26MAR25000"), (CALL,), id="the-brokers-symbol"),
        pytest.param(InstrumentQuery("sbin", exchange=Exchange.NFO), (), id="on-another-exchange"),
        pytest.param(InstrumentQuery(exchange=Exchange.NSE), (SBIN,), id="exchange"),
        pytest.param(InstrumentQuery(kind=InstrumentKind.FUTURE), (NIFTY_FUTURE, APRIL), id="type"),
        pytest.param(InstrumentQuery(expiry=date(2026, 4, 28)), (APRIL,), id="expiry"),
        pytest.param(InstrumentQuery(lowest_strike=Decimal(25050)), (PUT,), id="from-a-strike"),
        pytest.param(InstrumentQuery(highest_strike=Decimal(25000)), (CALL,), id="to-a-strike"),
        pytest.param(
            InstrumentQuery(lowest_strike=Decimal(25001), highest_strike=Decimal("25049.5")), (), id="between-strikes"
        ),
        pytest.param(InstrumentQuery("fut", limit=1), (NIFTY_FUTURE,), id="limit"),
        pytest.param(InstrumentQuery(limit=None), (NIFTY_FUTURE, CALL, PUT, APRIL, SBIN, NIFTY_INDEX), id="all"),
    ],
)
def test_what_is_found_and_in_which_order(query: InstrumentQuery, found: tuple[object, ...]) -> None:
    assert query.best(each for each in ALL if query.matches(each)) == found
