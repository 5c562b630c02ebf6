"""What every source of prices does: quote what is listed, leave out the rest, invent nothing."""

from decimal import Decimal

import pytest
from returns.result import Success

from jainam_prop.adapters.simulator.faults import FaultKind
from jainam_prop.domain.errors import Unreadable
from jainam_prop.domain.exchange import Exchange
from jainam_prop.domain.instruments.instrument import InstrumentKey
from jainam_prop.domain.market_data.quote import Level
from tests.contracts.broker import SECONDS, BrokerContract, LoggedIn
from tests.domain.samples import SBIN

NIFTY = InstrumentKey(Exchange.NSE_INDEX, 26000)
NOBODY = InstrumentKey(Exchange.NSE, 9_999_991)


class MarketDataContract(BrokerContract):
    def test_a_quote_shows_the_market_as_it_is(self, desk: LoggedIn) -> None:
        desk.broker.exchange.set_levels(SBIN.key, bids=[(Decimal(779), 40)], asks=[(Decimal(780), 50)])
        desk.place()

        quote = desk.broker.market_data.quotes(desk.session, [SBIN.key], SECONDS).unwrap()[SBIN.key]

        assert (quote.last_price, quote.last_quantity) == (Decimal(780), 10)
        assert [(level.price, level.quantity) for level in quote.bids] == [(Decimal(779), 40)]
        assert [(level.price, level.quantity) for level in quote.asks] == [(Decimal(780), 40)]

    def test_a_side_with_nobody_on_it_is_empty(self, desk: LoggedIn) -> None:
        desk.broker.exchange.set_levels(SBIN.key, bids=[], asks=[(Decimal(780), 50)])

        quote = desk.broker.market_data.quotes(desk.session, [SBIN.key], SECONDS).unwrap()[SBIN.key]

        assert quote.bids == ()
        assert quote.asks == (Level(Decimal(780), 50, 1),)

    def test_an_index_has_a_price_and_no_depth(self, desk: LoggedIn) -> None:
        quote = desk.broker.market_data.quotes(desk.session, [NIFTY], SECONDS).unwrap()[NIFTY]

        assert quote.last_price is not None
        assert (quote.bids, quote.asks) == ((), ())

    def test_what_is_not_listed_is_missing(self, desk: LoggedIn) -> None:
        quotes = desk.broker.market_data.quotes(desk.session, [NOBODY, SBIN.key], SECONDS).unwrap()

        assert list(quotes) == [SBIN.key]

    def test_many_are_quoted_at_once(self, desk: LoggedIn) -> None:
        listed = list(desk.broker.exchange.universe.listings("NSEFO"))
        keys = [listing.key for listing in listed[:120]]

        quotes = desk.broker.market_data.quotes(desk.session, keys, SECONDS).unwrap()

        assert set(quotes) == set(keys)

    def test_nothing_asked_is_nothing_quoted(self, desk: LoggedIn) -> None:
        assert desk.broker.market_data.quotes(desk.session, [], SECONDS) == Success({})

    @pytest.mark.parametrize("fault", [FaultKind.SERVER_ERROR, FaultKind.BAD_JSON, FaultKind.REPLY_LOST])
    def test_what_could_not_be_read_is_no_price(self, desk: LoggedIn, fault: FaultKind) -> None:
        desk.strike(fault, "market", for_ever=True)

        assert isinstance(desk.broker.market_data.quotes(desk.session, [SBIN.key], SECONDS).failure(), Unreadable)
